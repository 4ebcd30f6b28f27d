"""How findings speak: short names, plain shares, lists that end."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.engine.checks.base import FindingAction, apply_step

LONGEST_NAME = 32


def quoted(name: str) -> str:
    """A column name in quotes, cut so that a headline stays one line."""
    return f"'{name}'" if len(name) <= LONGEST_NAME else f"'{name[: LONGEST_NAME - 1]}…'"


def percent(share: float) -> str:
    """A share for people: never 0% for something, never 100% for less than all.

    >>> percent(0.5), percent(0.0004), percent(0.9996)
    ('50%', 'under 0.1%', 'over 99.9%')
    """
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    return f"{share * 100:.0f}%" if share >= 0.1 else f"{share * 100:.1f}%"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def drop(columns: Sequence[str]) -> FindingAction:
    """The button that removes columns."""
    title = f"Remove {quoted(columns[0])}" if len(columns) == 1 else f"Remove these {len(columns)} columns"
    return apply_step(title, "drop_columns", columns=list(columns))
