"""The child's work: fold after fold as the search asks for them, then choice, last fits and importance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from narrative.engine.training.fitting import grown
from narrative.engine.training.importance_phase import measure_importance
from narrative.engine.training.lanes import Lanes
from narrative.engine.training.limits import broken_by, cost_of, too_heavy
from narrative.engine.training.models import ALL, DEVELOPMENT
from narrative.engine.training.plan import Trial
from narrative.engine.training.replay import Replay
from narrative.engine.training.search import Search
from narrative.engine.training.select import BASELINE, Selection, folds_done, loses, select, write_selection
from narrative.engine.training.session import Session
from narrative.engine.training.twin import estimated_seconds, make_twin

IMPORTANCE_SHARE: Final = 0.08
"""Part of the time kept for permutation importance."""
MOST_RESERVED: Final = 0.5
"""Refits never claim more than this part of the time; slower members are left out instead."""
LEAST_ROUNDS_SHARE: Final = 0.6
"""A last fit on all rows that the clock cuts short after this part of its rounds still counts."""
REFIT_COST: Final = 1.5
"""A refit against a fold's fit: more rows, more rounds, and some safety."""
CHOICE_SHARE: Final = 0.02
"""Part of the time kept for choosing and weighing the members."""
LIKELY_MEMBERS: Final = 3


class Runner:
    """Searches as long as the time reaches. What is finished is on disk, and is not done again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        recorded = session.setup.plan.recorded
        self._replay = None if recorded is None else Replay(session, recorded)
        self._search = Search(session)
        self._scores_on_development = not session.setup.split.is_small
        if self._replay is not None:
            self._scores_on_development = self._replay.scores_on_development
        self._late = False
        """Whether the clock kept a fit from being what it was meant to be."""
        self._without: dict[str, str] = {}

    def run(self) -> None:
        """All phases."""
        session = self._session
        session.say("preparing", "Preparing the table for training")
        Lanes[tuple[Trial, int]](session.at_once).run(self._next, lambda task: self._fold(*task))
        session.meter.foreseen = None if not self._search.is_searched_out else self._rest()
        session.say("combining", "Choosing and weighing the best models")
        selection = self._affordable()
        if selection is None:
            return
        self._refit(selection)
        if session.setup.twin:
            make_twin(session, selection)
        session.folder.write_json("end", self._end())
        session.meter.foreseen = max(IMPORTANCE_SHARE * session.setup.seconds, 0.0)
        session.say("explaining", "Measuring what each column contributes")
        measure_importance(session, selection)

    def _end(self) -> dict[str, object]:
        """How the work ended, for the account and for doing it again."""
        return {
            "truncated": self._late or self._search.is_truncated,
            "searched_out": self._search.is_searched_out,
            "seconds": self._session.seconds_of_run,
            "without": self._without,
            "scores_on_development": self._scores_on_development,
        }

    def _next(self, busy: list[tuple[Trial, int]]) -> tuple[Trial, int] | None:
        """The next fold to fit; called by one thread only."""
        taken = {(trial.id, fold) for trial, fold in busy}
        with self._session.lock:
            if self._replay is not None:
                return self._replay.next(taken)
            task = self._search.next(taken, self._session.deadline.remaining() - self._reserve())
            self._session.meter.foreseen = (
                None if self._search.foreseen is None else self._search.foreseen + self._reserve()
            )
            return task

    def _fold(self, trial: Trial, fold: int) -> None:
        """One fold; it may take four times its estimate at this machine's speed, and a seventh of the time anyway."""
        session = self._session
        title = session.candidates[trial.candidate].title
        number = f" {trial.variation + 1}" if trial.variation else ""
        where = f"{title}{number}, fold {fold + 1} of {session.board.n_folds}"
        session.say("training", where, running=trial.id)
        rows = session.setup.split.folds[fold]
        rounds, seconds, kept = None, session.deadline.remaining(), 0.0
        if self._replay is not None:
            rounds = self._replay.rounds(trial.id, f"fold_{fold}")
        else:
            most = max(4.0 * session.estimate(trial) * max(session.meter.speed, 1.0), session.setup.seconds / 7.0)
            seconds, kept = most, self._reserve()
        fit = session.fit(trial, f"fold_{fold}", rows.train, rows.valid, rounds=rounds, seconds=seconds, kept=kept)
        if fit is not None and fit.stopped_by_deadline and trial.variation == 0:
            self._late = True
        session.say("training", where if fit is None else f"{where}: done", running=trial.id)

    def _affordable(self) -> Selection | None:
        """The best combination that is within the limits and whose refits end in time.

        When they do not, the fit on the development rows goes first (the models of the first fold are scored then; they
        learned from fewer rows, so the score errs on the safe side), then the member that is costliest for its share,
        unless the model needs it: then the models of the first fold are delivered as they are.
        """
        session = self._session
        self._without = dict(self._replay.without) if self._replay is not None else self._heavy()
        selection = self._select(self._without)
        while selection is not None and self._replay is None:
            selection = self._within_limits(selection)
            left = session.deadline.remaining() - 0.5 * IMPORTANCE_SHARE * session.setup.seconds
            cost = {name: session.expected(session.trial(name)) * REFIT_COST for name in selection.trials}
            if self._wall(cost.values(), 2 if self._scores_on_development else 1) <= left:
                break
            self._late = True
            self._scores_on_development = False
            if self._wall(cost.values(), 1) <= left or len(selection.trials) == 1:
                break
            shares = dict(zip(selection.trials, selection.shares, strict=True))
            costliest = max(cost, key=lambda name: cost[name] / shares[name])
            rest = self._select({**self._without, costliest: ""})
            naive = session.board.standing(BASELINE).score
            if rest is None or loses(session.setup.target.score, naive, selection, rest):
                break
            self._without[costliest] = "Not in the model: the time did not reach for its last fit."
            selection = rest
        if selection is not None:
            write_selection(session.folder, selection)
            session.folder.write_json("without", self._without)
        return selection

    def _within_limits(self, selection: Selection) -> Selection:
        """The choice, without the costliest members for their share as long as all together break a limit."""
        session = self._session
        while len(selection.trials) > 1:
            costs = {name: cost_of(session.folder, session.board, name) for name in selection.trials}
            reason = broken_by(list(costs.values()), session.setup.limits)
            if reason is None:
                break
            shares = dict(zip(selection.trials, selection.shares, strict=True))
            key = "megabytes" if " MB " in reason else "ms_per_row"
            costliest = max(costs, key=lambda name: getattr(costs[name], key) / shares[name])
            rest = self._select({**self._without, costliest: ""})
            if rest is None:
                break
            self._without[costliest] = "Not in the model: with the other members it would break the limit on the cost."
            selection = rest
        return selection

    def _heavy(self) -> dict[str, str]:
        return too_heavy(self._session.folder, self._session.board, self._session.setup.limits)

    def _select(self, without: Iterable[str]) -> Selection | None:
        setup = self._session.setup
        return select(
            self._session.folder,
            setup.split,
            setup.target.problem,
            setup.target.values,
            [trial.id for trial in self._session.board.trials],
            seed=setup.seed,
            without=frozenset(without),
            metric=setup.target.metric,
        )

    def _refit(self, selection: Selection) -> None:
        """Members fitted on the development part for the score (when there is time), and on all rows; the slowest
        first, and a scope that cannot be completed is given up."""
        session = self._session
        slowest = sorted(selection.trials, key=lambda name: -session.expected(session.trial(name)))
        scopes = [DEVELOPMENT, ALL] if self._scores_on_development else [ALL]
        if self._replay is not None and not self._replay.delivers_all:
            scopes.remove(ALL)
        waiting = [(scope, name) for scope in scopes for name in slowest if not session.folder.has_fit(name, scope)]
        given_up: set[str] = set()

        def next_fit(_busy: list[tuple[str, str]]) -> tuple[str, str] | None:
            while waiting:
                scope, name = waiting.pop(0)
                if scope not in given_up:
                    return scope, name
            return None

        def work(item: tuple[str, str]) -> None:
            if not self._fit_member(*item):
                given_up.add(item[0])

        Lanes[tuple[str, str]](session.at_once).run(next_fit, work)

    def _fit_member(self, scope: str, name: str) -> bool:
        """Fit a member on the rows of a scope; False when it could not be done whole."""
        session, split = self._session, self._session.setup.split
        trial, left = session.trial(name), session.deadline.remaining()
        if trial.id in session.board.failed or (self._replay is None and left < 0.7 * session.expected(trial)):
            self._late |= trial.id not in session.board.failed
            return False
        what = "the development rows" if scope == DEVELOPMENT else "all rows"
        session.say("scoring", f"{session.candidates[trial.candidate].title}: fitting {what}", running=name)
        nothing = np.zeros(0, dtype=np.int64)
        every = np.arange(session.setup.target.values.size, dtype=np.int64)
        train, other = (split.development, split.test) if scope == DEVELOPMENT else (every, nothing)
        rounds = self._rounds(trial, train.size)
        if self._replay is not None:
            rounds = self._replay.rounds(name, scope) or rounds
        # More rows at somewhat fewer rounds are better than fewer rows; what is scored is never shortened.
        least = LEAST_ROUNDS_SHARE * rounds if scope == ALL and rounds else float("inf")
        fit = session.fit(trial, scope, train, other, rounds=rounds, seconds=left, least_rounds=least)
        self._late |= fit is not None and fit.stopped_by_deadline
        return session.folder.has_fit(name, scope)

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

    def _wall(self, costs: Iterable[float], scopes: int) -> float:
        """Seconds for fits of these costs in so many scopes, side by side."""
        each = list(costs)
        return max(scopes * sum(each) / self._session.at_once, max(each, default=0.0))

    def _reserve(self) -> float:
        """Seconds kept for what follows the folds: choice, refits of the likely members, their views, importance."""
        session = self._session
        with session.lock:
            ranked = [each for each in session.board.ranked() if each.candidate != BASELINE][:LIKELY_MEMBERS]
            costs = [session.expected(each) * REFIT_COST for each in ranked]
        scopes = 2 if self._scores_on_development else 1
        views = LIKELY_MEMBERS * session.view_seconds * scopes
        total = session.setup.seconds
        twin = estimated_seconds(session, ranked) if session.setup.twin else 0.0
        last_fits = min(self._wall(costs, scopes) + views + twin, MOST_RESERVED * total)
        return last_fits + (IMPORTANCE_SHARE + CHOICE_SHARE) * total

    def _rest(self) -> float:
        return self._reserve()
