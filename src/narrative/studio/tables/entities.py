"""What was looked at of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class SeenRows:
    """Some cells under filters and an order, ready to be sent.

    Attributes:
        numbers: line of the file, or place in the table from 1, of each row; ``numbered_by`` says which.
        total: rows that fit the filters.
        n_rows: rows of the table.
    """

    rows: list[list[Any]]
    numbers: list[int]
    numbered_by: Literal["line", "row"]
    offset: int
    first_column: int
    total: int
    n_rows: int
