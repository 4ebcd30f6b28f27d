"""What is wrong with a formula, where, and what would be right; and the limits of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from narrative.core.errors import InvalidInput

MOST_CHARACTERS: Final = 5_000
MOST_DEPTH: Final = 40
"""Brackets within brackets, and calculations within calculations."""
MOST_PARTS: Final = 600
"""Columns, values, operators and functions together."""
LONGEST_TEXT: Final = 100_000
"""Characters a text may grow to, should every column hold :data:`USUAL_TEXT` characters."""
USUAL_TEXT: Final = 200
_MOST_NAMES: Final = 30


def fault(message: str, start: int, end: int, *, fix: str | None = None, allowed: Sequence[str] = ()) -> InvalidInput:
    """The error for a place in the formula; ``start`` and ``end`` count characters from 0, ``end`` is the first behind.

    ``allowed`` are the names that could stand there.
    """
    return InvalidInput(
        "formula_invalid",
        f"Formula, character {start + 1}: {message}",
        fix=fix or "Correct the formula at this place.",
        start=start,
        end=max(end, start),
        allowed=list(allowed)[:_MOST_NAMES],
    )


def too_large(what: str, limit: int, start: int, end: int) -> InvalidInput:
    """The error for a formula beyond a limit."""
    return fault(f"{what}; at most {limit:,} can be.", start, end, fix="Split it into several columns.")
