"""Numbers such as -999 that stand for a missing value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, FindingAction, apply_step
from narrative.engine.types import NUMERIC_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile

LEAST_ROWS: Final = 3
PLACEHOLDERS: Final = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0})


class Placeholder(Check):
    """Placeholder numbers."""

    name: ClassVar[str] = "placeholder"
    title: ClassVar[str] = "Placeholder numbers"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            if column.kind not in NUMERIC_KINDS or column.outlier_bounds is None or column.name == profile.target:
                continue
            for value in (column.minimum, column.maximum):
                rows = _rows(frame, column, value)
                if rows < LEAST_ROWS:
                    continue
                findings.append(
                    Finding(
                        code=self.name,
                        severity="decide",
                        columns=[column.name],
                        headline=f"{quoted(column.name)} is {value:g} in {counted(rows, 'row')}, far from the rest",
                        reason="Such round extremes often stand for a missing value; check, and read them as missing.",
                        facts={"value": float(value or 0.0), "count": rows},
                        actions=[_as_missing(column, float(value or 0.0))],
                    )
                )
        return findings


def _as_missing(column: ColumnProfile, value: float) -> FindingAction:
    find = int(value) if column.kind == "integer" else value
    return apply_step(f"Read {value:g} as missing", "replace_values", columns=[column.name], find=find)


def _rows(frame: pl.DataFrame, column: ColumnProfile, value: float | str | None) -> int:
    """Rows that hold a typical placeholder which is an outlier; 0 when the value is neither."""
    low, high = column.outlier_bounds or (0.0, 0.0)
    if not isinstance(value, float) or value not in PLACEHOLDERS or low <= value <= high:
        return 0
    return int((frame[column.name] == value).sum() or 0)
