"""Sentences about what a method could not do as intended."""

from __future__ import annotations


def too_few_note(count: int) -> str:
    """A class is too small for rows between its rows."""
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"A class had only {rows} to learn from: they were repeated, because nothing can be said about rows between."


def fewer_note(made: int, lacking: int) -> str:
    """Rows of many classes would have been many times the table."""
    return (
        f"Only {made:,} of {lacking:,} rows that even all classes out were made, because memory and time are bounded."
    )
