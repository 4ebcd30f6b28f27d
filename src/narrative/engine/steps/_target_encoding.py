"""Mean of the target per category, smoothed, and out of fold for the rows it is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from narrative.engine.steps._categories import KeyType, Level, key, levels_series
from narrative.engine.steps._columns import counted
from narrative.engine.types import FloatArray, IntArray, Problem


@dataclass(frozen=True)
class TargetColumns:
    """What is averaged: the value (regression), belonging to the second class (binary), or to each class (multiclass).

    Attributes:
        values: ``n_rows × n_outputs``; rows without a target have weight 0.
        weights: 1 where the target is present.
        suffixes: end of the name of each output column.
        smoothing: rows of the overall mean mixed into each category.
    """

    values: FloatArray
    weights: FloatArray
    suffixes: list[str]
    smoothing: float

    def fit(
        self,
        frame: pl.DataFrame,
        column: str,
        form: KeyType,
        levels: Sequence[Level],
        *,
        folds: int,
        seed: int,
    ) -> tuple[dict[str, Any], list[pl.Series]]:
        """State for ``lookup`` (values per output and category, value for missing) and out-of-fold columns.

        (sum + m × mean) / (count + m), with m the smoothing. Out-of-fold: sums, counts and overall mean of the other
        folds only, so that a row's own target never reaches its own feature.

        Source: Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes, SIGKDD
        Explorations 3(1), m-estimate; out of fold as in Prokhorenkova et al. (2018), CatBoost, section 3.2 (K-fold).
        """
        codes = _codes(frame, column, form, levels)
        n_levels = len(levels) + 1
        fold = _fold_of_rows(len(codes), folds, seed)
        state: dict[str, Any] = {"values": [], "missing": []}
        columns: list[pl.Series] = []
        for output in range(self.values.shape[1]):
            sums = _per_cell(codes, fold, self.values[:, output] * self.weights, n_levels=n_levels, folds=folds)
            counts = _per_cell(codes, fold, self.weights, n_levels=n_levels, folds=folds)
            total = self._smoothed(sums.sum(axis=1), counts.sum(axis=1), sums.sum(), counts.sum())
            state["values"].append(total[:-1].tolist())
            state["missing"].append(float(total[-1]))
            columns.append(pl.Series(self._out_of_fold(sums, counts)[codes, fold]))
        return state, columns

    def _smoothed(self, sums: FloatArray, counts: FloatArray, sum_all: Any, count_all: Any) -> FloatArray:
        mean = np.divide(sum_all, count_all, out=np.zeros_like(np.asarray(sum_all, dtype=float)), where=count_all > 0)
        divisor = counts + self.smoothing
        smoothed = np.where(divisor > 0, (sums + self.smoothing * mean) / np.where(divisor > 0, divisor, 1.0), mean)
        return np.asarray(smoothed, dtype=np.float64)

    def _out_of_fold(self, sums: FloatArray, counts: FloatArray) -> FloatArray:
        """Value per category and fold, from the other folds."""
        other_sums, other_counts = sums.sum(axis=1, keepdims=True) - sums, counts.sum(axis=1, keepdims=True) - counts
        sum_all, count_all = sums.sum() - sums.sum(axis=0), counts.sum() - counts.sum(axis=0)
        if np.all(count_all == 0):
            return np.zeros_like(sums)
        return self._smoothed(other_sums, other_counts, sum_all, count_all)


def target_columns(target: pl.Series, problem: Problem, *, smoothing: float, max_classes: int) -> TargetColumns:
    """The target as numbers to average; classes in the order of sorted labels, the rarest beyond the limit left out."""
    weights = target.is_not_null().cast(pl.Float64).to_numpy()
    if problem == "regression":
        values = target.cast(pl.Float64).fill_nan(None).fill_null(0.0).to_numpy()
        return TargetColumns(values[:, None], weights, [""], smoothing)
    labels = target.drop_nulls().unique().sort().to_list()
    if problem == "binary" or len(labels) <= 2:
        positive = (target == labels[-1]).fill_null(value=False).cast(pl.Float64).to_numpy() if labels else weights
        return TargetColumns(positive[:, None], weights, [""], smoothing)
    frequent = set(counted(target)["value"].head(max_classes).to_list())
    shown = [label for label in labels if label in frequent]
    columns = [(target == label).fill_null(value=False).cast(pl.Float64).to_numpy() for label in shown]
    return TargetColumns(np.column_stack(columns), weights, [f" {label}" for label in shown], smoothing)


def _codes(frame: pl.DataFrame, column: str, form: KeyType, levels: Sequence[Level]) -> IntArray:
    """Position of each row's category among the levels; one past the end for missing."""
    places = pl.Series(range(len(levels)), dtype=pl.Int64)
    found = key(column, form).replace_strict(
        levels_series(levels, form), places, default=len(levels), return_dtype=pl.Int64
    )
    return frame.select(found).to_series().to_numpy()


def _fold_of_rows(n_rows: int, folds: int, seed: int) -> IntArray:
    """A random fold per row, of equal sizes."""
    fold = np.arange(n_rows, dtype=np.int64) % folds
    np.random.default_rng(seed).shuffle(fold)
    return fold


def _per_cell(codes: IntArray, fold: IntArray, weights: FloatArray, *, n_levels: int, folds: int) -> FloatArray:
    """Sums of weights per category and fold, ``n_levels × folds``."""
    cells = np.bincount(codes * folds + fold, weights=weights, minlength=n_levels * folds)
    return cells.astype(np.float64, copy=False).reshape(n_levels, folds)
