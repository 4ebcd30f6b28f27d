"""Which record names the columns, what stands before it, and names that can be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from narrative.engine.tables.dates import styles_of
from narrative.engine.tables.values import counted, is_boolean, is_marker, is_number

CellType = Literal["empty", "number", "date", "boolean", "text"]
LONGEST_NAME: Final = 200
MOST_PREAMBLE: Final = 30
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")


@dataclass(frozen=True)
class Header:
    """Column names and where they came from.

    Attributes:
        names: usable, unique names; one per column.
        first_row: index of the first record of data.
        is_present: whether a record gave the names.
        blank: 0-based columns whose name was made up because the header left it blank.
    """

    names: list[str]
    first_row: int
    is_present: bool
    confidence: float
    evidence: str
    blank: frozenset[int] = frozenset()
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def cell_type(text: str) -> CellType:
    """What a cell looks like by itself."""
    stripped = text.strip()
    if is_marker(stripped, among_values=False):
        return "empty"
    if is_number(stripped):
        return "number"
    if is_boolean(stripped):
        return "boolean"
    return "date" if styles_of(stripped) else "text"


def find_header(rows: Sequence[Sequence[str]], width: int, wanted: bool | None = None) -> Header:
    """Decide by comparing the first full record with the ones below it.

    Args:
        rows: cells of the first records (blank ones left out).
        width: cells of most records.
        wanted: what the user said, or None.
    """
    start = _preamble(rows, width)
    first, body = rows[start], rows[start + 1 : start + 101]
    if wanted is None:
        is_present, confidence, evidence = _judge(first, [row for row in body if len(row) == width])
    else:
        is_present, confidence, evidence = wanted, 1.0, "you said so"
    repairs = [f"{counted(start, 'line')} before the table set aside."] if start else []
    if not is_present:
        names = [f"column_{index + 1}" for index in range(width)]
        return Header(names, start, is_present, confidence, evidence, repairs=repairs)
    names, blank, more, warnings = _names(first, width)
    return Header(names, start + 1, is_present, confidence, evidence, blank, repairs + more, warnings)


def _preamble(rows: Sequence[Sequence[str]], width: int) -> int:
    """Index of the first record that belongs to the table."""
    for index, row in enumerate(rows[:MOST_PREAMBLE]):
        if len(row) == width and not (width > 1 and _is_note(row)):
            return index
        follows = rows[index + 1] if index + 1 < len(rows) else []
        is_near = len(row) > width > 1 or (len(row) > 1 and 0 < width - len(row) <= max(1, width // 4))
        if is_near and len(follows) == width and _all_text(row):
            return index
    return 0


def _is_note(row: Sequence[str]) -> bool:
    """A title that a spreadsheet program padded with delimiters, or a comment."""
    filled = [text for text in row if text.strip()]
    return len(filled) <= 1 < len(row) - 1


def _all_text(row: Sequence[str]) -> bool:
    return all(cell_type(text) in {"text", "empty"} for text in row)


def _judge(first: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[bool, float, str]:
    tops = [cell_type(text) for text in first]
    if not body:
        is_present = all(kind in {"text", "empty"} for kind in tops)
        return is_present, 0.6, "there is only one line"
    columns = [_column_type(body, index) for index in range(len(first))]
    named = sum(top == "text" and below not in {"text", "empty"} for top, below in zip(tops, columns, strict=True))
    same = sum(top == below != "text" and top != "empty" for top, below in zip(tops, columns, strict=True))
    if _counts_up(first):
        return True, 0.8, "the first line counts up, the lines below do not"
    if named > same:
        return True, 0.99, f"words stand above values of another type in {counted(named, 'column')}"
    if same:
        return False, 0.95, f"the first line has values like the lines below in {counted(same, 'column')}"
    return _judge_words(first, body)


def _judge_words(first: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[bool, float, str]:
    repeated = _repeated(first, body)
    if repeated is not None:
        return False, 0.7, f"{repeated!r} stands in the first line and again below"
    return True, 0.8, "the words of the first line do not occur below"


def _column_type(body: Sequence[Sequence[str]], index: int) -> CellType:
    kinds = [cell_type(row[index]) for row in body if index < len(row)]
    present = [kind for kind in kinds if kind != "empty"]
    if not present:
        return "empty"
    most = max(set(present), key=present.count)
    return most if present.count(most) >= 0.8 * len(present) else "text"


def _counts_up(first: Sequence[str]) -> bool:
    """Names like 0, 1, 2 or 2019, 2020, 2021, perhaps after a few words."""
    numbers = [text.strip() for text in first if text.strip().isdigit()]
    words = [text for text in first if not text.strip().isdigit()]
    if len(numbers) < 3 or any(cell_type(text) not in {"text", "empty"} for text in words):
        return False
    values = [int(number) for number in numbers]
    steps = {b - a for a, b in pairwise(values)}
    return steps == {1} and (values[0] in {0, 1} or 1900 <= values[0] <= 2100)


def _repeated(first: Sequence[str], body: Sequence[Sequence[str]]) -> str | None:
    for index, text in enumerate(first):
        below = [row[index] for row in body if index < len(row)]
        if text.strip() and text in below and not is_marker(text, among_values=True):
            return text[:40]
    return None


def _names(first: Sequence[str], width: int) -> tuple[list[str], frozenset[int], list[str], list[str]]:
    repairs, warnings = [], []
    cells = [_CONTROL.sub(" ", text).strip()[:LONGEST_NAME] for text in first]
    if len(cells) < width:
        missing = width - len(cells)
        cells = ["", *cells] if missing == 1 else cells + [""] * missing
        place = "first column has" if missing == 1 else f"last {missing} columns have"
        repairs.append(f"The {place} no name.")
    if len(cells) > width:
        surplus = [text for text in cells[width:] if text]
        if surplus:
            warnings.append(
                f"The header names {len(cells)} columns, the rows have {width}: {surplus[0]!r} is left out."
            )
        cells = cells[:width]
    names, blank, more = usable_names(cells)
    return names, blank, repairs + more, warnings


def usable_names(cells: Sequence[str]) -> tuple[list[str], frozenset[int], list[str]]:
    """Unique, non-blank names; 0-based columns that had none; and what was changed.

    >>> usable_names(["a", "", "a"])[0]
    ['a', 'column_2', 'a_2']
    """
    taken: set[str] = {text for text in cells if text}
    seen: set[str] = set()
    names, blank, repairs = [], set(), []
    for index, text in enumerate(cells):
        name = text
        if not name:
            blank.add(index)
            name = _free(f"column_{index + 1}", taken | seen, 2)
            repairs.append(f"Column {index + 1} has no name; it is called {name!r}.")
        elif name in seen:
            name = _free(text, taken | seen, 2)
            repairs.append(f"The name {text!r} stands twice; column {index + 1} is called {name!r}.")
        seen.add(name)
        names.append(name)
    return names, frozenset(blank), repairs


def _free(name: str, taken: set[str], number: int) -> str:
    if name not in taken:
        return name
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
