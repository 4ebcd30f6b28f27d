"""From a query to claims over computed facts; the verifier decides which of them are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.question import frequent_values
from narrative.engine.story.questions.relation import method_for
from narrative.engine.story.questions.types import Intent, NotUnderstood, Query, Vocabulary
from narrative.engine.story.types import Claim, ClaimType, FactFormat
from narrative.engine.story.wording import clean_name

MOST_LINES: Final = 12
TOP_LINES: Final = 5
SIGNS: Final = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
STATISTIC_WORDS: Final[dict[str, str]] = {
    "mean": "mean",
    "median": "median",
    "sum": "sum",
    "spread": "standard deviation",
    "count": "number of rows",
    "share": "share of rows",
}
_METHODS: Final = {
    "pearson": "Pearson correlation",
    "correlation_ratio": "correlation ratio",
    "cramers_v": "Cramér’s V",
}


@dataclass
class Reply:
    """Claims that answer a query, the answer first."""

    query: Query
    vocabulary: Vocabulary
    book: FactBook
    claims: list[Claim] = field(default_factory=list)

    def say(self, text: str, relation: dict[str, Any] | None = None, *, type: ClaimType = "value") -> None:
        self.claims.append(Claim(type=type, text=text, relation=relation))

    def name(self, id: str, column: str) -> str:
        """Reference to a column's name."""
        self.book.add(id, "table.column_name", "name of a column", "text", column=column)
        return f"{{{id}}}"

    def condition_words(self, conditions: list[dict[str, Any]], prefix: str = "c") -> str:
        """Conditions as they are computed, every name and value bound to the table."""
        said = [self._condition(f"{prefix}{number}", item) for number, item in enumerate(conditions)]
        return " and ".join(said)

    def _condition(self, id: str, condition: dict[str, Any]) -> str:
        column, op, value = condition["column"], condition["op"], condition["value"]
        name = self.name(f"{id}_column", column)
        if op in ("missing", "present"):
            return f"{name} empty" if op == "missing" else f"{name} filled"
        if op == "in":
            return f"{name} = {' or '.join(self._value(f'{id}_{n}', column, item) for n, item in enumerate(value))}"
        return f"{name} {SIGNS[op]} {self._value(id, column, value)}"

    def _value(self, id: str, column: str, value: Any) -> str:
        key = f"{id}_value"
        if not isinstance(value, str):
            self.book.add(key, "definition.argument", "a limit of the question", "decimal", value=float(value))
        elif self.vocabulary.column(column).values:
            self.book.add(key, "question.value", f"a value of {column}", "text", column=column, value=value)
        else:
            self.book.add(key, "question.text", "a limit of the question", "text", value=value)
        return f"{{{key}}}"

    def where(self, word: str = "where") -> str:
        """The conditions at the end of a sentence, or nothing."""
        words = self.condition_words(self.query.conditions)
        return f", {word} {words}" if words else ""


def replies(query: Query, vocabulary: Vocabulary, book: FactBook) -> list[Claim]:
    """Claims for a query. Raises :class:`NotUnderstood` when the rows it speaks of hold nothing to compute."""
    reply = Reply(query, vocabulary, book)
    _REPLIES[query.intent](reply)
    return reply.claims


def _rows(reply: Reply, id: str, conditions: list[dict[str, Any]], words: str = "rows") -> float:
    return float(reply.book.add(id, "question.rows", words, "integer", unit="rows", conditions=conditions).value or 0)


def _count(reply: Reply) -> None:
    _rows(reply, "n_rows", [], "all rows")
    if not reply.query.conditions:
        reply.say("The table has {n_rows:unit}.", type="count")
        return
    n = _rows(reply, "n", reply.query.conditions, "rows that fulfil the conditions")
    verb = "has" if n == 1 else "have"
    reply.say(f"{{n}} of {{n_rows:unit}} {verb} {reply.condition_words(reply.query.conditions)}.", type="count")


def _columns(reply: Reply) -> None:
    n_columns = len(reply.vocabulary.columns)
    reply.book.add("n_columns", "definition.argument", "columns", "integer", unit="columns", value=n_columns)
    reply.say("The table has {n_columns:unit}.", type="count")


def _share(reply: Reply) -> None:
    query = reply.query
    if not _rows(reply, "n_group", query.among, "rows of the group"):
        raise NotUnderstood("No row fulfils these conditions, so there is no share to compute.")
    _rows(reply, "n", [*query.among, *query.conditions], "rows that fulfil all conditions")
    reply.book.add(
        "share", "question.share", "share of these rows", "percent", conditions=query.conditions, among=query.among
    )
    among = reply.condition_words(query.among, "g")
    group = f"{{n_group:unit}} with {among}" if among else "{n_group:unit}"
    words = reply.condition_words(query.conditions)
    relation = {"op": "share", "part": "n", "whole": "n_group", "result": "share"}
    reply.say(f"{{share}} of {group} have {words} ({{n:unit}}).", relation, type="share")


def _number(reply: Reply) -> None:
    query = reply.query
    column = query.column or ""
    _filled(reply, "n", column, query.conditions)
    reply.name("x", column)
    title = STATISTIC_WORDS[query.intent]
    reply.book.add(
        "v", "question.statistic", f"{title} of {column}", "decimal", column=column, statistic=query.intent,
        conditions=query.conditions,
    )  # fmt: skip
    reply.say(f"The {title} of {{x}} is {{v}} over {{n:unit}}{reply.where()}.")


def _filled(reply: Reply, id: str, column: str, conditions: list[dict[str, Any]]) -> None:
    """Rows with a value. Raises when there are none: nothing can be computed from nothing."""
    fact = reply.book.add(
        id, "question.values", f"rows with a value of {column}", "integer", unit="rows", column=column,
        conditions=conditions,
    )  # fmt: skip
    if not fact.value:
        raise NotUnderstood(f"No row that is asked about has a value of “{clean_name(column)}”.")


def _quantile(reply: Reply) -> None:
    query = reply.query
    column, share = query.column or "", query.quantile or 0.0
    _filled(reply, "n", column, query.conditions)
    reply.name("x", column)
    reply.book.add("q", "definition.argument", "the share that is asked for", "percent", value=share)
    reply.book.add(
        "v", "question.quantile", f"quantile of {column}", "decimal", column=column, share=share,
        conditions=query.conditions,
    )  # fmt: skip
    reply.say(f"The {{q}} quantile of {{x}} is {{v}} over {{n:unit}}{reply.where()}.")


def _range(reply: Reply) -> None:
    query = reply.query
    column = query.column or ""
    form: FactFormat = "text" if reply.vocabulary.column(column).sort == "time" else "decimal"
    _filled(reply, "n", column, query.conditions)
    reply.name("x", column)
    for key, statistic in (("low", "minimum"), ("high", "maximum")):
        reply.book.add(
            key, "question.statistic", f"{statistic} of {column}", form, column=column, statistic=statistic,
            conditions=query.conditions,
        )  # fmt: skip
    reply.say(f"{{x}} goes from {{low}} to {{high}} over {{n:unit}}{reply.where()}.")


def _distinct(reply: Reply) -> None:
    query = reply.query
    column = query.column or ""
    _filled(reply, "n", column, query.conditions)
    reply.name("x", column)
    reply.book.add(
        "v", "question.statistic", f"different values of {column}", "integer", unit="values", column=column,
        statistic="distinct", conditions=query.conditions,
    )  # fmt: skip
    noun = "value" if reply.book.number("v") == 1 else "values"
    reply.say(f"{{x}} has {{v}} different {noun} in {{n:unit}}{reply.where()}.", type="count")


def _missing(reply: Reply) -> None:
    query = reply.query
    column = query.column or ""
    if not _rows(reply, "n_rows", query.conditions, "rows asked about"):
        raise NotUnderstood("No row fulfils these conditions.")
    reply.name("x", column)
    reply.book.add(
        "v", "question.missing", f"empty cells of {column}", "integer", unit="cells", column=column,
        conditions=query.conditions,
    )  # fmt: skip
    empty = {"column": column, "op": "missing", "value": None}
    reply.book.add(
        "share", "question.share", f"share of {column} that is empty", "percent", conditions=[empty],
        among=query.conditions,
    )  # fmt: skip
    relation = {"op": "share", "part": "v", "whole": "n_rows", "result": "share"}
    reply.say(f"{{x}} is empty in {{v}} of {{n_rows:unit}} ({{share}}){reply.where()}.", relation, type="count")


def _top(reply: Reply) -> None:
    query = reply.query
    column = query.column or ""
    values = frequent_values(reply.book.sources.need_table(), column, query.conditions)
    _filled(reply, "n", column, query.conditions)
    reply.name("x", column)
    shown = values[: min(query.limit or TOP_LINES, MOST_LINES)]
    reply.book.add(
        "v", "question.statistic", f"different values of {column}", "integer", unit="values", column=column,
        statistic="distinct", conditions=query.conditions,
    )  # fmt: skip
    noun = "value" if len(values) == 1 else "values"
    reply.say(f"{{x}} has {{v}} different {noun} in {{n:unit}}{reply.where()}.", type="count")
    for number, value in enumerate(shown):
        own = {"column": column, "op": "=", "value": value}
        name, size, share = f"name_{number}", f"size_{number}", f"share_{number}"
        reply.book.add(
            name, "question.value_at", f"value of {column} by frequency", "text", column=column, position=number,
            conditions=query.conditions,
        )  # fmt: skip
        _rows(reply, size, [*query.conditions, own], f"rows with {column} = {value}")
        filled = [*query.conditions, {"column": column, "op": "present", "value": None}]
        reply.book.add(share, "question.share", "share of rows with a value", "percent", conditions=[own], among=filled)
        reply.say(f"{{{name}}}: {{{size}:unit}} ({{{share}}}).", type="count")


def _groups(reply: Reply) -> None:
    query = reply.query
    group, column = query.group or "", query.column
    asked = [] if query.statistic == "share" else query.conditions
    base = [item for item in asked if item["column"] != group]
    values = frequent_values(reply.book.sources.need_table(), group, asked)
    if not values:
        raise NotUnderstood("No row fulfils these conditions, so there are no groups to compare.")
    lines = _lines(reply, group, column, base, values[:200])
    if not lines:
        raise NotUnderstood(f"No group has a value of “{clean_name(column or group)}”.")
    lines.sort(key=lambda line: line[1], reverse=query.order != "low")
    _headline(reply, group, column, lines, is_whole=len(values) <= 200, base=base)
    for number, _ in lines[: min(query.limit or MOST_LINES, MOST_LINES)]:
        rows = "" if query.statistic == "count" else f" ({{size_{number}:unit}})"
        unit = ":unit" if query.statistic == "count" else ""
        reply.say(f"{{name_{number}}}: {{v_{number}{unit}}}{rows}.")


def _lines(
    reply: Reply, group: str, column: str | None, base: list[dict[str, Any]], values: list[str]
) -> list[tuple[int, float]]:
    """Facts of every group; number and value of those that have one."""
    lines = []
    for number, value in enumerate(values):
        own = [*base, {"column": group, "op": "=", "value": value}]
        reply.book.add(f"name_{number}", "question.value", f"a value of {group}", "text", column=group, value=value)
        found = _of_group(reply, number, column, own)
        if found is not None:
            lines.append((number, found))
    return lines


def _of_group(reply: Reply, number: int, column: str | None, own: list[dict[str, Any]]) -> float | None:
    statistic: Intent = reply.query.statistic
    key, words = f"v_{number}", STATISTIC_WORDS[statistic]
    if statistic == "count":
        value = reply.book.add(key, "question.rows", words, "integer", unit="rows", conditions=own).value
    elif column is None:
        wanted = reply.query.conditions
        _rows(reply, f"size_{number}", own, "rows of the group")
        value = reply.book.add(key, "question.share", words, "percent", conditions=wanted, among=own).value
    else:
        reply.book.add(
            f"size_{number}", "question.values", f"rows of the group with a value of {column}", "integer",
            unit="rows", column=column, conditions=own,
        )  # fmt: skip
        value = reply.book.add(
            key, "question.statistic", f"{words} of {column}", "decimal", column=column, statistic=statistic,
            conditions=own,
        ).value  # fmt: skip
    return float(value) if isinstance(value, int | float) else None


def _headline(
    reply: Reply, group: str, column: str | None, lines: list[tuple[int, float]], *, is_whole: bool,
    base: list[dict[str, Any]],
) -> None:  # fmt: skip
    title = STATISTIC_WORDS[reply.query.statistic]
    of = f" of {reply.name('x', column)}" if column else ""
    by = reply.name("g", group)
    words = reply.condition_words(base)
    where = f", where {words}" if words else ""
    if reply.query.statistic == "share":
        title = f"share of rows with {reply.condition_words(reply.query.conditions, 'w')}"
    among = [f"v_{number}" for number, _ in lines]
    first, last = lines[0][0], lines[-1][0]
    if len(lines) == 1 or not is_whole or lines[0][1] == lines[-1][1]:
        reply.say(f"The {title}{of} by {by}{where}:")
        return
    high, low = (first, last) if reply.query.order != "low" else (last, first)
    ends = {
        "high": (f"highest for {{name_{high}}} ({{v_{high}}})", {"op": "max", "fact": f"v_{high}", "among": among}),
        "low": (f"lowest for {{name_{low}}} ({{v_{low}}})", {"op": "min", "fact": f"v_{low}", "among": among}),
    }
    chosen = [ends[reply.query.order]] if reply.query.order != "both" else [ends["high"], ends["low"]]
    said = " and ".join(text for text, _ in chosen)
    relation = {"op": "all", "of": [relation for _, relation in chosen]}
    reply.say(f"By {by}, the {title}{of} is {said}{where}.", relation, type="rank")


def _correlation(reply: Reply) -> None:
    query = reply.query
    column, other = query.column or "", query.other or ""
    sorts = [reply.vocabulary.column(name).sort for name in (column, other)]
    if not set(sorts) <= {"number", "category"}:
        name = column if sorts[0] not in ("number", "category") else other
        raise NotUnderstood(f"“{clean_name(name)}” is neither a number nor a category, so no relation is computed.")
    method = method_for(*(sort == "number" for sort in sorts))
    fact = reply.book.add(
        "v", "question.correlation", _METHODS[method], "score", column=column, other=other, method=method,
        conditions=query.conditions,
    )  # fmt: skip
    if fact.value is None:
        raise NotUnderstood("One of the two columns does not vary in these rows, so there is no relation to compute.")
    reply.book.add(
        "n", "question.pairs", "rows in which both are filled", "integer", unit="rows", column=column, other=other,
        conditions=query.conditions,
    )  # fmt: skip
    x, y = reply.name("x", column), reply.name("y", other)
    reply.say(f"The {_METHODS[method]} of {x} and {y} is {{v}} over {{n:unit}}{reply.where()}.")


_REPLIES: Final[dict[Intent, Callable[[Reply], None]]] = {
    "count": _count,
    "columns": _columns,
    "share": _share,
    "mean": _number,
    "median": _number,
    "sum": _number,
    "spread": _number,
    "quantile": _quantile,
    "range": _range,
    "distinct": _distinct,
    "missing": _missing,
    "top": _top,
    "groups": _groups,
    "correlation": _correlation,
}
