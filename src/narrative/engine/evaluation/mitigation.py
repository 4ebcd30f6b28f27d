"""Evening out rates between groups, by cuts of their own or by weights of rows, and what that costs."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.groups import groups_of
from narrative.engine.evaluation.pieces import Mask
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.telling import Named, among, tell
from narrative.engine.evaluation.uncertainty import mean_bounds, wilson
from narrative.engine.story.types import ChartStory
from narrative.engine.training.imbalance_types import Costs
from narrative.engine.types import FloatArray, IntArray

Aim = Literal["selection_rate", "true_positive_rate"]
LEAST_ROWS: Final = 200


class GroupCut(BaseModel):
    """The cut of a group, chosen on one half of the rows, and its rate on the other, before and after."""

    model_config = ConfigDict(frozen=True)
    group: str
    threshold: float
    before: float | None
    before_interval: tuple[float, float]
    after: float | None
    after_interval: tuple[float, float]


class Mitigation(BaseModel):
    """Cuts by group that even out a rate.

    ``gap_before`` and ``gap_after`` are the widest difference of the rate between two groups, on rows that did not help
    to choose the cuts. ``cost`` is what a row costs more than before (a share of wrong answers without stated costs),
    with its 95 % interval; ``cost_before`` is the baseline.
    """

    model_config = ConfigDict(frozen=True)
    aim: Aim
    groups: list[GroupCut]
    n_rows: int
    gap_before: float
    gap_after: float
    cost_before: float
    cost: float
    cost_interval: tuple[float, float]
    in_money: bool
    words: ChartStory


def even_out(
    rows: Rows, column: str, *, aim: Aim = "true_positive_rate", costs: Costs | None = None, seed: int = 42
) -> Mitigation:
    """Cuts by group that give each the rate of all rows, and what they cost.

    Half of the rows choose the cuts; the other half tells what they do.

    Raises:
        NotApplicable: ``needs_two_classes``, ``too_few_rows``, ``too_few_groups``.

    Source: Hardt, Price & Srebro (2016), "Equality of opportunity in supervised learning", NeurIPS.
    """
    positive = rows.positive()
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"It takes {LEAST_ROWS} rows to choose cuts and to tell what they cost.")
    groups, _ = groups_of(rows.cells, column)
    order = np.random.default_rng(seed).permutation(rows.size)
    choosing, paying = order[: rows.size // 2], order[rows.size // 2 :]
    counts = np.ones(rows.size, dtype=np.bool_) if aim == "selection_rate" else rows.target == 1
    wanted = _rate(positive >= rows.threshold, counts, choosing)
    cuts = np.full(rows.size, rows.threshold)
    told = []
    for name, _, mask in groups:
        own = choosing[mask[choosing] & counts[choosing]]
        cut = _cut_for(positive[own], wanted, rows.threshold)
        cuts[mask] = cut
        theirs = paying[mask[paying] & counts[paying]]
        told.append(_group(name, cut, positive[theirs], rows.threshold))
    before, after = (
        [value for each in told if (value := getattr(each, when)) is not None] for when in ("before", "after")
    )
    spent = _spent(rows.target, positive, np.full(rows.size, rows.threshold), costs)[paying]
    more = _spent(rows.target, positive, cuts, costs)[paying] - spent
    low, high = mean_bounds(more)
    gaps = (max(before) - min(before), max(after) - min(after)) if before else (0.0, 0.0)
    return Mitigation(
        aim=aim,
        groups=told,
        n_rows=int(paying.size),
        gap_before=gaps[0],
        gap_after=gaps[1],
        cost_before=float(spent.mean()),
        cost=float(more.mean()),
        cost_interval=(low, high),
        in_money=costs is not None,
        words=_words(gaps, float(more.mean()), (low, high), in_money=costs is not None),
    )


def even_weights(target: FloatArray, groups: list[Any]) -> FloatArray:
    """Weight of each row with which class and group are independent: learn with it to even out selection rates.

    Source: Kamiran & Calders (2012), "Data preprocessing techniques for classification without discrimination",
    Knowledge and Information Systems 33 (reweighing).
    """
    names, place = np.unique([str(group) for group in groups], return_inverse=True)
    classes, kind = np.unique(target, return_inverse=True)
    joint = np.zeros((names.size, classes.size))
    np.add.at(joint, (place, kind), 1.0)
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True) / target.size
    return np.asarray((expected / np.where(joint > 0, joint, 1.0))[place, kind], dtype=np.float64)


def _cut_for(positive: FloatArray, wanted: float, present: float) -> float:
    """The cut that flags about a share ``wanted`` of these rows, half way between two of them."""
    if not positive.size:
        return present
    ordered = np.sort(positive)[::-1]
    flagged = int(np.clip(round(wanted * ordered.size), 0, ordered.size))
    if flagged == 0:
        return float(np.nextafter(ordered[0], np.inf))
    if flagged == ordered.size:
        return float(ordered[-1])
    return float((ordered[flagged - 1] + ordered[flagged]) / 2.0)


def _rate(flagged: Mask, counts: Mask, part: IntArray) -> float:
    whole = int(counts[part].sum())
    return float((flagged & counts)[part].sum() / whole) if whole else 0.0


def _group(name: str, cut: float, positive: FloatArray, present: float) -> GroupCut:
    """What a cut does to the rate among some rows of the group."""
    hits = [int((positive >= limit).sum()) for limit in (present, cut)]
    shares = [hit / positive.size if positive.size else None for hit in hits]
    return GroupCut(
        group=name,
        threshold=cut,
        before=shares[0],
        before_interval=wilson(hits[0], positive.size),
        after=shares[1],
        after_interval=wilson(hits[1], positive.size),
    )


def _spent(target: FloatArray, positive: FloatArray, cuts: FloatArray, costs: Costs | None) -> FloatArray:
    """What each answer costs; without stated costs every mistake costs 1."""
    wrong_yes = (positive >= cuts) & (target != 1)
    wrong_no = (positive < cuts) & (target == 1)
    yes, no = (1.0, 1.0) if costs is None else (costs.false_positive, costs.false_negative)
    return np.asarray(yes * wrong_yes + no * wrong_no, dtype=np.float64)


def _words(gaps: tuple[float, float], cost: float, bounds: tuple[float, float], *, in_money: bool) -> ChartStory:
    form: Literal["money", "percent"] = "money" if in_money else "percent"
    account = {
        "before": Named(gaps[0], "widest gap between groups with a common cut", "percent"),
        "after": Named(gaps[1], "widest gap with cuts of their own", "percent"),
        "cost": Named(cost, "what a row costs on top", form),
        "low": Named(bounds[0], "lower end of that", form),
        "high": Named(bounds[1], "upper end of that", form),
    }
    what = "the cost of a row" if in_money else "the share of wrong answers"
    text = (
        f"Cuts by group take the gap from {{before}} to {{after}} and change {what} by {{cost}} ({{low}} to {{high}})."
    )
    return tell(account, (text, among("cost", "low", "high"), "interval"))
