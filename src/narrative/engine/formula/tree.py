"""A formula as a tree, as it was written: before anybody has asked whether it makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text", "boolean", "date", "datetime", "missing"]
"""What values a part of a formula has; ``missing`` is the kind of the word *missing* alone."""
Cell = object
"""A value of a row: float, str, bool, date, datetime, or None where it is missing."""


@dataclass(frozen=True)
class Value:
    """A value that was written down."""

    value: float | str | bool | None
    start: int
    end: int


@dataclass(frozen=True)
class ColumnName:
    """A column; ``bare`` when written without brackets."""

    name: str
    bare: bool
    start: int
    end: int


@dataclass(frozen=True)
class Call:
    """A function or an operator with what it is applied to. ``depth`` counts calls within calls."""

    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int
    depth: int


Node = Value | ColumnName | Call


def depth_of(node: Node) -> int:
    """Calls within calls: 0 of a value or column."""
    return node.depth if isinstance(node, Call) else 0


def columns_in(node: Node) -> Iterator[ColumnName]:
    """Every mention of a column, in order."""
    if isinstance(node, ColumnName):
        yield node
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from columns_in(argument)
