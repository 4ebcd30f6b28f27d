"""Rows whose cells stand one column too far to the right, as behind a delimiter that was not quoted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from narrative.engine.tables.header import CellType, cell_type, column_type

LEAST_MISFITS: Final = 2


def kinds_of(rows: Sequence[Sequence[str]], width: int) -> list[CellType]:
    """What each column of a few good rows mostly holds."""
    return [column_type(rows, index) for index in range(width)]


def is_shifted(cells: Sequence[str], kinds: Sequence[CellType]) -> bool:
    """Whether cells do not fit their columns, and fit better one column further left from some place on.

    >>> is_shifted(["Ulm", "Ltd.", "3", "2024-01-31"], ["text", "number", "date", "empty"])
    True
    >>> is_shifted(["Ulm", "n/a", "2024-01-31", ""], ["text", "number", "date", "empty"])
    False
    """
    own = [cell_type(text) for text in cells[: len(kinds)]]
    misfits = _misfits(own, kinds)
    if misfits < LEAST_MISFITS:
        return False
    return any(_misfits(own[:place] + own[place + 1 :], kinds) < misfits - 1 for place in range(len(own)))


def _misfits(own: Sequence[CellType], kinds: Sequence[CellType]) -> int:
    return sum(
        kind not in {"text", "empty"} and mine not in {kind, "empty"}
        for mine, kind in zip(own, kinds, strict=False)
    )  # fmt: skip
