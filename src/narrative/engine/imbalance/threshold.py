"""Moving the cut between yes and no instead of the rows."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.imbalance.base import Balanced, Imbalance, NoSettings, Rows, as_given


class Threshold(Imbalance[NoSettings]):
    """The rows as they are; the cut is put where F1 is best on rows the models had not seen."""

    name: ClassVar[str] = "threshold"
    title: ClassVar[str] = "Moved threshold"
    sentence: ClassVar[str] = (
        "Learns from the rows as they are and says yes from a lower probability on; changes answers, not probabilities."
    )
    changes_rows: ClassVar[bool] = False

    @classmethod
    def settings_type(cls) -> type[NoSettings]:
        return NoSettings

    def balance(self, rows: Rows, seed: int) -> Balanced:
        return as_given(rows)
