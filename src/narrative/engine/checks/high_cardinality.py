"""Categories with very many different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MANY: Final = 200
SOME: Final = 50
MOST_SHARE: Final = 0.3
UNIQUE_SHARE: Final = 0.5
LEAST_ROWS: Final = 20
"""With more than half of so many values different, a column hardly says anything that comes back."""


class HighCardinality(Check):
    """Very many categories."""

    name: ClassVar[str] = "high_cardinality"
    title: ClassVar[str] = "Very many categories"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            if column.kind != "category" or column.name == profile.target:
                continue
            share = column.distinct / column.count
            is_key = share > UNIQUE_SHARE and column.count >= LEAST_ROWS
            if column.distinct <= MANY and not (column.distinct > SOME and share > MOST_SHARE) and not is_key:
                continue
            group = apply_step("Group the rare ones", "group_rare_categories", columns=[column.name])
            findings.append(
                Finding(
                    code=self.name,
                    severity="good_to_know",
                    columns=[column.name],
                    headline=f"{quoted(column.name)} has {column.distinct:,} different values",
                    reason="Most of them occur too seldom to learn from; rare ones can be grouped.",
                    facts={"distinct": column.distinct, "count": column.count, "share": share},
                    actions=[group],
                )
            )
        return findings
