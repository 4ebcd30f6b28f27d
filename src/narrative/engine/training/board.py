"""The leaderboard, read from the finished pieces of a run: the same for the live view and for the result."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import Score
from narrative.engine.scores.intervals import estimate_interval, paired_difference
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.plan import Plan, Trial, available_candidates
from narrative.engine.training.select import BASELINE, folds_done, out_of_fold
from narrative.engine.training.splits import Split
from narrative.engine.training.store import RunFolder
from narrative.engine.training.targets import Target
from narrative.engine.training.types import CandidateReport, CandidateState, CurvePoint

ENSEMBLE: Final = "ensemble"
"""Name of the leaderboard line of the weighted ensemble."""
ENSEMBLE_TITLE: Final = "Ensemble"
ENSEMBLE_SENTENCE: Final = (
    "Averages the predictions of several models with shares chosen on rows they had not seen; "
    "good when different models make different mistakes."
)


@dataclass
class Standing:
    """What is known about one trial so far."""

    folds: list[int] = field(default_factory=list)
    """Finished folds; one without a score (a single class in it) is not among the scored ones."""
    fold_scores: list[float] = field(default_factory=list)
    scored_folds: list[int] = field(default_factory=list)
    fold_seconds: list[float] = field(default_factory=list)
    predict_seconds: float = 0.0
    n_predicted: int = 0
    at: float = 0.0
    """Seconds of the run when the last of these folds was finished."""
    interval: tuple[float, float] | None = None

    @property
    def seconds(self) -> float:
        return sum(self.fold_seconds)

    @property
    def usual_seconds(self) -> float | None:
        """What a fold usually takes: the lower median, because one fit in a busy moment says nothing about the next."""
        return sorted(self.fold_seconds)[(len(self.fold_seconds) - 1) // 2] if self.fold_seconds else None

    @property
    def score(self) -> float | None:
        return float(np.mean(self.fold_scores)) if self.fold_scores else None


def _on_all_folds(standing: Standing, most: Standing) -> float:
    """A score as it would be on the folds of the trial with most of them, by the difference on common folds."""
    of_most = dict(zip(most.scored_folds, most.fold_scores, strict=True))
    gains = [
        score - of_most[fold]
        for fold, score in zip(standing.scored_folds, standing.fold_scores, strict=True)
        if fold in of_most
    ]
    return float(np.mean(most.fold_scores) + np.mean(gains)) if gains else standing.score or 0.0


class Board:
    """Reads fits as they appear; each file is read once."""

    def __init__(self, folder: RunFolder, split: Split, target: Target, plan: Plan) -> None:
        self._folder, self._split = folder, split
        self._problem, self._score, self._values = target.problem, target.score, target.values
        self.plan = plan
        self.n_folds: int = folder.read_json("folds") or plan.n_folds
        """Folds a trial gets."""
        self.trials: list[Trial] = list(plan.trials)
        self.failed: dict[str, str] = {}
        """Trial id -> reason."""
        self._standings: dict[str, Standing] = {}
        self._read: dict[str, int] = {}
        self._changes: dict[str, int] = {}
        self.dropped: dict[str, str] = folder.read_json("dropped") or {}
        """Trial id -> why it gets no more folds."""
        self._sign = 1.0 if self._score.higher_is_better else -1.0
        for extra in folder.read_json("extras") or []:
            self.trials.append(Trial(**extra))
        self.failed |= folder.read_json("failures") or {}

    def add_trial(self, trial: Trial) -> None:
        """One more setting to try; remembered in the folder."""
        self.trials.append(trial)
        own = [vars(each) for each in self.trials[len(self.plan.trials) :]]
        self._folder.write_json("extras", own)

    def fail(self, trial: str, reason: str) -> None:
        """A trial that cannot go on; remembered in the folder."""
        self.failed[trial] = reason
        self._folder.write_json("failures", self.failed)

    def standing(self, trial: str) -> Standing:
        """Scores, times and interval of a trial, from all folds finished so far."""
        changes = self._folder.changes[trial]
        if trial not in self._read or self._changes.get(trial) != changes or not changes:
            folds = folds_done(self._folder, trial, len(self._split.folds))
            if self._read.get(trial) != len(folds):
                self._standings[trial] = self._measure(trial, folds)
                self._read[trial] = len(folds)
            self._changes[trial] = changes
        return self._standings[trial]

    def get_more_folds(self, n_folds: int) -> None:
        """Give trials so many folds; remembered in the folder."""
        self.n_folds = n_folds
        self._folder.write_json("folds", n_folds)

    def drop(self, trial: str, reason: str) -> None:
        """A trial that is not worth more folds; remembered in the folder."""
        self.dropped[trial] = reason
        self._folder.write_json("dropped", self.dropped)

    def known_gain(self) -> float:
        """What the best trial knows beyond the baseline, in the score that ranks; at least a little."""
        ranked, naive = self.ranked(), self.standing(BASELINE).score
        best = self.standing(ranked[0].id).score if ranked else None
        if best is None:
            return 1e-9
        return max(abs(best - naive) if naive is not None else abs(best), 1e-3 * abs(best), 1e-9)

    def adjusted(self) -> dict[str, float]:
        """Scores as they would be on the folds of the trial with most of them; higher is better."""
        ranked = self.ranked()
        if not ranked:
            return {}
        most = self._with_most_folds(ranked)
        return {trial.id: self._sign * _on_all_folds(self.standing(trial.id), most) for trial in ranked}

    def compare(self, best: str, other: str) -> tuple[float, float] | None:
        """How much worse a trial is than another on the rows of their common folds, and the standard error of that;
        None when they have no fold in common, or one with nothing to tell apart."""
        folds = [fold for fold in self.standing(best).folds if fold in self.standing(other).folds]
        if not folds:
            return None
        found = out_of_fold(self._folder, self._split, [best, other], folds)
        score, target = self._score, self._values[found.rows]
        first, second = (probabilities(self._problem, margins) for margins in found.margins[0])
        try:
            worse = self._sign * (score.compute(target, first) - score.compute(target, second))
            return worse, paired_difference(score.name, target, first, second)
        except NotApplicable:
            return None

    def curve(self) -> list[CurvePoint]:
        """The best score over the time, of trials with as many folds as the one with most of them."""
        standings = [self.standing(trial.id) for trial in self.trials]
        most = max((len(standing.fold_scores) for standing in standings), default=0)
        whole = [standing for standing in standings if most and len(standing.fold_scores) == most]
        points: list[CurvePoint] = []
        for standing in sorted(whole, key=lambda standing: standing.at):
            score = standing.score
            if score is not None and (not points or self._sign * (score - points[-1].score) > 0):
                points.append(CurvePoint(seconds=standing.at, score=score))
        return points

    def ranked(self) -> list[Trial]:
        """Trials with a score, best first.

        Folds differ in how hard they are, so a trial that has finished only some is compared on these with the trial
        that has finished most: the first of the ranking is then the one the choice of the model begins with.
        """
        scored = [trial for trial in self.trials if self.standing(trial.id).score is not None]
        real = [trial for trial in scored if trial.candidate != BASELINE] or scored
        if not real:
            return []
        most = self._with_most_folds(real)
        return sorted(scored, key=lambda trial: -self._sign * _on_all_folds(self.standing(trial.id), most))

    def _with_most_folds(self, trials: list[Trial]) -> Standing:
        real = [trial for trial in trials if trial.candidate != BASELINE] or trials
        return self.standing(max(real, key=lambda trial: len(self.standing(trial.id).scored_folds)).id)

    @property
    def metric(self) -> Score:
        """The score that ranks."""
        return self._score

    def reports(
        self, *, running: Set[str] = frozenset(), shares: dict[str, float] | None = None, ended: bool = False
    ) -> list[CandidateReport]:
        """One line per candidate: scored ones best first, then running, waiting, failed and skipped ones.

        A line shows the best setting of its candidate; of one that is delivered, the delivered setting, so that the
        score stands beside the model it belongs to.
        """
        ranked, given = self.ranked(), shares or {}
        shown: dict[str, str] = {}
        for trial in sorted(ranked, key=lambda trial: -given.get(trial.id, 0.0)):  # Stable: the best of equal shares.
            shown.setdefault(trial.candidate, trial.id)
        best = [trial for trial in ranked if shown[trial.candidate] == trial.id]
        lines = [self._line(trial, running, given, ended=ended) for trial in best]
        rest = [trial for trial in self.plan.trials if trial.candidate not in shown]
        lines += [self._line(trial, running, given, ended=ended) for trial in rest]
        lines += [_skipped(name, reason) for name, reason in self.plan.skipped.items()]
        order: dict[CandidateState, int] = {"running": 1, "waiting": 2, "failed": 3, "skipped": 4}
        return sorted(lines, key=lambda line: 0 if line.score is not None else order.get(line.state, 0))

    def mark_ties(self, lines: list[CandidateReport]) -> list[CandidateReport]:
        """Lines whose difference to the leader (paired, on common rows) could be luck, marked as ties."""
        ranked = self.ranked()
        if not ranked:
            return lines
        tied = {trial.candidate for trial in ranked if self._ties(ranked[0], trial)}
        return [line.model_copy(update={"ties_with_best": line.name in tied}) for line in lines]

    def _measure(self, trial: str, folds: list[int]) -> Standing:
        standing = Standing(folds=list(folds))
        for fold in folds:
            facts: dict[str, Any] = self._folder.read_json(f"fit-{trial}-fold_{fold}") or {}
            if facts["score"] is not None:
                standing.fold_scores.append(float(facts["score"]))
                standing.scored_folds.append(fold)
            standing.fold_seconds.append(float(facts["seconds"]))
            standing.predict_seconds += float(facts["predict_seconds"])
            standing.n_predicted += self._split.folds[fold].valid.size
            standing.at = max(standing.at, float(facts.get("at", 0.0)))
        standing.interval = self._interval(trial, folds, standing.score)
        return standing

    def _interval(self, trial: str, folds: list[int], score: float | None) -> tuple[float, float] | None:
        """Interval of the true score, from all out-of-fold rows together, moved to the mean of the folds.

        The move matters where folds differ in level: pooled, one constant per fold ranks rows, though within a fold it
        cannot. A constant's own area is exactly one half, whatever the rows.
        """
        metric = self._score
        if score is None:
            return None
        if metric.name == "roc_auc" and self._is_constant(trial):
            return score, score
        found = out_of_fold(self._folder, self._split, [trial], folds)
        target = self._values[found.rows]
        predictions = probabilities(self._problem, found.margins[0, 0])
        try:
            low, high = estimate_interval(metric.name, target, predictions)
            move = score - metric.compute(target, predictions)
        except NotApplicable:
            return None
        return max(low + move, metric.lowest), min(high + move, metric.highest)

    def _is_constant(self, trial: str) -> bool:
        return any(each.id == trial and each.candidate == BASELINE for each in self.trials)

    def _ties(self, best: Trial, other: Trial) -> bool:
        if other.id == best.id:
            return True
        if not set(self.standing(best.id).folds) & set(self.standing(other.id).folds):
            return False
        compared = self.compare(best.id, other.id)
        return compared is None or abs(compared[0]) <= 1.96 * compared[1]

    def _line(self, trial: Trial, running: Set[str], shares: dict[str, float], *, ended: bool) -> CandidateReport:
        candidate, standing = available_candidates()[trial.candidate], self.standing(trial.id)
        own = [each for each in self.trials if each.candidate == trial.candidate]
        done = len(standing.fold_scores)
        is_over = done >= self.n_folds or trial.id in self.dropped
        state: CandidateState = "finished" if done and (is_over or ended) else "waiting"
        reason = self.dropped.get(trial.id)
        if running & {each.id for each in own}:
            state = "running"
        elif trial.id in self.failed and not done:
            state, reason = "failed", self.failed[trial.id]
        elif ended and not done:
            state, reason = "skipped", "The time was over before its turn."
        elif done and trial.id in self.failed:
            reason = self.failed[trial.id]
        return CandidateReport(
            name=trial.candidate,
            title=candidate.title,
            sentence=candidate.sentence,
            state=state,
            score=standing.score,
            interval=standing.interval,
            fold_scores=standing.fold_scores,
            folds_done=done,
            folds=self.n_folds,
            seconds=sum(self.standing(each.id).seconds for each in own),
            predict_ms_per_row=1000 * standing.predict_seconds / standing.n_predicted if standing.n_predicted else None,
            weight=sum(shares.get(each.id, 0.0) for each in own),
            settings=trial.settings,
            reason=reason,
        )


def _skipped(name: str, reason: str) -> CandidateReport:
    candidate = available_candidates()[name]
    return CandidateReport(
        name=name, title=candidate.title, sentence=candidate.sentence, state="skipped", reason=reason
    )
