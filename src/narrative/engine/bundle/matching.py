"""Which column of a file is which column of the contract, when names were reordered, re-cased or renamed a little."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_TYPO_SIMILARITY: Final = 0.88
_TYPO_LENGTH: Final = 5
_TYPO_PAIRS: Final = 20_000
"""Beyond so many pairs of unmatched names a table is another table and not a mistyped one."""


@dataclass(frozen=True)
class ColumnMatch:
    """``columns``: contract column -> column of the file; ``missing``: not found; the rest in plain sentences."""

    columns: dict[str, str]
    missing: list[str]
    extra: list[str]
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def match_columns(expected: Sequence[str], given: Sequence[str]) -> ColumnMatch:
    """Match names exactly, then ignoring case, spaces, punctuation and accents, then allowing for a typing error.

    A typing error is only repaired when the names are long enough, alike in all digits, and the match is the only one
    possible on both sides; anything less certain stays a missing column.

    >>> match_columns(["Monthly Charges", "tenure"], ["monthly_charges", "id"]).columns
    {'Monthly Charges': 'monthly_charges'}
    """
    present = set(given)
    found = {name: name for name in expected if name in present}
    repairs: list[str] = []
    warnings: list[str] = []
    rest = [name for name in given if name not in found]
    by_fold: dict[str, list[str]] = {}
    for name in rest:
        by_fold.setdefault(folded(name), []).append(name)
    for name in [name for name in expected if name not in found]:
        alike = by_fold.get(folded(name), [])
        if alike:
            found[name] = alike.pop(0)
            repairs.append(f"Column '{found[name]}' was read as '{name}'.")
            if alike:
                warnings.append(f"Several columns could be '{name}'; '{found[name]}' was used, '{alike[0]}' was not.")
    used = set(found.values())
    rest = [name for name in rest if name not in used]
    for name, typo in _typos([name for name in expected if name not in found], rest).items():
        found[name] = typo
        repairs.append(f"Column '{typo}' was read as '{name}', because the names differ by a typing error only.")
    used = set(found.values())
    rest = [name for name in rest if name not in used]
    missing = [name for name in expected if name not in found]
    return ColumnMatch({name: found[name] for name in expected if name in found}, missing, rest, repairs, warnings)


def folded(name: str) -> str:
    """A name without case, accents, spaces and punctuation; as it is when nothing else would be left.

    >>> folded("  Größe (m²)") == folded("GROSSE_M2")
    True
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    kept = "".join(letter for letter in decomposed if letter.isalnum())
    return kept or name.strip()


def _typos(expected: Sequence[str], given: Sequence[str]) -> dict[str, str]:
    if len(expected) * len(given) > _TYPO_PAIRS:
        return {}
    close = {name: [other for other in given if _is_typo(folded(name), folded(other))] for name in expected}
    wanted_by = {other: [name for name in expected if other in close[name]] for other in given}
    return {name: others[0] for name, others in close.items() if len(others) == 1 and wanted_by[others[0]] == [name]}


def _is_typo(left: str, right: str) -> bool:
    if min(len(left), len(right)) < _TYPO_LENGTH or re.findall(r"\d+", left) != re.findall(r"\d+", right):
        return False
    # Letters swapped, left out, doubled or mistaken; another word at either end is another column.
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio() >= _TYPO_SIMILARITY
