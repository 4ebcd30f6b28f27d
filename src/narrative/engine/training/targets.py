"""The target as numbers: which rows have one, which labels there are, which of two is the positive one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.base import Score
from narrative.engine.types import FloatArray, IntArray, Label, Problem

POSITIVE_WORDS: Final = frozenset(
    {"yes", "true", "1", "1.0", "y", "t", "positive", "pos", "churned", "fraud", "default"}
)
NEGATIVE_WORDS: Final = frozenset({"no", "false", "0", "0.0", "n", "f", "negative", "neg", "none"})


@dataclass(frozen=True)
class Target:
    """The target column, coded.

    ``rows`` are the positions (in the given frame) of rows that have a target; ``values`` belong to them: class index
    or value. ``classes`` is empty for regression; for two classes ``classes[1]`` is the positive one.
    """

    problem: Problem
    rows: IntArray
    values: FloatArray
    classes: list[Label]
    metric: str = AUTO
    """The score that ranks models: a name, or "auto" for that of the problem."""

    @property
    def score(self) -> Score:
        """The score that ranks models."""
        return primary_score(self.problem, self.metric)

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    def counts(self) -> IntArray:
        """Rows per class."""
        return np.bincount(self.values.astype(np.int64), minlength=self.n_classes).astype(np.int64)


def code_target(series: pl.Series, problem: Problem) -> Target:
    """Code a target whose problem is known. Missing, NaN and infinite values leave the row out."""
    usable = series.is_not_null()
    if series.dtype.is_float() or problem == "regression":
        numbers = series.cast(pl.Float64, strict=False)
        usable = usable & numbers.is_finite().fill_null(value=False)
    rows = usable.arg_true().to_numpy().astype(np.int64)
    present = series.filter(usable)
    if problem == "regression":
        return Target(problem, rows, present.cast(pl.Float64, strict=False).to_numpy().astype(np.float64), [])
    counts = present.alias("label").value_counts(sort=False)  # a target may be called "count"
    labels = counts["label"].to_list()
    sizes = dict(zip(labels, counts["count"].to_list(), strict=True))
    classes = sorted(labels, key=lambda label: (str(type(label)), label))
    if len(classes) == 2:
        classes = _positive_last(classes, sizes)
    index = pl.Series([float(position) for position in range(len(classes))], dtype=pl.Float64)
    codes = present.replace_strict(pl.Series(classes, dtype=present.dtype), index, return_dtype=pl.Float64)
    return Target(problem, rows, codes.to_numpy().astype(np.float64), classes)


def _positive_last(classes: list[Label], sizes: dict[Label, int]) -> list[Label]:
    """Two labels, the positive one last: said by its word, else the rarer one, else the later in order."""
    words = [str(label).strip().lower() for label in classes]
    for index in (0, 1):
        if words[index] in POSITIVE_WORDS or words[1 - index] in NEGATIVE_WORDS:
            return [classes[1 - index], classes[index]]
    first, second = classes
    return [second, first] if sizes[first] < sizes[second] else [first, second]
