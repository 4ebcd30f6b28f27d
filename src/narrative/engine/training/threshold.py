"""From which probability on a case counts as positive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from narrative.core.errors import InvalidInput
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.average_precision import cumulative_counts
from narrative.engine.scores.base import LabelScore
from narrative.engine.training.imbalance_types import CHOICES, CostReport, Costs
from narrative.engine.types import FloatArray, IntArray, Problem

if TYPE_CHECKING:
    from narrative.engine.training.store import RunFolder

STRONG_IMBALANCE: Final = 0.2
"""Below this share of positive rows 0.5 would flag next to nothing."""
PARTS: Final = 5
"""Parts of the rows when the cut is tuned and its cost measured on the same table."""


def check_costs(costs: Costs | None, problem: Problem) -> None:
    """Refuse costs that say nothing about a cut.

    Raises:
        InvalidInput: ``costs_need_two_classes``, ``costs_are_zero``.
    """
    if costs is None:
        return
    if problem != "binary":
        raise InvalidInput(
            "costs_need_two_classes",
            f"Costs of mistakes set the cut between two classes, and this is a {problem} problem.",
            fix="Leave the costs out, or choose a target with two classes.",
        )
    if costs.false_positive == costs.false_negative == 0.0:
        raise InvalidInput(
            "costs_are_zero", "Both mistakes cost 0, so every cut is as good.", fix="Give at least one of them a cost."
        )


def threshold_of_run(folder: RunFolder, target: FloatArray, positive: FloatArray) -> float:
    """The cut by what the user chose for a run: stated costs, the score of answers that ranks, the best F1, or the rule
    for rare classes."""
    choices = folder.read_json(CHOICES) or {}
    costs = choices.get("costs")
    ranking = primary_score("binary", choices.get("metric", AUTO))
    if costs is None and isinstance(ranking, LabelScore):
        cut = ranking.own_cut(np.column_stack([1.0 - positive, positive]))
        return 0.5 if cut is None else cut
    return choose_threshold(
        target,
        positive,
        costs=None if costs is None else Costs(**costs),
        by_f1=choices.get("imbalance") == "threshold",
    )


def choose_threshold(
    target: FloatArray, positive: FloatArray, *, costs: Costs | None = None, by_f1: bool = False
) -> float:
    """The cut with the lowest cost when costs are stated, the best F1 for a rare class, else 0.5.

    Args:
        positive: calibrated probability of the positive class of rows the model has not seen.
        by_f1: the best F1 also for a class that is not rare.

    The cut stands half way between two neighbouring probabilities, so that rounding cannot tip it.
    """
    share = float(np.mean(target == 1))
    if share == 0.0:
        return 0.5
    if costs is not None:
        return cheapest_threshold(target, positive, costs)
    if share >= STRONG_IMBALANCE and not by_f1:
        return 0.5
    found, flagged = cumulative_counts(target, positive)
    f1 = 2.0 * found / (flagged + found[-1])
    return float(_cuts(positive)[1:][int(np.argmax(f1))])


def cheapest_threshold(target: FloatArray, positive: FloatArray, costs: Costs) -> float:
    """The cut with the lowest total cost on these rows; of several such, the one nearest to what the costs alone say.

    Source: Elkan (2001), "The foundations of cost-sensitive learning", IJCAI, equation 2: with probabilities that mean
    what they say, the best cut is false_positive / (false_positive + false_negative).
    """
    ideal = ideal_threshold(costs)
    found, flagged = (np.concatenate([[0.0], each]) for each in cumulative_counts(target, positive))
    total = costs.false_positive * (flagged - found) + costs.false_negative * (found[-1] - found)
    cuts = _cuts(positive)
    possible = cuts <= 1.0
    best = np.flatnonzero(possible & (total <= total[possible].min() * (1.0 + 1e-12)))
    return float(cuts[best[np.argmin(np.abs(cuts[best] - ideal))]])


def ideal_threshold(costs: Costs) -> float:
    """The best cut for exact probabilities; 0.5 when no mistake costs anything."""
    both = costs.false_positive + costs.false_negative
    return costs.false_positive / both if both > 0.0 else 0.5


def cost_report(
    target: FloatArray, positive: FloatArray, threshold: float, costs: Costs, *, tuned_on_these: bool, seed: int = 42
) -> CostReport:
    """What answers cost on rows the model had not seen.

    Args:
        tuned_on_these: the cut was tuned on these very rows (cross-validation). Then each fifth of them is answered
            with a cut tuned on the others, so that the saving is not flattered by the choice.
    """
    cuts = np.full(target.size, threshold)
    if tuned_on_these:
        for part in _parts(target, seed):
            others = np.setdiff1d(np.arange(target.size), part)
            cuts[part] = choose_threshold(target[others], positive[others], costs=costs)
    own, half = (_row_costs(target, positive, cut, costs) for cut in (cuts, np.full(target.size, 0.5)))
    return CostReport(
        false_positive=costs.false_positive,
        false_negative=costs.false_negative,
        threshold=threshold,
        rows=target.size,
        cost=float(own.sum()),
        cost_at_half=float(half.sum()),
        saved=float((half - own).sum()),
        saved_interval=_interval(half - own),
    )


def _row_costs(target: FloatArray, positive: FloatArray, cuts: FloatArray, costs: Costs) -> FloatArray:
    says_yes = positive >= cuts
    wrong_yes, wrong_no = says_yes & (target != 1), ~says_yes & (target == 1)
    return np.asarray(costs.false_positive * wrong_yes + costs.false_negative * wrong_no, dtype=np.float64)


def _interval(costs: FloatArray) -> tuple[float, float]:
    """95 % interval of the sum over as many rows (normal, from the spread of the rows)."""
    total, error = float(costs.sum()), float(costs.std() * np.sqrt(costs.size))
    return total - 1.96 * error, total + 1.96 * error


def _parts(target: FloatArray, seed: int) -> list[IntArray]:
    """Rows dealt out evenly by class."""
    shuffled = np.random.default_rng(seed).permutation(target.size)
    dealt = shuffled[np.argsort(target[shuffled], kind="stable")]
    return [np.sort(dealt[start::PARTS]) for start in range(min(PARTS, target.size))]


def _cuts(positive: FloatArray) -> FloatArray:
    """Cuts that flag nothing, the highest probability, the two highest …; above 1 where nothing can be left out."""
    cuts = np.unique(positive)[::-1]
    above = (cuts[0] + 1.0) / 2.0 if cuts[0] < 1.0 else np.inf
    return np.concatenate([[above], (cuts + np.append(cuts[1:], 0.0)) / 2.0])
