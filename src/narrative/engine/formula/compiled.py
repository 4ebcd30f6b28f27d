"""A formula ready to be computed: for a frame as a Polars expression, for one row as plain functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from narrative.engine.formula import batches, cells
from narrative.engine.formula.checked import Typed, check
from narrative.engine.formula.parser import parse
from narrative.engine.formula.tree import Kind, columns_in

RowValue = Callable[[Mapping[str, Any]], Any]
"""The value of a formula for one row: plain cells by column, None where missing."""


def kind_of(dtype: pl.DataType) -> Kind | None:
    """What a column of this type is in a formula; None when nothing."""
    if dtype == pl.Boolean:
        return "boolean"
    if dtype == pl.Date:
        return "date"
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    if dtype.is_numeric():
        return "number"
    return "text" if dtype == pl.String else None


def columns_named(text: str) -> list[str]:
    """The columns a formula mentions, each once. Raises ``InvalidInput('formula_invalid')``."""
    return list(dict.fromkeys(column.name for column in columns_in(parse(text))))


def place_of(text: str, column: str) -> dict[str, int]:
    """``start`` and ``end`` of the first mention of a column, in characters from 0; empty when there is none."""
    mentions = (mention for mention in columns_in(parse(text)) if mention.name == column)
    return next(({"start": mention.start, "end": mention.end} for mention in mentions), {})


def with_names(text: str, names: Mapping[str, str]) -> str:
    """The formula for a table whose columns have other names: only mentions of columns change, each where it stands.

    >>> with_names("[net price] * if(unit = 'price', price, 1)", {"price": "list [EUR]", "net price": "net"})
    "[net] * if(unit = 'price', [list [[EUR]]], 1)"

    Raises:
        InvalidInput: ``formula_invalid``.
    """
    mentions = {(mention.start, mention.end): mention.name for mention in columns_in(parse(text))}
    for (start, end), name in sorted(mentions.items(), reverse=True):
        if name in names:
            text = f"{text[:start]}[{names[name].replace('[', '[[').replace(']', ']]')}]{text[end:]}"
    return text


def compile_formula(text: str, columns: Mapping[str, pl.DataType]) -> Formula:
    """A formula over a table with these columns.

    Raises:
        InvalidInput: ``formula_invalid``; ``context`` has ``start`` and ``end`` of the place (characters from 0), and
            the names ``allowed`` there.
    """
    kinds = {name: kind for name, dtype in columns.items() if (kind := kind_of(dtype)) is not None}
    return Formula(text, check(parse(text), kinds), kinds)


@dataclass(frozen=True)
class Formula:
    """A checked formula. Both ways to compute it give the same bits."""

    text: str
    tree: Typed
    kinds: Mapping[str, Kind]

    @property
    def dtype(self) -> pl.DataType:
        """Type of the column it gives."""
        return batches.dtype_of(self.tree.kind)

    @cached_property
    def columns(self) -> list[str]:
        """The columns it needs, each once."""
        return list(dict.fromkeys(_columns(self.tree)))

    def expression(self) -> pl.Expr:
        """The formula over a frame; elementwise, so that a row has the same value in any company."""
        names = self.columns
        if not names:
            return pl.lit(self.row_function()({}), dtype=self.dtype)
        return pl.map_batches(
            [pl.col(name) for name in names],
            lambda series: self._computed(dict(zip(names, series, strict=True))),
            return_dtype=self.dtype,
            is_elementwise=True,
        )

    def row_function(self) -> RowValue:
        """The formula over one row."""
        return _row_value(self.tree)

    def _computed(self, columns: Mapping[str, pl.Series]) -> pl.Series:
        n_rows = max(len(column) for column in columns.values())
        given = {name: batches.from_series(column, self.kinds[name]) for name, column in columns.items()}
        return batches.to_series(_batch(self.tree, given, n_rows), self.tree.kind)


def _columns(tree: Typed) -> list[str]:
    own = [] if tree.column is None else [tree.column]
    return own + [name for argument in tree.arguments for name in _columns(argument)]


def _batch(tree: Typed, columns: Mapping[str, batches.Batch], n_rows: int) -> batches.Batch:
    if tree.function is not None:
        return tree.function.batch(*(_batch(argument, columns, n_rows) for argument in tree.arguments))
    if tree.column is not None:
        return columns[tree.column]
    return batches.constant(tree.value, tree.kind, n_rows)


def _row_value(tree: Typed) -> RowValue:
    if tree.function is not None:
        cell, parts = tree.function.cell, [_row_value(argument) for argument in tree.arguments]
        return lambda row: cell(*[part(row) for part in parts])
    if tree.column is not None:
        name = tree.column
        return (lambda row: _number(row[name])) if tree.kind == "number" else (lambda row: row[name])
    value = tree.value
    return lambda _: value


def _number(cell: Any) -> float | None:
    return None if cell is None else cells.finite(float(cell))
