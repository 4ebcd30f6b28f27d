"""Which record names the columns, what stands before it, and names that can be used."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from narrative.engine.tables.dates import styles_of
from narrative.engine.tables.values import counted, is_boolean, is_marker, is_number

CellType = Literal["empty", "number", "date", "boolean", "text"]
LONGEST_NAME: Final = 200
MOST_PREAMBLE: Final = 120
_UNIT: Final = re.compile(r"[\[(<].{0,30}[\])>]|%|‰|°[CF]?|[€$£¥]|[A-Za-zµμ]{1,4}(?:[/·*][A-Za-z0-9²³]{1,6})?[²³]?")
"""A unit of measurement below a name."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")


@dataclass(frozen=True)
class Header:
    """Column names and where they came from.

    Attributes:
        names: usable, unique names; one per column.
        first_row: index of the first record of data.
        is_present: whether a record gave the names.
        blank: 0-based columns whose name was made up because the header left it blank.
        n_skipped: records before the header (or before the data, where there is none).
        n_header: records whose cells, joined, gave the names.
    """

    names: list[str]
    first_row: int
    is_present: bool
    confidence: float
    evidence: str
    blank: frozenset[int] = frozenset()
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    n_skipped: int = 0
    n_header: int = 1


@lru_cache(maxsize=16_384)
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


def find_header(
    rows: Sequence[Sequence[str]],
    width: int,
    wanted: bool | None = None,
    *,
    gaps: Collection[int] = (),
    skips: bool = True,
    n_wanted: int | None = None,
) -> Header:
    """Decide by comparing the first full record with the ones below it.

    Args:
        rows: cells of the first records (blank ones left out).
        width: cells of most records.
        wanted: what the user said, or None.
        gaps: records in front of which a blank line stands.
        skips: False when the user said where the table begins: nothing is set aside then.
        n_wanted: records of the header that the user named; 0 for none.
    """
    start = _preamble(rows, width, gaps) if skips else 0
    if n_wanted is not None:
        wanted = n_wanted > 0
    first, body = rows[start], rows[start + 1 : start + 101]
    if wanted is None:
        spans = _is_group(first, body[0] if body else (), width)
        top, below = (body[0], body[1:]) if spans else (first, body)
        is_present, confidence, evidence = _judge(top, [row for row in below if len(row) == width])
    else:
        is_present, confidence, evidence = wanted, 1.0, "you said so"
    repairs = [f"{counted(start, 'line')} before the table set aside."] if start else []
    if not is_present:
        names = [f"column_{index + 1}" for index in range(width)]
        last = frozenset({width - 1} if width > 1 else ())
        return Header(names, start, is_present, confidence, evidence, last, repairs, n_skipped=start, n_header=0)
    n_header = n_wanted if n_wanted is not None else _count_lines(rows[start : start + 101], width)
    n_header = min(n_header, len(rows) - start)
    is_grouped = n_header > 1 and _is_group(rows[start], rows[start + 1], width)
    joined = _joined(rows[start : start + n_header], width, is_grouped=is_grouped)
    names, blank, more, warnings = _names(joined, width, rows[start + n_header :])
    if n_header > 1:
        more.insert(0, f"The names stand in {n_header} lines; they were joined.")
    first_row = start + n_header
    return Header(
        names, first_row, is_present, confidence, evidence, blank, repairs + more, warnings, start, n_header
    )  # fmt: skip


def _preamble(rows: Sequence[Sequence[str]], width: int, gaps: Collection[int]) -> int:
    """Index of the first record that belongs to the table."""
    for gap in sorted(gaps):
        if 0 < gap <= MOST_PREAMBLE and _begins_below(rows, gap, width):
            return gap
    is_marked = len(rows) > 1 and not _is_comment(rows[-1])
    for index, row in enumerate(rows[:MOST_PREAMBLE]):
        follows = rows[index + 1] if index + 1 < len(rows) else []
        if is_marked and _is_comment(row) and (len(row) != width or width == 1 or _is_comment(follows)):
            continue
        if len(row) == width and (_is_group(row, follows, width) or not (width > 1 and _is_note(row))):
            return index
        is_near = len(row) > width > 1 or (len(row) > 1 and 0 < width - len(row) <= max(1, width // 4))
        if is_near and _all_text(row) and not _is_note(row) and _continues(rows, index, width, gaps):
            return index
    return 0


def _continues(rows: Sequence[Sequence[str]], index: int, width: int, gaps: Collection[int]) -> bool:
    """Whether a record of nearly the right width heads the ones below, and not the next record."""
    follows = rows[index + 1] if index + 1 < len(rows) else []
    if index + 1 in gaps:
        return False
    if len(follows) != width:
        return len(follows) == len(rows[index]) and index + 2 not in gaps
    body = [row for row in rows[index + 2 : index + 102] if len(row) == width]
    typed = any(column_type(body, place) not in {"text", "empty"} for place in range(width))
    return not (typed and _all_text(follows))


def _begins_below(rows: Sequence[Sequence[str]], gap: int, width: int) -> bool:
    """Whether the record below a blank line heads the table, and the ones above it do not fit into its columns."""
    top, body = rows[gap], [row for row in rows[gap + 1 : gap + 101] if len(row) == width]
    if len(top) != width or len(body) < 2 or len(body) < gap or not _all_text(top):
        return False
    typed = [index for index in range(width) if column_type(body, index) not in {"text", "empty"}]
    above = [row for row in rows[:gap] if len(row) == width]
    return bool(typed) and all(
        any(cell_type(row[index]) in {"text", "empty"} for row in above) for index in typed
    )  # fmt: skip


def _is_comment(row: Sequence[str]) -> bool:
    return bool(row) and row[0].lstrip().startswith(("#", "//", "--"))


def _is_note(row: Sequence[str]) -> bool:
    """A title or a pair of key and value that a spreadsheet program padded with delimiters, or a comment."""
    filled = [index for index, text in enumerate(row) if text.strip()]
    if len(filled) <= 1 < len(row) - 1:
        return True
    return filled == [0, 1] and len(row) > 3


def _is_group(row: Sequence[str], follows: Sequence[str], width: int) -> bool:
    """Headings that span several columns, above a record that names every one of them."""
    filled = [index for index, text in enumerate(row) if text.strip()]
    if not (width >= len(row) == len(follows) >= max(3, width - 1)) or len(filled) >= width or not filled:
        return False
    is_apart = filled[0] > 0 or any(after - before > 1 for before, after in pairwise(filled))
    is_named = sum(bool(text.strip()) for text in follows) >= max(2, 0.8 * width)
    return is_apart and is_named and len(filled) > (filled[0] == 0) and _all_text(follows)


def _count_lines(rows: Sequence[Sequence[str]], width: int) -> int:
    """Records of the header: one, or two where spanning headings stand above or units below the names."""
    if len(rows) < 3:
        return 1
    if _is_group(rows[0], rows[1], width):
        body = [row for row in rows[2:] if len(row) == width]
        typed = [index for index in range(width) if body and column_type(body, index) not in {"text", "empty"}]
        return 2 if typed else 1
    return 2 if _goes_on(rows[1], [row for row in rows[2:] if len(row) == width]) else 1


def _goes_on(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a record below the names goes on with them: words or units stand where all below is of another type."""
    if len(body) < 2 or not 0 <= len(body[0]) - len(row) <= 1:
        return False
    typed = [index for index in range(len(row)) if column_type(body, index) not in {"text", "empty"}]
    others = [text for index, text in enumerate(row) if index not in typed and text.strip()]
    words = [row[index] for index in typed if not is_marker(row[index], among_values=True)]
    if not words or any(cell_type(text) != "text" for text in words):
        return False
    if all(_UNIT.fullmatch(text.strip()) for text in [*words, *others]):
        return True
    return len(words) == len(typed) > 1 and not any(text in [line[0] for line in body] for text in others)


def _joined(lines: Sequence[Sequence[str]], width: int, *, is_grouped: bool) -> list[str]:
    """One name per column; a heading that spans columns holds for the blank cells on its right."""
    if len(lines) == 1:
        return list(lines[0])
    rows = [[*line, *[""] * width][:width] for line in lines]
    if is_grouped:
        rows[:-1] = [_spread(line) for line in rows[:-1]]
        rows[:-1] = [[text if rows[-1][i].strip() else "" for i, text in enumerate(line)] for line in rows[:-1]]
    return [" ".join(filter(None, (line[index].strip() for line in rows))) for index in range(width)]


def _spread(line: Sequence[str]) -> list[str]:
    heading, cells = "", []
    for text in line:
        heading = text.strip() or heading
        cells.append(heading)
    return cells


def _all_text(row: Sequence[str]) -> bool:
    return all(cell_type(text) in {"text", "empty"} for text in row)


def _judge(first: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[bool, float, str]:
    tops = [cell_type(text) for text in first]
    if not body:
        is_present = all(kind in {"text", "empty"} for kind in tops)
        return is_present, 0.6, "there is only one line"
    others = [row for row in body if list(row) != list(first)] or body
    columns = [column_type(others, index) for index in range(len(first))]
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


def column_type(body: Sequence[Sequence[str]], index: int) -> CellType:
    """What most cells of a column look like by themselves."""
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


def _names(
    first: Sequence[str], width: int, body: Sequence[Sequence[str]]
) -> tuple[list[str], frozenset[int], list[str], list[str]]:
    repairs, warnings = [], []
    cells = [_CONTROL.sub(" ", text).strip()[:LONGEST_NAME] for text in first]
    if len(cells) < width:
        missing = width - len(cells)
        is_index = missing == 1 and any(len(row) == width and row[-1].strip() for row in body)
        cells = ["", *cells] if is_index else cells + [""] * missing
        last = "last column has" if missing == 1 else f"last {missing} columns have"
        repairs.append(f"The {'first column has' if is_index else last} no name.")
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
