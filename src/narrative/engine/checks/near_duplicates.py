"""Rows that repeat another row but for an identifier or the spelling of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted, percent, quoted
from narrative.engine.checks.base import Check, Finding, FindingAction, apply_step
from narrative.engine.types import ColumnKind

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_SHARE: Final = 0.3
"""Where more rows are alike, that is how the table is made and no slip."""
_WORDS: Final[tuple[ColumnKind, ...]] = ("category", "text")


class NearDuplicates(Check):
    """Near duplicates."""

    name: ClassVar[str] = "near_duplicates"
    title: ClassVar[str] = "Near duplicates"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        from narrative.engine.profile.relations import UNTELLING_KINDS, hardly_by_chance

        relations = profile.relations
        near = 0 if relations is None else relations.near_duplicate_rows
        n_rows = (relations and relations.near_duplicate_rows_looked_at) or profile.n_rows
        telling = [column for column in profile.columns if column.kind not in UNTELLING_KINDS]
        if not 0 < near <= MOST_SHARE * n_rows:
            return []
        if not hardly_by_chance([column.distinct for column in telling], n_rows):
            return []
        looked = "" if n_rows == profile.n_rows else f" of the first {n_rows:,}"
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=[],
                headline=f"{counted(near, 'row')}{looked} nearly repeat{'s' if near == 1 else ''} another one",
                reason=(
                    "They differ only in an identifier, in case, spaces or punctuation; one thing may be entered twice "
                    f"({percent(near / n_rows)})."
                ),
                facts={"near_duplicates": near, "share": near / n_rows, "rows_looked_at": n_rows},
                actions=_cures(profile),
            )
        ]


def _cures(profile: TableProfile) -> list[FindingAction]:
    """First words are written alike, then one of the rows that are equal but for their identifiers stays."""
    keys = [column.name for column in profile.columns if column.kind == "identifier"]
    words = [column.name for column in profile.columns if column.kind in _WORDS and column.name != profile.target]
    rest = [column.name for column in profile.columns if column.name not in {*keys, profile.target}]
    cures = [apply_step("Write words alike", "merge_spellings", columns=words)] if words else []
    if keys and rest:
        but = quoted(keys[0]) if len(keys) == 1 else f"{len(keys)} identifiers"
        cures.append(apply_step(f"Keep one of rows that differ only in {but}", "drop_duplicates", columns=rest))
    return cures
