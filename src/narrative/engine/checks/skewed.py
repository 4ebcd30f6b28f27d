"""Numbers with a long tail, together in one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, FindingAction, apply_step
from narrative.engine.types import NUMERIC_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

STRONG: Final = 2.0
LEAST_VALUES: Final = 10


class Skewed(Check):
    """Skewed columns."""

    name: ClassVar[str] = "skewed"
    title: ClassVar[str] = "Skewed columns"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        found = [
            column
            for column in profile.columns
            if column.kind in NUMERIC_KINDS and column.distinct > LEAST_VALUES and abs(column.skewness or 0.0) > STRONG
        ]
        if not found:
            return []
        found.sort(key=lambda column: (-abs(column.skewness or 0.0), column.name))
        worst = found[0]
        skewness = worst.skewness or 0.0
        side = "right" if skewness > 0 else "left"
        names = [column.name for column in found if column.name != profile.target]
        more = f" and {counted(len(found) - 1, 'more column')}" if len(found) > 1 else ""
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=[column.name for column in found],
                headline=f"{quoted(worst.name)} has a long tail to the {side} (skewness {skewness:.1f}){more}",
                reason="The mean says little here; read the median. Tree models do not mind.",
                facts={"skewness": skewness, "n_columns": len(found)},
                actions=[_straighten(names)] if names else [],
            )
        ]


def _straighten(columns: list[str]) -> FindingAction:
    title = f"Straighten {quoted(columns[0])}" if len(columns) == 1 else f"Straighten these {len(columns)} columns"
    return apply_step(title, "power_transform", columns=columns)
