"""What a comparison of two versions gives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

ChangeKind = Literal[
    "rows_added", "rows_lost", "rows_changed", "column_added", "column_lost", "type_changed", "columns_reordered",
    "values_shifted", "categories_new", "categories_gone", "missing_changed",
]  # fmt: skip


class Change(BaseModel):
    """One difference. ``weight`` orders them: how much of the table it touches, 0 to 1, more where a model relies on
    the column. ``facts`` are computed numbers by name; the sentence quotes them."""

    model_config = ConfigDict(frozen=True)
    kind: ChangeKind
    column: str | None
    sentence: str
    weight: float
    facts: dict[str, float | int | str]
    examples: list[str] = []


class Comparison(BaseModel):
    """What the second table has that the first has not, and the other way round; the weightiest change first.

    ``rows_changed`` is None where nothing tells which row is which: then a changed row counts as lost and added.
    """

    model_config = ConfigDict(frozen=True)
    equal: bool
    headline: str
    matched_by: list[str]
    """Columns whose values tell rows apart in both; empty: whole rows were compared."""
    rows_before: int
    rows_after: int
    rows_added: int
    rows_lost: int
    rows_changed: int | None
    rows_same: int
    columns_added: list[str]
    columns_lost: list[str]
    changes: list[Change]
