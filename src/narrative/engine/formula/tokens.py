"""A formula cut into words: numbers, texts, columns, names and signs, each with its place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from narrative.engine.formula.faults import MOST_CHARACTERS, fault, too_large

TokenKind = Literal["number", "text", "column", "name", "sign", "end"]

# Every alternative reads each character once and none can be read in two ways, so cutting takes linear time.
_TOKEN: Final = re.compile(
    r"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>"(?:[^"]|"")*" | '(?:[^']|'')*')
      | (?P<column>\[(?:[^\[\]]|\]\]|\[\[)*\])
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>//|<=|>=|<>|!=|==|[-+*/%^&(),;=<>])""",
    re.VERBOSE,
)
_SPACE: Final = re.compile(r"\s*")
_SAME: Final = {"==": "=", "!=": "<>", ";": ","}
_LONGEST_NUMBER: Final = 40


@dataclass(frozen=True)
class Token:
    """A word of the formula. ``value`` is a float for a number, else text; ``end`` is the first place behind it."""

    kind: TokenKind
    value: str | float
    start: int
    end: int

    def says(self, *values: str) -> bool:
        """Whether it is one of these signs, or of these names in whatever case."""
        if self.kind == "sign":
            return self.value in values
        return self.kind == "name" and str(self.value).casefold() in values


def tokens_of(text: str) -> list[Token]:
    """The words of a formula, an ``end`` last. Raises ``InvalidInput('formula_invalid')``."""
    if len(text) > MOST_CHARACTERS:
        raise too_large(f"it has {len(text):,} characters", MOST_CHARACTERS, MOST_CHARACTERS, len(text))
    broken = next((i for i, sign in enumerate(text) if "\ud800" <= sign <= "\udfff"), None)
    if broken is not None:
        raise fault("this is half a character.", broken, broken + 1)
    place = _behind_space(text, 0)
    if text[place : place + 1] == "=":  # as spreadsheets begin a formula
        place = _behind_space(text, place + 1)
    found = []
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _strange(text, place)
        found.append(_token(match))
        place = _behind_space(text, match.end())
    return [*found, Token("end", "", len(text), len(text))]


def _behind_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return place if match is None else match.end()


def _token(match: re.Match[str]) -> Token:
    word, start, end = match.group(), match.start(), match.end()
    if match.lastgroup == "number":
        value = float(word) if len(word) <= _LONGEST_NUMBER else math.inf
        if not math.isfinite(value):
            raise fault("this number is too large, or has too many digits.", start, end)
        return Token("number", value, start, end)
    if match.lastgroup == "text":
        return Token("text", word[1:-1].replace(word[0] * 2, word[0]), start, end)
    if match.lastgroup == "column":
        return Token("column", word[1:-1].replace("]]", "]").replace("[[", "["), start, end)
    if match.lastgroup == "name":
        return Token("name", word, start, end)
    return Token("sign", _SAME.get(word, word), start, end)


def _strange(text: str, place: int) -> Exception:
    sign = text[place]
    if sign in "\"'":
        return fault("this text is not closed.", place, len(text), fix=f"End it with {sign}.")
    if sign == "[":
        return fault("this column name is not closed.", place, len(text), fix="End it with ].")
    return fault(
        f"{sign!r} is not part of the language.",
        place,
        place + 1,
        fix="Write columns as names or [in brackets], text in quotes, and use + - * / // % ^ & = <> < > <= >=.",
    )
