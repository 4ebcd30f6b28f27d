"""The same word in different spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile


class SpellingVariants(Check):
    """Spelling variants."""

    name: ClassVar[str] = "spelling_variants"
    title: ClassVar[str] = "Spelling variants"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [
            Finding(
                code=self.name,
                severity="decide",
                columns=[column.name],
                headline=f"{counted(_variants(column), 'cell')} of {quoted(column.name)} spelled another way",
                reason="Spellings that differ only in case, spaces or punctuation count as different categories.",
                facts={"cells": _variants(column), "share": (_variants(column)) / column.count},
                actions=[
                    apply_step(f"Write {quoted(column.name)} alike", "merge_spellings", columns=[column.name]),
                ],
            )
            for column in profile.columns
            if column.spelling_variants and column.kind == "category"
        ]


def _variants(column: ColumnProfile) -> int:
    return column.spelling_variants or 0
