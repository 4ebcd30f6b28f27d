"""BorderlineSMOTE: made rows only where a rare class meets the others."""

from __future__ import annotations

from typing import ClassVar, Literal

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

Place = Literal["safe", "danger", "noise"]


class BorderlineSettings(SamplingSettings):
    """Settings of BorderlineSMOTE."""

    m_neighbors: int = Field(
        default=10, ge=1, le=100, description="Rows of any class next to a rare row that say whether it is in danger."
    )
    danger_from: float = Field(
        default=0.5, gt=0.0, le=1.0, description="Share of other classes among them from which a rare row is in danger."
    )
    noise_from: float = Field(
        default=1.0, gt=0.0, le=1.0, description="Share from which it is noise and nothing is made of it."
    )
    kind: Literal[1, 2] = Field(
        default=1, description="1: towards rare rows only; 2: also up to half the way towards the nearest other rows."
    )


class BorderlineSmote(Imbalance[BorderlineSettings]):
    """As SMOTE, but rows are made of rare rows *in danger* only: most of the rows around them are of other classes.

    Source: Han, Wang & Mao (2005), "Borderline-SMOTE: a new over-sampling method in imbalanced data sets learning",
    ICIC, sections 3.1 (kind 1) and 3.2 (kind 2).
    """

    name: ClassVar[str] = "borderline_smote"
    title: ClassVar[str] = "BorderlineSMOTE"
    sentence: ClassVar[str] = "Makes rows of a rare class only along its border to the others, where mistakes happen."

    @classmethod
    def settings_type(cls) -> type[BorderlineSettings]:
        return BorderlineSettings

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
            bases = near[self.places(rows, space, index, near, random) == "danger"]
            if bases.size == 0:
                notes.append("No rare row was in danger, so rows were made everywhere in its class.")
                bases = near
            made[index] = self._made(rows, space, near, Wish(count, bases), random)
        return with_made(rows, made, notes)

    def places(
        self, rows: Rows, space: Space, index: int, bases: IntArray, random: np.random.Generator
    ) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """ "safe", "danger" or "noise" for each base."""
        among = thinned(np.arange(rows.target.size, dtype=np.int64), bases.size, random)
        near = space.neighbours(bases, among, min(self.settings.m_neighbors, among.size - 1))
        others = (rows.target[near] != index).mean(axis=1)
        danger = np.where(others >= self.settings.danger_from, "danger", "safe")
        return np.where(others >= self.settings.noise_from, "noise", danger)

    def _made(self, rows: Rows, space: Space, own: IntArray, wish: Wish, random: np.random.Generator) -> FloatArray:
        k = lowered(self.settings, own)
        if self.settings.kind == 1:
            return between(space, own, wish, k, random)
        others = thinned(np.flatnonzero(rows.target != rows.target[own[0]]).astype(np.int64), wish.bases.size, random)
        foreign = space.neighbours(wish.bases, others, min(k, others.size))
        partners = np.column_stack([space.neighbours(wish.bases, own, k), foreign])
        reach = np.ones(partners.shape)
        reach[:, k:] = 0.5
        return between(space, own, wish, k, random, partners=partners, reach=reach)
