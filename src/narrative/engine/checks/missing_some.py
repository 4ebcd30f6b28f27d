"""Columns with some gaps, together in one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_SHARE: Final = 0.5


class MissingSome(Check):
    """Missing values."""

    name: ClassVar[str] = "missing_some"
    title: ClassVar[str] = "Missing values"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        gaps = [
            column
            for column in profile.columns
            if 0 < column.missing_share <= MOST_SHARE and column.name != profile.target
        ]
        if not gaps:
            return []
        gaps.sort(key=lambda column: (-column.missing, column.name))
        cells = sum(column.missing for column in gaps)
        names = [column.name for column in gaps]
        where = quoted(names[0]) if len(names) == 1 else f"{len(names)} columns, most in {quoted(names[0])}"
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=names,
                headline=f"{counted(cells, 'cell')} missing in {where}",
                reason="Training fills gaps from training rows only; ask whether they are missing for a reason.",
                facts={"missing": cells, "n_columns": len(names), "most": gaps[0].missing},
                actions=[apply_step("Fill the gaps", "impute", columns=names)],
            )
        ]
