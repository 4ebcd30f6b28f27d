"""Which learners make up the model, with which shares; and predictions that no row had a say in.

Bagged greedy selection: for every bag (a bootstrap sample of the out-of-fold rows) members are added one by one, with
replacement, as long as the loss falls; then slope and offsets are fitted. The model's shares are the mean over the
bags. A row's own prediction is the mean over those bags only that did not draw it, so choosing, weighing and
calibrating are part of what is scored, and the score is that of exactly these predictions.

Source: Caruana et al. (2004), "Ensemble selection from libraries of models", ICML (greedy, with replacement, bagged);
Tsamardinos, Greasidou & Borboudakis (2018), "Bootstrapping the out-of-sample predictions for efficient and accurate
cross-validation", Machine Learning 107 (BBC-CV: correcting for the choice by rows left out of the bootstrap).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.log_loss import SMALLEST
from narrative.engine.training.calibration import fit_calibration, probabilities
from narrative.engine.types import FloatArray, IntArray, Problem

BAGS: Final = 20
LEAST_BAGS: Final = 6
ROUNDS: Final = 25
MAX_MEMBERS: Final = 4
LEAST_SHARE: Final = 0.05
FINALISTS: Final = 5
"""Only so many of the best learners compete for a share."""
MAX_NUMBERS: Final = 30_000
MIN_DRAWN: Final = 2_000
"""Numbers (members × rows × outputs) one greedy step looks at, but at least so many rows; more are thinned out."""


@dataclass(frozen=True)
class Combination:
    """Shares of the members (sum 1), the calibration after them, and the unseen-row margins of the whole procedure."""

    shares: FloatArray
    slope: float
    offsets: FloatArray
    margins: FloatArray
    """Calibrated, ``n_rows × n_outputs``; each row by bags that did not draw it."""

    @property
    def members(self) -> list[int]:
        return [int(index) for index in np.flatnonzero(self.shares)]


def combine(
    problem: Problem, margins: FloatArray, target: FloatArray, *, seed: int = 42, metric: str = AUTO
) -> Combination:
    """The best combination of some members, or the best single one when combining does not pay.

    Every bag chooses its own finalists, members and shares, and the rows it left out judge that choice; so the margins
    on unseen rows carry no luck of choosing members, however many compete (only whether combining pays at all is judged
    on these same rows: one choice of two). What is delivered has the members that the
    bags gave most to, weighed once more among themselves.

    Args:
        margins: out-of-fold margins, ``n_repeats × n_members × n_rows × n_outputs``.
        metric: the score that decides whether combining pays. Shares always lower the loss.
    """
    n_members = margins.shape[1]
    losses = [_loss(problem, margins[:, index].mean(axis=0), target) for index in range(n_members)]
    best = int(np.argmin(losses))
    alone = _placed(single(problem, margins[:, best], target, seed=seed), [best], n_members)
    if n_members == 1:
        return alone
    judged_alone = _bagged(problem, margins, target, seed, most_members=1).margins
    several = _bagged(problem, margins, target, seed, most_members=MAX_MEMBERS)
    sign = 1.0 if primary_score(problem, metric).higher_is_better else -1.0
    together, one = (score_or_guess(problem, target, each, metric) for each in (several.margins, judged_alone))
    gain = together - one
    if sign * gain <= 0:
        return replace(alone, margins=judged_alone)
    largest = np.argsort(-several.shares, kind="stable")[:MAX_MEMBERS]
    kept = sorted(int(index) for index in largest if several.shares[index] >= LEAST_SHARE) or [best]
    delivered = _bagged(problem, margins[:, kept], target, seed, most_members=len(kept))
    return replace(_placed(delivered, kept, n_members), margins=several.margins)


def score_or_guess(problem: Problem, target: FloatArray, margins: FloatArray, metric: str = AUTO) -> float:
    """The score that ranks; where these rows hold too little to define it, the value of guessing (nothing, for what is
    neither an area nor a balanced share)."""
    try:
        return primary_score(problem, metric).compute(target, probabilities(problem, margins))
    except NotApplicable:
        return 0.0 if metric in {"average_precision", "f1", "r2"} else 0.5


def single(problem: Problem, margins: FloatArray, target: FloatArray, *, seed: int = 42) -> Combination:
    """One learner alone, calibrated; ``margins`` is ``n_repeats × n_rows × n_outputs``."""
    return _bagged(problem, margins[:, None], target, seed, most_members=1)


def greedy_shares(
    problem: Problem, margins: FloatArray, target: FloatArray, *, seed: int = 42
) -> tuple[FloatArray, FloatArray]:
    """Effective shares (slopes included) and offsets of one greedy selection on all given rows.

    Args:
        margins: ``n_members × n_rows × n_outputs``.
    """
    every: IntArray = np.arange(target.size, dtype=np.int64)
    random = np.random.default_rng(seed)
    return _fit(problem, margins, target, every, random=random, most_members=len(margins))


def _placed(part: Combination, members: list[int], n_members: int) -> Combination:
    shares = np.zeros(n_members)
    shares[members] = part.shares
    return Combination(shares, part.slope, part.offsets, part.margins)


def _bagged(problem: Problem, margins: FloatArray, target: FloatArray, seed: int, *, most_members: int) -> Combination:
    """20 bags; fewer from 1,000 rows upwards, where one bag is as good as the next."""
    n_repeats, n_members, n_rows, n_outputs = margins.shape
    n_bags = int(np.clip(BAGS * 1_000 / n_rows, LEAST_BAGS, BAGS))
    random = np.random.default_rng(seed)
    repeat_of = np.arange(n_rows) % n_repeats  # every row is predicted by one repeat's models, as it will be in use
    total, seen = np.zeros((n_rows, n_outputs)), np.zeros(n_rows)
    shares, offsets, count = np.zeros(n_members), np.zeros(n_outputs), 0
    while count < n_bags * n_repeats or (seen.min() == 0 and count < 20 * n_bags * n_repeats):
        repeat = count % n_repeats
        drawn: IntArray = np.asarray(random.integers(n_rows, size=n_rows), dtype=np.int64)
        own_shares, own_offsets = _fit(
            problem, margins[repeat], target, drawn, random=random, most_members=most_members
        )
        left_out = np.ones(n_rows, dtype=bool)
        left_out[drawn] = False
        left_out &= repeat_of == repeat
        total[left_out] += np.tensordot(own_shares, margins[repeat][:, left_out], axes=1) + own_offsets
        seen[left_out] += 1
        shares, offsets, count = shares + own_shares, offsets + own_offsets, count + 1
    shares, offsets = shares / count, offsets / count
    never = seen == 0  # a handful of rows at most (one row, two rows): nothing was left out
    total[never] = np.tensordot(shares, margins[0][:, never], axes=1) + offsets
    slope = float(shares.sum())
    return Combination(shares / slope, slope, offsets, total / np.maximum(seen, 1)[:, None])


def _fit(
    problem: Problem,
    margins: FloatArray,
    target: FloatArray,
    drawn: IntArray,
    *,
    random: np.random.Generator,
    most_members: int,
) -> tuple[FloatArray, FloatArray]:
    """Effective shares (slopes included) and offsets learned from the drawn rows of one repeat."""
    n_members, _, n_outputs = margins.shape
    most = max(MAX_NUMBERS // (min(n_members, FINALISTS) * n_outputs), MIN_DRAWN)
    if drawn.size > most:
        drawn = random.choice(drawn, size=most, replace=False)
    truth = target[drawn]
    losses = [_loss(problem, member[drawn], truth) for member in margins]
    able = np.argsort(losses, kind="stable")[: FINALISTS if most_members > 1 else 1]
    own, shares = margins[np.ix_(able, drawn)], np.zeros(n_members)
    if problem == "regression":
        shares[able] = _cut(_greedy_values(own[:, :, 0] - truth), most_members)
        return shares, np.zeros(1)
    slopes = np.array([fit_calibration(problem, member, truth, with_offsets=False)[0] for member in own])
    given = np.ones(1) if len(able) == 1 else _greedy_classes(problem, own * slopes[:, None, None], truth)
    own_shares = _cut(given, most_members) * slopes
    slope, offsets = fit_calibration(problem, np.tensordot(own_shares, own, axes=1), truth)
    shares[able] = own_shares * slope
    return shares, offsets


def _cut(shares: FloatArray, most_members: int) -> FloatArray:
    """The largest shares only, summing to 1 again."""
    kept = np.argsort(-shares, kind="stable")[:most_members]
    cut = np.zeros_like(shares)
    cut[kept] = shares[kept]
    return np.asarray(cut / cut.sum(), dtype=np.float64)


def _greedy_values(residuals: FloatArray) -> FloatArray:
    """Shares that lower the mean squared error; every step is read off the members' error products."""
    products = residuals @ residuals.T / residuals.shape[1]
    best, best_loss, counts = np.zeros(len(products)), np.inf, np.zeros(len(products))
    for _ in range(ROUNDS):
        trial = counts + np.eye(len(products))
        losses = np.einsum("ij,jk,ik->i", trial, products, trial) / (counts.sum() + 1) ** 2
        pick = int(np.argmin(losses))
        counts[pick] += 1
        if losses[pick] < best_loss * (1 - 1e-9):
            best, best_loss = counts / counts.sum(), float(losses[pick])
    return best


def _greedy_classes(problem: Problem, margins: FloatArray, target: FloatArray) -> FloatArray:
    """Shares that lower the log loss; stops when five additions in a row do not help."""
    n_members = len(margins)
    outputs = np.ascontiguousarray(margins.transpose(0, 2, 1))  # sums over outputs are fast along the first axis
    total, counts = np.zeros(outputs.shape[1:]), np.zeros(n_members)
    best, best_loss, stale = np.zeros(n_members), np.inf, 0
    for size in range(1, ROUNDS + 1):
        losses = [_class_loss(problem, (total + member) / size, target) for member in outputs]
        pick = int(np.argmin(losses))
        total, counts[pick] = total + outputs[pick], counts[pick] + 1
        if losses[pick] < best_loss - 1e-6:
            best, best_loss, stale = counts / size, losses[pick], 0
        else:
            stale += 1
            if stale == 5:
                break
    return best


def _loss(problem: Problem, margins: FloatArray, target: FloatArray) -> float:
    """What greedy selection lowers: mean squared error, or log loss straight from margins (``n_rows × n_outputs``)."""
    if problem == "regression":
        return float(np.mean((margins[:, 0] - target) ** 2))
    return _class_loss(problem, np.ascontiguousarray(margins.T), target)


def _class_loss(problem: Problem, margins: FloatArray, target: FloatArray) -> float:
    """Log loss from margins, ``n_outputs × n_rows``; a single row costs at most what an impossible event would."""
    if problem == "binary":
        signed = np.where(target == 1, -margins[0], margins[0])
        losses = np.log1p(np.exp(-np.abs(signed))) + np.maximum(signed, 0.0)
    else:
        scaled = margins - margins.max(axis=0)
        losses = np.log(np.exp(scaled).sum(axis=0)) - scaled[target.astype(np.int64), np.arange(target.size)]
    return float(np.mean(np.minimum(losses, -np.log(SMALLEST))))
