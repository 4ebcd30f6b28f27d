"""Columns without a single value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, drop, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class Empty(Check):
    """Empty columns."""

    name: ClassVar[str] = "empty"
    title: ClassVar[str] = "Empty columns"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [
            Finding(
                code=self.name,
                severity="fix",
                columns=[column.name],
                headline=f"{quoted(column.name)} has no value in any of {counted(profile.n_rows, 'row')}",
                reason="An empty column tells nothing; remove it, or load the file again if it should hold values.",
                facts={"n_rows": profile.n_rows},
                actions=[drop([column.name])],
            )
            for column in profile.columns
            if column.kind == "empty"
        ]
