"""SMOTE: made rows anywhere between neighbouring rows of a rare class."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.imbalance._making import Rare, Wish, between, filled, lowered
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
        return filled(rows, self.settings, seed, self._made)

    def _made(self, rare: Rare, count: int) -> tuple[FloatArray, list[str]]:
        return between(rare, Wish(count, rare.own), lowered(self.settings, rare.own)), []
