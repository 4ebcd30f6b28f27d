"""Numbers among words, or words among numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile


class MixedTypes(Check):
    """Mixed content."""

    name: ClassVar[str] = "mixed_types"
    title: ClassVar[str] = "Mixed content"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [
            Finding(
                code=self.name,
                severity="decide",
                columns=[column.name],
                headline=f"{quoted(column.name)} mixes words and numbers: {counted(_odd(column), 'odd cell')}",
                reason="If it is a quantity, read it as numbers: cells that are none become missing.",
                facts={"cells": _odd(column), "share": (_odd(column)) / column.count},
                actions=[apply_step(f"Read {quoted(column.name)} as numbers", "parse_number", columns=[column.name])],
            )
            for column in profile.columns
            if column.numbers_in_text and column.kind == "category"
        ]


def _odd(column: ColumnProfile) -> int:
    return column.numbers_in_text or 0
