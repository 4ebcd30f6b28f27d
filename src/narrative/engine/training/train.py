"""Training under a hard time budget: the parent prepares, watches the clock and assembles; a child does the fitting."""

from __future__ import annotations

import contextlib
import importlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Canceled, InternalError, LimitExceeded, NarrativeError
from narrative.engine.children import ChildLimits, run_child
from narrative.engine.ensembles.record import write_record
from narrative.engine.profile.types import TableProfile
from narrative.engine.training.assemble import assemble
from narrative.engine.training.child import read_setup
from narrative.engine.training.machine import available_memory_bytes, busy_factor
from narrative.engine.training.prepare import prepare
from narrative.engine.training.run import Run
from narrative.engine.training.select import BASELINE
from narrative.engine.training.session import Session
from narrative.engine.training.store import RunFolder
from narrative.engine.training.types import Progress, ProgressCallback, TrainingOptions, TrainingResult

TRAINING_SHARE: Final = 0.9
"""Part of the budget training takes when the caller names no limit of its own."""
LEAST_SECONDS: Final = 1.0
CHILD_SECONDS: Final = 0.8
"""With less time than a child takes to start, none is started."""
ADDRESS_SPACE_BYTES: Final = 8 * 1024**3
"""Address space a child may reserve beyond the memory that is free: native libraries reserve far more than they use."""
ASSEMBLY_SECONDS: Final = 0.25
ASSEMBLY_SHARE: Final = 0.03
"""Time kept for putting the result together after the child has ended."""
MOST_ASSEMBLY_LEFT: Final = 600.0
"""Putting together does not take longer the longer a search was."""
RESTARTS: Final = 2
CHILD: Final = "narrative.engine.training.child:work"
USED: Final = (("running", "at"), ("end", "seconds"))
"""Pieces that tell the time of the run."""
REPLAY_SECONDS: Final = 7 * 24 * 3600.0
"""Doing a recorded plan again takes as long as it takes."""


@dataclass(frozen=True)
class _Watch:
    """What the parent checks while the child works."""

    clock: Clock
    began_at: float
    ends_at: float
    tail: float
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
    folder: Path | None = None,
    elapsed_seconds: float = 0.0,
    tail_seconds: float = 0.0,
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
        folder: where the pieces of the run are kept; when the same run was begun there and killed, it goes on with all
            that is finished, and the time it had used counts. None: a temporary folder.
        elapsed_seconds: seconds of the whole run before this call, for what is said about the time.
        tail_seconds: seconds the whole run will take after this call, for the same.

    Raises:
        InvalidInput: the target, the split or the chosen candidates do not suit the table.
        Canceled: stopped before a first model was finished.
    """
    clock = clock or SystemClock()
    started = clock.monotonic()
    if on_progress is not None:
        on_progress(Progress(phase="preparing", message="Preparing the table for training", share=0.0))
    memory_bytes = memory_bytes or available_memory_bytes()
    with _run_folder(folder) as pieces:
        run = prepare(frame, options, profile, pieces, memory_bytes, lines=lines)
        prepared = clock.monotonic()
        used = seconds_used(pieces)
        limit = (time_limit_seconds or TRAINING_SHARE * options.budget_seconds) - used
        ends_at = started + (REPLAY_SECONDS if options.plan is not None else max(limit, LEAST_SECONDS))
        began_at = started - elapsed_seconds - used
        watch = _Watch(clock, began_at, ends_at, tail_seconds, on_progress, should_stop)
        # What the end needs is loaded while the child learns and this process waits.
        threading.Thread(target=importlib.import_module, args=("scipy.special",)).start()
        is_late = options.plan is None and limit - (prepared - started) < CHILD_SECONDS
        if is_late:
            run.warnings.append(_late_sentence(options, elapsed_seconds + prepared - started))
        was_stopped = not is_late and run.folder.read_json("end") is None and _work(run, watch, memory_bytes)
        # Folds run side by side: a later one may be finished when the first was stopped.
        if not any(run.folder.path.glob("fit-*-fold_0.json")):
            _fit_baseline(run, clock)
        learned = clock.monotonic()
        result = assemble(run, was_stopped=was_stopped, seconds=learned - started)
        if record_to is not None:
            write_record(record_to, run, result)
        ended = clock.monotonic()
        timings = {"preparing": prepared - started, "learning": learned - prepared, "finishing": ended - learned}
        return replace(result, seconds=ended - started, timings=timings)


def _late_sentence(options: TrainingOptions, seconds: float) -> str:
    """That there was no time to try anything, and where it went."""
    return (
        f"Starting, reading and preparing took {seconds:.1f} of the {options.budget_seconds:g} seconds, so nothing "
        "beyond what was finished before could be tried."
    )


@contextlib.contextmanager
def _run_folder(folder: Path | None) -> Iterator[RunFolder]:
    """The caller's folder, which stays, or a temporary one."""
    if folder is not None:
        yield RunFolder(folder)
        return
    with tempfile.TemporaryDirectory(prefix="narrative-training-") as path:
        yield RunFolder(Path(path))


def seconds_used(folder: RunFolder) -> float:
    """Seconds that an earlier attempt had used by the last thing it wrote; 0 for a new run."""
    return max((float((folder.read_json(name) or {}).get(key, 0.0)) for name, key in USED), default=0.0)


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
    reserve = min(ASSEMBLY_SECONDS * busy_factor() + ASSEMBLY_SHARE * min(left, MOST_ASSEMBLY_LEFT), left / 2)
    run_child(
        CHILD,
        {
            "folder": str(run.folder.path),
            "ends_at": watch.ends_at - 1.5 * reserve,
            "began_at": watch.began_at,
            "tail": reserve + watch.tail,
            "may_work_side_by_side": run.folder.read_json("one_by_one") is None,
        },
        limits=ChildLimits(
            memory_bytes=memory_bytes + ADDRESS_SPACE_BYTES,
            cpu_seconds=int(left * (run.options.threads + 1)) + 10,
            wall_seconds=max(left - reserve, 0.5),
            # Side by side every fit has one thread; a pool of two for each would make them wait for each other.
            threads=max(run.options.threads // run.plan.at_once, 1),
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
    """Note which candidate the child was fitting when it died, or that it is to be found out; False when it was not
    fitting at all."""
    running = (run.folder.read_json("running") or {}).get("fits", [])
    if not running:
        return False
    if len(running) > 1:  # nobody knows which of them it was: one by one it will show
        run.folder.write_json("one_by_one", {})
        return True
    failures = run.folder.read_json("failures") or {}
    culprit = running[0]["trial"]
    if culprit in failures:
        return False
    failures[culprit] = f"It ended the training process. {death.message}"
    run.folder.write_json("failures", failures)
    return True
