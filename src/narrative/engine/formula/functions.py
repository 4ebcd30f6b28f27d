"""Every function and operator of the language: what it takes, what it gives, for one cell and for a batch."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.formula import batches, cells
from narrative.engine.formula.tree import Kind

KINDS: Final[tuple[Kind, ...]] = ("number", "text", "boolean", "date", "datetime")


@dataclass(frozen=True)
class Function:
    """One way to use a name.

    Attributes:
        takes: kinds of the arguments; with ``many`` the last may be repeated.
        cell: the value for one row; batch: the same for many.
        writes: whether numbers given for text are written as text.
    """

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    cell: Callable[..., Any]
    batch: Callable[..., Any]
    many: bool = False
    writes: bool = False

    def kinds(self, count: int) -> tuple[Kind, ...] | None:
        """The kinds of so many arguments, or None when it does not take that many."""
        missing = count - len(self.takes)
        if missing < 0 or (missing and not self.many):
            return None
        return self.takes + self.takes[-1:] * missing


_Number = Callable[..., Any]


def _numbers(name: str, count: int, cell: _Number, batch: _Number | None = None, *, many: bool = False) -> Function:
    """A function of numbers; without ``batch`` it is called for each row."""
    asked = cell if many else cells.strict(cell)
    kind: Kind = "number"
    return Function(name, (kind,) * count, "number", asked, batch or batches.by_cell(cell), many)


def _arithmetic() -> list[Function]:
    def simple(name: str, plain: Callable[[Any, Any], Any]) -> Function:
        return _numbers(name, 2, lambda a, b: cells.finite(plain(a, b)), batches.quiet(plain))

    return [
        simple("+", operator.add),
        simple("-", operator.sub),
        simple("*", operator.mul),
        _numbers("/", 2, cells.divided, batches.divided),
        _numbers("//", 2, cells.whole_divided, batches.whole_divided),
        _numbers("%", 2, cells.remainder, batches.remainder),
        _numbers("^", 2, cells.power),
        _numbers("negative", 1, lambda a: -a + 0.0, lambda a: -a + 0.0),
        _numbers("abs", 1, abs, np.abs),
        _numbers("round", 1, lambda a: cells.rounded(a, 0.0), lambda a: batches.rounded(a, np.zeros(len(a)))),
        _numbers("round", 2, cells.rounded, batches.rounded),
        _numbers("floor", 1, cells.floored, batches.quiet(np.floor)),
        _numbers("ceil", 1, cells.ceiled, batches.quiet(np.ceil)),
        _numbers("log", 1, cells.logarithm),
        _numbers("log10", 1, cells.decimal_logarithm),
        _numbers("exp", 1, cells.exponential),
        _numbers("sqrt", 1, cells.root, batches.quiet(np.sqrt)),
        _numbers("clip", 3, cells.clipped, batches.clipped),
        _numbers("min", 1, cells.smallest, batches.smallest, many=True),
        _numbers("max", 1, cells.largest, batches.largest, many=True),
        _numbers("sum", 1, cells.added, batches.added, many=True),
        _numbers("mean", 1, cells.averaged, batches.averaged, many=True),
    ]


def _comparisons() -> list[Function]:
    signs: dict[str, Callable[[Any, Any], Any]] = {
        "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    }  # fmt: skip
    found = []
    for sign, compare in signs.items():
        kinds = KINDS if sign in {"=", "<>"} else ("number", "date", "datetime")
        for kind in kinds:
            batch = batches.compared(compare) if kind == "number" else batches.of_columns(compare)
            found.append(Function(sign, (kind, kind), "boolean", cells.strict(compare), batch))
    return found


def _among(cell: Any, *values: Any) -> bool | None:
    return None if cell is None else cell in values


def _general() -> list[Function]:
    """What works alike for every kind."""
    found = []
    for kind in KINDS:
        same = batches.compared(operator.eq) if kind == "number" else batches.of_columns(operator.eq)
        known = batches.is_missing

        def among(column: Any, *values: Any, same: Any = same, known: Any = known) -> pl.Series:
            met = [same(column, value).fill_null(value=False) for value in values]
            return batches.answers(functools.reduce(operator.or_, met), ~known(column))

        found += [
            Function("if", ("boolean", kind, kind), kind, cells.chosen, batches.chosen(kind)),
            Function("coalesce", (kind,), kind, cells.first_there, batches.first_there(kind), many=True),
            Function("in", (kind, kind), "boolean", _among, among, many=True),
            Function("is empty", (kind,), "boolean", lambda cell: cell is None, batches.is_missing),
        ]
    return [
        *found,
        Function("and", ("boolean", "boolean"), "boolean", cells.both, operator.and_),
        Function("or", ("boolean", "boolean"), "boolean", cells.either, operator.or_),
        Function("not", ("boolean",), "boolean", cells.strict(operator.not_), operator.invert),
    ]


def _texts() -> list[Function]:
    def asked(name: str, cell: Callable[[str, str], bool], batch: Callable[..., pl.Expr]) -> Function:
        return Function(name, ("text", "text"), "boolean", cells.strict(cell), batches.of_columns(batch))

    def changed(name: str, cell: Callable[[str], str]) -> Function:
        return Function(name, ("text",), "text", cells.strict(cell), batches.of_texts(cell))

    return [
        changed("lower", str.lower),
        changed("upper", str.upper),
        changed("trim", str.strip),
        Function(
            "length",
            ("text",),
            "number",
            cells.strict(lambda text: float(len(text))),
            batches.part(lambda text: text.str.len_chars()),
        ),
        Function("left", ("text", "number"), "text", cells.strict(cells.beginning), batches.slices(cells.beginning)),
        Function("right", ("text", "number"), "text", cells.strict(cells.ending), batches.slices(cells.ending)),
        Function("replace", ("text", "text", "text"), "text", cells.strict(cells.replaced), batches.replaced),
        asked("contains", lambda text, part: part in text, lambda a, b: a.str.contains(b, literal=True)),
        asked("starts_with", str.startswith, lambda a, b: a.str.starts_with(b)),
        asked("ends_with", str.endswith, lambda a, b: a.str.ends_with(b)),
        Function("concat", ("text",), "text", cells.joined, batches.joined, many=True, writes=True),
        Function("&", ("text", "text"), "text", cells.joined, batches.joined, writes=True),
        Function("text", ("text",), "text", lambda cell: cell, lambda column: column),
        Function("text", ("number",), "text", cells.strict(cells.number_text), batches.number_texts),
        Function(
            "text", ("date",), "text", cells.strict(lambda day: day.isoformat()), lambda days: days.cast(pl.String)
        ),
        Function("text", ("datetime",), "text", cells.strict(cells.moment_text), batches.moment_texts),
        Function("number", ("number",), "number", lambda cell: cell, lambda column: column),
        Function("number", ("text",), "number", cells.strict(cells.read_number), batches.read_numbers),
    ]


def _dates() -> list[Function]:
    def part(name: str, cell: Callable[[Any], float], batch: Callable[[pl.Expr], pl.Expr]) -> list[Function]:
        kinds: tuple[Kind, ...] = ("date", "datetime")
        return [Function(name, (kind,), "number", cells.strict(cell), batches.part(batch)) for kind in kinds]

    between = cells.strict(cells.days_between)
    times: tuple[Kind, ...] = ("datetime", "datetime")
    return [
        *part("year", lambda day: float(day.year), lambda day: day.dt.year()),
        *part("month", lambda day: float(day.month), lambda day: day.dt.month()),
        *part("day", lambda day: float(day.day), lambda day: day.dt.day()),
        *part("weekday", lambda day: float(day.isoweekday()), lambda day: day.dt.weekday()),
        Function("hour", ("datetime",), "number", cells.strict(cells.hour_of), batches.part(lambda t: t.dt.hour())),
        Function("days_between", times, "number", between, batches.days_between),
        Function("-", times, "number", lambda end, start: between(start, end), lambda b, a: batches.days_between(a, b)),
    ]


ALIASES: Final[Mapping[str, str]] = {
    "average": "mean", "avg": "mean", "ceiling": "ceil", "len": "length", "ln": "log", "substitute": "replace",
    "startswith": "starts_with", "endswith": "ends_with", "power": "^", "mod": "%", "isblank": "is empty",
    "is_empty": "is empty", "days": "days_between", "value": "number", "concatenate": "concat", "iif": "if",
    "ifnull": "coalesce", "int": "floor",
}  # fmt: skip
"""Names people know from elsewhere."""


@functools.cache
def functions() -> Mapping[str, tuple[Function, ...]]:
    """Name -> the ways to use it."""
    found: dict[str, tuple[Function, ...]] = {}
    for function in (*_arithmetic(), *_dates(), *_comparisons(), *_texts(), *_general()):
        found[function.name] = (*found.get(function.name, ()), function)
    return found


def callable_names() -> list[str]:
    """Names that can stand before a bracket, in alphabetical order."""
    return sorted(name for name in {*functions(), "date"} if name.replace("_", "").isalnum() and name not in _SIGNS)


_SIGNS: Final = frozenset({"and", "or", "not", "in", "negative"})
