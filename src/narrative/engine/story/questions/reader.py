"""From the text of a question to marks: columns, values, numbers, comparisons and the words between them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from narrative.engine.story.questions.types import NotUnderstood, Vocabulary
from narrative.engine.story.questions.words import (
    COLUMNS_WORDS,
    COMPARISONS,
    FILLERS,
    FUTURE,
    GROUPING,
    INTENTS,
    NEGATIONS,
    ROW_WORDS,
    SUPERLATIVES,
    WITHIN,
)

MOST_CHARACTERS: Final = 300
SAME_ENOUGH: Final = 0.84
_TOKEN: Final = re.compile(
    r"\"[^\"]+\"|“[^”]+”|\d{4}-\d{2}-\d{2}|[+\-\u2212]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th)?(?![\w])|<>|[<>!=]=|[<>=≤≥≠%]|"
    r"[^\W_]+(?:[’'][^\W_]+)?",
    re.UNICODE,
)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", re.UNICODE)
Sort = Literal["column", "value", "number", "date", "compare", "intent", "order", "percent", "word"]


@dataclass(frozen=True)
class Mark:
    """A stretch of the question. ``columns``: of a value, every column that holds it, with the value as stored."""

    sort: Sort
    text: str
    name: str = ""
    number: float = 0.0
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Token:
    text: str
    is_quoted: bool = False

    @property
    def plain(self) -> str:
        return stem(self.text)


def read(question: str, vocabulary: Vocabulary) -> list[Mark]:
    """The marks of a question, in order.

    Raises:
        NotUnderstood: a word is neither part of the language of questions nor a name or value of the table.
    """
    tokens = [_token(match[0]) for match in _TOKEN.finditer(question[:MOST_CHARACTERS].replace("’", "'"))]
    if not tokens:
        raise NotUnderstood("There is no question yet.")
    names, values = _names(vocabulary), _values(vocabulary)
    marks: list[Mark] = []
    place = 0
    while place < len(tokens):
        mark, used = _next(tokens, place, names, values, vocabulary)
        marks.append(mark)
        place += used
    return marks


def stem(text: str) -> str:
    """A word without its ending of the plural or the possessive, in lower case.

    >>> stem("Cities"), stem("charges"), stem("class"), stem("customer's")
    ('city', 'charge', 'class', 'customer')
    """
    word = text.casefold().removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a column name, however they are put together.

    >>> words_of_name("MonthlyCharges"), words_of_name("total_day_minutes")
    (('monthly', 'charge'), ('total', 'day', 'minute'))
    """
    return tuple(stem(part) for part in _PARTS.findall(name))


def _token(text: str) -> _Token:
    quoted = text[0] in '"“'
    return _Token(text.strip('"“”'), quoted)


def _names(vocabulary: Vocabulary) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for column in vocabulary.columns:
        for phrase in {words_of_name(column.name), (stem(column.name),)}:
            if phrase:
                found.setdefault(phrase, []).append(column.name)
    return found


def _values(vocabulary: Vocabulary) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for column in vocabulary.columns:
        for value in column.values:
            phrase = tuple(match[0].casefold() for match in _TOKEN.finditer(value))
            if phrase:
                found.setdefault(phrase, []).append((column.name, value))
    return found


def _next(
    tokens: list[_Token],
    place: int,
    names: Mapping[tuple[str, ...], list[str]],
    values: Mapping[tuple[str, ...], list[tuple[str, str]]],
    vocabulary: Vocabulary,
) -> tuple[Mark, int]:
    """The mark that begins at a token and how many tokens it takes: the longest that means something."""
    for size in range(min(8, len(tokens) - place), 0, -1):
        part = tokens[place : place + size]
        mark = _known(part, place, tokens, names, values)
        if mark is not None:
            return mark, size
    return _loose(tokens[place], names, values, vocabulary), 1


def _known(
    part: list[_Token],
    place: int,
    tokens: list[_Token],
    names: Mapping[tuple[str, ...], list[str]],
    values: Mapping[tuple[str, ...], list[tuple[str, str]]],
) -> Mark | None:
    said = " ".join(token.text for token in part)
    words = tuple(token.text.casefold() for token in part)
    quoted = part[0].is_quoted
    phrase = tuple(_TOKEN.findall(part[0].text)) if quoted and len(part) == 1 else tuple(t.text for t in part)
    stems, literal = tuple(stem(word) for word in phrase), tuple(word.casefold() for word in phrase)
    reserved = not quoted and (words in INTENTS or words in COMPARISONS or words in SUPERLATIVES or words[0] in FILLERS)
    if stems in names and (not reserved or len(words) > 1 or _named_by(tokens, place)):
        if len(names[stems]) > 1:
            raise NotUnderstood(f"“{said}” can be any of {_listed(names[stems])}; write the name in quotes.")
        return Mark("column", said, names[stems][0])
    written = not said.islower() and place > 0 and any(text == said for _, text in values.get(literal, ()))
    if literal in values and (not reserved or len(words) > 1 or written or _after_equals(tokens, place)):
        return Mark("value", said, columns=tuple(values[literal]))
    return None if quoted else _of_language(words, said)


def _of_language(words: tuple[str, ...], said: str) -> Mark | None:
    """A word of the language of questions, or a number."""
    sorts: tuple[tuple[Sort, Mapping[tuple[str, ...], str]], ...] = (
        ("compare", COMPARISONS),
        ("intent", INTENTS),
        ("order", SUPERLATIVES),
    )
    for sort, known in sorts:
        if words in known:
            return Mark(sort, said, known[words])
    return _number(words[0], said) if len(words) == 1 else None


def _number(word: str, said: str) -> Mark | None:
    if word == "%":
        return Mark("percent", said)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        return Mark("date", said, word)
    plain = re.sub(r"(?:st|nd|rd|th)$", "", word).replace(",", "").replace("\N{MINUS SIGN}", "-")
    return Mark("number", said, number=float(plain)) if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", plain) else None


def _named_by(tokens: list[_Token], place: int) -> bool:
    """Whether the word before asks for a name, so that "average count" means the column."""
    if place == 0:
        return False
    before = tokens[place - 1].text.casefold()
    return before in GROUPING or before in {"of", "column"} or (before,) in INTENTS or (before,) in SUPERLATIVES


def _after_equals(tokens: list[_Token], place: int) -> bool:
    return place > 0 and tokens[place - 1].text.casefold() in {"=", "==", "is", "equals", "are", "was"}


def _loose(
    token: _Token,
    names: Mapping[tuple[str, ...], list[str]],
    values: Mapping[tuple[str, ...], list[tuple[str, str]]],
    vocabulary: Vocabulary,
) -> Mark:
    """A word of the language, a part of one name, or something spelled nearly like a name or a value."""
    word = token.text.casefold()
    if word in FUTURE and not token.is_quoted:
        raise NotUnderstood(f"“{token.text}” asks for more than a table holds; only what is in it can be computed.")
    if not token.is_quoted and any(
        word in known for known in (FILLERS, ROW_WORDS, GROUPING, WITHIN, NEGATIONS, COLUMNS_WORDS)
    ):
        return Mark("word", word)
    if token.plain in vocabulary.nouns and not token.is_quoted:
        return Mark("word", "rows")
    holders = [column.name for column in vocabulary.columns if _has_part(column.name, token.plain)]
    if len(holders) == 1:
        return Mark("column", token.text, holders[0])
    if len(holders) > 1:
        raise NotUnderstood(f"“{token.text}” can be any of {_listed(holders)}; write the whole name.")
    near = _near(token.plain, (" ".join(phrase) for phrase in names))
    if near is not None and len(names[tuple(near.split())]) == 1:
        return Mark("column", token.text, names[tuple(near.split())][0])
    near = _near(word, (" ".join(phrase) for phrase in values))
    if near is not None:
        return Mark("value", token.text, columns=tuple(values[tuple(near.split())]))
    raise NotUnderstood(f"There is no column or value “{token.text[:40]}” in this table.")


def _has_part(name: str, word: str) -> bool:
    """Whether a word, or another form of it, is a part of a name: "churned" of "churn", "monthly" of "MonthlyFee"."""
    parts = words_of_name(name)
    return word in parts or (len(word) > 4 and _root(word) in {_root(part) for part in parts})


def _root(word: str) -> str:
    """A verb without its ending: "churned", "churning" and "churn" are one."""
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 4 else word


def _near(word: str, known: Iterator[str]) -> str | None:
    if len(word) < 4:
        return None
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=SAME_ENOUGH)
    return found[0] if found else None


def _listed(names: list[str]) -> str:
    shown = [f"“{name}”" for name in names[:3]]
    return ", ".join(shown[:-1]) + (" or " if len(shown) > 1 else "") + shown[-1]
