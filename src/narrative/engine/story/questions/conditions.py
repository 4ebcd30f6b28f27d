"""The conditions of a question: which rows it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from narrative.engine.story.questions.reader import Mark
from narrative.engine.story.questions.types import NotUnderstood, Vocabulary
from narrative.engine.story.questions.words import NEGATIONS, ROW_WORDS, WITHIN

_EQUALS = frozenset({"is", "are", "was", "were", "of", "the", "has", "have", "had"})

_TELLING = frozenset({"that", "who", "which", "have", "has", "are", "is"})

TAKEN: Final = Mark("word", "")
"""Stands where a condition was, so that a word before it is not taken for the one before the next."""


@dataclass
class Found:
    """What was taken out of the marks; ``marked`` holds conditions that name the rows a share is of."""

    conditions: list[dict[str, Any]] = field(default_factory=list)
    marked: list[dict[str, Any]] = field(default_factory=list)
    rest: list[Mark] = field(default_factory=list)
    n_negations: int = 0
    """Words such as "not" that have found their place."""


def conditions_of(marks: list[Mark], vocabulary: Vocabulary) -> Found:
    found = Found()
    place, is_marked = 0, False
    while place < len(marks):
        mark = marks[place]
        if mark.sort == "word" and mark.text in WITHIN:
            is_marked = True
        elif mark.sort == "word" and mark.text in {"that", "who", "which", "have", "has", "are", "is"}:
            is_marked = False
        taken = _condition_at(marks, place, found, vocabulary)
        if taken is None:
            if mark.sort in ("column", "intent"):
                is_marked = is_marked and mark.sort == "column"
            found.rest.append(mark)
            place += 1
            continue
        made, used = taken
        found.n_negations += _n_negations(marks, place, used)
        of_these = place + used < len(marks) and _is_whole(marks[place], marks[place + used], vocabulary)
        of_these = of_these and _is_after_of(marks, place)
        (found.marked if is_marked or of_these else found.conditions).append(made)
        found.rest.append(TAKEN)
        place += used
    return found


def _n_negations(marks: list[Mark], place: int, used: int) -> int:
    """Words of negation inside a condition, or right before a value: "not in Oslo", "not Oslo"."""
    inside = sum(mark.sort == "word" and mark.text in NEGATIONS for mark in marks[place : place + used])
    return inside + (marks[place].sort == "value" and _is_negated(marks, place))


def _is_negated(marks: list[Mark], place: int) -> bool:
    before = [mark.text for mark in marks[max(0, place - 2) : place]]
    return bool(before) and (before[-1] in NEGATIONS or (before[0] in NEGATIONS and before[-1] in WITHIN))


def _is_whole(mark: Mark, after: Mark, vocabulary: Vocabulary) -> bool:
    """Whether what follows a value makes it the rows a share is of: "male passengers", "male survived", "male who"."""
    if after.text in ROW_WORDS:
        return True
    tells = after.sort == "column" and vocabulary.column(after.name).positive is not None
    return mark.sort == "value" and (tells or after.text in _TELLING)


def _is_after_of(marks: list[Mark], place: int) -> bool:
    """Whether a value names the rows that a share is of: "what percentage of male passengers"."""
    before = marks[max(0, place - 2) : place]
    return any(mark.text.endswith("of") for mark in before)


def _condition_at(
    marks: list[Mark], place: int, found: Found, vocabulary: Vocabulary
) -> tuple[dict[str, Any], int] | None:
    """The condition that begins at a mark and how many marks it takes, or None."""
    mark = marks[place]
    if mark.sort == "column":
        return _after_column(marks, place, vocabulary)
    if mark.sort == "value":
        return _bare_value(marks, place, found)
    if mark.sort == "number" and place and marks[place - 1].text in ("in", "during", "of", "year"):
        return _in_year(mark, found, vocabulary)
    if mark.sort == "compare" and place + 1 < len(marks) and marks[place + 1].sort in ("number", "date"):
        column = _subject(marks, place, vocabulary)
        after = marks[place + 2] if place + 2 < len(marks) else None
        if after is not None and after.sort == "column" and column is None:
            return _comparison(after.name, mark.name, marks[place + 1], vocabulary), 3
        if column is None:
            raise NotUnderstood(f"“{mark.text} {marks[place + 1].text}” of which column?")
        return _comparison(column, mark.name, marks[place + 1], vocabulary), 2
    return None


def _after_column(marks: list[Mark], place: int, vocabulary: Vocabulary) -> tuple[dict[str, Any], int] | None:
    """``contract is Two year``, ``tenure over 12``, ``age between 20 and 30``, ``left = yes``; not ``age`` alone."""
    name = marks[place].name
    look, negated = place + 1, False
    while look < len(marks) and marks[look].sort == "word" and marks[look].text in _EQUALS | NEGATIONS:
        negated = negated or marks[look].text in NEGATIONS
        look += 1
    following = marks[look : look + 4]
    is_said = look > place + 1
    if [mark.sort for mark in following[:1]] == ["intent"] and following[0].name == "missing" and is_said:
        return {"column": name, "op": "present" if negated else "missing", "value": None}, look + 1 - place
    limits = _between(following)
    if limits is not None:
        return {"column": name, "op": "between", "value": limits}, look + 4 - place
    op = "="
    if following and following[0].sort == "compare":
        op, following, look, is_said = following[0].name, following[1:], look + 1, True
    if not following:
        return None
    op = {"=": "!=", "!=": "="}.get(op, op) if negated else op
    made = _compared_with(name, op, following[0], vocabulary) if is_said or following[0].sort != "date" else None
    return None if made is None else (made, look + 1 - place)


def _between(following: list[Mark]) -> list[Any] | None:
    """Both limits of ``between … and …``."""
    if len(following) < 4 or (following[0].text, following[2].text) != ("between", "and"):
        return None
    low, high = following[1], following[3]
    return [_limit(low), _limit(high)] if low.sort == high.sort and low.sort in ("number", "date") else None


def _compared_with(name: str, op: str, value: Mark, vocabulary: Vocabulary) -> dict[str, Any] | None:
    """A column compared with a value of its own, a number or a date."""
    if value.sort == "value":
        stored = [text for column, text in value.columns if column == name]
        return {"column": name, "op": op, "value": stored[0]} if stored else None
    return _comparison(name, op, value, vocabulary) if value.sort in ("number", "date") else None


def _bare_value(marks: list[Mark], place: int, found: Found) -> tuple[dict[str, Any], int]:
    """A value without its column before it: the column after it, the one named last, or the only one that holds it."""
    mark = marks[place]
    after = marks[place + 1] if place + 1 < len(marks) else None
    op = "!=" if _is_negated(marks, place) else "="
    stored = dict(mark.columns)
    if after is not None and after.sort == "column" and after.name in stored:
        return {"column": after.name, "op": op, "value": stored[after.name]}, 2
    made = [*found.marked, *found.conditions]
    if made and made[-1]["column"] in stored:
        return {"column": made[-1]["column"], "op": op, "value": stored[made[-1]["column"]]}, 1
    named = [item.name for item in found.rest if item.sort == "column" and item.name in stored]
    if len(set(named)) == 1:
        found.rest = [item for item in found.rest if item.name != named[0] or item.sort != "column"]
        return {"column": named[0], "op": op, "value": stored[named[0]]}, 1
    if len(stored) > 1:
        names = " or ".join(f"“{name}”" for name in list(stored)[:3])
        raise NotUnderstood(f"“{mark.text}” is a value of several columns: {names}. Say which one.")
    column = next(iter(stored))
    return {"column": column, "op": op, "value": stored[column]}, 1


def _in_year(mark: Mark, found: Found, vocabulary: Vocabulary) -> tuple[dict[str, Any], int] | None:
    """``in 2017`` where the table has one column of dates."""
    times = [column.name for column in vocabulary.columns if column.sort == "time"]
    if len(times) != 1 or mark.number != int(mark.number) or not 1800 <= mark.number <= 2200:
        return None
    found.rest = [item for item in found.rest if item.sort != "column" or item.name != times[0]]
    year = f"{int(mark.number):04d}"
    return {"column": times[0], "op": "between", "value": [f"{year}-01-01", f"{year}-12-31"]}, 1


def _subject(marks: list[Mark], place: int, vocabulary: Vocabulary) -> str | None:
    """The column a comparison speaks of: the one named last before it, or the only one of dates for a date."""
    for mark in reversed(marks[:place]):
        if mark.sort == "column" and vocabulary.column(mark.name).sort in ("number", "time"):
            return mark.name
    times = [column.name for column in vocabulary.columns if column.sort == "time"]
    is_date = marks[place + 1].sort == "date" or marks[place].text in ("before", "after", "since", "until")
    return times[0] if is_date and len(times) == 1 else None


def _limit(mark: Mark) -> Any:
    return mark.name if mark.sort == "date" else mark.number


def _comparison(name: str, op: str, mark: Mark, vocabulary: Vocabulary) -> dict[str, Any]:
    sort = vocabulary.column(name).sort
    value = _limit(mark)
    if sort == "time" and not isinstance(value, str):
        value = _year(op, value)
    if sort == "category" and not isinstance(value, str):
        raise NotUnderstood(f"“{name}” holds categories, so {mark.text} cannot be compared with it.")
    if sort == "number" and isinstance(value, str):
        raise NotUnderstood(f"“{name}” holds numbers, so the date {mark.text} cannot be compared with it.")
    return {"column": name, "op": op, "value": value}


def _year(op: str, year: float) -> str:
    """The first or last day of a year, as the comparison needs it: after 2020 begins with 2021."""
    return f"{int(year):04d}-{'12-31' if op in ('>', '<=') else '01-01'}"


def merged(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Values of one column are alternatives; ``between`` becomes two comparisons."""
    found: list[dict[str, Any]] = []
    for condition in conditions:
        if condition["op"] == "between":
            low, high = condition["value"]
            found.append({"column": condition["column"], "op": ">=", "value": low})
            found.append({"column": condition["column"], "op": "<=", "value": high})
            continue
        same = next(
            (item for item in found if item["column"] == condition["column"] and item["op"] in ("=", "in")), None
        )
        if condition["op"] == "=" and same is not None:
            known = same["value"] if same["op"] == "in" else [same["value"]]
            same.update(op="in", value=[*known, *(v for v in [condition["value"]] if v not in known)])
        else:
            found.append(dict(condition))
    return [item if item["op"] != "in" or len(item["value"]) > 1 else item | {"op": "=", "value": item["value"][0]}
            for item in found]  # fmt: skip
