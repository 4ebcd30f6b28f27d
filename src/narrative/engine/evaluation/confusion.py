"""Answers against the truth, cell by cell, each with the rows that are in it; and what the answers cost."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.curves import Band
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.telling import Named, absent, among, beyond, tell
from narrative.engine.evaluation.uncertainty import NORMAL_95, wilson
from narrative.engine.scores.base import confusion_matrix, decide
from narrative.engine.story.types import ChartStory
from narrative.engine.training.imbalance_types import CostReport, Costs
from narrative.engine.training.threshold import cheapest_threshold, cost_report
from narrative.engine.types import FloatArray, Label

SHOWN_ROWS: Final = 200
CUTS: Final = 49


class Cell(BaseModel):
    """Rows of one class that got one answer.

    ``share`` is of the rows of the class, with its interval; ``baseline`` is the share of all rows that got the
    answer: what the cell would hold if answers had nothing to do with the truth. ``rows`` are positions in the given
    table (from 0), at most 200.
    """

    model_config = ConfigDict(frozen=True)
    actual: Label
    answered: Label
    n_rows: int
    share: float | None
    interval: tuple[float, float]
    baseline: float
    rows: list[int]


class Confusion(BaseModel):
    """All cells, rows of one class after the other, in the order of the classes."""

    model_config = ConfigDict(frozen=True)
    classes: list[Label]
    threshold: float | None
    cells: list[Cell]
    words: ChartStory


class Money(BaseModel):
    """What answers cost on these rows at every cut, per row, with intervals.

    ``curve``: cut (x) against cost per row (y); its baseline is the cheaper one of answering yes or no to all.
    ``cheapest`` is the cut with the lowest cost; ``tuned`` is what such a cut saves against 0.5 when it is chosen on
    other rows than those it is paid for on.
    """

    model_config = ConfigDict(frozen=True)
    curve: Band
    at_present: CostReport
    cheapest: float
    tuned: CostReport
    words: ChartStory


def confusion(rows: Rows, classes: list[Label]) -> Confusion:
    """The confusion matrix with its rows.

    Raises:
        NotApplicable: ``needs_classes``, ``no_rows``.
    """
    if rows.problem == "regression":
        raise NotApplicable("needs_classes", "Numbers are not right or wrong; there is no confusion of classes.")
    if not rows.size:
        raise NotApplicable("no_rows", "There is no row to score.")
    answers = decide(rows.predictions, rows.threshold)
    counts = confusion_matrix(rows.target, answers, len(classes))
    cells = []
    for actual, label in enumerate(classes):
        whole = int(counts[actual].sum())
        for answered, answer in enumerate(classes):
            own = np.flatnonzero((rows.target == actual) & (answers == answered))
            cells.append(
                Cell(
                    actual=label,
                    answered=answer,
                    n_rows=int(own.size),
                    share=own.size / whole if whole else None,
                    interval=wilson(int(own.size), whole),
                    baseline=float(counts[:, answered].sum() / rows.size),
                    rows=[int(row) for row in np.sort(rows.positions[own])[:SHOWN_ROWS]],
                )
            )
    cut = rows.threshold if rows.problem == "binary" else None
    return Confusion(classes=classes, threshold=cut, cells=cells, words=_words(cells, rows.size))


def money(rows: Rows, costs: Costs, *, seed: int = 42) -> Money:
    """What every cut costs.

    Raises:
        NotApplicable: ``needs_two_classes``, ``too_few_rows``.
    """
    positive = rows.positive()
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    best = cheapest_threshold(rows.target, positive, costs)
    even = np.quantile(positive, np.linspace(0.0, 1.0, CUTS))
    cuts = np.unique(np.r_[np.round(even, 6), 0.5, rows.threshold, best])
    spent = [_spent(rows.target, positive, cut, costs) for cut in cuts]
    means = np.array([each.mean() for each in spent])
    widths = np.array([NORMAL_95 * each.std() / np.sqrt(each.size) for each in spent])
    share = float(np.mean(rows.target == 1))
    blind = min(costs.false_positive * (1 - share), costs.false_negative * share)
    curve = Band(
        x_title="cut",
        y_title="cost per row",
        x=[float(cut) for cut in cuts],
        y=[float(value) for value in means],
        low=[float(value) for value in np.maximum(means - widths, 0.0)],
        high=[float(value) for value in means + widths],
        baseline=[blind] * cuts.size,
    )
    present = cost_report(rows.target, positive, rows.threshold, costs, tuned_on_these=False, seed=seed)
    tuned = cost_report(rows.target, positive, best, costs, tuned_on_these=True, seed=seed)
    words = _money_words(tuned, blind * rows.size)
    return Money(curve=curve, at_present=present, cheapest=best, tuned=tuned, words=words)


def _spent(target: FloatArray, positive: FloatArray, cut: float, costs: Costs) -> FloatArray:
    yes = positive >= cut
    return np.asarray(
        costs.false_positive * (yes & (target != 1)) + costs.false_negative * (~yes & (target == 1)), dtype=np.float64
    )


def _words(cells: list[Cell], n_rows: int) -> ChartStory:
    """The commonest mistake."""
    wrong = [cell for cell in cells if cell.actual != cell.answered]
    worst = max(wrong, key=lambda cell: cell.n_rows)
    low, high = worst.interval
    account = {
        "mistakes": Named(sum(cell.n_rows for cell in wrong), "mistakes", "integer"),
        "n": Named(n_rows, "rows evaluated", "integer", "rows"),
        "actual": Named(str(worst.actual), "the true class", "text"),
        "answered": Named(str(worst.answered), "the answer", "text"),
        "count": Named(worst.n_rows, "rows of that mistake", "integer", "rows"),
        "share": Named(worst.share, "share of the rows of the class", "percent"),
        "low": Named(low, "lower end of its interval", "percent"),
        "high": Named(high, "upper end of its interval", "percent"),
    }
    for place, cell in enumerate(wrong):
        account[f"other_{place}"] = Named(cell.n_rows, "rows of another mistake", "integer", "rows")
    largest = {"op": "max", "fact": "count", "among": ["count", *(f"other_{place}" for place in range(len(wrong)))]}
    text = "Its largest mistake: {answered} for {share} ({low} to {high}) of the rows of {actual}, {count:unit}."
    whole = {"op": "all", "of": [largest, among("share", "low", "high")]}
    return tell(
        account,
        ("It made no mistake on {n:unit}.", absent("mistakes"), "presence"),
        (text, whole, "rank"),
    )


def _money_words(tuned: CostReport, blind: float) -> ChartStory:
    low, high = tuned.saved_interval
    account = {
        "cut": Named(tuned.threshold, "the cheapest cut", "percent"),
        "cost": Named(tuned.cost, "cost with cuts chosen on other rows", "money"),
        "half": Named(tuned.cost_at_half, "cost with the cut in the middle", "money"),
        "saved": Named(tuned.saved, "saved by the cut", "money"),
        "low": Named(low, "lower end of what is saved", "money"),
        "high": Named(high, "upper end of what is saved", "money"),
        "blind": Named(blind, "cost of the cheaper answer to every row", "money"),
        "zero": Named(0.0, "nothing", "money"),
        "n": Named(tuned.rows, "rows evaluated", "integer", "rows"),
    }
    text = "Cut at {cut}, answers to {n:unit} cost {cost}; cut in the middle {half}, the same answer to all {blind}"
    return tell(
        account,
        (f"{text}. The saving of {{saved}} is beyond luck ({{low}} to {{high}}).", beyond("zero", "low", "high"),
         "interval"),
        (f"{text}. The saving of {{saved}} may be luck ({{low}} to {{high}}).", among("zero", "low", "high"),
         "interval"),
    )  # fmt: skip
