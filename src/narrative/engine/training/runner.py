"""The child's work: the plan fold by fold, then choice, refits and importance; every piece goes to the folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from narrative.engine.training.fitting import grown
from narrative.engine.training.importance_phase import measure_importance
from narrative.engine.training.models import ALL, DEVELOPMENT
from narrative.engine.training.plan import Trial, is_quick
from narrative.engine.training.select import BASELINE, Selection, folds_done, loses, select, write_selection
from narrative.engine.training.session import Session
from narrative.engine.types import IntArray

IMPORTANCE_SHARE: Final = 0.08
"""Part of the time kept for permutation importance."""
MOST_RESERVED: Final = 0.5
"""Refits never claim more than this part of the time; slower members are left out instead."""
LEAST_ROUNDS_SHARE: Final = 0.6
"""A last fit on all rows that the clock cuts short after this part of its rounds still counts."""
REFIT_COST: Final = 1.5
"""A refit against a fold's fit: more rows, more rounds, and some safety."""


class Runner:
    """Works through a plan as far as the time reaches. What is finished is on disk, and is not done again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        setup = session.setup
        self._scores_on_development = not setup.split.is_small and setup.plan.score_scope == DEVELOPMENT

    def run(self) -> None:
        """All phases."""
        session = self._session
        session.say("preparing", "Preparing the table for training")
        self._folds(session.setup.plan.tasks())
        self._folds(self._extra_tasks())
        session.say("combining", "Choosing and weighing the best models")
        selection = self._affordable()
        if selection is None:
            return
        self._refit(selection)
        session.folder.write_json("end", {"truncated": session.is_truncated})
        session.say("explaining", "Measuring what each column contributes")
        measure_importance(session, selection)

    def _folds(self, tasks: Iterable[tuple[Trial, int]]) -> None:
        session = self._session
        for trial, fold in tasks:
            estimate = session.estimate(trial)
            if trial.id in session.board.failed:
                session.meter.skipped(estimate)
                continue
            if session.folder.has_fit(trial.id, f"fold_{fold}"):
                session.meter.finished(estimate, session.expected(trial))
                continue
            expected = session.expected(trial)
            left = session.deadline.remaining() - self._reserve(trial, expected)
            is_first_step = is_quick(trial.candidate) and fold == 0
            if left < 0.8 * expected and not is_first_step:
                session.is_truncated = True
                session.meter.skipped(estimate)
                continue
            self._fold(trial, fold, max(left, 0.3))

    def _fold(self, trial: Trial, fold: int, left: float) -> None:
        """One fold; it may take four times its estimate at this machine's speed, and a seventh of the time anyway."""
        session = self._session
        title = session.candidates[trial.candidate].title
        where = f"{title}, fold {fold + 1} of {session.setup.plan.n_folds}"
        session.say("training", where, running=trial.id)
        rows = session.setup.split.folds[fold]
        most = max(4.0 * session.estimate(trial) * max(session.meter.speed, 1.0), session.setup.seconds / 7.0)
        fit = session.fit(trial, f"fold_{fold}", rows.train, rows.valid, rounds=None, seconds=min(left, most))
        session.is_truncated |= fit is not None and fit.stopped_by_deadline
        session.say("training", where if fit is None else f"{where}: done", running=trial.id)

    def _extra_tasks(self) -> Iterator[tuple[Trial, int]]:
        """Further settings of the best candidates: the second setting of each, best first, then the third …"""
        session = self._session
        plan, split = session.setup.plan, session.setup.split
        extras = session.board.trials[len(plan.trials) :] or self._extras()
        for trial in extras[: plan.extras]:
            if trial not in session.board.trials:
                session.board.add_trial(trial)
            for fold in range(len(split.folds)):
                yield trial, fold

    def _extras(self) -> list[Trial]:
        session = self._session
        n_rows, n_features = session.setup.split.folds[0].train.size, 2 * session.setup.frame.width
        tunable = [trial for trial in session.board.ranked() if not is_quick(trial.candidate)]
        settings = {
            trial.candidate: session.candidates[trial.candidate].settings(
                session.setup.target.problem, n_rows, n_features
            )
            for trial in tunable
        }
        return [
            Trial(f"{best.candidate}-{variation + 1}", best.candidate, settings[best.candidate][variation], variation)
            for variation in range(1, max(map(len, settings.values()), default=0))
            for best in tunable
            if variation < len(settings[best.candidate])
        ]

    def _affordable(self) -> Selection | None:
        """The best combination whose refits end in time.

        When they do not, the fit on the development rows goes first (the models of the first fold are scored then; they
        learned from fewer rows, so the score errs on the safe side), then the member that is costliest for its share,
        unless the model needs it: then the models of the first fold are delivered as they are.
        """
        session = self._session
        without: set[str] = set()
        selection = self._select(without)
        while selection is not None:
            left = session.deadline.remaining() - 0.5 * IMPORTANCE_SHARE * session.setup.seconds
            cost = {name: session.expected(session.trial(name)) * REFIT_COST for name in selection.trials}
            if sum(cost.values()) * (2.0 if self._scores_on_development else 1.0) <= left:
                break
            session.is_truncated = True
            self._scores_on_development = False
            if sum(cost.values()) <= left or len(selection.trials) == 1:
                break
            shares = dict(zip(selection.trials, selection.shares, strict=True))
            costliest = max(cost, key=lambda name: cost[name] / shares[name])
            rest = self._select(without | {costliest})
            naive = session.board.standing(BASELINE).score
            if rest is None or loses(session.setup.target.problem, naive, selection, rest):
                break
            without.add(costliest)
            selection = rest
        if selection is not None:
            write_selection(session.folder, selection)
        return selection

    def _select(self, without: set[str]) -> Selection | None:
        setup = self._session.setup
        return select(
            self._session.folder,
            setup.split,
            setup.target.problem,
            setup.target.values,
            [trial.id for trial in self._session.board.trials],
            seed=setup.seed,
            without=frozenset(without),
        )

    def _refit(self, selection: Selection) -> None:
        """Members fitted on the development part for the score (when the plan says so), then on all rows."""
        setup = self._session.setup
        if self._scores_on_development:
            self._fit_scope(selection, DEVELOPMENT, setup.split.development, setup.split.test)
        every = np.arange(setup.target.values.size, dtype=np.int64)
        self._fit_scope(selection, ALL, every, np.zeros(0, dtype=np.int64))

    def _fit_scope(self, selection: Selection, scope: str, train: IntArray, other: IntArray) -> None:
        """All members, or as many as the time allows; only a scope that is complete is used."""
        session = self._session
        what = "the development rows" if scope == DEVELOPMENT else "all rows"
        for name in selection.trials:
            if session.folder.has_fit(name, scope):
                continue
            trial, left = session.trial(name), session.deadline.remaining()
            if trial.id in session.board.failed or left < 0.7 * session.expected(trial):
                session.is_truncated |= trial.id not in session.board.failed
                return
            session.say("scoring", f"{session.candidates[trial.candidate].title}: fitting {what}", running=name)
            rounds = self._rounds(trial, train.size)
            # More rows at somewhat fewer rounds are better than fewer rows; what is scored is never shortened.
            least = LEAST_ROUNDS_SHARE * rounds if scope == ALL and rounds else float("inf")
            fit = session.fit(trial, scope, train, other, rounds=rounds, seconds=left, least_rounds=least)
            session.is_truncated |= fit is not None and fit.stopped_by_deadline
            if not session.folder.has_fit(name, scope):
                return

    def _rounds(self, trial: Trial, n_rows: int) -> int | None:
        """Mean rounds of the folds (larger windows of a time split count more), grown with the rows."""
        session = self._session
        counts, sizes = [], []
        for fold in folds_done(session.folder, trial.id, len(session.setup.split.folds)):
            facts = session.folder.read_json(f"fit-{trial.id}-fold_{fold}")
            if facts is not None and facts["rounds"] is not None:
                counts.append(float(facts["rounds"]))
                sizes.append(float(session.setup.split.folds[fold].train.size))
        if not counts:
            return None
        return grown(float(np.average(counts, weights=sizes)), n_rows / float(np.average(sizes, weights=sizes)))

    def _refit_seconds(self, trial: Trial) -> float:
        """Seconds for all refits of a member."""
        return self._session.expected(trial) * REFIT_COST * (2.0 if self._scores_on_development else 1.0)

    def _reserve(self, trial: Trial, expected: float) -> float:
        """Seconds kept for what follows the folds: refits of the likely members, their views, importance."""
        session = self._session
        ranked = [each for each in session.board.ranked() if each.candidate != BASELINE][:3]
        refits = sum(self._refit_seconds(each) for each in ranked)
        if trial not in ranked and len(ranked) < 3:
            refits += expected * REFIT_COST
        views = 3.0 * session.view_seconds * (2.0 if self._scores_on_development else 1.0)
        total = session.setup.seconds
        return min(refits + views, MOST_RESERVED * total) + IMPORTANCE_SHARE * total
