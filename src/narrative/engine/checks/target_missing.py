"""Rows without the value that is to be predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class TargetMissing(Check):
    """Rows without a target."""

    name: ClassVar[str] = "target_missing"
    title: ClassVar[str] = "Rows without a target"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        if profile.target is None:
            return []
        column = profile.column(profile.target)
        if not column.missing:
            return []
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=[column.name],
                headline=f"{counted(column.missing, 'row')} without a value of {quoted(column.name)}",
                reason="Rows without the outcome cannot teach it; training leaves them out and counts them.",
                facts={"missing": column.missing, "missing_share": column.missing_share},
            )
        ]
