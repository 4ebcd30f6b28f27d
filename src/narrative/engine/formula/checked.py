"""A formula that makes sense: every column exists, every function suits what it is given."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from narrative.core.errors import InvalidInput
from narrative.engine.formula import batches, cells
from narrative.engine.formula.faults import LONGEST_TEXT, USUAL_TEXT, fault, too_large
from narrative.engine.formula.functions import ALIASES, Function, callable_names, functions
from narrative.engine.formula.tree import Call, ColumnName, Kind, Node, Value


@dataclass(frozen=True)
class Typed:
    """A part of a formula with the kind of its values.

    Exactly one of ``function`` (with its arguments), ``column`` and a constant ``value`` says where they come from.
    ``longest`` bounds the characters of a text.
    """

    kind: Kind
    node: Node
    value: Any = None
    column: str | None = None
    function: Function | None = None
    arguments: tuple[Typed, ...] = ()
    longest: int = 0


_SAYS: Final[dict[Kind, str]] = {
    "number": "a number", "text": "text", "boolean": "yes or no", "date": "a date", "datetime": "a time",
    "missing": "missing",
}  # fmt: skip
_LISTS: Final = frozenset({"in", "if", "coalesce"})
_AS_NUMBER: Final = Function(
    "number", ("boolean",), "number", cells.strict(float), lambda column: batches.from_series(column, "number")
)
_AS_TIME: Final = Function(
    "datetime", ("date",), "datetime",
    cells.strict(lambda day: datetime.combine(day, datetime.min.time())),
    lambda column: column.cast(batches.dtype_of("datetime")),
)  # fmt: skip
_CONVERSIONS: Final[Mapping[tuple[Kind, Kind], Function]] = {
    ("boolean", "number"): _AS_NUMBER, ("date", "datetime"): _AS_TIME,
}  # fmt: skip
_LONGEST_WRITTEN: Final = 30
"""Characters of a number or a time as text."""


def check(node: Node, kinds: Mapping[str, Kind]) -> Typed:
    """The tree with kinds. Raises ``InvalidInput('formula_invalid')`` with the place in ``context``."""
    if isinstance(node, Value):
        return _constant(node.value, node)
    if isinstance(node, ColumnName):
        return _column(node, kinds)
    name = ALIASES.get(node.name, node.name)
    if name in {"date", "datetime"}:
        return _written_date(node)
    ways = functions().get(name)
    if ways is None:
        raise _unknown_function(node)
    arguments = [check(argument, kinds) for argument in node.arguments]
    return _applied(node, name, ways, arguments)


def _constant(value: Any, node: Node) -> Typed:
    kind: Kind = "missing"
    if isinstance(value, bool):
        kind = "boolean"
    elif isinstance(value, float):
        kind = "number"
    elif isinstance(value, str):
        kind = "text"
    elif isinstance(value, datetime):
        kind = "datetime"
    elif isinstance(value, date):
        kind = "date"
    return Typed(kind, node, value=value, longest=len(value) if isinstance(value, str) else 0)


def _column(node: ColumnName, kinds: Mapping[str, Kind]) -> Typed:
    if node.name in kinds:
        kind = kinds[node.name]
        return Typed(kind, node, column=node.name, longest=USUAL_TEXT if kind == "text" else 0)
    near = nearest_of(node.name, list(kinds))
    written = f"[{near}]" if near else None
    message, fix = f"there is no column '{node.name}'.", f"Did you mean {written}?" if written else None
    if node.bare and node.name.casefold() in {*functions(), *ALIASES, "date"}:
        fix = f"To use the function write {node.name}(...)."
    error = fault(message, node.start, node.end, fix=fix or "Use one of the columns.", allowed=list(kinds))
    error.column = node.name
    error.context["nearest"] = near
    raise error


def nearest_of(name: str, known: Sequence[str]) -> str | None:
    """The most similar known name, if one is similar at all."""
    by_fold = {candidate.casefold().strip(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold().strip()[:200], list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def _unknown_function(node: Call) -> InvalidInput:
    near = nearest_of(node.name, callable_names())
    fix = f"Did you mean {near}(...)?" if near else "Use one of the functions of the language."
    end = node.start + len(node.name)
    error = fault(f"there is no function '{node.name[:40]}'.", node.start, end, fix=fix, allowed=callable_names())
    error.context["nearest"] = near
    return error


def _written_date(node: Call) -> Typed:
    """``date("2026-01-31")``, ``datetime("2026-01-31 13:45")``: the text is read once, here."""
    argument = node.arguments[0] if len(node.arguments) == 1 else None
    if isinstance(argument, Value) and isinstance(argument.value, str):
        read = _date(argument.value) if node.name == "date" else _moment(argument.value)
        if read is not None:
            return _constant(read, node)
    raise fault(
        f"{node.name}(...) takes one date that is written down.",
        node.start,
        node.end,
        fix='Write it as date("2026-01-31"); text columns become dates with the step "Read dates".',
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        return None


def _applied(node: Call, name: str, ways: tuple[Function, ...], arguments: list[Typed]) -> Typed:
    """The way to use the function that needs the fewest conversions."""
    best: tuple[int, Function, list[Typed]] | None = None
    for way in ways:
        wanted = way.kinds(len(arguments))
        if wanted is None:
            continue
        given = [_as(argument, kind, way) for argument, kind in zip(arguments, wanted, strict=True)]
        fitting = [argument for argument in given if argument is not None]
        if len(fitting) < len(given):
            continue
        cost = sum(new is not old for new, old in zip(fitting, arguments, strict=True))
        if best is None or cost < best[0]:
            best = (cost, way, fitting)
    if best is None:
        raise _unsuited(node, name, ways, arguments)
    _, way, fitting = best
    longest = _longest(way, fitting)
    if longest > LONGEST_TEXT:
        raise too_large("the text it makes could become too long", LONGEST_TEXT, node.start, node.end)
    return Typed(way.gives, node, function=way, arguments=tuple(fitting), longest=longest)


def _as(argument: Typed, kind: Kind, way: Function) -> Typed | None:
    """The argument as a value of this kind, or None when it is none."""
    if argument.kind == kind:
        return argument
    function = None
    if (argument.kind, kind) in _CONVERSIONS:
        function = _CONVERSIONS[argument.kind, kind]
    elif way.writes and kind == "text" and argument.kind in {"number", "date", "datetime"}:
        function = next(function for function in functions()["text"] if function.takes == (argument.kind,))
    if function is not None:
        return Typed(kind, argument.node, function=function, arguments=(argument,), longest=_LONGEST_WRITTEN)
    if argument.kind == "missing":
        return Typed(kind, argument.node)
    read = None
    if isinstance(argument.value, str) and kind in {"date", "datetime"}:
        read = _date(argument.value) if kind == "date" else _moment(argument.value)
    return None if read is None else Typed(kind, argument.node, value=read)


def _longest(way: Function, arguments: Sequence[Typed]) -> int:
    """Characters a text may have, when every column holds :data:`USUAL_TEXT` of them."""
    if way.gives != "text":
        return 0
    lengths = [argument.longest for argument in arguments if argument.kind == "text"]
    if way.name in {"concat", "&"}:
        return sum(lengths)
    if way.name == "replace":
        text, find, by = arguments
        pieces = len(find.value) if isinstance(find.value, str) and find.value else 1
        return text.longest * max(1, -(-by.longest // pieces))
    return max(lengths, default=_LONGEST_WRITTEN)


def _unsuited(node: Call, name: str, ways: tuple[Function, ...], arguments: list[Typed]) -> InvalidInput:
    given = ", ".join(_SAYS[argument.kind] for argument in arguments) or "nothing"
    takes = list(dict.fromkeys(_usage(way) for way in ways))
    fix = f"It takes {' or '.join(takes)}."
    if name == "+" and any(argument.kind == "text" for argument in arguments):
        fix = "Join texts with &; read text as a number with number(...)."
    elif name in _LISTS and len({a.kind for a in arguments[name == "if" :]} - {"missing"}) > 1:
        fix = "All values must be of one kind: all numbers, all text, all dates or all yes/no."
    shown = {"is empty": "'is empty'", "negative": "'-'"}.get(name, f"'{name}'")
    return fault(f"{shown} cannot work with {given}.", node.start, node.end, fix=fix)


def _usage(way: Function) -> str:
    kinds = ", ".join(_SAYS[kind] for kind in way.takes) + (", ..." if way.many else "")
    return f"({kinds})"
