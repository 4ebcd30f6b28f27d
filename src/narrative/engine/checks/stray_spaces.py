"""Text that begins or ends with spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class StraySpaces(Check):
    """Stray spaces."""

    name: ClassVar[str] = "stray_spaces"
    title: ClassVar[str] = "Stray spaces"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        found = [column for column in profile.columns if column.stray_spaces and column.kind == "category"]
        if not found:
            return []
        found.sort(key=lambda column: (-(column.stray_spaces or 0), column.name))
        cells = sum(column.stray_spaces or 0 for column in found)
        names = [column.name for column in found]
        where = quoted(names[0]) if len(names) == 1 else f"{len(names)} columns, most in {quoted(names[0])}"
        return [
            Finding(
                code=self.name,
                severity="decide",
                columns=names,
                headline=f"{counted(cells, 'cell')} with spaces before or after the text in {where}",
                reason="'Paris' and 'Paris ' count as two categories until the spaces are gone.",
                facts={"cells": cells, "n_columns": len(names)},
                actions=[apply_step("Trim spaces", "trim_whitespace", columns=names)],
            )
        ]
