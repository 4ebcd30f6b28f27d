"""Labelled lines of a result on a terminal, and what reading a file guessed and repaired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from narrative.engine.tables.types import Guess, ImportReport

SURE: Final = 0.8
"""Guesses below this confidence are told."""
ALWAYS_TOLD: Final = frozenset({"date_order", "missing_markers"})
"""Guesses that change what cells mean are told however sure they are."""
MOST_LINES: Final = 5


def labelled(label: str, texts: Sequence[str], *, most: int = MOST_LINES) -> list[str]:
    """One line for each text, behind its label; of a long list the first ones and how many more there are."""
    lines = [f"  {label:<8} {text}" for text in texts[:most]]
    if len(texts) > most:
        lines.append(f"  {'':<8} and {len(texts) - most:,} more, listed with --json")
    return lines


def reading_lines(report: ImportReport) -> list[str]:
    """What a person should check about how the file was read: guesses that may be wrong, and repairs."""
    guesses = [guess for guess in report.guesses if guess.confidence < SURE or guess.name in ALWAYS_TOLD]
    return [*labelled("Read as", [_words(guess) for guess in guesses]), *labelled("Repaired", report.repairs)]


def _words(guess: Guess) -> str:
    name, value = guess.name.replace("_", " "), guess.value.replace("_", " ")
    return f"{name} {value} ({guess.evidence})"


def import_data(report: ImportReport) -> dict[str, Any]:
    """How the file was read, for ``--json``."""
    return {
        "format": report.format,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "decimal": report.decimal,
        "header": report.header,
        "sheet": report.sheet,
        "bad_rows": report.n_bad_rows,
        "repairs": report.repairs,
        "guesses": [guess.model_dump(mode="json") for guess in report.guesses],
    }
