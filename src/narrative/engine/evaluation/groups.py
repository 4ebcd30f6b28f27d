"""How a model treats groups of people: rates with intervals, differences beyond luck, and what evening them out costs.

Nothing here says what is fair: rates differ between groups for many reasons, and not all can be even at once
(Kleinberg, Mullainathan & Raghavan (2017), "Inherent trade-offs in the fair determination of risk scores", ITCS).
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.pieces import Mask, pieces_of
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.telling import Named, absent, beyond, tell
from narrative.engine.evaluation.uncertainty import (
    Bounds,
    found_by_false_discovery,
    mean_bounds,
    newcombe,
    ratio_bounds,
    two_shares_p,
    wilson,
)
from narrative.engine.story.types import ChartStory

SMALLEST: Final = 20
FOUR_FIFTHS: Final = 0.8
LEVEL: Final = 0.05
RateName = Literal["selection_rate", "true_positive_rate", "false_positive_rate"]
TITLES: Final[dict[RateName, str]] = {
    "selection_rate": "share answered yes",
    "true_positive_rate": "share of positive rows found",
    "false_positive_rate": "share of negative rows flagged",
}


class Rate(BaseModel):
    """A rate of a group and of all other rows (its baseline), with the difference; intervals are of 95 %."""

    model_config = ConfigDict(frozen=True)
    name: RateName
    title: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    others: float | None = None
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None
    p_value: float | None = None
    differs: bool = False
    not_applicable: str | None = None


class GroupAccount(BaseModel):
    """How a group fares.

    ``ratio`` is its selection rate over that of the group selected most often; below 0.8 the four-fifths rule speaks of
    adverse impact, which is information and no verdict. ``calibration_gap`` is its mean probability less the share that
    came true. ``error`` and ``error_interval``: mean error of a regression (actual less predicted).
    """

    model_config = ConfigDict(frozen=True)
    group: str
    value: Any
    n_rows: int
    share: float
    rates: list[Rate] = []
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    below_four_fifths: bool | None = None
    calibration_gap: float | None = None
    calibration_interval: tuple[float, float] | None = None
    error: float | None = None
    error_interval: tuple[float, float] | None = None
    coverage: float | None = None
    coverage_interval: tuple[float, float] | None = None


class Fairness(BaseModel):
    """Groups of one column; ``n_differences`` rates differ beyond luck (at most 5 % of those told are false)."""

    model_config = ConfigDict(frozen=True)
    column: str
    groups: list[GroupAccount]
    left_out: list[str]
    n_tests: int
    n_differences: int
    words: ChartStory


def fairness(rows: Rows, column: str, *, intervals: Any = None) -> Fairness:
    """Rates by the groups of a column.

    Raises:
        InvalidInput: ``column_unknown``.
        NotApplicable: ``too_few_groups``, ``needs_two_classes`` for more than two classes.
    """
    if rows.problem == "multiclass":
        raise NotApplicable("needs_two_classes", "Rates by group are told of models of two classes and of numbers.")
    masks, left_out = groups_of(rows.cells, column)
    groups = [_group(rows, name, value, mask, intervals) for name, value, mask in masks]
    groups = _with_ratios(groups, rows, [mask for _, _, mask in masks])
    # A p-value of 0 counts: of many rows the chance of a clear difference is smaller than any float.
    tests = {
        (at, place): rate.p_value
        for at, group in enumerate(groups)
        for place, rate in enumerate(group.rates)
        if rate.p_value is not None
    }
    stands = dict(zip(tests, found_by_false_discovery(list(tests.values()), LEVEL), strict=True))
    marked = [
        group.model_copy(
            update={
                "rates": [
                    rate.model_copy(update={"differs": stands.get((at, place), False)})
                    for place, rate in enumerate(group.rates)
                ]
            }
        )
        for at, group in enumerate(groups)
    ]
    n_found = sum(stands.values())
    words = _words(column, marked, n_found, is_regression=rows.problem == "regression")
    return Fairness(
        column=column, groups=marked, left_out=left_out, n_tests=len(tests), n_differences=n_found, words=words
    )


def groups_of(frame: pl.DataFrame, column: str) -> tuple[list[tuple[str, Any, Mask]], list[str]]:
    """Name, value and rows of each group with at least 20 rows, and the names of the smaller ones.

    Raises:
        InvalidInput: ``column_unknown``.
        NotApplicable: ``too_few_groups``.
    """
    if column not in frame.columns:
        raise InvalidInput(
            "column_unknown",
            f"There is no column '{column}' to form groups by.",
            column=column,
            fix=f"Choose one of {', '.join(frame.columns[:20])}.",
        )
    pieces = pieces_of(frame, [column])
    large = [(p.name, p.conditions[0]["value"], p.mask) for p in pieces if int(p.mask.sum()) >= SMALLEST]
    if len(large) < 2:
        raise NotApplicable(
            "too_few_groups", f"'{column}' does not have two groups of {SMALLEST} rows or more.", column=column
        )
    return large, [piece.name for piece in pieces if int(piece.mask.sum()) < SMALLEST]


def _group(rows: Rows, name: str, value: Any, mask: Mask, intervals: Any) -> GroupAccount:
    shown = GroupAccount(group=name, value=value, n_rows=int(mask.sum()), share=float(mask.mean()))
    if rows.problem == "regression":
        errors = (rows.target - rows.predictions)[mask]
        told: dict[str, Any] = {"error": float(errors.mean()), "error_interval": mean_bounds(errors)}
        if intervals is not None:
            lower, upper = intervals.bounds(rows.predictions[mask])
            inside = int(np.sum((lower <= rows.target[mask]) & (rows.target[mask] <= upper)))
            told |= {"coverage": inside / errors.size, "coverage_interval": wilson(inside, errors.size)}
        return shown.model_copy(update=told)
    positive = rows.positive()
    gaps = positive[mask] - rows.target[mask]
    return shown.model_copy(
        update={
            "rates": rates(rows.target, positive >= rows.threshold, mask),
            "calibration_gap": float(gaps.mean()),
            "calibration_interval": mean_bounds(gaps),
        }
    )


def rates(target: Any, flagged: Mask, mask: Mask) -> list[Rate]:
    """The three rates of the rows of a group, against all other rows."""
    among: dict[RateName, Mask] = {
        "selection_rate": np.ones(target.size, dtype=np.bool_),
        "true_positive_rate": target == 1,
        "false_positive_rate": target != 1,
    }
    return [_rate(name, flagged, whole & mask, whole & ~mask) for name, whole in among.items()]


def _rate(name: RateName, flagged: Mask, inside: Mask, outside: Mask) -> Rate:
    n_inside, n_outside = int(inside.sum()), int(outside.sum())
    shown = Rate(name=name, title=TITLES[name])
    if not n_inside:
        return shown.model_copy(update={"not_applicable": "The group has no row of this kind."})
    hits, others = int(flagged[inside].sum()), int(flagged[outside].sum())
    told: dict[str, Any] = {"value": hits / n_inside, "interval": wilson(hits, n_inside)}
    if n_outside:
        told |= {
            "others": others / n_outside,
            "difference": hits / n_inside - others / n_outside,
            "difference_interval": newcombe((hits, others), (n_inside, n_outside)),
            "p_value": two_shares_p((hits, others), (n_inside, n_outside)),
        }
    return shown.model_copy(update=told)


def _with_ratios(groups: list[GroupAccount], rows: Rows, masks: list[Mask]) -> list[GroupAccount]:
    """Selection rates over the highest one."""
    if rows.problem == "regression":
        return groups
    flagged = rows.positive() >= rows.threshold
    counts = [(int(flagged[mask].sum()), int(mask.sum())) for mask in masks]
    top = max(counts, key=lambda count: count[0] / count[1])
    if not top[0]:
        return groups
    found = []
    for group, count in zip(groups, counts, strict=True):
        ratio = (count[0] / count[1]) / (top[0] / top[1])
        between: Bounds | None = ratio_bounds((count[0], top[0]), (count[1], top[1])) if count != top else (1.0, 1.0)
        told = {"ratio": ratio, "ratio_interval": between, "below_four_fifths": ratio < FOUR_FIFTHS}
        found.append(group.model_copy(update=told))
    return found


def _words(column: str, groups: list[GroupAccount], n_found: int, *, is_regression: bool) -> ChartStory:
    account = {
        "column": Named(column, "column of the groups", "text"),
        "found": Named(n_found, "rates that differ beyond luck", "integer"),
        "groups": Named(len(groups), "groups", "integer"),
    }
    if is_regression:
        widest = max(groups, key=lambda group: abs(group.error or 0.0))
        low, high = widest.error_interval or (0.0, 0.0)
        account |= {
            "group": Named(str(widest.value), "a group", "text"),
            "error": Named(widest.error, "mean error of the group"),
            "low": Named(low, "lower end of its interval"),
            "high": Named(high, "upper end of its interval"),
        }
        text = "Of the groups of {column}, errors of {group} lean furthest: {error} on average ({low} to {high})."
        return tell(account, text)
    differing = [(abs(rate.difference or 0.0), group, rate) for group in groups for rate in group.rates if rate.differs]
    if differing:
        _, group, rate = max(differing, key=lambda item: item[0])
        low, high = rate.difference_interval or (0.0, 0.0)
        account |= {
            "rate": Named(rate.title, "a rate", "text"),
            "group": Named(str(group.value), "a group", "text"),
            "value": Named(rate.value, "the rate in the group", "percent"),
            "others": Named(rate.others, "the rate in the other groups", "percent"),
            "low": Named(low, "lower end of the difference", "percent"),
            "high": Named(high, "upper end of the difference", "percent"),
            "zero": Named(0.0, "a difference of zero", "percent"),
        }
        text = "By {column}, the {rate} is {value} for {group} and {others} for the others: beyond luck."
        return tell(account, (text, beyond("zero", "low", "high"), "interval"))
    text = "By {column}, none of the rates of {groups} groups differs beyond luck."
    return tell(account, (text, absent("found"), "presence"))
