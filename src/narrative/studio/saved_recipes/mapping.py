"""The columns of a recipe on another table: the nearest names, and steps written for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.checking import specs_of

if TYPE_CHECKING:
    from narrative.engine.steps.base import Layout, Step, StepParams
    from narrative.engine.types import ColumnKind

LEAST_LIKENESS = 0.6


def columns_of(steps: Sequence[StepFacts]) -> list[str]:
    """Columns that steps name and none of them makes, each once."""
    from narrative.engine.step_specs import resolved
    from narrative.engine.steps.base import Layout

    named: dict[str, None] = {}
    made = _Made()
    layout = Layout({})
    for spec in specs_of(steps):
        step, params = resolved(spec)
        reads = [name for name in _reads(step, params) if not made.holds(name)]
        named |= dict.fromkeys(reads)
        before, layout = _through(step, params, layout)
        made.add(before, layout)
    return list(named)


def nearest_columns(needed: Mapping[str, ColumnKind | None], kinds: Mapping[str, ColumnKind]) -> dict[str, str | None]:
    """Column that is needed → the column of the table with the same or the most similar name, each taken once.

    Among names that are equally similar, one of the same kind is preferred.
    """
    free = list(kinds)
    chosen: dict[str, str | None] = dict.fromkeys(needed)
    for is_near in (_is_same, _is_plainly_same, _is_similar):
        for name, kind in needed.items():
            if chosen[name] is not None:
                continue
            fitting = [other for other in free if is_near(name, other)]
            fitting.sort(key=lambda other: (-_likeness(name, other), kinds[other] != kind, other))  # sorted at once
            if fitting:
                chosen[name] = fitting[0]
                free.remove(fitting[0])
    return chosen


def mapped(steps: Sequence[StepFacts], columns: Mapping[str, str]) -> list[StepFacts]:
    """Steps that work on other columns; values, choices and names that somebody chose for new columns stay.

    A new column that got its name from the column it is made of ("price 1 back") is found under its other name by the
    steps behind it.
    """
    from narrative.engine.step_specs import renamed, resolved
    from narrative.engine.steps.base import Layout

    names, beginnings = dict(columns), dict[str, str]()
    old, new = Layout({}), Layout({})
    written = []
    for step, spec in zip(steps, specs_of(steps), strict=True):
        kind, given = resolved(spec)
        names |= _begun(_reads(kind, given), names, beginnings)
        other = renamed(spec, names)
        written.append(step.model_copy(update={"params": other.params}))
        old_before, old = _through(kind, given, old)
        new_before, new = _through(kind, resolved(other)[1], new)
        names |= dict(zip(_new(old_before, old), _new(new_before, new), strict=False))
        for begin in old.open_prefixes - new.open_prefixes:
            own = max((name for name in names if begin.startswith(name)), key=len)
            beginnings[begin] = names[own] + begin[len(own) :]
    return written


class _Made:
    """Columns that steps have made so far, and how the names begin of those that only fitting will name."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._beginnings: set[str] = set()

    def add(self, before: Layout, after: Layout) -> None:
        self._names |= set(_new(before, after))
        # After steps that may bring any column ("") a name still is that of the table, as far as anybody knows.
        self._beginnings |= after.open_prefixes - {""}

    def holds(self, name: str) -> bool:
        return name in self._names or name.startswith(tuple(self._beginnings))


def _reads(step: Step[Any], params: StepParams) -> list[str]:
    return [*step.columns(params), *step.also_reads(params)]


def _through(step: Step[Any], params: StepParams, layout: Layout) -> tuple[Layout, Layout]:
    """The columns known before and after a step: those that it reads are there before it."""
    unknown = [name for name in _reads(step, params) if name not in layout.kinds]
    before = layout.adding(dict.fromkeys(unknown, "category"))
    return before, step.layout(params, before)


def _new(before: Layout, after: Layout) -> list[str]:
    return [name for name in after.kinds if name not in before.kinds]


def _begun(reads: Sequence[str], names: Mapping[str, str], beginnings: Mapping[str, str]) -> dict[str, str]:
    """Other names of columns that are known by how their names begin ("city=Bonn" of "city=")."""
    found = {}
    for name in reads:
        begin = max((item for item in beginnings if name.startswith(item)), key=len, default=None)
        if begin is not None and name not in names:
            found[name] = beginnings[begin] + name[len(begin) :]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _likeness(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, _plain(name), _plain(other)).ratio()


def _is_same(name: str, other: str) -> bool:
    return name == other


def _is_plainly_same(name: str, other: str) -> bool:
    return _plain(name) == _plain(other)


def _is_similar(name: str, other: str) -> bool:
    return _likeness(name, other) >= LEAST_LIKENESS
