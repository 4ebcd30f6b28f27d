"""From marks to a query: conditions first, then what is asked of the rows that are left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from narrative.engine.story.questions.conditions import Found, conditions_of, merged
from narrative.engine.story.questions.reader import Mark, read
from narrative.engine.story.questions.types import STATISTICS, Intent, NotUnderstood, Query, Vocabulary
from narrative.engine.story.questions.words import COLUMNS_WORDS, GROUPING, NEGATIONS, WITHIN

ALONE: Final = frozenset({*STATISTICS, "missing", "distinct", "correlation"})


def parse(question: str, vocabulary: Vocabulary) -> Query:
    """What a question asks for. Raises :class:`NotUnderstood` with the reason in words.

    Nothing that was said is passed over: a number, a "not" or an "or" that has no part in the query stops it.
    """
    marks = read(question, vocabulary)
    found = conditions_of(marks, vocabulary)
    query = _query(found, vocabulary)
    conditions = merged([*found.marked, *found.conditions])
    _check_nothing_left(marks, found, query, conditions)
    if query.intent != "share":
        return replace(query, conditions=conditions)
    wanted, among = found.conditions, found.marked
    if not wanted:
        wanted, among = among, []
    if not wanted and query.column is not None and query.group is None:
        return replace(query, intent="top")
    if not wanted:
        raise NotUnderstood("A share of which rows? Name a value, such as a category.")
    return replace(query, conditions=merged(wanted), among=merged(among))


def _check_nothing_left(marks: list[Mark], found: Found, query: Query, conditions: list[dict[str, Any]]) -> None:
    words = [mark.text for mark in marks if mark.sort == "word"]
    if sum(word in NEGATIONS for word in words) > found.n_negations:
        raise NotUnderstood("I do not see what the “not” belongs to; put it before a value.")
    several = len({item["column"] for item in conditions}) > 1
    if "or" in words and several and all(item["op"] != "in" for item in conditions):
        raise NotUnderstood("“or” works between values of one column; ask about one column at a time.")
    loose = [mark for mark in found.rest if mark.sort in ("number", "date")]
    if len(loose) > (query.quantile is not None or query.limit is not None):
        raise NotUnderstood(f"I do not see what “{loose[-1].text}” belongs to; name its column.")
    unused = next((mark for mark in found.rest if mark.sort == "compare"), None)
    if unused is None and query.intent not in ("range", "groups", "top"):
        unused = next((mark for mark in found.rest if mark.sort == "order"), None)
    if unused is not None:
        raise NotUnderstood(f"I do not see what “{unused.text}” belongs to.")


@dataclass(frozen=True)
class _Asked:
    """What is left of a question without its conditions."""

    intents: list[str]
    columns: list[str]
    group: str | None
    order: Literal["high", "low"] | None
    numbers: list[float]


def _query(found: Found, vocabulary: Vocabulary) -> Query:
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
    if len({name for name in intents if name in ALONE}) > 1:
        raise NotUnderstood("Ask for one number at a time.")
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


def _columns(rest: list[Mark], found: Found, intents: list[str], vocabulary: Vocabulary) -> list[str]:
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
                found.n_negations += negated
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


def _grouped(intent: Intent, asked: _Asked, found: Found, vocabulary: Vocabulary) -> Query:
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
    if columns and "count" in asked.intents and not set(STATISTICS) & set(asked.intents):
        raise NotUnderstood(f"Rows are counted by one column at a time: by “{group}” or by “{columns[0]}”.")
    if columns and vocabulary.column(columns[0]).sort != "number":
        raise NotUnderstood(f"“{columns[0]}” holds no numbers, so there is no {statistic} of it.")
    if len(columns) > 1 or (not columns and statistic != "count"):
        raise NotUnderstood("Which column do you mean?")
    column = columns[0] if columns else None
    return Query("groups", column=column, group=group, statistic=statistic, order=order, limit=limit)


def _compared(columns: list[str], found: Found, vocabulary: Vocabulary) -> str | None:
    """The column whose values are compared: "compare price between Oslo and Bern", or the only category named."""
    conditions = merged([*found.marked, *found.conditions])
    several = [item["column"] for item in conditions if item["op"] == "in"]
    if several:
        return str(several[0])
    categories = [name for name in columns if vocabulary.column(name).sort == "category"]
    return categories[-1] if categories else None


def _statistic(intent: Intent, asked: _Asked, vocabulary: Vocabulary) -> Query:
    if asked.columns and asked.group:
        raise NotUnderstood("Missing and different values are counted for the whole table, not by group.")
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
