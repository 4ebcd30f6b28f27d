"""One fit: matrices, early stopping rows, the candidate, its margins on the rows it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from narrative.core.clock import Clock, Deadline
from narrative.core.errors import InternalError
from narrative.engine.candidates._several import of_one
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData
from narrative.engine.imbalance.base import Balanced, Imbalance, Layout, Rows, as_given
from narrative.engine.training.combine import score_or_guess
from narrative.engine.training.store import Balance, Fit
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

    def __init__(
        self,
        target: Target,
        *,
        is_small: bool,
        seed: int,
        threads: int,
        clock: Clock,
        groups: IntArray | None = None,
    ) -> None:
        """``groups``: number of the group of each row, when none may be on both sides of a border."""
        self._target, self._is_small, self._groups = target, is_small, groups
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
        method: Imbalance[Any] | None = None,
    ) -> Fit:
        """Fit on the training rows and predict the other ones (which may be none).

        With enough rows the other rows of a fold also decide when a booster stops: they are rows of the development
        part, and the score that is reported comes from the test part. With few rows the folds are the score, so the
        rounds are found on a part of the training rows, and the fit is made with them on all training rows.

        ``method`` changes what is learned from, after the split and after the view; rows that judge stay as they are.
        The margins are moved back to the shares of the classes as they were.

        Raises:
            NarrativeError: what the candidate raises; ``InternalError('candidate_not_finite')`` for margins that are
                not numbers.
        """
        started = self._clock.monotonic()
        options = FitOptions(
            seed=self._seed, threads=self._threads, deadline=deadline, rounds=rounds, on_progress=on_progress
        )
        if rounds is None and self._is_small and candidate.stops_early:
            options = self._with_found_rounds(candidate, settings, matrices, options, method)
        balanced = self._balanced(matrices, np.arange(matrices.train_rows.size), method)
        data = self._data(balanced)
        if options.rounds is None and other.size and not self._is_small:
            data = self._data(balanced, matrices.other, self._target.values[other])
        fitted = candidate.fit(data, settings, options)
        seconds = self._clock.monotonic() - started
        return self._measured(fitted, matrices.other, other, seconds, balanced)

    def _balanced(self, matrices: Matrices, rows: IntArray, method: Imbalance[Any] | None) -> Balanced:
        """What to learn from instead of some of the training rows."""
        given = Rows(
            matrices.train[rows] if rows.size < len(matrices.train) else matrices.train,
            self._target.values[matrices.train_rows[rows]],
            self._target.n_classes,
            Layout.of(matrices.recipe) if method is not None and method.changes_rows else Layout([], []),
        )
        return as_given(given) if method is None else method.balance(given, self._seed)

    def _data(
        self, balanced: Balanced, valid: FloatArray | None = None, valid_target: FloatArray | None = None
    ) -> TrainingData:
        return TrainingData(
            features=balanced.features,
            target=balanced.target,
            problem=self._target.problem,
            n_classes=self._target.n_classes,
            weights=balanced.weights,
            valid_features=valid,
            valid_target=valid_target,
            valid_weights=None if valid_target is None else balanced.weights_of(valid_target),
        )

    def _measured(
        self, fitted: Fitted, features: FloatArray, rows: IntArray, seconds: float, balanced: Balanced
    ) -> Fit:
        started = self._clock.monotonic()
        margins = fitted.learner.margins(features) if rows.size else None
        score, shift = None, balanced.shift
        if margins is not None:
            margins = margins if shift is None else margins + shift
            if not np.isfinite(margins).all():
                raise InternalError("candidate_not_finite", "Its predictions are not numbers for some rows.")
            score = score_or_guess(self._target.problem, self._target.values[rows], margins, self._target.metric)
        predict_seconds = self._clock.monotonic() - started
        return Fit(
            fitted.learner,
            seconds,
            fitted.rounds,
            fitted.stopped_by_deadline,
            predict_seconds,
            score,
            margins,
            balance=None if balanced.n_given == balanced.target.size and shift is None else told(balanced),
        )

    def _with_found_rounds(
        self,
        candidate: Candidate,
        settings: dict[str, Any],
        matrices: Matrices,
        options: FitOptions,
        method: Imbalance[Any] | None,
    ) -> FitOptions:
        """Options with the rounds that an inner part of the training rows asks for; unchanged when it is too small."""
        y = self._target.values[matrices.train_rows]
        held = self._inner_rows(y, matrices.train_rows)
        if held is None:
            return options
        kept = np.setdiff1d(np.arange(y.size), held)
        data = self._data(self._balanced(matrices, kept, method), matrices.train[held], y[held])
        found = candidate.fit(data, of_one(settings), options).rounds
        return options if found is None else FitOptions(**{**vars(options), "rounds": grown(found, y.size / kept.size)})

    def _inner_rows(self, y: FloatArray, rows: IntArray) -> IntArray | None:
        count = round(INNER_SHARE * y.size)
        if count < INNER_ROWS:
            return None
        shuffled = np.random.default_rng(self._seed).permutation(y.size)
        if self._groups is None:
            order = shuffled[np.argsort(y[shuffled], kind="stable")]
            held = order[np.linspace(0, order.size - 1, count).round().astype(np.int64)]
        else:  # whole groups as they come, until there are enough rows
            own = self._groups[rows]
            names, sizes = np.unique(own[shuffled], return_counts=True)
            drawn = np.random.default_rng(self._seed).permutation(names.size)
            taken = drawn[: int(np.searchsorted(np.cumsum(sizes[drawn]), count)) + 1]
            held = np.flatnonzero(np.isin(own, names[taken]))
            if held.size > y.size // 2:
                return None
        if self._target.problem != "regression":
            smallest = np.bincount(y[held].astype(np.int64), minlength=self._target.n_classes).min()
            if smallest < INNER_CLASS_ROWS:
                return None
        return np.sort(held)


def told(balanced: Balanced) -> Balance:
    """What is kept with a fit about the rows it learned from."""
    shift = balanced.shift
    return Balance(
        balanced.before.tolist(),
        balanced.after.round(6).tolist(),
        None if shift is None else shift.tolist(),
        balanced.notes,
    )


def grown(rounds: float, ratio: float) -> int:
    """Rounds for ``ratio`` times as many rows; at least one."""
    growth = float(ratio**ROUNDS_GROWTH)
    return max(round(rounds * growth), 1)
