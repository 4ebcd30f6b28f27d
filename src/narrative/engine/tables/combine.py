"""Two tables into one: rows below rows, or columns beside columns, with what would be lost or doubled said before.

A plan is computed from the whole tables and costs no more than counting keys; nothing is joined to make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.keys import KeySuggestion, suggest_keys
from narrative.engine.tables.pairs import ColumnPair, as_common, match_columns

JoinHow = Literal["left", "inner"]
MAX_ROWS: Final = 100_000_000
_FIRST, _SECOND = "first", "second"


class AppendPlan(BaseModel):
    """What appending the rows of a second table would give. A column that only one table has is empty in the other."""

    model_config = ConfigDict(frozen=True)
    n_rows_first: int
    n_rows_second: int
    n_rows: int
    matched: list[ColumnPair]
    only_first: list[str]
    only_second: list[str]
    warnings: list[str] = []


class JoinPlan(BaseModel):
    """What joining the columns of a second table would give, before it runs.

    ``n_without_partner`` rows of the first table find nothing in the second: an inner join loses them, a left join
    leaves the new columns empty. ``n_multiplied`` rows find several partners and become ``n_extra_rows`` rows more.
    ``n_unused`` rows of the second table go nowhere.
    """

    model_config = ConfigDict(frozen=True)
    how: JoinHow
    keys: list[ColumnPair]
    suggestions: list[KeySuggestion]
    n_rows_first: int
    n_rows_second: int
    n_without_partner: int
    n_multiplied: int
    n_extra_rows: int
    n_unused: int
    n_rows: int
    new_columns: list[str]
    renamed: dict[str, str]
    """Columns of the second table that get another name, since the first has one of that name."""
    warnings: list[str] = []


def plan_append(first: pl.DataFrame, second: pl.DataFrame) -> AppendPlan:
    """Columns matched by name, and how the tables differ."""
    matched, only_first, only_second = match_columns(first, second)
    warnings = [
        f"The column {pair.first} holds {pair.type_first} in one table and {pair.type_second} in the other; "
        f"all of it becomes {pair.type_common}."
        for pair in matched
        if pair.type_first != pair.type_second
    ]
    if not matched:
        warnings.append("The tables share no column: every row would be empty on one side.")
    return AppendPlan(
        n_rows_first=first.height,
        n_rows_second=second.height,
        n_rows=first.height + second.height,
        matched=matched,
        only_first=only_first,
        only_second=only_second,
        warnings=warnings,
    )


def append(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """All rows of the first table, then all of the second; columns in the order of the first, then new ones.

    Raises:
        InvalidInput: ``tables_share_no_column``.
    """
    matched, _, _ = match_columns(first, second)
    if not matched:
        raise InvalidInput(
            "tables_share_no_column", "The two tables share no column.", fix="Join them, or rename the columns first."
        )
    above = first.with_columns(as_common(first[pair.first], pair) for pair in matched)
    below = second.rename({pair.second: pair.first for pair in matched})
    below = below.with_columns(as_common(below[pair.first], pair) for pair in matched)
    return pl.concat([above, below], how="diagonal")


def plan_join(
    first: pl.DataFrame, second: pl.DataFrame, keys: Sequence[tuple[str, str]] | None = None, how: JoinHow = "left"
) -> JoinPlan:
    """What a join would give, by the keys named or else by the best suggestion.

    Raises:
        InvalidInput: ``join_key_unknown``, ``join_key_missing`` when none is named and none suggests itself.
    """
    suggestions = suggest_keys(first, second)
    pairs = _pairs(first, second, keys, suggestions)
    counts = _key_counts(first, second, pairs)
    n_missing_keys = first.height - int(counts[_FIRST].sum())
    lonely = counts.filter(pl.col(_SECOND) == 0)
    multiple = counts.filter((pl.col(_SECOND) > 1) & (pl.col(_FIRST) > 0))
    n_without = n_missing_keys + int(lonely[_FIRST].sum())
    n_extra = int((multiple[_FIRST] * (multiple[_SECOND] - 1)).sum())
    n_multiplied = int(multiple[_FIRST].sum())
    used = int(counts.filter(pl.col(_FIRST) > 0)[_SECOND].sum())
    _, renamed, new_columns = _second_columns(first, second, pairs)
    n_rows = first.height + n_extra - (n_without if how == "inner" else 0)
    return JoinPlan(
        how=how,
        keys=pairs,
        suggestions=suggestions,
        n_rows_first=first.height,
        n_rows_second=second.height,
        n_without_partner=n_without,
        n_multiplied=n_multiplied,
        n_extra_rows=n_extra,
        n_unused=second.height - used,
        n_rows=n_rows,
        new_columns=new_columns,
        renamed=renamed,
        warnings=_join_warnings(how, n_without, n_multiplied, n_extra, first.height),
    )


def join(
    first: pl.DataFrame, second: pl.DataFrame, keys: Sequence[tuple[str, str]] | None = None, how: JoinHow = "left"
) -> pl.DataFrame:
    """Rows of the first table, in their order, with the columns of the second. A missing key finds nothing.

    Raises:
        InvalidInput: as :func:`plan_join`.
        LimitExceeded: ``join_too_large`` when keys that repeat on both sides would multiply the rows too far.
    """
    plan = plan_join(first, second, keys, how)
    if plan.n_rows > MAX_ROWS:
        raise LimitExceeded(
            "join_too_large",
            f"The join would give {plan.n_rows:,} rows, since keys repeat in both tables; the limit is {MAX_ROWS:,}.",
            fix="Choose a key that is unique in the second table.",
            limit=MAX_ROWS,
            value=plan.n_rows,
            unit="rows",
        )
    kept, renamed, _ = _second_columns(first, second, plan.keys)
    marks = [f"\x00key {number}" for number in range(len(plan.keys))]
    left = first.with_columns(
        as_common(first[pair.first], pair).alias(mark) for pair, mark in zip(plan.keys, marks, strict=True)
    )
    right = second.select(
        *(as_common(second[pair.second], pair).alias(mark) for pair, mark in zip(plan.keys, marks, strict=True)),
        *(pl.col(name).alias(renamed.get(name, name)) for name in kept),
    )
    return left.join(right, on=marks, how=how, maintain_order="left_right").drop(marks)


def has_partner(first: pl.DataFrame, second: pl.DataFrame, keys: Sequence[tuple[str, str]]) -> pl.Series:
    """True for rows of the first table that a join finds a row for.

    Raises:
        InvalidInput: ``join_key_unknown``.
    """
    pairs = _pairs(first, second, keys, [])
    marks = [f"key {number}" for number in range(len(pairs))]
    one, two = (
        pl.DataFrame([column.alias(mark) for column, mark in zip(columns, marks, strict=True)])
        for columns in (
            [as_common(first[pair.first], pair) for pair in pairs],
            [as_common(second[pair.second], pair) for pair in pairs],
        )
    )
    found = one.with_row_index("row").join(two, on=marks, how="semi")["row"]
    return pl.int_range(first.height, eager=True, dtype=pl.UInt32).is_in(found.implode())


def _pairs(
    first: pl.DataFrame,
    second: pl.DataFrame,
    keys: Sequence[tuple[str, str]] | None,
    suggestions: Sequence[KeySuggestion],
) -> list[ColumnPair]:
    """The key columns, checked. Without a choice: the best suggestion."""
    if not keys:
        if not suggestions:
            raise InvalidInput(
                "join_key_missing",
                "No columns of the two tables hold the same values, so none can join them.",
                fix="Name a column of each table that means the same thing.",
            )
        return suggestions[0].keys
    for table, position, which in ((first, 0, _FIRST), (second, 1, _SECOND)):
        for names in keys:
            if names[position] not in table.columns:
                raise InvalidInput(
                    "join_key_unknown",
                    f"The {which} table has no column {names[position][:80]!r}.",
                    column=names[position][:80],
                    fix=f"Choose one of: {', '.join(table.columns[:10])}.",
                )
    return [ColumnPair.of(first[one], second[two]) for one, two in keys]


def _key_counts(first: pl.DataFrame, second: pl.DataFrame, pairs: Sequence[ColumnPair]) -> pl.DataFrame:
    """One row per key value: how often it stands in each table. Missing keys are left out: they meet nothing."""
    names = [f"key {number}" for number in range(len(pairs))]

    def counted(columns: list[pl.Series], which: str) -> pl.DataFrame:
        keys = pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])
        return keys.drop_nulls().group_by(names).agg(pl.len().cast(pl.Int64).alias(which))

    one = counted([as_common(first[pair.first], pair) for pair in pairs], _FIRST)
    two = counted([as_common(second[pair.second], pair) for pair in pairs], _SECOND)
    return one.join(two, on=names, how="full", coalesce=True).with_columns(pl.col(_FIRST, _SECOND).fill_null(0))


def _second_columns(
    first: pl.DataFrame, second: pl.DataFrame, pairs: Sequence[ColumnPair]
) -> tuple[list[str], dict[str, str], list[str]]:
    """Columns that the second table brings: their names, new names where they are taken, and the names in the end."""
    keys = {pair.second for pair in pairs}
    kept = [name for name in second.columns if name not in keys]
    taken, renamed, final = set(first.columns), {}, []
    for name in kept:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        if free != name:
            renamed[name] = free
        taken.add(free)
        final.append(free)
    return kept, renamed, final


def _join_warnings(how: JoinHow, n_without: int, n_multiplied: int, n_extra: int, n_rows: int) -> list[str]:
    warnings = []
    if n_without:
        fate = "would be lost" if how == "inner" else "would keep the new columns empty"
        warnings.append(
            f"{_rows(n_without)} of {n_rows:,} {'finds' if n_without == 1 else 'find'} no partner and {fate}."
        )
    if n_multiplied:
        warnings.append(
            f"{_rows(n_multiplied)} {'finds' if n_multiplied == 1 else 'find'} several partners: "
            f"{_rows(n_extra)} would be added, and sums over the first table would count them more than once."
        )
    return warnings


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"
