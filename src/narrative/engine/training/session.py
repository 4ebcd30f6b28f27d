"""What every phase of the child's work shares: the folder, the fits, the clock, the reports."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import polars as pl

from narrative.core.clock import Clock, Deadline
from narrative.core.errors import Canceled, NarrativeError
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData, View
from narrative.engine.imbalance.base import Imbalance
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import FittedRecipe
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.board import Board
from narrative.engine.training.fitting import Fitter
from narrative.engine.training.imbalance import known_method
from narrative.engine.training.limits import Limits
from narrative.engine.training.meter import Meter
from narrative.engine.training.plan import Plan, Trial, available_candidates
from narrative.engine.training.select import BASELINE
from narrative.engine.training.splits import Split
from narrative.engine.training.store import Fit, RunFolder
from narrative.engine.training.targets import Target
from narrative.engine.training.types import Progress
from narrative.engine.training.views import Matrices, Views
from narrative.engine.types import IntArray

REPORT_SECONDS: Final = 0.2
LEAST_SECONDS: Final = 0.3
"""A fit that was begun may take so long at least."""
THREAD_LIMITS: Final = "threadpoolctl"
"""What every candidate of ours asks how many threads to use."""
Phase = Literal["preparing", "training", "combining", "scoring", "explaining"]


@dataclass(frozen=True)
class Setup:
    """Everything the child is told."""

    frame: pl.DataFrame
    """The used rows, without the target."""
    target: Target
    target_name: str
    steps: list[StepSpec]
    """Steps of people, before the automatic preparation."""
    profile: TableProfile
    """Of the table as these steps leave it."""
    split: Split
    plan: Plan
    seed: int
    threads: int
    max_columns: int
    seconds: float
    elapsed: float = 0.0
    """Seconds of the run that were over when this work began: reading, preparing, an earlier attempt."""
    tail: float = 0.0
    """Seconds the run will take after this work."""
    limits: Limits = field(default_factory=Limits)
    twin: bool = False
    """Whether a small model is to be made that answers as the chosen one does."""
    may_work_side_by_side: bool = True
    """False after a process died in the middle of several fits: the next time it is known which one it was."""


class Session:
    """One child's work on one run folder."""

    def __init__(self, folder: RunFolder, setup: Setup, report: Callable[[dict[str, Any]], None], clock: Clock) -> None:
        self.folder, self.setup, self.clock = folder, setup, clock
        self.deadline = Deadline(clock, setup.seconds)
        self.board = Board(folder, setup.split, setup.target, setup.plan)
        self.candidates = available_candidates()
        self.meter = Meter(self.deadline, tail=setup.tail, elapsed=setup.elapsed)
        self.lock = threading.RLock()
        """Held while the board, the views or the report are read or changed: several fits may run side by side."""
        self._loading = threading.Lock()
        """Held while libraries load, which takes seconds: others read the board meanwhile."""
        self.at_once = setup.plan.at_once if setup.may_work_side_by_side else 1
        self._running: list[dict[str, str]] = []
        self._started = clock.monotonic()
        self._view_seconds: list[float] = []
        self._report = report
        self._views = Views(
            setup.frame,
            setup.target,
            setup.profile,
            target_name=setup.target_name,
            steps=setup.steps,
            max_columns=setup.max_columns,
            seed=setup.seed,
            window=setup.split.folds[0] if setup.split.method == "time_holdout" else None,
        )
        self._fitter = Fitter(
            setup.target,
            is_small=setup.split.is_small,
            seed=setup.seed,
            threads=max(setup.threads // setup.plan.at_once, 1),
            clock=clock,
            groups=None if setup.split.group_column is None else setup.split.groups,
        )
        self.method = known_method(folder)
        """What is done about a rare class before each fit; None for nothing."""
        self._last_report = float("-inf")
        self._message = ""
        self._share = 0.0

    def trial(self, name: str) -> Trial:
        """A trial by id."""
        return next(trial for trial in self.board.trials if trial.id == name)

    def estimate(self, trial: Trial) -> float:
        """Seconds of one fold by estimate, whatever the machine."""
        size, width = self.setup.split.folds[0].train.size, self.setup.frame.width
        return self.candidates[trial.candidate].estimated_seconds(size, 2 * width, self.setup.target.n_classes)

    def expected(self, trial: Trial) -> float:
        """Seconds the next fold will take: as a fold usually took, else the estimate at this machine's speed."""
        with self.lock:
            usual = self.board.standing(trial.id).usual_seconds
            if usual is None:  # the same algorithm with other settings tells more than an estimate
                own = [self.board.standing(each.id) for each in self.board.trials if each.candidate == trial.candidate]
                usual = max((each.usual_seconds for each in own if each.usual_seconds is not None), default=None)
            return self.estimate(trial) * self.meter.speed if usual is None else usual

    @property
    def seconds_of_run(self) -> float:
        """Seconds since the run began, an earlier attempt included."""
        return self.setup.elapsed + self.clock.monotonic() - self._started

    @property
    def view_seconds(self) -> float:
        """What a view usually takes to prepare: the upper median, because the two kinds differ."""
        return sorted(self._view_seconds)[len(self._view_seconds) // 2] if self._view_seconds else 0.0

    def fit(
        self,
        trial: Trial,
        scope: str,
        train: IntArray,
        other: IntArray,
        *,
        rounds: int | None,
        seconds: float,
        kept: float = 0.0,
        least_rounds: float = float("inf"),
    ) -> Fit | None:
        """One fit, written to the folder; None when it failed (the reason is on the board, the run goes on).

        It may take ``seconds`` from the moment its matrices are there, as long as ``kept`` seconds of the run remain:
        loading libraries and waiting for another fit's matrices say nothing about a candidate.

        A fit with given rounds that the clock cut short of ``least_rounds`` is given, but not written: it would be
        another model than the one that was chosen. Raises ``Canceled`` only.
        """
        candidate, estimate = self.candidates[trial.candidate], self.estimate(trial)
        phase: Phase = "training" if scope.startswith("fold") else "scoring"
        begun = self.clock.monotonic()
        note = {"trial": trial.id, "scope": scope}
        self._note_running([*self._running, note])

        def progress(_share: float) -> None:
            self.say(phase, running=trial.id)

        fit = None
        try:
            self._load(candidate)
            with self.lock:
                begun = self.clock.monotonic()
                matrices = self._matrices(scope, candidate.view, train, other)
            deadline = Deadline(self.clock, min(seconds, max(self.deadline.remaining() - kept, LEAST_SECONDS)))
            fit = self._fitter.fit(
                candidate,
                trial.settings,
                matrices,
                other,
                rounds=rounds,
                deadline=deadline,
                on_progress=progress,
                method=self._method_for(trial),
            )
            if rounds is None or not fit.stopped_by_deadline or (fit.rounds or 0) >= least_rounds:
                with self.lock:
                    self.folder.write_fit(trial.id, scope, fit, at=self.seconds_of_run)
        except Canceled:
            raise
        except NarrativeError as error:
            self._fail(trial, error.message)
        except MemoryError:
            self._fail(trial, "It ran out of memory.")
        except Exception as error:  # noqa: BLE001  # whatever a library raises ends this candidate, its reason is shown
            self._fail(trial, f"The library stopped with {type(error).__name__}: {str(error)[:200]}")
        with self.lock:
            self.meter.finished(estimate, self.clock.monotonic() - begun)
            self._note_running([each for each in self._running if each is not note])
        return fit

    def look(self, trial: Trial, fold: int, method: Imbalance[Any], *, rounds: int, seconds: float) -> Fit:
        """A fit of a fold that is only looked at: nothing is written. Raises what the candidate raises."""
        candidate, rows = self.candidates[trial.candidate], self.setup.split.folds[fold]
        self._load(candidate)
        with self.lock:
            matrices = self._matrices(f"fold_{fold}", candidate.view, rows.train, rows.valid)
        return self._fitter.fit(
            candidate,
            trial.settings,
            matrices,
            rows.valid,
            rounds=rounds,
            deadline=Deadline(self.clock, seconds),
            on_progress=lambda _share: self.say("preparing"),
            method=method,
        )

    def recipe_of(self, scope: str, view: View, train: IntArray, other: IntArray) -> FittedRecipe:
        """The recipe of a view in a scope; fitted when no member has needed it yet."""
        with self.lock:
            return self._matrices(scope, view, train, other).recipe

    def learn(self, candidate: Candidate, data: TrainingData, settings: dict[str, Any], rounds: int | None) -> Fitted:
        """A fit of data made elsewhere, until the end of the time; nothing is written. Raises what the candidate
        raises."""
        self._load(candidate)
        options = FitOptions(
            seed=self.setup.seed,
            threads=self.setup.threads,
            deadline=self.deadline,
            rounds=rounds,
            on_progress=lambda _share: self.say("scoring"),
            clock=self.clock,
        )
        return candidate.fit(data, settings, options)

    def _load(self, candidate: Candidate) -> None:
        """Load what a candidate needs, one library after another."""
        with self._loading:
            for library in (*candidate.libraries, THREAD_LIMITS):
                importlib.import_module(library)

    def _method_for(self, trial: Trial) -> Imbalance[Any] | None:
        """The naive model knows shares of classes and nothing else: there is nothing to balance."""
        return None if trial.candidate == BASELINE else self.method

    def _fail(self, trial: Trial, reason: str) -> None:
        with self.lock:
            self.board.fail(trial.id, reason)

    def _note_running(self, running: list[dict[str, str]]) -> None:
        """What is being fitted, for whoever finds this process dead."""
        with self.lock:
            self._running = running
            self.folder.write_json("running", {"fits": running, "at": self.seconds_of_run})

    def say(self, phase: Phase, message: str | None = None, *, running: str | None = None) -> None:
        """Tell the parent how things stand; at most five times a second, unless there is a new message."""
        now = self.clock.monotonic()
        if message is None and now - self._last_report < REPORT_SECONDS:
            return
        # A fit only says that it goes on: it does not wait, on its own time, until another one's matrices are there.
        if not self.lock.acquire(blocking=message is not None):
            return
        try:
            self._last_report = now
            self._share = max(self._share, self.meter.share)
            self._message = message or self._message
            lines = self.board.reports(running={each["trial"] for each in self._running} | {running or ""})
            progress = Progress(
                phase=phase,
                message=self._message,
                share=self._share,
                seconds_left=self.meter.seconds_left,
                candidates=lines,
                best=next((line.name for line in lines if line.score is not None), None),
                curve=self.board.curve(),
                metric_title=self.board.metric.title,
                higher_is_better=self.board.metric.higher_is_better,
            )
            self._report(progress.model_dump(mode="json"))
        finally:
            self.lock.release()

    def _matrices(self, scope: str, view: View, train: IntArray, other: IntArray) -> Matrices:
        def on_new(new_scope: str, new_view: View, recipe: FittedRecipe) -> None:
            self.folder.write_recipe(new_scope, new_view, recipe)
            self._view_seconds.append(self.clock.monotonic() - started)

        started = self.clock.monotonic()
        matrices = self._views.get(scope, view, train, other, on_new)
        if self._views.beyond:
            self.folder.write_json("beyond", sorted(self._views.beyond))
        return matrices
