"""One fit: matrices, early stopping rows, the candidate, its margins on the rows it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from narrative.core.clock import Clock, Deadline
from narrative.core.errors import InternalError
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData
from narrative.engine.training.combine import score_or_guess
from narrative.engine.training.store import Fit
from narrative.engine.training.targets import Target
from narrative.engine.training.views import Matrices
from narrative.engine.types import FloatArray, IntArray

INNER_SHARE: Final = 0.15
INNER_ROWS: Final = 50
INNER_CLASS_ROWS: Final = 5
ROUNDS_GROWTH: Final = 0.3
"""Rounds grow with this power of the rows: more rows carry a little more detail."""


class Fitter:
    """Fits candidates on matrices, with everything that stays the same during a run."""

    def __init__(self, target: Target, *, is_small: bool, seed: int, threads: int, clock: Clock) -> None:
        self._target, self._is_small = target, is_small
        self._seed, self._threads, self._clock = seed, threads, clock

    def fit(
        self,
        candidate: Candidate,
        settings: dict[str, Any],
        matrices: Matrices,
        other: IntArray,
        *,
        rounds: int | None,
        deadline: Deadline,
        on_progress: Callable[[float], None],
    ) -> Fit:
        """Fit on the training rows and predict the other ones (which may be none).

        With enough rows the other rows of a fold also decide when a booster stops: they are rows of the development
        part, and the score that is reported comes from the test part. With few rows the folds are the score, so the
        rounds are found on a part of the training rows, and the fit is made with them on all training rows.

        Raises:
            NarrativeError: what the candidate raises; ``InternalError('candidate_not_finite')`` for margins that are
                not numbers.
        """
        started = self._clock.monotonic()
        y = self._target.values[matrices.train_rows]
        options = FitOptions(
            seed=self._seed, threads=self._threads, deadline=deadline, rounds=rounds, on_progress=on_progress
        )
        if rounds is None and self._is_small and candidate.stops_early:
            options = self._with_found_rounds(candidate, settings, matrices, y, options)
        data = TrainingData(
            features=matrices.train, target=y, problem=self._target.problem, n_classes=self._target.n_classes
        )
        if options.rounds is None and other.size and not self._is_small:
            data = TrainingData(
                **{**vars(data), "valid_features": matrices.other, "valid_target": self._target.values[other]}
            )
        fitted = candidate.fit(data, settings, options)
        seconds = self._clock.monotonic() - started
        return self._measured(fitted, matrices.other, other, seconds)

    def _measured(self, fitted: Fitted, features: FloatArray, rows: IntArray, seconds: float) -> Fit:
        started = self._clock.monotonic()
        margins = fitted.learner.margins(features) if rows.size else None
        score = None
        if margins is not None:
            if not np.isfinite(margins).all():
                raise InternalError("candidate_not_finite", "Its predictions are not numbers for some rows.")
            score = score_or_guess(self._target.problem, self._target.values[rows], margins)
        predict_seconds = self._clock.monotonic() - started
        return Fit(fitted.learner, seconds, fitted.rounds, fitted.stopped_by_deadline, predict_seconds, score, margins)

    def _with_found_rounds(
        self,
        candidate: Candidate,
        settings: dict[str, Any],
        matrices: Matrices,
        y: FloatArray,
        options: FitOptions,
    ) -> FitOptions:
        """Options with the rounds that an inner part of the training rows asks for; unchanged when it is too small."""
        held = self._inner_rows(y)
        if held is None:
            return options
        kept = np.setdiff1d(np.arange(y.size), held)
        data = TrainingData(
            features=matrices.train[kept],
            target=y[kept],
            problem=self._target.problem,
            n_classes=self._target.n_classes,
            valid_features=matrices.train[held],
            valid_target=y[held],
        )
        found = candidate.fit(data, settings, options).rounds
        return options if found is None else FitOptions(**{**vars(options), "rounds": grown(found, y.size / kept.size)})

    def _inner_rows(self, y: FloatArray) -> IntArray | None:
        count = round(INNER_SHARE * y.size)
        if count < INNER_ROWS:
            return None
        shuffled = np.random.default_rng(self._seed).permutation(y.size)
        order = shuffled[np.argsort(y[shuffled], kind="stable")]
        held = order[np.linspace(0, order.size - 1, count).round().astype(np.int64)]
        if self._target.problem != "regression":
            smallest = np.bincount(y[held].astype(np.int64), minlength=self._target.n_classes).min()
            if smallest < INNER_CLASS_ROWS:
                return None
        return np.sort(held)


def grown(rounds: float, ratio: float) -> int:
    """Rounds for ``ratio`` times as many rows; at least one."""
    growth = float(ratio**ROUNDS_GROWTH)
    return max(round(rounds * growth), 1)
