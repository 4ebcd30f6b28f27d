"""Columns in which at least 99 % of the rows share one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import drop, percent, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

LEAST_SHARE: Final = 0.99


class NearlyConstant(Check):
    """Nearly constant columns."""

    name: ClassVar[str] = "nearly_constant"
    title: ClassVar[str] = "Nearly constant columns"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            if (
                column.kind == "constant"
                or column.distinct < 2
                or not column.top_values
                or column.name == profile.target
            ):
                continue
            top = column.top_values[0]
            share = top.count / profile.n_rows
            if share < LEAST_SHARE:
                continue
            value = top.value if frame[column.name].dtype.is_numeric() else quoted(top.value)
            findings.append(
                Finding(
                    code=self.name,
                    severity="decide",
                    columns=[column.name],
                    headline=f"{quoted(column.name)} is {value} in {percent(share)} of the rows",
                    reason="So rare a difference seldom helps a model; keep it only if the few other rows matter.",
                    facts={"share": share, "count": top.count, "value": top.value, "n_rows": profile.n_rows},
                    actions=[drop([column.name])],
                )
            )
        return findings
