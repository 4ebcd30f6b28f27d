"""Rows that repeat another row but for an identifier or the spelling of a text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, percent
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_ROWS: Final = 20_000
LEAST_COLUMNS: Final = 4
MARGIN: Final = 1_000.0
"""How many times more combinations of values than pairs of rows there must be, so that chance repeats no row."""
MOST_SHARE: Final = 0.3
"""Where more rows are alike, that is how the table is made and no slip."""


class NearDuplicates(Check):
    """Near duplicates."""

    name: ClassVar[str] = "near_duplicates"
    title: ClassVar[str] = "Near duplicates"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        telling = [column for column in profile.columns if column.kind not in ("identifier", "constant", "empty")]
        n_rows = min(profile.n_rows, MOST_ROWS)
        combinations = sum(math.log(max(1, column.distinct)) for column in telling)
        if len(telling) < LEAST_COLUMNS or n_rows < 2 or combinations < math.log(MARGIN * n_rows**2):
            return []
        first = frame.head(n_rows)
        numbers = first.select(column.name for column in telling if column.dtype != "String")
        if numbers.width and numbers.hash_rows().n_unique() == n_rows:
            return []  # what is not text differs already
        rows = pl.DataFrame([_plain(first[column.name]) for column in telling])
        alike = n_rows - rows.n_unique()
        exact = profile.duplicate_rows if n_rows == profile.n_rows else n_rows - first.n_unique()
        near = alike - exact
        if near <= 0 or near > MOST_SHARE * n_rows:
            return []
        looked = "" if n_rows == profile.n_rows else f" of the first {n_rows:,}"
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=[],
                headline=f"{counted(near, 'row')}{looked} nearly repeat{'s' if near == 1 else ''} another one",
                reason=(
                    "They differ only in an identifier, in case, spaces or punctuation; one thing may be entered twice "
                    f"({percent(near / n_rows)})."
                ),
                facts={"near_duplicates": near, "share": near / n_rows, "rows_looked_at": n_rows},
            )
        ]


def _plain(series: pl.Series) -> pl.Series:
    if series.dtype != pl.String:
        return series
    return series.str.to_lowercase().str.replace_all(r"[\s_.,;:\-]+", "")
