"""Rows that are no cases: totals below a table, and headers repeated inside it where files were joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from narrative.engine.tables.numbers import best_style, read_numbers
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.values import is_number

MOST_TOTALS: Final = 5
"""Rows at the end that are looked at."""
FILLED_SHARE: Final = 0.8
SAME_SHARE: Final = 0.8
"""Share of the names that a repeated header must hold."""
SUM_TOLERANCE: Final = 1e-3
SAMPLE: Final = 1_000
ROW: Final = "\x00row"
"""Column of row numbers; no file can name one so."""
_WORDS: Final = re.compile(
    r"(?:(?:grand|sub|overall|running)[ -]?)?totals?\b.{0,25}|(?:zwischen|gesamt|end)?summe\b.{0,25}|gesamt"
    r"|gesamtergebnis|insgesamt|sum|average|avg\.?|mean|mittelwert|durchschnitt"
    r"|total\w*(?: .{0,20})?|sous-total|somme|moyenne|suma(?: total)?|promedio|soma|média"
    r"|somma|media|totaal|gemiddelde|summa|totalt|yhteensä|i alt|razem|ogółem|celkem"
    r"|součet|spolu|összesen|итого\b.{0,20}|всего|сумма|σύνολο|(?:genel )?toplam|合計|小計|総計|合计|总计|小计|합계",
    re.IGNORECASE,
)


def total_rows(frame: pl.DataFrame | StoredTable, n_rows: int | None = None) -> list[tuple[int, str]]:
    """0-based rows at the end that sum up the ones above, each with the reason.

    A row counts when its first cell says so in a word that stands nowhere else in its column, and either cells are
    blank that nearly no other row leaves blank, or a number is the sum of its column; without such a word, both.

    Args:
        n_rows: how many rows of the frame count; None: all.
    """
    found: list[tuple[int, str]] = []
    last = (frame.height if n_rows is None else n_rows) - 1
    for row in range(last, max(last - MOST_TOTALS, 1), -1):
        reason = _reason(frame, row)
        if reason is None:
            break
        found.append((row, reason))
    return found[::-1]


@dataclass(frozen=True)
class _Above:
    """The rows above one, column by column: a table in its file is not read as a whole."""

    frame: pl.DataFrame | StoredTable
    n_rows: int

    def column(self, index: int) -> pl.Series:
        return self.frame[self.frame.columns[index]].head(self.n_rows)


def _reason(frame: pl.DataFrame | StoredTable, row: int) -> str | None:
    cells, above = frame.row(row), _Above(frame, row)
    filled = [index for index, cell in enumerate(cells) if not _is_blank(cell)]
    if not filled or frame.width < 2:
        return None
    label = str(cells[filled[0]]).strip()
    if _WORDS.fullmatch(label.rstrip(" :")) is None:
        is_sum = all(_is_numeric(cells[index]) for index in filled) and _leaves_blank(above, cells, filled)
        is_sum = is_sum and _sums_up(above, cells, filled)
        return "It is a total row: its numbers are the sums of their columns." if is_sum else None
    column = above.column(filled[0])
    is_new = column.dtype == pl.String and not (column.str.strip_chars() == label).any()
    if is_new and (_leaves_blank(above, cells, filled) or _sums_up(above, cells, filled)):
        return f"It is a total row: {label!r} stands in column {frame.columns[filled[0]]!r}."
    return None


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_numeric(cell: Any) -> bool:
    return is_number(cell) if isinstance(cell, str) else isinstance(cell, int | float)


def _leaves_blank(above: _Above, cells: Sequence[Any], filled: Sequence[int]) -> bool:
    """Whether a cell is blank in a column that is nearly always filled."""
    blank = set(range(len(cells))) - set(filled)
    return any(above.column(i).null_count() <= (1 - FILLED_SHARE) * above.n_rows for i in blank)


def _sums_up(above: _Above, cells: Sequence[Any], filled: Sequence[int]) -> bool:
    """Whether a number is the sum or the mean of the numbers above it (rounding allowed)."""
    for index in filled:
        cell, column = cells[index], above.column(index)
        if not _is_numeric(cell):
            continue
        numbers = _numbers(column.append(pl.Series([cell], dtype=column.dtype)))
        if numbers is None or numbers[-1] is None:
            continue
        value, above_it = float(numbers[-1]), numbers[:-1].drop_nulls()
        totals = (float(above_it.sum()), float(above_it.sum()) / max(1, len(above_it)))
        if value and any(abs(value - total) <= SUM_TOLERANCE * abs(value) for total in totals):
            return True
    return False


def _numbers(column: pl.Series) -> pl.Series | None:
    if column.dtype.is_numeric():
        return column
    if column.dtype != pl.String:
        return None
    style, share = best_style(column.tail(SAMPLE).drop_nulls().unique().to_list(), ".")
    return read_numbers(column, style).values if share >= FILLED_SHARE else None


def repeated_headers(frame: pl.DataFrame | StoredTable, names: Sequence[str]) -> list[int]:
    """0-based rows whose cells are the names of the columns."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    first = next((name for name in texts if name in names), None)
    if first is None or frame.width < 2:
        return []
    engine: Literal["streaming", "auto"] = "streaming" if isinstance(frame, StoredTable) else "auto"
    # One column alone decides nearly always, and the table is looked at only where it does not.
    column = frame.lazy().select(pl.col(first).str.strip_chars() == first).with_row_index(ROW)
    suspects = column.filter(pl.col(first)).select(ROW).collect(engine=engine).to_series()
    if suspects.is_empty():
        return []
    same = pl.sum_horizontal(
        (pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars() == name).fill_null(value=False) for name in texts
    )
    likely = frame.lazy().with_row_index(ROW).filter(pl.col(ROW).is_in(suspects.implode()))
    rows = likely.filter(same >= max(2.0, SAME_SHARE * frame.width)).select(ROW)
    return sorted(rows.collect(engine=engine).to_series().to_list())
