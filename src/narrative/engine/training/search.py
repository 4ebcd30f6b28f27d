"""What to do next: after a first look at every candidate, where the next second is expected to help most.

Everything is decided from the leaderboard, so a search that was killed goes on where it was. The order:

1. the baseline, whole, and the first fold of the linear model;
2. the first fold of every other candidate with its best guess of settings (the costliest ones wait);
3. all folds of the best of these, unless a paired comparison on the same rows says that they are clearly worse;
4. further settings, one after another: of the candidate whose next settings promise the largest expected improvement
   for a second of work; each is looked at on one fold first and finished only when it may matter.

Source: Jones, Schonlau & Welch (1998), "Efficient global optimization of expensive black-box functions" (expected
improvement); Snoek, Larochelle & Adams (2012), "Practical Bayesian optimization" (per second of cost); Jamieson &
Talwalkar (2016), "Non-stochastic best arm identification" (dropping after a cheap look).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Set
from typing import Any, Final

import numpy as np

from narrative.engine.candidates._logarithm import is_skewed, suited, wants_logarithm
from narrative.engine.candidates._several import MODELS, around_best, of_one
from narrative.engine.training.further import next_settings
from narrative.engine.training.limits import too_heavy
from narrative.engine.training.plan import CONTENDERS, Trial, is_quick
from narrative.engine.training.select import BASELINE
from narrative.engine.training.session import Session

Task = tuple[Trial, int]
CLEARLY: Final = 3.0
"""A first guess of settings is dropped when it is worse by so many standard errors …"""
MATERIAL: Final = 0.05
"""… and by this part of what the best knows beyond the baseline; other algorithms may still help an ensemble."""
LIKELY: Final = 1.64
NOTICEABLE: Final = 0.002
"""The same for further settings of an algorithm that was tried: they must come close to the best."""
LEAST_SPREAD: Final = 0.004
"""Settings differ by at least this part of what the best knows, until it is known how much they really do."""
STRONG: Final = 40
"""Candidates up to this order are looked at whatever it costs: boosters lead most lists."""
LOOKS_SHARE: Final = 0.25
"""Part of the time for first looks; costly candidates wait until the folds of the contenders are done."""
FOLDS_SHARE: Final = 0.5
"""Part of the time for the folds of the contenders; the rest is for further settings."""
PRIOR: Final = 2.0
"""So many settings' worth of belief in the least spread."""
CHEAP: Final = 0.25
"""No fit counts as cheaper than this part of the costliest: what costs nothing is not worth a hundred tries."""
HELPFUL: Final = 0.0005
"""An improvement by less than this part of what the best knows is none."""
PATIENCE: Final = 40
"""Further settings without an improvement after which the search has nothing left it believes in."""
ROWS_PER_TRIAL: Final = 25
FURTHER_RANGE: Final = (16, 400)
"""Most further settings, by the rows: trying ever more on few rows finds luck, not settings."""
FEW_LEFT: Final = 8
"""So close to its own end the search says how long it will still take."""


class Search:
    """Chooses the next fold to fit; asked again whenever a processor is free."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._board, self._plan = session.board, session.setup.plan
        n_rows = session.setup.split.development.size
        self._most = int(np.clip(n_rows // ROWS_PER_TRIAL, *FURTHER_RANGE))
        self._folds_decided = session.folder.read_json("folds") is not None
        target = session.setup.target
        self._is_skewed = target.problem == "regression" and is_skewed(target.values)
        self._first_trials = self._with_logarithms()
        self._compared: dict[str, tuple[int, str]] = {}
        self._exhausted: set[str] = set()
        """Candidates without any settings left to try."""
        self.is_truncated = False
        """Whether there was no time for something of the first three parts."""
        self.is_searched_out = False
        """Whether the search ended by itself."""
        self.foreseen: float | None = None
        """Seconds to its own end, when that is near."""

    def next(self, busy: Set[tuple[str, int]], room: float) -> Task | None:
        """The next fold, or None when nothing more can or should be done now.

        Args:
            busy: (trial id, fold) that are being fitted.
            room: seconds until the last fits must begin.
        """
        for task in self._first(busy, room):
            if self._fits(*task, room, is_first=is_quick(task[0].candidate) and task[1] == 0):
                return task
            self.is_truncated = True
        return self._further(busy, room)

    def _with_logarithms(self) -> list[Trial]:
        """The trials of the plan and, for a skewed target, one of each booster that learns its logarithm, as long as
        these looks cost no more than half of their part of the time by estimate."""
        session, board = self._session, self._board
        planned = len(self._plan.trials)
        if self._is_skewed and self._plan.recorded is None and len(board.trials) == planned:
            made = [
                Trial(f"{trial.candidate}-2", trial.candidate, settings, 1)
                for trial in self._plan.trials
                for settings in self._listed(trial)
                if wants_logarithm(settings)
            ]
            cost = sum(session.estimate(trial) for trial in made) / session.at_once
            for trial in made if cost <= 0.5 * LOOKS_SHARE * session.setup.seconds else []:
                board.add_trial(trial)
        more = itertools.takewhile(lambda trial: wants_logarithm(trial.settings), board.trials[planned:])
        return [*self._plan.trials, *more]

    def _listed(self, trial: Trial) -> list[dict[str, Any]]:
        """The settings that the candidate of a trial lists for this table."""
        setup = self._session.setup
        return self._session.candidates[trial.candidate].settings(
            setup.target.problem, setup.split.folds[0].train.size, 2 * setup.frame.width
        )

    def _first(self, busy: Set[tuple[str, int]], room: float) -> list[Task]:
        """What is left of the first three parts, in order."""
        quick = [trial for trial in self._first_trials if is_quick(trial.candidate)]
        rest = [trial for trial in self._first_trials if not is_quick(trial.candidate)]
        found = [
            (trial, fold)
            for trial in quick
            if self._is_alive(trial)
            for fold in self._open_folds(trial, busy)
            if fold == 0 or trial.candidate == BASELINE
        ]
        found += [(trial, 0) for trial in self._to_look_at(rest) if 0 in self._open_folds(trial, busy)]
        if found:
            return found
        rest += [trial for trial in quick if trial.candidate != BASELINE]
        self._drop_the_worse(rest)
        order = {trial.id: place for place, trial in enumerate(self._board.ranked())}
        alive = [trial for trial in rest if trial.id in order and self._is_alive(trial)]
        contenders = sorted(alive, key=lambda trial: order[trial.id])[:CONTENDERS]
        self._decide_folds(contenders, room)
        # Fold by fold: whenever the time is over, most of them have been measured on the same rows.
        return [
            (trial, fold)
            for fold in range(self._board.n_folds)
            for trial in contenders
            if fold in self._open_folds(trial, busy)
        ]

    def _to_look_at(self, trials: list[Trial]) -> list[Trial]:
        """Candidates whose first look comes at once: the strong ones, and others as long as all looks take no more than
        their part of the time."""
        looked, seconds = list[Trial](), 0.0
        for trial in trials:
            cost = self._session.expected(trial) / self._session.at_once
            is_strong = self._session.candidates[trial.candidate].order <= STRONG
            if is_strong or seconds + cost <= LOOKS_SHARE * self._session.setup.seconds:
                looked.append(trial)
                seconds += cost
        return [trial for trial in looked if self._is_alive(trial)]

    def _decide_folds(self, contenders: list[Trial], room: float) -> None:
        """As many folds as half of the time allows for the contenders, now that it is known what one takes."""
        if self._folds_decided or not contenders:
            return
        self._folds_decided = True
        split = self._session.setup.split
        for_one = sum(self._session.expected(trial) for trial in contenders) / self._session.at_once
        affordable = 1 + int(FOLDS_SHARE * room / max(for_one, 1e-3))
        steps = len(split.folds) // split.folds_per_repeat
        counts = (
            [split.folds_per_repeat * (repeat + 1) for repeat in range(steps)]
            if split.is_small
            else [count for count in (2, 3, len(split.folds)) if count <= len(split.folds)]
        )
        most = max((count for count in counts if count <= affordable), default=0)
        if most > self._board.n_folds:
            self._board.get_more_folds(most)

    def _further(self, busy: Set[tuple[str, int]], room: float) -> Task | None:
        """Folds of settings that were begun, best first; then the settings that promise most for a second."""
        board = self._board
        self._drop_the_worse(board.trials[len(self._first_trials) :])
        waiting = {trial for trial, _ in busy}
        begun = [trial for trial in board.ranked() if self._is_alive(trial)]
        for trial in begun:
            folds = self._open_folds(trial, busy)
            needed = len(folds) * self._session.expected(trial) / self._session.at_once
            if folds and needed <= room and self._fits(trial, folds[0], room):
                return trial, folds[0]
        for trial in board.trials:  # began in an earlier attempt, or waits for its first fold
            is_open = trial.id not in waiting and 0 in self._open_folds(trial, busy)
            if is_open and self._is_alive(trial) and self._fits(trial, 0, room):
                return trial, 0
        task = None if self._is_over() else self._new_settings(room)
        self.is_searched_out = task is None and not busy and self._is_over()
        return task

    def _new_settings(self, room: float) -> Task | None:
        """The first fold of new settings, of the candidate that promises most for a second."""
        session, board = self._session, self._board
        promises = self._promises()
        for name in sorted(promises, key=lambda name: (-promises[name], name)):
            best = next(trial for trial in board.ranked() if trial.candidate == name)
            whole = self._board.n_folds * session.expected(best) / session.at_once
            if whole > room or not self._fits(best, 0, room):
                continue
            tried = [trial for trial in board.trials if trial.candidate == name]
            single = next(
                (trial for trial in board.ranked() if trial.candidate == name and MODELS not in trial.settings), best
            )
            listed = around_best(suited(self._listed(single), single.settings, skewed=self._is_skewed), single.settings)
            settings = next_settings(
                listed, [trial.settings for trial in tried], of_one(single.settings), name=name, seed=session.setup.seed
            )
            if settings is None:
                self._exhausted.add(name)
                continue
            trial = Trial(f"{name}-{len(tried) + 1}", name, settings, len(tried))
            board.add_trial(trial)
            return trial, 0
        return None

    def _promises(self) -> dict[str, float]:
        """Expected improvement for a second of work, by candidate.

        The next settings of a candidate are taken to score around its best so far, as widely as its settings differed;
        the more of them were tried, the less is left to find.
        """
        board, scores = self._board, self._board.adjusted()
        if not scores:
            return {}
        known, leader, heavy = board.known_gain(), max(scores.values()), self._heavy()
        gains, seconds = dict[str, float](), dict[str, float]()
        for name in dict.fromkeys(trial.candidate for trial in board.trials):
            own = [trial for trial in board.trials if trial.candidate == name]
            scored = [trial for trial in own if trial.id in scores and trial.id not in heavy and self._is_alive(trial)]
            if name == BASELINE or name in self._exhausted or not scored:
                continue
            values = sorted((scores[trial.id] for trial in scored), reverse=True)
            apart = [values[0] - value for value in values[1 : 1 + len(values) // 2]]
            spread = (PRIOR * LEAST_SPREAD * known + sum(apart)) / (PRIOR + len(apart))
            gains[name] = expected_improvement(values[0] - leader, spread) / len(own)
            seconds[name] = self._session.expected(scored[0])
        least = CHEAP * max(seconds.values(), default=1.0)
        return {name: gain / max(seconds[name], least, 1e-3) for name, gain in gains.items()}

    def _drop_the_worse(self, trials: list[Trial]) -> None:
        """Give up trials that are clearly worse than the best on the same rows; each is compared once per fold more."""
        board = self._board
        ranked = board.ranked()
        if not ranked:
            return
        best, known = ranked[0], board.known_gain()
        for trial in trials:
            count = len(board.standing(trial.id).folds)
            if trial.id == best.id or not count or not self._is_alive(trial):
                continue
            if self._compared.get(trial.id) == (count, best.id):
                continue
            self._compared[trial.id] = count, best.id
            compared = board.compare(best.id, trial.id)
            is_first = trial.variation == 0
            errors, part = (CLEARLY, MATERIAL) if is_first else (LIKELY, NOTICEABLE)
            if compared is not None and compared[0] > max(errors * compared[1], part * known):
                title = self._session.candidates[best.candidate].title
                board.drop(trial.id, f"Given up early: clearly worse than {title} on the same rows.")

    def _is_over(self) -> bool:
        """Whether the search has nothing left it believes in, and how long until then when that is near."""
        further = self._board.trials[len(self._first_trials) :]
        left = min(self._most - len(further), PATIENCE - self._stale(further))
        if not self._promises():
            return True
        if left <= FEW_LEFT and further:
            seconds = [self._board.standing(trial.id).seconds for trial in further]
            self.foreseen = max(left, 0) * float(np.mean(seconds)) / self._session.at_once
        else:
            self.foreseen = None
        return left <= 0

    def _stale(self, further: list[Trial]) -> int:
        """Further settings since the last that was a helpful improvement on all before it."""
        scores, least = self._board.adjusted(), HELPFUL * self._board.known_gain()
        best = max((scores[trial.id] for trial in self._first_trials if trial.id in scores), default=-math.inf)
        stale = 0
        for trial in further:
            own = scores.get(trial.id, -math.inf)
            stale = 0 if own > best + least else stale + 1
            best = max(best, own)
        return stale

    def _heavy(self) -> Set[str]:
        return too_heavy(self._session.folder, self._board, self._session.setup.limits).keys()

    def _is_alive(self, trial: Trial) -> bool:
        return trial.id not in self._board.failed and trial.id not in self._board.dropped

    def _open_folds(self, trial: Trial, busy: Set[tuple[str, int]]) -> list[int]:
        done = self._board.standing(trial.id).folds
        return [fold for fold in range(self._board.n_folds) if fold not in done and (trial.id, fold) not in busy]

    def _fits(self, trial: Trial, fold: int, room: float, *, is_first: bool = False) -> bool:
        """Whether a fold may be begun: the first of the quick ones always."""
        return is_first or room >= 0.8 * self._session.expected(trial)


def expected_improvement(distance: float, spread: float) -> float:
    """Mean of what a normal value around ``distance`` (at most 0) lies above 0."""
    z = distance / spread
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return spread * (density + z * 0.5 * math.erfc(-z / math.sqrt(2.0)))
