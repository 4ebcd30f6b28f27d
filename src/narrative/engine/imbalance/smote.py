"""SMOTE: made rows anywhere between neighbouring rows of a rare class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.imbalance._making import (
    LEAST_TO_MIX,
    Wish,
    between,
    class_rows,
    lowered,
    repeated,
    wanted,
    with_made,
)
from narrative.engine.imbalance._space import Space, thinned
from narrative.engine.imbalance._wording import too_few_note
from narrative.engine.imbalance.base import Balanced, Imbalance, Rows, SamplingSettings
from narrative.engine.types import FloatArray


class Smote(Imbalance[SamplingSettings]):
    """Each made row lies on the line between a rare row and one of its nearest rare neighbours.

    Source: Chawla, Bowyer, Hall & Kegelmeyer (2002), "SMOTE: synthetic minority over-sampling technique", JAIR 16,
    section 4.2; section 6.1 for categories.
    """

    name: ClassVar[str] = "smote"
    title: ClassVar[str] = "SMOTE"
    sentence: ClassVar[str] = "Makes rows of a rare class between its own neighbouring rows, anywhere in that class."

    @classmethod
    def settings_type(cls) -> type[SamplingSettings]:
        return SamplingSettings

    def balance(self, rows: Rows, seed: int) -> Balanced:
        random, space = np.random.default_rng(seed), Space(rows.features, rows.layout)
        made: dict[int, FloatArray] = {}
        lacking, notes = wanted(rows, self.settings.ratio)
        for index, count in lacking.items():
            own = class_rows(rows, index)
            if own.size < LEAST_TO_MIX:
                made[index] = repeated(rows, own, count, random)
                notes.append(too_few_note(own.size))
                continue
            near = thinned(own, own.size, random)
            made[index] = between(space, near, Wish(count, near), lowered(self.settings, near), random)
        return with_made(rows, made, notes)
