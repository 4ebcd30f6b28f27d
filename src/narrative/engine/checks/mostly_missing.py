"""Columns of which more than half is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import drop, percent, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MORE_THAN: Final = 0.5


class MostlyMissing(Check):
    """Mostly missing columns."""

    name: ClassVar[str] = "mostly_missing"
    title: ClassVar[str] = "Mostly missing columns"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            if not MORE_THAN < column.missing_share < 1.0:
                continue
            mark = apply_step(
                f"Mark where {quoted(column.name)} is missing", "missing_indicator", columns=[column.name]
            )
            findings.append(
                Finding(
                    code=self.name,
                    severity="decide",
                    columns=[column.name],
                    headline=f"{quoted(column.name)} is missing in {percent(column.missing_share)} of the rows",
                    reason="Filling most of a column invents most of it; remove it, or keep only whether it is there.",
                    facts={"missing": column.missing, "missing_share": column.missing_share, "n_rows": profile.n_rows},
                    actions=[drop([column.name]), mark],
                )
            )
        return findings
