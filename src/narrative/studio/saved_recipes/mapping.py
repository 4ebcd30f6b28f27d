"""The columns of a recipe on another table: the nearest names, and steps written for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.checking import specs_of

if TYPE_CHECKING:
    from narrative.engine.types import ColumnKind

LEAST_LIKENESS = 0.6


def columns_of(steps: Sequence[StepFacts]) -> list[str]:
    """Columns that steps name and none of them makes, each once."""
    from narrative.engine.step_specs import resolved
    from narrative.engine.steps.base import Layout

    named: dict[str, None] = {}
    made: set[str] = set()
    for spec in specs_of(steps):
        step, params = resolved(spec)
        reads = [name for name in step.columns(params) if name not in made]
        named |= dict.fromkeys(reads)
        layout = Layout(dict.fromkeys([*named, *made], "category"))
        made |= set(step.layout(params, layout).kinds) - set(layout.kinds)
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
    """Steps that work on other columns; values, choices and names of new columns stay as they are."""
    from narrative.engine.step_specs import renamed

    return [
        step.model_copy(update={"params": renamed(spec, columns).params})
        for step, spec in zip(steps, specs_of(steps), strict=True)
    ]


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
