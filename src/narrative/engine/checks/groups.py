"""Several rows of one customer, patient or machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile

LEAST_GROUPS: Final = 20
ROWS_PER_GROUP: Final = (1.3, 200.0)
_OWNER: Final = re.compile(
    r"(?:customer|client|patient|user|person|member|subject|household|family|student|employee|account|device|machine|"
    r"session|kunde|kunden|mitarbeiter|cliente?|usuario|utilisateur|klient|host|player|driver|visitor|guest|policy)",
    re.IGNORECASE,
)


class Groups(Check):
    """Groups of rows."""

    name: ClassVar[str] = "groups"
    title: ClassVar[str] = "Several rows of one thing"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        return [_finding(self.name, column) for column in profile.columns if _makes_groups(column, profile)]


def _makes_groups(column: ColumnProfile, profile: TableProfile) -> bool:
    """A key by its name that comes back: the rows of one owner are no independent cases."""
    from narrative.engine.profile.kinds import names_an_identifier

    if column.name == profile.target or column.kind not in ("integer", "category", "identifier", "text"):
        return False
    if column.distinct < LEAST_GROUPS or not ROWS_PER_GROUP[0] <= column.count / column.distinct <= ROWS_PER_GROUP[1]:
        return False
    return names_an_identifier(column.name) and _OWNER.search(column.name) is not None


def _finding(code: str, column: ColumnProfile) -> Finding:
    per_group = column.count / column.distinct
    return Finding(
        code=code,
        severity="decide",
        columns=[column.name],
        headline=f"{counted(column.distinct, 'value')} of {quoted(column.name)} stand for {per_group:.1f} rows each",
        reason="Rows of one owner in training and in the test flatter the score; keep one row each, or judge by owner.",
        facts={"groups": column.distinct, "rows": column.count, "rows_per_group": per_group},
        actions=[apply_step("Keep the first row of each", "drop_duplicates", columns=[column.name])],
    )
