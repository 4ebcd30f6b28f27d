"""What all candidates need while they work: is the data usable, is there time, where does boosting start."""

from __future__ import annotations

import importlib.util
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.types import FloatArray

RESERVE_SECONDS = 0.1
RESERVE_SECONDS_PER_ROUND = 0.0005
"""Time to convert one round of a boosted model and to check it; measured by ``benchmarks/learners.py``."""
CELLS_PER_THREAD = 250_000
"""Threads of boosters meet at a barrier for every node: on a busy machine two of them took up to 15 times as long as
one on 8,000 × 30 cells, on an idle one little less."""
CELLS_PER_PRODUCT_THREAD = 4_000_000
QUICK_STEP_SECONDS = 0.15
SLOW_STEP_SECONDS = 0.5


class Watch:
    """Reports progress, and says when to stop: before the deadline, with time left to convert what there is.

    Args:
        options: deadline, callback and clock.
        expected_rounds: rounds that count as the whole work.
    """

    def __init__(self, options: FitOptions, expected_rounds: int) -> None:
        self._options = options
        self._expected = max(1, expected_rounds)
        self._last_seen = options.clock.monotonic()
        self._last_step_seconds = 0.0
        self._longest_step_seconds = 0.0
        self.stopped_by_deadline = False

    def time_is_up(self, done: int) -> bool:
        """Report ``done`` rounds. True when another step would not fit. ``Canceled`` of the callback passes through."""
        now = self._options.clock.monotonic()
        self._last_step_seconds, self._last_seen = now - self._last_seen, now
        if done > 1:  # The first round also holds the library's preparations.
            self._longest_step_seconds = max(self._longest_step_seconds, self._last_step_seconds)
        if self._options.on_progress is not None:
            self._options.on_progress(min(1.0, done / self._expected))
        if self._options.deadline is None:
            return False
        reserve = RESERVE_SECONDS + RESERVE_SECONDS_PER_ROUND * done
        self.stopped_by_deadline = self._options.deadline.remaining() < reserve + self._longest_step_seconds
        return self.stopped_by_deadline

    def next_step(self, step: int, largest: int) -> int:
        """Rounds to do before reporting again: more while that is quick, fewer when a cancellation would wait."""
        if self._last_step_seconds < QUICK_STEP_SECONDS:
            return min(largest, 2 * step)
        return step if self._last_step_seconds < SLOW_STEP_SECONDS else max(1, step // 2)


def useful_threads(data: TrainingData, options: FitOptions) -> int:
    """Threads that pay off: on small tables they wait for each other longer than they work.

    Depends on the data only, so that the same data and options give the same model.
    """
    return max(1, min(options.threads, data.features.size // CELLS_PER_THREAD))


def limited_threads(data: TrainingData, options: FitOptions) -> AbstractContextManager[Any]:
    """A context in which matrix products use the threads that pay off: only a large table outgrows one."""
    from threadpoolctl import threadpool_limits

    useful = data.features.size // CELLS_PER_PRODUCT_THREAD
    return threadpool_limits(max(1, min(options.threads, useful)))  # type: ignore[no-any-return] # the library has no types


def learning_rate(n_cells: int) -> float:
    """Step size of boosting: small steps where they are affordable, larger ones where every round costs."""
    return 0.05 if n_cells < 500_000 else 0.08 if n_cells < 2_000_000 else 0.12


class BestRound:
    """Follows the loss on the validation rows; early stopping in one place for all boosters."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self.best_round = 0
        self._best_loss = np.inf

    def should_stop(self, done: int, loss: float) -> bool:
        """Note the loss after ``done`` rounds. True when it has not improved for too long, or is no number."""
        if loss < self._best_loss:
            self._best_loss, self.best_round = loss, done
        return not np.isfinite(loss) or done - self.best_round >= self._patience


def class_shares(data: TrainingData) -> FloatArray:
    """Share of each class among the training rows (by weight); shape ``n_classes``."""
    counts = np.bincount(data.target.astype(np.int64), weights=data.weights, minlength=data.n_classes)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def smallest_probability(data: TrainingData) -> float:
    """The floor of probabilities: what n rows cannot rule out (rule of succession), at most 1 %, at least 1e-6.

    Source: Laplace's rule of succession, 1 / (n + number of classes).
    """
    return float(np.clip(1.0 / (len(data.target) + max(2, data.n_classes)), 1e-6, 0.01))


def require_something_to_learn(data: TrainingData) -> None:
    """Raises ``NotApplicable`` when no feature or not even the target varies, or there are fewer than two rows;
    ``InvalidInput`` on a target that is not a finite number."""
    if data.features.shape[1] == 0:
        raise NotApplicable("no_features", "There is no column to learn from.")
    if len(data.target) < 2:
        raise NotApplicable("too_few_rows", "At least two rows are needed to learn from.", n_rows=len(data.target))
    if not np.isfinite(data.target).all():
        raise InvalidInput("target_not_finite", "The target holds a value that is not a finite number.")
    if data.problem == "regression" and np.ptp(data.target) == 0.0:
        raise NotApplicable("nothing_to_learn", "The target has the same value in all these rows.")
    if not any(_varies(column) for column in data.features.T):
        raise NotApplicable("features_constant", "No column varies, so there is nothing to learn from.")
    if data.problem != "regression" and len(np.unique(data.target)) < 2:
        raise NotApplicable("one_class", "These rows hold only one class, so there is nothing to tell apart.")


def _varies(column: FloatArray) -> bool:
    """Whether a library that reads single precision sees more than one value, missing counting as a value."""
    with np.errstate(over="ignore", under="ignore"):
        single = column.astype(np.float32)
    present = single[~np.isnan(single)]
    return 0 < len(present) < len(single) or bool((present != present[:1]).any())


def missing_library(module: str, title: str) -> str | None:
    """Why a candidate cannot run, if its library is not installed."""
    if importlib.util.find_spec(module) is None:
        return f"{title} is not installed."
    return None
