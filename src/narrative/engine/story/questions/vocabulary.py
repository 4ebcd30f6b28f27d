"""What can be named in a question about a table: its columns and the values of its categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from narrative.engine.story.questions.reader import words_of_name
from narrative.engine.story.questions.types import ColumnWords, Sort, Vocabulary
from narrative.engine.types import ColumnKind

MOST_VALUES: Final = 1_000
"""Columns with more different values can be named, their values cannot."""
YES: Final = frozenset({"yes", "y", "true", "t", "1", "ja", "oui", "si", "sí", "sim", "да"})
NO: Final = frozenset({"no", "n", "false", "f", "0", "nein", "non", "não", "нет"})


def vocabulary_of(
    table: pl.DataFrame | pl.LazyFrame, kinds: Mapping[str, ColumnKind] | None = None, name: str = ""
) -> Vocabulary:
    """The vocabulary of a table, read column by column.

    Args:
        table: the table, or a scan of it.
        kinds: kinds of the columns; by type where they are not known.
        name: of the table; its words may stand for its rows ("how many penguins").
    """
    lazy = table.lazy()
    schema = lazy.collect_schema()
    columns = tuple(_column(lazy, name, dtype, (kinds or {}).get(name)) for name, dtype in schema.items())
    return Vocabulary(columns, frozenset(words_of_name(name)))


def _column(table: pl.LazyFrame, name: str, dtype: pl.DataType, kind: ColumnKind | None) -> ColumnWords:
    if dtype.is_temporal():
        return ColumnWords(name, "time")
    if dtype.is_float():
        return ColumnWords(name, "number")
    if kind in ("text", "identifier", "empty") and dtype == pl.String:
        return ColumnWords(name, "text")
    if dtype.is_integer() and kind == "identifier":
        return ColumnWords(name, "text")
    if dtype.is_integer():
        low, high = table.select(low=pl.col(name).min(), high=pl.col(name).max()).collect(engine="streaming").row(0)
        values: tuple[str, ...] = ("0", "1") if (low, high) == (0, 1) else ()
        return _with_yes(ColumnWords(name, "number"), values)
    found = (
        table.select(pl.col(name).cast(pl.String).unique())
        .drop_nulls()
        .head(MOST_VALUES + 1)
        .collect(engine="streaming")
    )
    values = tuple(sorted(found[name].to_list())) if found.height <= MOST_VALUES else ()
    sort: Sort = "category" if values else "text"
    return _with_yes(ColumnWords(name, sort, values), values)


def _with_yes(column: ColumnWords, values: tuple[str, ...]) -> ColumnWords:
    """A column of two values, one of which says yes, can be used like an adjective."""
    plain = {value.strip().casefold(): value for value in values}
    yes, no = [plain[word] for word in plain if word in YES], [plain[word] for word in plain if word in NO]
    if len(plain) == 2 and len(yes) == len(no) == 1:
        return ColumnWords(column.name, column.sort, column.values, positive=yes[0], negative=no[0])
    return column
