"""Merged cells: only the first of them holds the value, though a reader sees it across all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from narrative.engine.tables.values import counted
from narrative.engine.tables.workbook_cells import cell_text, is_blank

MOST_MERGES: Final = 20_000
MOST_FILLED: Final = 5_000_000
HEADER_ROWS: Final = 10


@dataclass(frozen=True)
class Merge:
    """A merged range: rows as the sheet numbers them (from 1), columns from 0, both ends included."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass
class Grid:
    """Rows with data, the number of each in its sheet, where the first column stands, and the merged ranges."""

    rows: list[list[Any]]
    numbers: list[int]
    first_column: int
    merges: list[Merge]

    def places(self) -> dict[int, int]:
        """Positions of rows by their number in the sheet."""
        return {number: index for index, number in enumerate(self.numbers)}


def spread_merges(grid: Grid, wanted: bool | None) -> list[str]:
    """Write merged values into the rows they span, and join header lines under merged names, in place.

    Args:
        wanted: the option ``header``; False leaves the first rows as they are.

    Returns:
        what was done, in words.
    """
    if not grid.merges:
        return []
    grid.merges = grid.merges[:MOST_MERGES]
    group = None if wanted is False else _group_row(grid)
    notes = [] if group is None else [_join(grid, group)]
    filled = _fill_down(grid)
    if filled:
        notes.append(f"Values of merged cells were written into {counted(filled, 'further row')} they span.")
    return notes


def _group_row(grid: Grid) -> int | None:
    """Index of the first row that names groups of columns: merged across, with a row of names right below."""
    rows, place = grid.rows, grid.places()
    across = [merge for merge in grid.merges if merge.right > merge.left and merge.top in place]
    for merge in sorted(across, key=lambda one: (one.top, one.left)):
        index = place[merge.top]
        if merge.right - merge.left + 1 >= len(rows[0]) or index + 1 >= len(rows) or index >= HEADER_ROWS:
            continue  # a title over the whole table, or a row of data
        below = rows[index + 1]
        span = below[max(0, merge.left - grid.first_column) : merge.right - grid.first_column + 1]
        if all(isinstance(cell, str) for cell in below if not is_blank(cell)) and sum(map(_is_word, span)) > 1:
            return index
    return None


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and not is_blank(cell)


def _join(grid: Grid, group: int) -> str:
    """Replace a row of groups and the row of names below by one row of joined names."""
    above, below = list(grid.rows[group]), grid.rows[group + 1]
    for merge in grid.merges:
        left, right = merge.left - grid.first_column, merge.right - grid.first_column
        if merge.top == grid.numbers[group] and 0 <= left < len(above):
            above[left : right + 1] = [above[left]] * len(above[left : right + 1])
    joined: list[Any] = []
    for one, other in zip(above, below, strict=True):
        words = dict.fromkeys(text.strip() for text in (cell_text(one), cell_text(other)) if text)
        joined.append(" ".join(words))
    grid.rows[group : group + 2] = [joined]
    del grid.numbers[group]
    example = next((text for text in joined if " " in text), joined[0])
    return f"Two header lines were joined, as in {example[:60]!r}."


def _fill_down(grid: Grid) -> int:
    """Repeat values of cells merged over several rows; returns how many cells were written."""
    rows, place, filled = grid.rows, grid.places(), 0
    for merge in grid.merges:
        column, start = merge.left - grid.first_column, place.get(merge.top)
        if merge.bottom <= merge.top or start is None or not 0 <= column < len(rows[0]):
            continue
        value = rows[start][column]
        for index in range(start + 1, min(len(rows), start + 1 + merge.bottom - merge.top)):
            if grid.numbers[index] > merge.bottom or filled >= MOST_FILLED:
                break
            if is_blank(rows[index][column]) and not is_blank(value):
                rows[index][column] = value
                filled += 1
    return filled
