"""Rows that repeat an earlier row in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, percent
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MANY: Final = 0.01


class Duplicates(Check):
    """Duplicate rows."""

    name: ClassVar[str] = "duplicates"
    title: ClassVar[str] = "Duplicate rows"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        if not profile.duplicate_rows:
            return []
        share = profile.duplicate_rows / profile.n_rows
        verb = "repeats" if profile.duplicate_rows == 1 else "repeat"
        return [
            Finding(
                code=self.name,
                severity="decide" if share > MANY else "good_to_know",
                columns=[],
                headline=f"{counted(profile.duplicate_rows, 'row')} {verb} an earlier row exactly ({percent(share)})",
                reason="Copies count twice in training and can stand in both the training and the test part.",
                actions=[apply_step("Keep one of each", "drop_duplicates")],
                facts={"duplicate_rows": profile.duplicate_rows, "share": share, "n_rows": profile.n_rows},
            )
        ]
