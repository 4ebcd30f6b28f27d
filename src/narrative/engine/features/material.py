"""What the stage works on: the rows that may be looked at, the columns after the steps of people, the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.features.light import LightModel, fit_light
from narrative.engine.fitted_recipe import traced
from narrative.engine.preparation import automatic_recipe
from narrative.engine.profile import check_target, profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.training.splits import choose_split
from narrative.engine.training.targets import Target, code_target
from narrative.engine.training.types import TrainingOptions
from narrative.engine.training.user_steps import check_steps, profile_after
from narrative.engine.training.views import label_series
from narrative.engine.types import TIME_KINDS, FloatArray, IntArray, Problem

MOST_ROWS: Final = 4_000
"""Rows that comparisons look at, drawn at random: more would only make small differences surer."""
FOLDS: Final = 5


@dataclass(frozen=True)
class Prepared:
    """One division of the rows as numbers.

    Attributes:
        train, other: ``n × n_features``; missing is NaN.
        train_rows: positions of the training rows that were kept.
        groups: column (after the steps of people) -> places of its features.
    """

    recipe: FittedRecipe
    train: FloatArray
    train_target: FloatArray
    other: FloatArray
    other_target: FloatArray
    train_rows: IntArray
    groups: dict[str, list[int]]


@dataclass(frozen=True)
class Material:
    """Rows, columns and target of one question.

    Attributes:
        frame: rows that may be looked at, without the target.
        profile: of all rows, as the steps leave the columns.
        n_rows_there: rows with a target, before the test part was set aside and before sampling.
        keeps_test_apart: whether the rows that will score the model are not among these.
    """

    frame: pl.DataFrame
    target: Target
    target_name: str
    profile: TableProfile
    steps: tuple[StepSpec, ...]
    seed: int
    n_rows_there: int
    keeps_test_apart: bool

    @property
    def problem(self) -> Problem:
        return self.target.problem

    @property
    def values(self) -> FloatArray:
        return self.target.values

    @property
    def columns(self) -> list[str]:
        """Columns a model could read, after the steps of people: no identifier, constant or empty one."""
        unused = ("identifier", "constant", "empty")
        return [c.name for c in self.profile.columns if c.kind not in unused and c.name != self.target_name]

    @property
    def labels(self) -> pl.Series:
        """The target as steps see it."""
        return label_series(self.target, self.target_name)

    def with_frame(self, frame: pl.DataFrame, profile: TableProfile | None = None) -> Material:
        """The same rows with other columns."""
        return replace(self, frame=frame, profile=profile or self.profile)

    def only(self, columns: Sequence[str]) -> Material:
        """The same rows with only these columns, and no steps before them."""
        wanted = set(columns)
        kept = [column for column in self.profile.columns if column.name in wanted]
        frame = self.frame.select([name for name in self.frame.columns if name in wanted])
        return replace(self, frame=frame, profile=self.profile.model_copy(update={"columns": kept}), steps=())

    def folds(self, repeat: int = 0) -> list[tuple[IntArray, IntArray]]:
        """Rows to learn from and rows to predict, five times, classes dealt evenly."""
        return folds_of(self.target, seed=self.seed + repeat)

    def context(self, rows: IntArray) -> FitContext:
        return FitContext(target=self.labels[rows], problem=self.problem, seed=self.seed)

    def prepared(self, train: IntArray, other: IntArray) -> Prepared:
        """The steps and the automatic preparation, learned from the training rows alone."""
        auto = automatic_recipe(
            self.profile, target=self.target_name, problem=self.problem, view="trees", n_rows=train.size
        )
        recipe = Recipe([step.model_copy(update={"id": ""}) for step in (*self.steps, *auto.steps)])
        fitted, matrix, rows = recipe.fit_matrix(self.frame[train], self.context(train))
        own = sum(step.enabled for step in self.steps)
        names = [column.name for column in self.profile.columns]
        sources = traced({name: name for name in names}, fitted.steps[own:])
        wanted = {column.name for column in self.profile.columns}
        places = [place for place, name in enumerate(fitted.feature_names) if sources.get(name, name) in wanted]
        groups: dict[str, list[int]] = {}
        for new, place in enumerate(places):
            name = fitted.feature_names[place]
            groups.setdefault(sources.get(name, name), []).append(new)
        others = fitted.matrix(self.frame[other])[:, places]
        kept = train[rows]
        return Prepared(fitted, matrix[:, places], self.values[kept], others, self.values[other], kept, groups)

    def after_steps(self) -> pl.DataFrame:
        """The columns as the steps of people leave them, learned from all these rows; no row is missing."""
        if not any(step.enabled for step in self.steps):
            return self.frame
        fitted, after = Recipe(self.steps).fit_apply(self.frame, self.context(np.arange(self.frame.height)))
        return after if after.height == self.frame.height else fitted.apply(self.frame)

    def fit(
        self, features: FloatArray, target: FloatArray, seed: int | None = None, *, deep: bool = False
    ) -> LightModel:
        """The quick model of this problem."""
        return fit_light(
            features, target, self.problem, self.target.n_classes, seed=self.seed if seed is None else seed
        )


def make_material(
    frame: pl.DataFrame,
    options: TrainingOptions,
    *,
    profile: TableProfile | None = None,
    most_rows: int = MOST_ROWS,
    whole: bool = False,
) -> Material:
    """The rows that may be looked at: the rows that training will set aside to score the model stay unseen.

    Args:
        frame: all rows, target included.
        options: target, problem, split, seed and the steps of people, as training gets them.
        whole: take all rows, as the search for leaks does, which has to look at the split itself.

    Raises:
        InvalidInput: what ``check_target`` and ``check_steps`` raise; ``no_columns`` when nothing is left to look at.
    """
    problem, _, _ = check_target(frame, options.target, options.problem)
    profile = profile or profile_table(frame, target=options.target, problem=problem)
    check_steps(options.steps, {column.name: column.kind for column in profile.columns}, options.target)
    target = code_target(frame[options.target], problem)
    used = frame[target.rows]
    if used.width < 2:
        raise InvalidInput(
            "no_columns", "There is no column besides the target.", fix="Add the columns the target may depend on."
        )
    rows, apart = np.arange(used.height, dtype=np.int64), False
    if not whole:
        times = [c.name for c in profile.columns if c.kind in TIME_KINDS and c.name != options.target]
        split = choose_split(
            used,
            target,
            split=options.split,
            time_columns=times,
            group_column=options.group_column,
            seed=options.seed,
        )
        rows, apart = np.sort(split.development), not split.is_small
    if rows.size > most_rows:
        drawn = np.random.default_rng(options.seed).permutation(rows.size)[:most_rows]
        rows = rows[np.sort(drawn)]
    features = used.drop(options.target)[rows]
    own = Target(problem, rows, target.values[rows], target.classes)
    after = profile_after(options.steps, features, profile)
    return Material(
        features, own, options.target, after, tuple(options.steps), options.seed, used.height, keeps_test_apart=apart
    )


def folds_of(
    target: Target, *, seed: int, groups: IntArray | None = None, n_folds: int = FOLDS
) -> list[tuple[IntArray, IntArray]]:
    """Folds with every class (or tenth of the numbers) dealt evenly; rows of a group stay together."""
    from narrative.engine.training.splits import assign_parts, strata_of

    parts = assign_parts(strata_of(target), groups, n_folds, seed)
    made = [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(n_folds)]
    return [(train.astype(np.int64), other.astype(np.int64)) for train, other in made if train.size and other.size]
