"""The table as the detective sees it: all rows for cheap looks, and models on some of them for proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import polars as pl

from narrative.core.errors import Canceled
from narrative.engine.features.light import better, row_influence, score_of
from narrative.engine.features.material import Material, folds_of
from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.scores.intervals import standard_error
from narrative.engine.training.targets import Target
from narrative.engine.types import TIME_KINDS, FloatArray, IntArray

PROOF_ROWS: Final = 3_000
"""Rows a proof looks at; groups of rows that belong together come whole."""
REPEATS: Final = 3
SURE: Final = 2.576
"""Half width of the intervals of proofs in standard errors: 99 in 100, because several suspects are looked at."""
Split = Literal["random", "blocked"]


@dataclass(frozen=True)
class Compared:
    """Two scores of the same rows; ``gain`` is how much better the first one is."""

    first: float
    second: float
    gain: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Scene:
    """All rows with a target, in file order, and what is known about their columns."""

    material: Material
    stop: object = field(default=None, repr=False)

    @property
    def frame(self) -> pl.DataFrame:
        return self.material.frame

    @property
    def target(self) -> Target:
        return self.material.target

    @property
    def values(self) -> FloatArray:
        return self.material.values

    @property
    def profile(self) -> TableProfile:
        return self.material.profile

    @property
    def n(self) -> int:
        return self.frame.height

    @cached_property
    def columns(self) -> list[ColumnProfile]:
        """Profiles of the columns besides the target."""
        return [c for c in self.profile.columns if c.name != self.material.target_name and c.name in self.frame.columns]

    @cached_property
    def strata(self) -> IntArray:
        """Class per row, or tenth of the numbers."""
        from narrative.engine.training.splits import strata_of

        return strata_of(self.target)

    @property
    def time_columns(self) -> list[str]:
        return [c.name for c in self.columns if c.kind in TIME_KINDS and c.distinct > 10 and c.missing_share < 0.05]

    @property
    def unlike_rows(self) -> list[str]:
        """Columns that do nothing but name rows."""
        return [c.name for c in self.columns if c.kind == "identifier" or is_row_name(c)]

    def rows(self, groups: IntArray | None = None) -> IntArray:
        """Rows for a proof: all, or so many groups, drawn at random, as make up the number."""
        if self.n <= PROOF_ROWS:
            return np.arange(self.n, dtype=np.int64)
        random = np.random.default_rng(self.material.seed)
        if groups is None:
            return np.sort(random.permutation(self.n)[:PROOF_ROWS])
        codes = np.unique(groups, return_inverse=True)[1]
        order = random.permutation(int(codes.max()) + 1)
        sizes = np.bincount(codes)[order]
        chosen = order[: max(int(np.searchsorted(np.cumsum(sizes), PROOF_ROWS)), 1)]
        return np.flatnonzero(np.isin(codes, chosen)).astype(np.int64)

    def at(self, rows: IntArray) -> Scene:
        """Only these rows."""
        target = replace(self.target, rows=self.target.rows[rows], values=self.target.values[rows])
        return replace(self, material=replace(self.material, frame=self.frame[rows], target=target))

    def without(self, columns: Sequence[str]) -> Scene:
        """Without these columns."""
        kept = [name for name in self.frame.columns if name not in set(columns)]
        return replace(self, material=self.material.only(kept))

    def adding(self, name: str, values: FloatArray) -> Scene:
        """With one more column of numbers."""
        like = ColumnProfile(
            name=name, kind="decimal", kind_confidence=1.0, dtype="Float64", count=values.size, missing=0,
            missing_share=0.0, distinct=int(np.unique(values).size), quality=100.0,
        )  # fmt: skip
        profile = self.profile.model_copy(update={"columns": [*self.profile.columns, like]})
        frame = self.frame.with_columns(pl.Series(name, values, dtype=pl.Float64))
        return replace(self, material=self.material.with_frame(frame, profile))

    def with_target(self, values: FloatArray) -> Scene:
        """The same columns with another target."""
        return replace(self, material=replace(self.material, target=replace(self.target, values=values)))

    def predictions(self, groups: IntArray | None = None, *, repeat: int = 0, deep: bool = False) -> FloatArray:
        """Every row predicted by a model that has not seen it; rows of a group are never on both sides."""
        material = self.material
        shape = (self.n,) if self.target.problem == "regression" else (self.n, self.target.n_classes)
        found = np.empty(shape)
        for train, other in folds_of(self.target, seed=material.seed + repeat, groups=groups):
            self.check_stop()
            prepared = material.prepared(train, other)
            model = material.fit(prepared.train, prepared.train_target, deep=deep)
            found[other] = model.predict(prepared.other)
        return found

    def check_stop(self) -> None:
        """Raises ``Canceled`` when the work is to stop."""
        if callable(self.stop) and self.stop():
            raise Canceled("canceled", "The search for leaks was stopped.")


def is_row_name(column: ColumnProfile) -> bool:
    """Whether nearly every row has its own whole number or text."""
    return column.kind in {"integer", "text"} and column.distinct >= 0.95 * max(column.count, 1) and column.count > 20


def compared(
    first: Scene,
    second: Scene,
    *,
    first_groups: IntArray | None = None,
    second_groups: IntArray | None = None,
    clusters: IntArray | None = None,
    deep: bool = False,
) -> Compared | None:
    """Out-of-fold scores of two scenes with the same rows and target; None when the score is not defined.

    The interval holds the luck of the rows: paired differences of the influence values, rows of a cluster together,
    averaged over three divisions into folds.
    """
    problem, target = first.target.problem, first.values
    sign = better(problem)
    scores, spread = np.zeros((REPEATS, 2)), np.zeros(first.n)
    for repeat in range(REPEATS):
        a = first.predictions(first_groups, repeat=repeat, deep=deep)
        b = second.predictions(second_groups, repeat=repeat, deep=deep)
        own, other = score_of(problem, target, a), score_of(problem, target, b)
        if own is None or other is None:
            return None
        scores[repeat] = own, other
        spread += sign * (row_influence(problem, target, a) - row_influence(problem, target, b)) / REPEATS
    own, other = scores.mean(axis=0)
    of_folds = float((scores[:, 0] - scores[:, 1]).var(ddof=1)) / REPEATS
    codes = None if clusters is None else np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    gain, width = sign * (own - other), SURE * float(np.sqrt(standard_error(spread, codes) ** 2 + of_folds))
    return Compared(float(own), float(other), float(gain), float(gain - width), float(gain + width), first.n)
