"""Doing nothing: what every method has to beat."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.imbalance.base import Balanced, Imbalance, NoSettings, Rows, as_given


class Nothing(Imbalance[NoSettings]):
    """The rows as they are."""

    name: ClassVar[str] = "none"
    title: ClassVar[str] = "Doing nothing"
    sentence: ClassVar[str] = "Learns from the rows as they are; often the best choice, because shares are information."
    changes_rows: ClassVar[bool] = False

    @classmethod
    def settings_type(cls) -> type[NoSettings]:
        return NoSettings

    def balance(self, rows: Rows, seed: int) -> Balanced:
        return as_given(rows)
