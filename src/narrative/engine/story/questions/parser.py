"""From marks to a query: conditions first, then what is asked of the rows that are left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from narrative.engine.story.questions.reader import Mark, read
from narrative.engine.story.questions.types import STATISTICS, Intent, NotUnderstood, Query, Vocabulary
from narrative.engine.story.questions.words import COLUMNS_WORDS, GROUPING, NEGATIONS, WITHIN

_EQUALS = frozenset({"is", "are", "was", "were", "of", "the", "has", "have", "had"})

TAKEN: Final = Mark("word", "")
"""Stands where a condition was, so that a word before it is not taken for the one before the next."""


@dataclass
class _Found:
    """What was taken out of the marks; ``marked`` holds conditions that name the rows a share is of."""

    conditions: list[dict[str, Any]] = field(default_factory=list)
    marked: list[dict[str, Any]] = field(default_factory=list)
    rest: list[Mark] = field(default_factory=list)


def parse(question: str, vocabulary: Vocabulary) -> Query:
    """What a question asks for. Raises :class:`NotUnderstood` with the reason in words."""
    marks = read(question, vocabulary)
    found = _conditions(marks, vocabulary)
    query = _query(found, vocabulary)
    merged = _merged([*found.marked, *found.conditions])
    if query.intent != "share":
        return replace(query, conditions=merged)
    wanted, among = found.conditions, found.marked
    if not wanted:
        wanted, among = among, []
    if not wanted and query.column is not None and query.group is None:
        return replace(query, intent="top")
    if not wanted:
        raise NotUnderstood("A share of which rows? Name a value, such as a category.")
    return replace(query, conditions=_merged(wanted), among=_merged(among))


# ---------------------------------------------------------------------------------------------- conditions
def _conditions(marks: list[Mark], vocabulary: Vocabulary) -> _Found:
    found = _Found()
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
        (found.marked if is_marked else found.conditions).append(made)
        found.rest.append(TAKEN)
        place += used
    return found


def _condition_at(
    marks: list[Mark], place: int, found: _Found, vocabulary: Vocabulary
) -> tuple[dict[str, Any], int] | None:
    """The condition that begins at a mark and how many marks it takes, or None."""
    mark = marks[place]
    if mark.sort == "column":
        return _after_column(marks, place, vocabulary)
    if mark.sort == "value":
        return _bare_value(marks, place, found)
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


def _bare_value(marks: list[Mark], place: int, found: _Found) -> tuple[dict[str, Any], int]:
    """A value without its column before it: the column after it, the one named last, or the only one that holds it."""
    mark = marks[place]
    after = marks[place + 1] if place + 1 < len(marks) else None
    op = "!=" if place > 0 and marks[place - 1].text in NEGATIONS else "="
    stored = dict(mark.columns)
    if after is not None and after.sort == "column" and after.name in stored:
        return {"column": after.name, "op": op, "value": stored[after.name]}, 2
    made = [*found.marked, *found.conditions]
    if made and made[-1]["column"] in stored:
        return {"column": made[-1]["column"], "op": op, "value": stored[made[-1]["column"]]}, 1
    named = [item.name for item in found.rest if item.sort == "column" and item.name in stored]
    if len(set(named)) == 1:
        return {"column": named[0], "op": op, "value": stored[named[0]]}, 1
    if len(stored) > 1:
        names = " or ".join(f"“{name}”" for name in list(stored)[:3])
        raise NotUnderstood(f"“{mark.text}” is a value of several columns: {names}. Say which one.")
    column = next(iter(stored))
    return {"column": column, "op": op, "value": stored[column]}, 1


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


def _merged(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Values of one column are alternatives; ``between`` becomes two comparisons."""
    merged: list[dict[str, Any]] = []
    for condition in conditions:
        if condition["op"] == "between":
            low, high = condition["value"]
            merged.append({"column": condition["column"], "op": ">=", "value": low})
            merged.append({"column": condition["column"], "op": "<=", "value": high})
            continue
        same = next(
            (item for item in merged if item["column"] == condition["column"] and item["op"] in ("=", "in")), None
        )
        if condition["op"] == "=" and same is not None:
            known = same["value"] if same["op"] == "in" else [same["value"]]
            same.update(op="in", value=[*known, *(v for v in [condition["value"]] if v not in known)])
        else:
            merged.append(dict(condition))
    return [item if item["op"] != "in" or len(item["value"]) > 1 else item | {"op": "=", "value": item["value"][0]}
            for item in merged]  # fmt: skip


# ---------------------------------------------------------------------------------------------- what is asked
@dataclass(frozen=True)
class _Asked:
    """What is left of a question without its conditions."""

    intents: list[str]
    columns: list[str]
    group: str | None
    order: Literal["high", "low"] | None
    numbers: list[float]


def _query(found: _Found, vocabulary: Vocabulary) -> Query:
    rest = found.rest
    intents = [mark.name for mark in rest if mark.sort == "intent"]
    columns = _columns(rest, found, intents, vocabulary)
    group = _group(rest, columns)
    order = next((mark.name for mark in rest if mark.sort == "order"), None)
    asked = _Asked(
        intents,
        [name for name in columns if name != group],
        group,
        "low" if order == "low" else "high" if order else None,
        [mark.number for mark in rest if mark.sort == "number"],
    )
    intent = _intent(intents, order, columns, {mark.text for mark in rest if mark.sort == "word"})
    if intent == "columns":
        return Query("columns")
    if intent == "correlation":
        return _pair(columns)
    if intent in ("groups", "top") or (group is not None and intent not in ("missing", "distinct")):
        return _grouped(intent, asked, found, vocabulary)
    if intent == "share":
        return Query("share", column=columns[0] if columns else None)
    if intent == "count":
        if columns:
            raise NotUnderstood(
                f"What about “{columns[0]}”? Name a value of it, or ask how many different ones it has."
            )
        return Query("count")
    return _statistic(intent, asked, vocabulary)


def _columns(rest: list[Mark], found: _Found, intents: list[str], vocabulary: Vocabulary) -> list[str]:
    """Columns that are asked about; one of yes and no that nothing else speaks of is a condition."""
    columns: list[str] = []
    is_number = any(intent in STATISTICS for intent in intents)
    counts = bool({"count", "share"} & set(intents)) and not {"missing", "distinct"} & set(intents)
    for place, mark in enumerate(rest):
        if mark.sort != "column" or mark.name in columns:
            continue
        column = vocabulary.column(mark.name)
        before = rest[place - 1].text if place else ""
        grouped = before in GROUPING
        if column.positive is not None and column.negative is not None and not grouped and (counts or is_number):
            others = [m for m in rest if m.sort == "column" and m.name != mark.name]
            if counts or others:
                negated = before in NEGATIONS
                value = column.negative if negated else column.positive
                made = {"column": mark.name, "op": "=", "value": value}
                (found.marked if before in WITHIN else found.conditions).append(made)
                continue
        columns.append(mark.name)
    return columns


def _group(rest: list[Mark], columns: list[str]) -> str | None:
    """The column after "by", "per" or "each"; in "which X has the highest Y" the one after "which"."""
    for place, mark in enumerate(rest[:-1]):
        following = next((item for item in rest[place + 1 : place + 4] if item.sort != "word"), None)
        is_asked = mark.text == "which" and any(item.sort == "order" for item in rest)
        is_named = following is not None and following.sort == "column" and following.name in columns
        if mark.sort == "word" and (mark.text in GROUPING or is_asked) and following is not None and is_named:
            return following.name
    return None


def _intent(intents: list[str], order: str | None, columns: list[str], texts: set[str]) -> Intent:
    known = dict.fromkeys(intents)
    if "count" in known and texts & COLUMNS_WORDS and not columns:
        return "columns"
    wanted: tuple[Intent, ...] = (
        "correlation", "missing", "distinct", "quantile", "mean", "median", "sum", "spread", "range", "groups", "top",
        "share", "count",
    )  # fmt: skip
    for intent in wanted:
        if intent in known and (columns or intent not in ("missing", "distinct")):
            return intent
    if order is not None and columns:
        return "range"
    raise NotUnderstood("Ask for a count, a share, an average, a comparison, the most frequent values or a relation.")


def _pair(columns: list[str]) -> Query:
    if len(columns) != 2:
        raise NotUnderstood("A relation needs two columns; name both.")
    return Query("correlation", column=columns[0], other=columns[1])


def _grouped(intent: Intent, asked: _Asked, found: _Found, vocabulary: Vocabulary) -> Query:
    columns, group = list(asked.columns), asked.group
    limit = int(asked.numbers[0]) if asked.numbers and 1 <= asked.numbers[0] <= 50 else None
    if intent == "groups" and group is None:
        group = _compared(columns, found, vocabulary)
        columns = [name for name in columns if name != group]
    if intent == "top" and group is None:
        if len(columns) != 1:
            raise NotUnderstood("The most frequent values of which column?")
        return Query("top", column=columns[0], limit=limit)
    statistic: Intent = next((name for name in STATISTICS if name in asked.intents), "mean" if columns else "count")
    statistic = {"quantile": "median", "range": "mean"}.get(statistic, statistic)  # type: ignore[assignment]  # of Intent
    if group is None:
        raise NotUnderstood("Compare which groups? Say “by” and the column that makes them.")
    if vocabulary.column(group).sort == "text":
        raise NotUnderstood(f"“{group}” has too many different values to make groups of.")
    order = asked.order or "both"
    if "share" in asked.intents and (found.conditions or found.marked):
        return Query("groups", group=group, statistic="share", order=order, limit=limit)
    if columns and vocabulary.column(columns[0]).sort != "number":
        raise NotUnderstood(f"“{columns[0]}” holds no numbers, so there is no {statistic} of it.")
    if len(columns) > 1 or (not columns and statistic != "count"):
        raise NotUnderstood("Which column do you mean?")
    column = columns[0] if columns else None
    return Query("groups", column=column, group=group, statistic=statistic, order=order, limit=limit)


def _compared(columns: list[str], found: _Found, vocabulary: Vocabulary) -> str | None:
    """The column whose values are compared: "compare price between Oslo and Bern", or the only category named."""
    merged = _merged([*found.marked, *found.conditions])
    several = [item["column"] for item in merged if item["op"] == "in"]
    if several:
        return str(several[0])
    categories = [name for name in columns if vocabulary.column(name).sort == "category"]
    return categories[-1] if categories else None


def _statistic(intent: Intent, asked: _Asked, vocabulary: Vocabulary) -> Query:
    columns = asked.columns or ([asked.group] if asked.group else [])
    if not columns:
        raise NotUnderstood("Which column do you mean?")
    if len(columns) > 1:
        raise NotUnderstood(f"“{columns[0]}” or “{columns[1]}”? Ask about one column, or say “by” before the other.")
    column = vocabulary.column(columns[0])
    if intent in ("missing", "distinct"):
        return Query(intent, column=column.name)
    if column.sort != "number" and not (intent == "range" and column.sort == "time"):
        raise NotUnderstood(f"“{column.name}” holds no numbers; ask for its most frequent values.")
    if intent == "quantile":
        share = _quantile(asked.numbers)
        if share is None:
            raise NotUnderstood("Which percentile? For example the 90th.")
        return Query("quantile", column=column.name, quantile=share)
    return Query(intent, column=column.name)


def _quantile(numbers: list[float]) -> float | None:
    if not numbers:
        return None
    share = numbers[0] if numbers[0] < 1 else numbers[0] / 100
    return share if 0 <= share <= 1 else None
