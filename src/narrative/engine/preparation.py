"""The preparation that training uses when nobody has written a recipe: one for each view of a table.

It decides from column kinds and counts, never from test rows' targets, and never makes more columns than
:data:`MAX_DERIVED` out of text, dates and categories (numbers pass through as they are).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from narrative.engine.candidates.base import View
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.types import TIME_KINDS, ColumnKind, Problem

MAX_DERIVED: Final = 300
"""Most columns made from text, dates and categories together."""
ONE_HOT_FOR_TREES: Final = 8
ONE_HOT_FOR_LINEAR: Final = 30
INTEGER_CODES: Final = range(3, 25)
"""Whole numbers with so many distinct values may be codes: the linear view also sees them as categories."""
CLIP: Final = 8.0
"""Standardised numbers of the linear view are cut here: one wild value must not carry a prediction away."""
_DATE_PARTS: Final = ("days_since_epoch", "month", "weekday", "hour", "day", "year")
_UNUSED: Final[frozenset[ColumnKind]] = frozenset({"identifier", "constant", "empty"})


@dataclass(frozen=True)
class _Column:
    """What decides how a column is prepared; counts are None when only the kind is known."""

    name: str
    kind: ColumnKind
    distinct: int | None = None
    mean_length: float | None = None


@dataclass
class _Plan:
    """Columns by treatment, filled while the budget of derived columns lasts."""

    budget: int
    drop: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    frequency: list[str] = field(default_factory=list)
    target: list[str] = field(default_factory=list)
    one_hot: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    words: int = 0

    def afford(self, columns: int) -> bool:
        """Take that many derived columns out of the budget, if they are there."""
        if columns > self.budget:
            return False
        self.budget -= columns
        return True


def automatic_recipe(
    profile: TableProfile | Mapping[str, ColumnKind],
    *,
    target: str | None,
    problem: Problem | None,
    view: View,
    n_rows: int | None = None,
) -> Recipe:
    """The recipe of a view.

    ``trees``: numbers keep their gaps; categories with few levels become ones and zeros, others their frequency and
    the out-of-fold mean of the target. ``linear``: gaps are filled by the median and marked, numbers are standardised
    and cut at :data:`CLIP`, categories become ones and zeros with rare ones grouped, or the mean of the target when
    they have many levels. Both: identifiers, constants and empty columns are left out, dates are taken apart, text is
    measured and its frequent words become columns.

    Args:
        profile: profile of the table, or only the kinds of its columns.
        target: left out of the features; None when there is none (then nothing is encoded by it).
        problem: decides how many columns an encoding by the target has.
        n_rows: rows of the table when only kinds are given; fewer rows afford fewer columns.
    """
    columns, rows = _columns(profile, target)
    n_rows = n_rows if n_rows is not None else rows
    plan = _plan(columns, n_rows, view, with_target=target is not None and problem is not None)
    before = [
        _step("drop_columns", plan.drop),
        _step("date_parts", plan.dates, parts=plan.parts),
        _step("text_statistics", plan.texts),
        _step("encode", plan.frequency, method="frequency", keep_original=True),
        _step("encode", plan.target, method="target", keep_original=True),
        _step("encode", plan.codes, method="one_hot", keep_original=True, max_levels=INTEGER_CODES.stop),
    ]
    return Recipe([step for step in [*before, *_endings(plan, view)] if step is not None])


def _endings(plan: _Plan, view: View) -> list[StepSpec | None]:
    """What differs at the end: the linear view fills and scales numbers before categories become ones and zeros."""
    words = _step("text_vectors", plan.texts, max_words=plan.words) if plan.words else None
    if view == "trees":
        return [words, _step("encode", plan.one_hot, method="one_hot", max_levels=ONE_HOT_FOR_TREES)]
    return [
        StepSpec(type="impute", params={"method": "median", "indicator": True}),
        StepSpec(type="scale", params={"method": "standard", "clip": CLIP}),
        words,
        _step("group_rare_categories", plan.one_hot, max_levels=ONE_HOT_FOR_LINEAR, min_share=0.005),
        _step("encode", plan.one_hot, method="one_hot", max_levels=ONE_HOT_FOR_LINEAR + 1),
    ]


def _plan(columns: list[_Column], n_rows: int | None, view: View, *, with_target: bool) -> _Plan:
    """Decide column by column, cheap and telling treatments first."""
    few_rows = MAX_DERIVED if n_rows is None else max(30, n_rows // 3)
    plan = _Plan(budget=min(MAX_DERIVED, few_rows))
    kinds: dict[str, list[_Column]] = {}
    for column in columns:
        kinds.setdefault(column.kind, []).append(column)
    plan.drop = [column.name for column in columns if column.kind in _UNUSED]
    dates = [column for kind in sorted(TIME_KINDS) for column in kinds.get(kind, [])]
    for column in dates:
        (plan.dates if plan.afford(1) else plan.drop).append(column.name)
    affordable = 1 + (plan.budget // 3) // max(1, len(plan.dates))
    plan.parts = list(_DATE_PARTS[: max(1, min(len(_DATE_PARTS), affordable))])
    plan.budget -= (len(plan.parts) - 1) * len(plan.dates)
    _plan_categories(plan, kinds.get("category", []), view, with_target=with_target)
    _plan_texts(plan, kinds.get("text", []), n_rows, view)
    if view == "linear":
        for column in sorted(kinds.get("integer", []), key=lambda item: item.distinct or 0):
            if column.distinct in INTEGER_CODES and plan.afford(column.distinct or 0):
                plan.codes.append(column.name)
    return plan


def _plan_categories(plan: _Plan, columns: list[_Column], view: View, *, with_target: bool) -> None:
    limit = ONE_HOT_FOR_TREES if view == "trees" else ONE_HOT_FOR_LINEAR
    reserve = plan.budget // 2
    for column in sorted(columns, key=lambda item: (item.distinct is None, item.distinct or 0)):
        levels = limit + 1 if column.distinct is None else column.distinct
        small = levels <= limit or (column.distinct is None and view == "linear") or not with_target
        if small and plan.budget - min(levels, limit) > reserve // 2 and plan.afford(min(levels, limit) + 1):
            plan.one_hot.append(column.name)
        elif with_target and plan.afford(1):
            plan.target.append(column.name)
            if view == "trees" and plan.afford(1):
                plan.frequency.append(column.name)
        elif plan.afford(1):
            plan.frequency.append(column.name)
        else:
            plan.drop.append(column.name)


def _plan_texts(plan: _Plan, columns: list[_Column], n_rows: int | None, view: View) -> None:
    for column in columns:
        (plan.texts if plan.afford(3) else plan.drop).append(column.name)
    if plan.texts:
        plan.words = min(40, max(0, plan.budget // 2) // len(plan.texts))
        plan.budget -= plan.words * len(plan.texts)
    for column in columns:
        # Short texts that come back (ticket numbers, model names): how often says something that words cannot.
        repeats = column.distinct is not None and n_rows is not None and column.distinct <= 0.8 * n_rows
        short = column.mean_length is not None and column.mean_length <= 40
        if view == "trees" and column.name in plan.texts and repeats and short and plan.afford(1):
            plan.frequency.append(column.name)


def _columns(profile: TableProfile | Mapping[str, ColumnKind], target: str | None) -> tuple[list[_Column], int | None]:
    if isinstance(profile, TableProfile):
        known = [
            _Column(column.name, column.kind, column.distinct, column.mean_length)
            for column in profile.columns
            if column.name != target
        ]
        return known, profile.n_rows
    return [_Column(name, kind) for name, kind in profile.items() if name != target], None


def _step(type: str, columns: list[str], **params: Any) -> StepSpec | None:
    """A step on the columns; None when there are none."""
    return StepSpec(type=type, params={"columns": columns, **params}) if columns else None
