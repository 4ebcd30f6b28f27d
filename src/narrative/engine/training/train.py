"""Training under a hard time budget: the parent prepares, watches the clock and assembles; a child does the fitting."""

from __future__ import annotations

import importlib
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Canceled, InternalError, InvalidInput, LimitExceeded, NarrativeError
from narrative.engine.children import ChildLimits, run_child
from narrative.engine.ensembles.record import write_record
from narrative.engine.profile import check_target, lone_classes, profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.training.assemble import assemble
from narrative.engine.training.child import read_setup
from narrative.engine.training.machine import available_memory_bytes, busy_factor
from narrative.engine.training.plan import Plan, Size, make_plan
from narrative.engine.training.run import Run
from narrative.engine.training.select import BASELINE
from narrative.engine.training.session import Session
from narrative.engine.training.splits import Split, choose_split
from narrative.engine.training.store import RunFolder
from narrative.engine.training.targets import Target, code_target
from narrative.engine.training.types import Progress, ProgressCallback, TrainingOptions, TrainingResult
from narrative.engine.training.user_steps import check_steps, profile_after
from narrative.engine.types import TIME_KINDS, IntArray, Problem

TRAINING_SHARE: Final = 0.9
"""Part of the budget training takes when the caller names no limit of its own."""
LEAST_SECONDS: Final = 1.0
CELLS_PER_SECOND: Final = 150_000
"""Cells of the table per second of budget; a larger table is sampled, and the result says so."""
LEAST_SAMPLED_ROWS: Final = 5_000
COLUMN_RANGE: Final = (50, 500)
"""Most input columns a model may use, by how many the time allows."""
ADDRESS_SPACE_BYTES: Final = 8 * 1024**3
"""Address space a child may reserve beyond the memory that is free: native libraries reserve far more than they use."""
ASSEMBLY_SECONDS: Final = 0.25
ASSEMBLY_SHARE: Final = 0.03
"""Time kept for putting the result together after the child has ended."""
RESTARTS: Final = 2
CHILD: Final = "narrative.engine.training.child:work"


@dataclass(frozen=True)
class _Watch:
    """What the parent checks while the child works."""

    clock: Clock
    ends_at: float
    on_progress: ProgressCallback | None
    should_stop: Callable[[], bool] | None

    def left(self) -> float:
        return self.ends_at - self.clock.monotonic()

    def relay(self, line: dict[str, Any]) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress.model_validate(line))


def train(
    frame: pl.DataFrame,
    options: TrainingOptions,
    *,
    profile: TableProfile | None = None,
    on_progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    clock: Clock | None = None,
    time_limit_seconds: float | None = None,
    memory_bytes: int | None = None,
    lines: pl.Series | None = None,
    record_to: Path | None = None,
) -> TrainingResult:
    """The best model for a target that the budget allows, with an honest score.

    Args:
        frame: all rows; those without a target are left out and counted.
        profile: of this frame with this target, if it is there already.
        on_progress: receives live progress; may raise ``Canceled`` to stop.
        should_stop: asked several times a second; when it says yes, the best so far is given.
        time_limit_seconds: wall time of this call; by default 90 % of the budget, so that writing fits in.
        memory_bytes: memory candidates may count on; by default what is free.
        lines: line of the file of each row, where it is known, for what is said about single rows.
        record_to: file for what later ensembles and comparisons need; not written when it would be too large.

    Raises:
        InvalidInput: the target, the split or the chosen candidates do not suit the table.
        Canceled: stopped before a first model was finished.
    """
    clock = clock or SystemClock()
    started = clock.monotonic()
    limit = max(time_limit_seconds or TRAINING_SHARE * options.budget_seconds, LEAST_SECONDS)
    watch = _Watch(clock, started + limit, on_progress, should_stop)
    if on_progress is not None:
        on_progress(Progress(phase="preparing", message="Preparing the table for training", share=0.0))
    memory_bytes = memory_bytes or available_memory_bytes()
    with tempfile.TemporaryDirectory(prefix="narrative-training-") as path:
        run = prepare(frame, options, profile, RunFolder(Path(path)), memory_bytes, lines=lines)
        prepared = clock.monotonic()
        # What the end needs is loaded while the child learns and this process waits.
        threading.Thread(target=importlib.import_module, args=("scipy.special",)).start()
        was_stopped = _work(run, watch, memory_bytes)
        if not _has_first_fit(run):
            _fit_baseline(run, clock)
        learned = clock.monotonic()
        result = assemble(run, was_stopped=was_stopped, seconds=learned - started)
        if record_to is not None:
            write_record(record_to, run, result)
        ended = clock.monotonic()
        timings = {"preparing": prepared - started, "learning": learned - prepared, "finishing": ended - learned}
        return replace(result, seconds=ended - started, timings=timings)


def prepare(
    frame: pl.DataFrame,
    options: TrainingOptions,
    profile: TableProfile | None,
    folder: RunFolder,
    memory_bytes: int,
    *,
    lines: pl.Series | None = None,
) -> Run:
    """Target, split and plan, written to the run folder."""
    problem, _, warnings = check_target(frame, options.target, options.problem, lines=lines)
    profile = profile or profile_table(frame, target=options.target, problem=problem)
    missing = frame.height - code_target(frame[options.target], problem).rows.size
    target = code_target(_without_lone_classes(frame[options.target], problem), problem)
    used, target, notes = _sampled(frame[target.rows], target, options)
    check_steps(options.steps, {column.name: column.kind for column in profile.columns}, options.target)
    if used.width < 2:
        raise InvalidInput(
            "no_columns", "There is no column besides the target.", fix="Add the columns the target may depend on."
        )
    times = [column.name for column in profile.columns if column.kind in TIME_KINDS and column.name != options.target]
    split = choose_split(used, target, split=options.split, time_columns=times, seed=options.seed)
    plan, split = _planned(used, target, split, options, memory_bytes)
    features = used.drop(options.target)
    max_columns = int(np.clip(CELLS_PER_SECOND * options.budget_seconds / used.height, *COLUMN_RANGE))
    if features.width > max_columns:
        notes.append(
            f"The table has {features.width:,} columns; every model chose the {max_columns:,} that say most about the "
            "target on its own training rows."
        )
    run = Run(folder, features, target, split, plan, options, profile, missing, [*warnings, *notes])
    _write(run, max_columns)
    return run


def _without_lone_classes(series: pl.Series, problem: Problem) -> pl.Series:
    """The target without classes of a single row: these rows then have none and are left out."""
    lone = lone_classes(series) if problem != "regression" else series.clear()
    if lone.is_empty():
        return series
    return series.to_frame().select(pl.when(~pl.first().is_in(lone.implode())).then(pl.first())).to_series()


def sampled_rows(frame: pl.DataFrame, options: TrainingOptions) -> tuple[IntArray | None, list[str]]:
    """Rows drawn at random, in the order of the table, when the budget does not allow all; a note says so.

    None for all rows. Depends on the table, the budget and the seed only.
    """
    width = min(frame.width, COLUMN_RANGE[1])
    most = max(int(CELLS_PER_SECOND * options.budget_seconds / width), LEAST_SAMPLED_ROWS)
    if frame.height <= most:
        return None, []
    kept = np.sort(np.random.default_rng(options.seed).permutation(frame.height)[:most])
    part = f"{most:,} rows ({most / frame.height:.0%})"
    return kept, [f"I used a random sample of {part}, because all {frame.height:,} would not fit into the time."]


def _sampled(used: pl.DataFrame, target: Target, options: TrainingOptions) -> tuple[pl.DataFrame, Target, list[str]]:
    kept, notes = sampled_rows(used, options)
    if kept is None:
        return used, target, []
    return used[kept], Target(target.problem, target.rows[kept], target.values[kept], target.classes), notes


def _planned(
    used: pl.DataFrame, target: Target, split: Split, options: TrainingOptions, memory_bytes: int
) -> tuple[Plan, Split]:
    """The plan, and the split cut to the folds it uses."""
    size = Size(
        n_rows=round(float(np.mean([fold.train.size for fold in split.folds]))),
        n_features=2 * (used.width - 1),
        n_classes=target.n_classes,
        folds=len(split.folds),
        folds_per_repeat=split.folds_per_repeat,
        is_small=split.is_small,
        is_in_time=split.method == "time_holdout",
    )
    plan = make_plan(
        target.problem, size, budget_seconds=options.budget_seconds, names=options.candidates, memory_bytes=memory_bytes
    )
    folds = split.folds[: plan.n_folds]
    per_repeat = min(split.folds_per_repeat, plan.n_folds)
    return plan, Split(split.method, split.test, split.development, folds, per_repeat, split.time_column, split.groups)


def _write(run: Run, max_columns: int) -> None:
    run.frame.write_ipc(run.folder.data_path, compression="uncompressed")
    run.folder.write_split(run.split, run.target.values)
    profile = profile_after(run.options.steps, run.frame, run.profile)
    slim = run.profile.model_copy(
        update={
            "columns": [column.model_copy(update={"histogram": None, "top_values": []}) for column in profile.columns],
            "findings": [],
            "correlation": None,
        }
    )
    run.folder.write_json(
        "setup",
        {
            "problem": run.target.problem,
            "classes": run.target.classes,
            "target": run.options.target,
            "steps": [step.model_dump(mode="json") for step in run.options.steps],
            "profile": slim.model_dump(mode="json"),
            "plan": run.plan.to_dict(),
            "seed": run.options.seed,
            "threads": run.options.threads,
            "max_columns": max_columns,
        },
    )


def _work(run: Run, watch: _Watch, memory_bytes: int) -> bool:
    """Let the child work until it is done, the time is over or somebody says stop (True then).

    A child that dies in the middle of a fit (a library that crashes, memory) is started again without that candidate;
    what it had finished is kept.
    """
    for _ in range(RESTARTS + 1):
        try:
            _child(run, watch, memory_bytes)
        except (Canceled, KeyboardInterrupt):
            if not _has_first_fit(run):
                raise Canceled("canceled", "Training was stopped before the first model was finished.") from None
            return True
        except (LimitExceeded, InternalError) as death:
            if death.context.get("unit") == "seconds" or watch.left() < LEAST_SECONDS:
                return False
            if run.folder.read_json("end") is not None:
                return False
            if not _give_up_culprit(run, death):
                raise
        else:
            return False
    return False


def _child(run: Run, watch: _Watch, memory_bytes: int) -> None:
    left = watch.left()
    reserve = min(ASSEMBLY_SECONDS * busy_factor() + ASSEMBLY_SHARE * left, left / 2)
    run_child(
        CHILD,
        {"folder": str(run.folder.path), "ends_at": watch.ends_at - 1.5 * reserve},
        limits=ChildLimits(
            memory_bytes=memory_bytes + ADDRESS_SPACE_BYTES,
            cpu_seconds=int(left * (run.options.threads + 1)) + 10,
            wall_seconds=max(left - reserve, 0.5),
            threads=run.options.threads,
        ),
        on_progress=watch.relay,
        should_stop=watch.should_stop,
        clock=watch.clock,
        limit_code="training_too_large",
    )


def _has_first_fit(run: Run) -> bool:
    return any(run.folder.path.glob("fit-*-fold_*.json"))


def _fit_baseline(run: Run, clock: Clock) -> None:
    """The time did not even reach for a child to start: the naive model takes no library and hardly any time."""
    fold = run.split.folds[0]
    session = Session(run.folder, read_setup(run.folder, LEAST_SECONDS), lambda _line: None, clock)
    session.fit(session.trial(BASELINE), "fold_0", fold.train, fold.valid, rounds=None, seconds=LEAST_SECONDS)


def _give_up_culprit(run: Run, death: NarrativeError) -> bool:
    """Note which candidate the child was fitting when it died; False when it was not fitting at all."""
    running = run.folder.read_json("running")
    if running is None:
        return False
    failures = run.folder.read_json("failures") or {}
    if running["trial"] in failures:
        return False
    failures[running["trial"]] = f"It ended the training process. {death.message}"
    run.folder.write_json("failures", failures)
    return True
