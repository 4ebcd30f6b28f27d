"""Class weights: each row of a rare class counts more."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from narrative.engine.imbalance.base import Balanced, Imbalance, ImbalanceSettings, Rows


class WeightSettings(ImbalanceSettings):
    """How far weights go."""

    strength: float = Field(
        default=1.0, gt=0.0, le=1.0, description="1 gives all classes the same weight in sum; 0.5 goes half the way."
    )


class ClassWeights(Imbalance[WeightSettings]):
    """Weights ``(n / (n_classes × n_of_class)) ** strength``.

    Source: King & Zeng (2001), "Logistic regression in rare events data", Political Analysis 9, section 3.2
    (weighting); with strength 1 the formula is that of scikit-learn's ``class_weight="balanced"``.
    """

    name: ClassVar[str] = "class_weights"
    title: ClassVar[str] = "Class weights"
    sentence: ClassVar[str] = "Lets each row of a rare class count more; makes no rows, so it costs no time."

    @classmethod
    def settings_type(cls) -> type[WeightSettings]:
        return WeightSettings

    def balance(self, rows: Rows, seed: int) -> Balanced:
        present = rows.counts > 0
        factor = np.ones(rows.n_classes)
        factor[present] = (rows.target.size / (present.sum() * rows.counts[present])) ** self.settings.strength
        weights = factor[rows.target.astype(np.int64)]
        return Balanced(
            rows.features, rows.target, rows.n_classes, rows.target.size, weights=weights / float(weights.mean())
        )
