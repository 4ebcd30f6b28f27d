"""BorderlineSMOTE: made rows only where a rare class meets the others."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from narrative.engine.imbalance._making import Rare, Wish, between, filled, lowered
from narrative.engine.imbalance.base import Balanced, Imbalance, Rows, SamplingSettings
from narrative.engine.types import FloatArray

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
        return filled(rows, self.settings, seed, self._made)

    def places(self, rare: Rare) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """ "safe", "danger" or "noise" for each row of the class."""
        others = rare.share_of_others(self.settings.m_neighbors)
        danger = np.where(others >= self.settings.danger_from, "danger", "safe")
        return np.where(others >= self.settings.noise_from, "noise", danger)

    def _made(self, rare: Rare, count: int) -> tuple[FloatArray, list[str]]:
        bases, notes = rare.own[self.places(rare) == "danger"], []
        if bases.size == 0:
            notes.append("No rare row was in danger, so rows were made everywhere in its class.")
            bases = rare.own
        wish, k = Wish(count, bases), lowered(self.settings, rare.own)
        if self.settings.kind == 1:
            return between(rare, wish, k), notes
        others = rare.among(bases.size, others_only=True)
        foreign = rare.space.neighbours(bases, others, min(k, others.size))
        partners = np.column_stack([rare.space.neighbours(bases, rare.own, k), foreign])
        reach = np.ones(partners.shape)
        reach[:, k:] = 0.5
        return between(rare, wish, k, partners=partners, reach=reach), notes
