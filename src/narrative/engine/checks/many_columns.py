"""More columns than a person can look through."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MANY: Final = 100
FEW_ROWS: Final = 10.0


class ManyColumns(Check):
    """Many columns."""

    name: ClassVar[str] = "many_columns"
    title: ClassVar[str] = "Many columns"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        if profile.n_columns <= MANY:
            return []
        per_column = profile.n_rows / profile.n_columns
        return [
            Finding(
                code=self.name,
                severity="decide" if per_column < FEW_ROWS else "good_to_know",
                columns=[],
                headline=f"The table has {profile.n_columns:,} columns for {counted(profile.n_rows, 'row')}",
                reason="With few rows per column, chance looks like a pattern; remove what cannot matter.",
                facts={"n_columns": profile.n_columns, "n_rows": profile.n_rows},
            )
        ]
