"""ADASYN: more made rows where a rare class is harder to tell apart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

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
from narrative.engine.types import FloatArray, IntArray


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
            hardness = self.hardness(rows, space, index, near, random)
            if hardness.sum() == 0.0:
                notes.append("No rare row had another class close by, so rows were made everywhere alike.")
                hardness = np.ones(near.size)
            wish = Wish(count, near, hardness / hardness.sum())
            made[index] = between(space, near, wish, lowered(self.settings, near), random)
        return with_made(rows, made, notes)

    def hardness(
        self, rows: Rows, space: Space, index: int, bases: IntArray, random: np.random.Generator
    ) -> FloatArray:
        """Share of other classes among the rows nearest to each base."""
        among = thinned(np.arange(rows.target.size, dtype=np.int64), bases.size, random)
        near = space.neighbours(bases, among, min(self.settings.density_neighbors, among.size - 1))
        return np.asarray((rows.target[near] != index).mean(axis=1), dtype=np.float64)
