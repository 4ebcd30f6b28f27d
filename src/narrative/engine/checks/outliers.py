"""Numbers far outside the rest, together in one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step
from narrative.engine.types import NUMERIC_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class Outliers(Check):
    """Outliers."""

    name: ClassVar[str] = "outliers"
    title: ClassVar[str] = "Outliers"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        found = [
            column
            for column in profile.columns
            if column.outliers and column.kind in NUMERIC_KINDS and column.name != profile.target
        ]
        if not found:
            return []
        found.sort(key=lambda column: (-(column.outliers or 0), column.name))
        worst = found[0]
        names = [column.name for column in found]
        most = worst.outliers or 0
        low, high = worst.outlier_bounds or (0.0, 0.0)
        where = quoted(worst.name) if len(found) == 1 else f"{quoted(worst.name)}, some in {len(found) - 1} more"
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=names,
                headline=f"{counted(most, 'value')} far outside the rest in {where}",
                reason="Check whether they are real; tree models bear them, linear ones do better on a robust scale.",
                facts={
                    "outliers": most,
                    "share": most / worst.count,
                    "low": low,
                    "high": high,
                    "n_columns": len(found),
                },
                actions=[
                    apply_step(
                        f"Limit {quoted(worst.name)} to between {low:,.4g} and {high:,.4g}",
                        "clip_values",
                        columns=[worst.name],
                        low=low,
                        high=high,
                    ),
                    apply_step("Scale by median and quartiles", "scale", columns=names, method="robust"),
                ],
            )
        ]
