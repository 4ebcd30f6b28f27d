"""Columns with one value in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, drop, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class Constant(Check):
    """Columns with one value."""

    name: ClassVar[str] = "constant"
    title: ClassVar[str] = "Columns with one value"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [
            Finding(
                code=self.name,
                severity="fix",
                columns=[column.name],
                headline=f"{quoted(column.name)} has the same value in {counted(profile.n_rows, 'row')}",
                reason="A column that never changes cannot explain anything that does; remove it.",
                facts={"n_rows": profile.n_rows, "distinct": column.distinct},
                actions=[drop([column.name])],
            )
            for column in profile.columns
            if column.kind == "constant" and profile.n_rows > 1 and column.name != profile.target
        ]
