"""Columns that name rows instead of describing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, drop, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class Identifier(Check):
    """Identifiers."""

    name: ClassVar[str] = "identifier"
    title: ClassVar[str] = "Identifiers"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [
            Finding(
                code=self.name,
                severity="decide",
                columns=[column.name],
                headline=f"{quoted(column.name)} identifies rows: {counted(column.distinct, 'different value')}",
                reason="A model could only learn rows by heart from it; automatic training leaves it out.",
                facts={"distinct": column.distinct, "count": column.count, "share": column.distinct / column.count},
                actions=[drop([column.name])],
            )
            for column in profile.columns
            if column.kind == "identifier" and column.name != profile.target
        ]
