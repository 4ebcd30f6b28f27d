"""Prepared matrices: each view of the table, fitted on the rows a model may learn from and on nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs

from narrative.core.hashing import hash_bytes
from narrative.engine.candidates.base import View
from narrative.engine.preparation import automatic_recipe
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.training.splits import Fold
from narrative.engine.training.targets import Target
from narrative.engine.training.user_steps import columns_of
from narrative.engine.types import FloatArray, IntArray, Label

CACHE_BYTES: Final = 1024**3
BEYOND_SHARE: Final = 0.9


@dataclass(frozen=True)
class Matrices:
    """Rows to learn from (encodings of the target out of fold) and rows to predict, in one view."""

    recipe: FittedRecipe
    train: FloatArray
    train_rows: IntArray
    """Positions among the used rows; a recipe may drop training rows."""
    other: FloatArray

    @property
    def size_bytes(self) -> int:
        return self.train.nbytes + self.other.nbytes


class Views:
    """Makes and keeps matrices; the oldest are given up when memory gets short."""

    def __init__(
        self,
        frame: pl.DataFrame,
        target: Target,
        profile: TableProfile,
        *,
        target_name: str,
        max_columns: int,
        seed: int,
        steps: Sequence[StepSpec] = (),
        window: Fold | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """``frame`` holds the used rows without the target column; ``profile`` describes it after ``steps``, which
        people put before the automatic preparation.

        ``window``: the latest fold of a split in time; features whose later values lie beyond all earlier ones
        there are left out of every view, because nothing can be learned about values that never come back.
        """
        self._frame, self._target, self._profile = frame, target, profile
        self._target_name, self._max_columns, self._seed = target_name, max_columns, seed
        self._steps = list(steps)
        self._kept: OrderedDict[tuple[str, View], Matrices] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._labels = label_series(target, target_name)
        self._chosen: dict[str, list[str]] = {}
        self._window, self._left_out = window, dict[View, list[str]]()

    def get(
        self,
        scope: str,
        view: View,
        train: IntArray,
        other: IntArray,
        on_new: Callable[[str, View, FittedRecipe], None],
    ) -> Matrices:
        """The matrices of a scope; ``on_new`` receives the recipe when it has just been fitted."""
        found = self._kept.get((scope, view))
        if found is not None:
            self._kept.move_to_end((scope, view))
            return found
        made = self._make(view, train, other)
        on_new(scope, view, made.recipe)
        self._kept[scope, view] = made
        while len(self._kept) > 1 and sum(each.size_bytes for each in self._kept.values()) > self._cache_bytes:
            self._kept.popitem(last=False)
        return made

    @property
    def beyond(self) -> set[str]:
        """Features left out so far because they only ever grow (or shrink) with time."""
        return {name for names in self._left_out.values() for name in names}

    def _make(self, view: View, train: IntArray, other: IntArray) -> Matrices:
        if self._window is not None and view not in self._left_out:
            self._left_out[view] = []
            probe = self._make(view, self._window.train, self._window.valid)
            self._left_out[view] = features_beyond(probe)
        frame, labels = self._frame[train], self._labels[train]
        kept = self._screened(frame, train)
        left_out = set(frame.columns) - set(kept)
        frame = frame.select(kept)
        profile = self._profile.model_copy(
            update={"columns": [column for column in self._profile.columns if column.name not in left_out]}
        )
        recipe = automatic_recipe(
            profile, target=self._target_name, problem=self._target.problem, view=view, n_rows=frame.height
        )
        if self._steps:
            recipe = Recipe(_without_ids([*self._steps, *recipe.steps]))
        if self._left_out.get(view):
            without = StepSpec(type="drop_columns", params={"columns": self._left_out[view]})
            recipe = Recipe([*recipe.steps, without])
        context = FitContext(target=labels, problem=self._target.problem, seed=self._seed)
        fitted, matrix, rows = recipe.fit_matrix(frame, context)
        return Matrices(fitted, matrix, train[rows], fitted.matrix(self._frame[other]))

    def _screened(self, frame: pl.DataFrame, train: IntArray) -> list[str]:
        """Chosen once per set of training rows; both views then see the same columns."""
        key = hash_bytes(train.tobytes())
        if key not in self._chosen:
            best = set(screened_columns(frame, self._target, train, self._max_columns)) | columns_of(self._steps)
            self._chosen[key] = [name for name in frame.columns if name in best]
        return self._chosen[key]


def _without_ids(steps: Sequence[StepSpec]) -> list[StepSpec]:
    """The steps, to be numbered by their place in one recipe."""
    return [step.model_copy(update={"id": ""}) for step in steps]


def features_beyond(matrices: Matrices) -> list[str]:
    """Features of which nine in ten later values lie outside the range of all earlier ones (dates, counters, years)."""
    found = []
    for index, name in enumerate(matrices.recipe.feature_names):
        before, after = matrices.train[:, index], matrices.other[:, index]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if before.size and after.size:
            outside = (after < before.min()) | (after > before.max())
            if outside.mean() >= BEYOND_SHARE:
                found.append(name)
    return found if len(found) < len(matrices.recipe.feature_names) else []


def label_series(target: Target, name: str) -> pl.Series:
    """What encodings of the target average: the number, 1 for the positive class, or the label as text."""
    if target.problem == "regression":
        return pl.Series(name, target.values)
    if target.problem == "binary":
        return pl.Series(name, target.values.astype(np.int64))
    return pl.Series(name, _texts(target.classes)).gather(target.values.astype(np.int64))


def _texts(classes: list[Label]) -> list[str]:
    return [str(label) for label in classes]


def screened_columns(frame: pl.DataFrame, target: Target, rows: IntArray, limit: int) -> list[str]:
    """Columns to keep of a table too wide for the time: those that go with the target most, on these rows only.

    Numbers and times count by their squared correlation with the target (of one class against the rest, the
    strongest), other columns by the share of the target's variance between their values, adjusted for how many
    values there are.
    """
    if frame.width <= limit:
        return frame.columns
    values = target.values[rows]
    columns = values[:, None] if target.problem == "regression" else np.eye(target.n_classes)[values.astype(np.int64)]
    centred = columns - columns.mean(axis=0)
    strength = _of_numbers(frame.select(cs.numeric() | cs.boolean() | cs.temporal()), centred)
    strength |= _of_categories(frame.select(cs.string()), centred)
    chosen = set(sorted(strength, key=lambda name: -strength[name])[:limit])
    return [name for name in frame.columns if name in chosen]


def _of_numbers(frame: pl.DataFrame, target: FloatArray) -> dict[str, float]:
    if frame.width == 0:
        return {}
    numbers = frame.select(pl.all().to_physical().cast(pl.Float64)).to_numpy().astype(np.float64)
    known = np.isfinite(numbers)
    counts = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, numbers, 0.0)
    centred = np.where(known, numbers - centred.sum(axis=0) / counts, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / counts)
    # Three deviations at most: one wild value must not decide what a column is worth.
    centred = np.clip(centred, -3.0 * deviation, 3.0 * deviation)
    centred -= centred.mean(axis=0)
    spread, total = (centred**2).sum(axis=0), (target**2).sum(axis=0)
    total[total == 0] = np.inf
    shares = (centred.T @ target) ** 2 / (np.where(spread > 0, spread, np.inf)[:, None] * total)
    return dict(zip(frame.columns, shares.max(axis=1).tolist(), strict=True))


def _of_categories(frame: pl.DataFrame, target: FloatArray) -> dict[str, float]:
    if frame.width == 0:
        return {}
    total = (target**2).sum(axis=0)
    total[total == 0] = np.inf
    codes = frame.select(pl.all().fill_null("").rank("dense").cast(pl.Int64) - 1).to_numpy()
    return {name: _between(codes[:, index], target, total) for index, name in enumerate(frame.columns)}


def _between(codes: IntArray, target: FloatArray, total: FloatArray) -> float:
    """Share of the variance between groups, adjusted; 0 for groups that are nearly as many as the rows."""
    n, n_groups = codes.size, int(codes.max()) + 1
    if n_groups < 2 or n_groups > n / 2:
        return 0.0
    sizes = np.bincount(codes, minlength=n_groups)
    sums = [np.bincount(codes, weights=target[:, index], minlength=n_groups) for index in range(target.shape[1])]
    share = max(float((own**2 / sizes).sum() / total[index]) for index, own in enumerate(sums))
    return 1.0 - (1.0 - min(share, 1.0)) * (n - 1) / (n - n_groups)
