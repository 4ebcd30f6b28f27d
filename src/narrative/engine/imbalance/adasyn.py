"""ADASYN: more made rows where a rare class is harder to tell apart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from narrative.engine.imbalance._making import Rare, Wish, between, filled, lowered
from narrative.engine.imbalance.base import Balanced, Imbalance, Rows, SamplingSettings
from narrative.engine.types import FloatArray


class AdasynSettings(SamplingSettings):
    """Settings of ADASYN."""

    density_neighbors: int = Field(
        default=5, ge=1, le=50, description="Rows of any class next to a rare row that say how hard it is."
    )


class Adasyn(Imbalance[AdasynSettings]):
    """As SMOTE, but a rare row is chosen in proportion to the share of other classes among its nearest rows.

    Source: He, Bai, Garcia & Li (2008), "ADASYN: adaptive synthetic sampling approach for imbalanced learning", IJCNN,
    algorithm steps 2.b to 2.d.
    """

    name: ClassVar[str] = "adasyn"
    title: ClassVar[str] = "ADASYN"
    sentence: ClassVar[str] = "Makes rows of a rare class, and more of them where other classes are close by."

    @classmethod
    def settings_type(cls) -> type[AdasynSettings]:
        return AdasynSettings

    def balance(self, rows: Rows, seed: int) -> Balanced:
        return filled(rows, self.settings, seed, self._made)

    def _made(self, rare: Rare, count: int) -> tuple[FloatArray, list[str]]:
        hardness, notes = rare.share_of_others(self.settings.density_neighbors), []
        if hardness.sum() == 0.0:
            notes.append("No rare row had another class close by, so rows were made everywhere alike.")
            hardness = np.ones(rare.own.size)
        wish = Wish(count, rare.own, hardness / hardness.sum())
        return between(rare, wish, lowered(self.settings, rare.own)), notes
