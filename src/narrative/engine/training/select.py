"""From finished folds to the make-up of the model. The child does it; after a kill the parent does it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.mixing import Vote
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.base import Score
from narrative.engine.scores.intervals import paired_difference
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.combine import Combination, combine, score_or_guess
from narrative.engine.training.splits import Split
from narrative.engine.training.store import RunFolder
from narrative.engine.training.threshold import threshold_of_run
from narrative.engine.types import FloatArray, IntArray, Problem

BASELINE: Final = "baseline"
LEAST_COMPETING: Final = 3
"""A choice is made on the folds that so many have finished, when there are so many."""
CLEARLY: Final = 2.0
"""Standard errors by which a trial with fewer folds must be better to be chosen on these alone."""
MOST_COMPETING: Final = 30
"""Trials that the choice looks at: the best of them by the mean over the common folds."""
NEEDED_SHARE: Final = 0.01
"""A model may do without a member that makes less of a difference than this part of what it knows."""


@dataclass(frozen=True)
class Selection:
    """Members with their shares (sum 1), the calibration, and the unseen-row predictions that led there.

    ``rows`` are positions among the used rows; ``margins`` belong to them.
    """

    trials: list[str]
    shares: list[float]
    slope: float
    offsets: FloatArray
    threshold: float | None
    rows: IntArray
    margins: FloatArray
    score: float
    n_folds: int
    vote: Vote = "margins"

    def to_dict(self) -> dict[str, Any]:
        """What the plan of the result records."""
        return {
            **({} if self.vote == "margins" else {"vote": self.vote}),
            "members": dict(zip(self.trials, self.shares, strict=True)),
            "slope": self.slope,
            "offsets": self.offsets.tolist(),
            "threshold": self.threshold,
            "folds": self.n_folds,
            "score": self.score,
        }


def write_selection(folder: RunFolder, selection: Selection) -> None:
    """Keep a choice in the folder, so that nobody has to make it again."""
    folder.write_arrays("selection", rows=selection.rows, margins=selection.margins, offsets=selection.offsets)
    rest = {name: value for name, value in vars(selection).items() if name not in {"rows", "margins", "offsets"}}
    folder.write_json("selection", rest)


def read_selection(folder: RunFolder) -> Selection | None:
    """The choice in the folder, or None."""
    facts, arrays = folder.read_json("selection"), folder.read_arrays("selection")
    if facts is None or arrays is None:
        return None
    return Selection(**(facts | arrays))


@dataclass(frozen=True)
class OutOfFold:
    """Margins of some trials on rows their models had not seen: ``n_repeats × n_trials × n_rows × n_outputs``."""

    trials: list[str]
    rows: IntArray
    margins: FloatArray
    n_folds: int


Chosen = tuple[OutOfFold, Combination]


def folds_done(folder: RunFolder, trial: str, n_folds: int) -> list[int]:
    """Folds of a trial that are finished."""
    return [fold for fold in range(n_folds) if folder.has_fit(trial, f"fold_{fold}")]


def out_of_fold(folder: RunFolder, split: Split, trials: Sequence[str], folds: Sequence[int]) -> OutOfFold:
    """Margins of trials that have all the given folds; several repeats only when each is complete."""
    known, per_repeat = set(folds), split.folds_per_repeat
    each = [range(begin, begin + per_repeat) for begin in range(0, len(split.folds), per_repeat)]
    repeats = [list(repeat) for repeat in each if known.issuperset(repeat)]
    if not repeats:  # folds of two repeats would hold some rows twice
        repeats = [max(([fold for fold in repeat if fold in known] for repeat in each), key=len)]
    rows = np.sort(np.concatenate([split.folds[fold].valid for fold in repeats[0]]))
    stacks = []
    for repeat in repeats:
        place = np.argsort(np.concatenate([split.folds[fold].valid for fold in repeat]), kind="stable")
        own = [
            np.concatenate([folder.read_margins(trial, f"fold_{fold}") for fold in repeat])[place] for trial in trials
        ]
        stacks.append(np.stack(own))
    return OutOfFold(list(trials), rows, np.stack(stacks), len(repeats) * len(repeats[0]))


def select(
    folder: RunFolder,
    split: Split,
    problem: Problem,
    values: FloatArray,
    trials: Sequence[str],
    *,
    seed: int,
    without: frozenset[str] = frozenset(),
    metric: str = AUTO,
) -> Selection | None:
    """The best combination of finished trials, or None when not even one fold of one trial is finished.

    Trials compete on the folds that several have finished (:func:`_common_folds`), the best of very many; what they
    make up is only taken instead of one that has finished more folds when it is better on the same rows. The baseline
    only wins alone, when nothing else beats it.

    Args:
        without: trials that must not become members (their refit would not end in time).
        metric: the score that decides; "auto" for that of the problem.
    """
    n_folds, score = len(split.folds), primary_score(problem, metric)
    done = {trial: folds_done(folder, trial, n_folds) for trial in trials if trial not in without}
    done = {trial: folds for trial, folds in done.items() if folds}
    if not done:
        return None

    def chosen_on(folds: Sequence[int]) -> Chosen:
        able = _ablest(folder, score, [trial for trial, own in done.items() if set(folds) <= set(own)], folds)
        found = out_of_fold(folder, split, able, folds)
        return found, _compete(problem, found, values[found.rows], seed, metric)

    common = _common_folds(folder, split, problem, values, done, metric)
    chosen = chosen_on(common)
    most = max((folds for trial, folds in done.items() if trial != BASELINE), key=len, default=common)
    if len(most) > len(common):
        whole = chosen_on(most)
        if not _holds_against(chosen, whole, problem, values, score):
            chosen = whole
    found, best = chosen
    target, able, shares = values[found.rows], found.trials, best.shares
    threshold = None
    if problem == "binary":
        threshold = threshold_of_run(folder, target, probabilities(problem, best.margins)[:, 1])
    return Selection(
        trials=[able[index] for index in best.members],
        shares=[float(shares[index]) for index in best.members],
        slope=best.slope,
        offsets=best.offsets,
        threshold=threshold,
        rows=found.rows,
        margins=best.margins,
        score=score_or_guess(problem, target, best.margins, metric),
        n_folds=found.n_folds,
    )


def _holds_against(few: Chosen, whole: Chosen, problem: Problem, values: FloatArray, score: Score) -> bool:
    """Whether a choice made on few folds is better than one made on more, on the rows of both.

    By luck as well as by merit: it must be better by up to twice the standard error, the more the fewer folds it has.
    """
    rows = np.intersect1d(few[0].rows, whole[0].rows)
    if not rows.size:
        return False
    first, second = (
        probabilities(problem, best.margins[np.searchsorted(found.rows, rows)]) for found, best in (few, whole)
    )
    errors = CLEARLY * (1.0 - few[0].n_folds / whole[0].n_folds)
    return _is_better(score, values[rows], first, second, errors=errors)


def _ablest(folder: RunFolder, score: Score, able: list[str], common: Sequence[int]) -> list[str]:
    """The best of very many trials, in their order; the baseline stays."""
    if len(able) <= MOST_COMPETING:
        return able
    sign = 1.0 if score.higher_is_better else -1.0

    def mean(trial: str) -> float:
        facts = [folder.read_json(f"fit-{trial}-fold_{fold}") or {} for fold in common]
        scores = [float(fact["score"]) for fact in facts if fact.get("score") is not None]
        return sign * float(np.mean(scores)) if scores else -np.inf

    best = set(sorted(able, key=mean, reverse=True)[:MOST_COMPETING]) | {BASELINE}
    return [trial for trial in able if trial in best]


def loses(score: Score, naive: float | None, whole: Selection, rest: Selection) -> bool:
    """Whether ``rest`` knows clearly less than ``whole``: over a hundredth of what that knows beyond the baseline.

    Args:
        naive: score of the baseline.
    """
    known = abs(whole.score - naive) if naive is not None else abs(whole.score)
    worse = whole.score - rest.score
    if not score.higher_is_better:
        worse = -worse
    return worse > NEEDED_SHARE * known


def _compete(problem: Problem, found: OutOfFold, target: FloatArray, seed: int, metric: str) -> Combination:
    """The combination of real candidates, unless the baseline's own score is at least as good."""
    real = [index for index, trial in enumerate(found.trials) if trial != BASELINE]
    base = found.trials.index(BASELINE) if BASELINE in found.trials else None
    if not real:
        return _naive(found.margins[:, 0])
    own = combine(problem, found.margins[:, real], target, seed=seed, metric=metric)
    shares = np.zeros(len(found.trials))
    shares[real] = own.shares
    if base is not None:
        naive = _naive(found.margins[:, base])
        sign = 1.0 if primary_score(problem, metric).higher_is_better else -1.0
        known, guessed = (score_or_guess(problem, target, each.margins, metric) for each in (own, naive))
        gain = known - guessed
        if sign * gain < 0:
            alone = np.zeros(len(found.trials))
            alone[base] = 1.0
            return Combination(alone, naive.slope, naive.offsets, naive.margins)
    return Combination(shares, own.slope, own.offsets, own.margins)


def _naive(margins: FloatArray) -> Combination:
    """The baseline alone, with one prediction for all rows: means of folds that differ by luck must not rank rows."""
    mean = margins.mean(axis=(0, 1))
    return Combination(np.ones(1), 1.0, np.zeros(mean.size), np.tile(mean, (margins.shape[1], 1)))


def _common_folds(  # noqa: PLR0917 - the pieces of one run
    folder: RunFolder, split: Split, problem: Problem, values: FloatArray, done: dict[str, list[int]], metric: str
) -> list[int]:
    """The most folds that several real candidates have finished; those of the one that did best on its first fold when
    it has fewer and is clearly better on the rows it shares with the best of the others."""
    real = [trial for trial in done if trial != BASELINE] or list(done)
    score = primary_score(problem, metric)
    sign = 1.0 if score.higher_is_better else -1.0

    def early(trial: str) -> float:
        fold = done[trial][0]
        return sign * score_or_guess(
            problem, values[split.folds[fold].valid], folder.read_margins(trial, f"fold_{fold}"), metric
        )

    scores = {trial: early(trial) for trial in real}
    best = max(real, key=lambda trial: scores[trial])
    several = sorted((len(done[trial]) for trial in real), reverse=True)[:LEAST_COMPETING][-1]
    whole = [trial for trial in real if len(done[trial]) >= several]
    rival = max(whole, key=lambda trial: scores[trial])
    if best in whole:
        return done[best][:several]
    shared = [fold for fold in done[best] if fold in done[rival]]
    if shared and not _clearly_better(out_of_fold(folder, split, [best, rival], shared), problem, values, score):
        return done[rival][:several]
    return done[best]


def _clearly_better(found: OutOfFold, problem: Problem, values: FloatArray, score: Score) -> bool:
    """Whether the first of two trials is better than the second by more than luck explains."""
    first, second = (probabilities(problem, margins) for margins in found.margins[0])
    return _is_better(score, values[found.rows], first, second, errors=CLEARLY)


def _is_better(score: Score, target: FloatArray, first: FloatArray, second: FloatArray, *, errors: float) -> bool:
    """Whether the first predictions are better by more than so many standard errors; no when that cannot be told."""
    try:
        gain = score.compute(target, first) - score.compute(target, second)
        error = paired_difference(score.name, target, first, second)
    except NotApplicable:
        return False
    return (gain if score.higher_is_better else -gain) > errors * error
