"""A recipe with everything it has learned: the same features in training, preview, serving and export."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from pydantic import ValidationError

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import aligned
from narrative.engine.step_specs import FORMAT_VERSION, StepSpec, check_version, newer, resolved
from narrative.engine.steps._columns import DTYPES, is_number
from narrative.engine.steps.base import NoRowPathError, ReshapingStep, RowFunction, State, Step, StepParams
from narrative.engine.types import FloatArray

if TYPE_CHECKING:
    from narrative.engine.recipe import Recipe

ROW_PATH_UP_TO: Final = 32
"""Rows for which the row functions are faster than a frame."""


@dataclass(frozen=True)
class FittedStep:
    """A step with its parameters and what it has learned."""

    spec: StepSpec
    step: Step[Any]
    params: StepParams
    state: State

    def to_dict(self) -> dict[str, Any]:
        return {"spec": self.spec.model_dump(), "state_version": self.step.state_version, "state": self.state}


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe with everything it has learned.

    Attributes:
        recipe: the steps as they were asked for.
        steps: the steps that are switched on, fitted.
        input_types: raw column -> engine type, for every column of the training table except the target.
        feature_names: numeric columns at the end, in the order of :meth:`matrix`.
        sources: feature -> raw column it was made from.
        tables: version id -> table that steps such as join look into; not written with the recipe.
    """

    recipe: Recipe
    steps: list[FittedStep]
    input_types: dict[str, str]
    feature_names: list[str]
    sources: dict[str, str]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def learned(
        cls,
        recipe: Recipe,
        steps: list[FittedStep],
        types: dict[str, str],
        after: Mapping[str, pl.DataType],
        tables: Mapping[str, pl.DataFrame],
    ) -> FittedRecipe:
        """The recipe with its fitted steps; ``types`` are those of the raw columns, ``after`` those of the last."""
        sources = traced({name: name for name in types}, steps)
        names = [name for name, dtype in after.items() if is_number(dtype)]
        made_of = {name: sources.get(name, next(iter(types))) for name in names}
        return cls(recipe, steps, types, names, made_of, tables)

    @cached_property
    def input_columns(self) -> list[str]:
        """Raw columns that reach at least one feature, in the order of the training table."""
        origins = self.origins
        used = {raw for name in self.feature_names for raw in origins.get(name, (self.sources[name],))}
        return [name for name in self.input_types if name in used]

    @cached_property
    def origins(self) -> dict[str, frozenset[str]]:
        """Every column there is at some point -> all the raw columns its values depend on."""
        origins = {name: frozenset({name}) for name in self.input_types}
        for fitted in self.steps:
            made = fitted.step.inputs(fitted.params, fitted.state)
            origins |= {
                new: frozenset().union(*(origins.get(old, frozenset()) for old in olds)) for new, olds in made.items()
            }
        return origins

    @cached_property
    def credits(self) -> dict[str, list[str]]:
        """Every column there is at some point -> the raw columns that its effect on a prediction is put down to.

        A column that keeps its name is put down to itself, whatever else was asked to fill or scale it; a new column
        to all columns it is made of.
        """
        found = {name: [name] for name in self.input_types}
        for fitted in self.steps:
            main = fitted.step.outputs(fitted.params, fitted.state)
            made = {
                new: [new] if main.get(new) == new and new in found else olds
                for new, olds in fitted.step.inputs(fitted.params, fitted.state).items()
            }
            found |= {
                new: list(dict.fromkeys(raw for old in olds for raw in found.get(old, [])))
                for new, olds in made.items()
            }
        return found

    def kept(self, frame: pl.DataFrame) -> pl.Series:
        """True for each row that row-dropping steps would keep in training."""
        current = aligned(frame, self.input_types).collect()
        flags, rows = np.zeros(current.height, dtype=bool), np.arange(current.height)
        for fitted in self.steps:
            keep = fitted.step.keep(fitted.params, fitted.state)
            if keep is not None:
                mask = current.select(keep.fill_null(value=False)).to_series()
                current, rows = current.filter(mask), rows[mask.to_numpy()]
            current = fitted.step.apply(current.lazy(), fitted.params, fitted.state).collect()
        flags[rows] = True
        return pl.Series(flags)

    @property
    def reshapes(self) -> bool:
        """Whether rows after it are other rows than before it (pivot, join): rows cannot be followed through it."""
        return any(fitted.step.reshapes for fitted in self.steps)

    @property
    def compares_rows(self) -> bool:
        """Whether a training row can stay or go because of other rows (duplicates, samples)."""
        return any(fitted.step.compares_rows for fitted in self.steps)

    def apply(self, frame: pl.DataFrame, *, training: bool = False) -> pl.DataFrame:
        """The frame after all steps. Columns it lacks count as missing, columns not known at fitting are left out.

        Rows stay and keep their order, except that steps made to drop rows do so with ``training``.
        """
        return self._lazy(frame, training=training).collect()

    def matrix(self, frame: pl.DataFrame) -> FloatArray:
        """Features, ``n_rows × n_features`` float64 in C order; missing is NaN. A row's values depend on it alone."""
        if not self.feature_names:
            return np.empty((frame.height, 0))
        if frame.height <= ROW_PATH_UP_TO and self.row_functions is not None:
            with contextlib.suppress(NoRowPathError):
                return self._matrix_by_row(frame)
        return self.features(self._lazy(frame, training=False).select(self.feature_names).collect())

    def features(self, prepared: pl.DataFrame) -> FloatArray:
        """The matrix of a frame that :meth:`apply` or ``fit_apply`` gave."""
        if not self.feature_names:
            return np.empty((prepared.height, 0))
        numbers = prepared.select(pl.col(self.feature_names).cast(pl.Float64).fill_null(float("nan")))
        matrix = np.ascontiguousarray(numbers.to_numpy(order="c"), dtype=np.float64)
        infinite = np.isinf(matrix)
        return np.where(infinite, np.nan, matrix) if infinite.any() else matrix

    def notes(self, frame: pl.DataFrame) -> list[str]:
        """What people should know about applying the recipe to this frame (unseen categories, unreadable values)."""
        said: list[str] = []
        lazy = aligned(frame, self.input_types)
        for fitted in self.steps:
            before = lazy.collect()
            said += [note for note in fitted.step.notes(before, fitted.params, fitted.state) if note not in said]
            lazy = self._applied(fitted, before.lazy())
        return said

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; :meth:`from_dict` gives an equal recipe."""
        return {
            "version": FORMAT_VERSION,
            "recipe": self.recipe.to_dict(),
            "steps": [fitted.to_dict() for fitted in self.steps],
            "input_types": [[name, dtype] for name, dtype in self.input_types.items()],
            "feature_names": self.feature_names,
            "sources": self.sources,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FittedRecipe:
        """The recipe that :meth:`to_dict` wrote.

        Raises:
            InvalidInput: ``recipe_unreadable``, or ``recipe_newer_format`` when a newer program wrote it.
        """
        from narrative.engine.recipe import Recipe

        try:
            check_version(data)
            fitted = cls(
                Recipe.from_dict(data["recipe"]),
                [_fitted_step(step) for step in data["steps"]],
                {str(name): str(dtype) for name, dtype in data["input_types"]},
                [str(name) for name in data["feature_names"]],
                {str(new): str(old) for new, old in data["sources"].items()},
            )
        except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(
                "recipe_unreadable", "This is not a fitted recipe.", fix="Write the model file again."
            ) from error
        features, sources = set(fitted.feature_names), set(fitted.sources.values())
        complete = set(fitted.sources) == features and set(fitted.input_types) >= sources
        if not (complete and set(fitted.input_types.values()) <= set(DTYPES)):
            raise InvalidInput(
                "recipe_unreadable", "The features of this fitted recipe do not fit its columns.", fix="Write it again."
            )
        return fitted

    @cached_property
    def row_functions(self) -> list[RowFunction] | None:
        """The steps as functions of one row; None when one of them has only the frame path."""
        functions = [fitted.step.row(fitted.params, fitted.state) for fitted in self.steps]
        present = [function for function in functions if function is not None]
        return present if len(present) == len(functions) else None

    def _matrix_by_row(self, frame: pl.DataFrame) -> FloatArray:
        """The same bits as the frame path, in microseconds a row instead of milliseconds a frame."""
        dtypes = frame.schema
        if any(dtypes.get(name, DTYPES[dtype]) != DTYPES[dtype] for name, dtype in self.input_types.items()):
            frame = aligned(frame, self.input_types).collect()
        nothing: dict[str, Any] = dict.fromkeys(self.input_types)
        features = np.empty((frame.height, len(self.feature_names)))
        for place, cells in enumerate(frame.iter_rows(named=True)):
            row = nothing | {name: cell for name, cell in cells.items() if name in nothing and not _is_infinite(cell)}
            for function in self.row_functions or ():
                function(row)
            features[place] = [np.nan if (cell := row[name]) is None else cell for name in self.feature_names]
        features[np.isinf(features)] = np.nan
        return features

    def _lazy(self, frame: pl.DataFrame, *, training: bool) -> pl.LazyFrame:
        lazy = aligned(frame, self.input_types)
        for fitted in self.steps:
            keep = fitted.step.keep(fitted.params, fitted.state) if training else None
            if keep is not None and fitted.step.compares_rows:
                # Looked at on its own: merged with another filter it would compare with rows that are gone.
                rows = lazy.collect()
                lazy = rows.filter(rows.select(keep).to_series()).lazy()
            elif keep is not None:
                lazy = lazy.filter(keep)
            lazy = self._applied(fitted, lazy)
        return lazy

    def _applied(self, fitted: FittedStep, frame: pl.LazyFrame) -> pl.LazyFrame:
        if isinstance(fitted.step, ReshapingStep):
            return fitted.step.reshape(frame.collect(), fitted.params, fitted.state, self.tables).lazy()
        return fitted.step.apply(frame, fitted.params, fitted.state)


def _is_infinite(cell: Any) -> bool:
    """Whether a cell is a number that is none: NaN or infinite counts as missing."""
    return isinstance(cell, float) and not math.isfinite(cell)


def traced(sources: dict[str, str], steps: Sequence[FittedStep]) -> dict[str, str]:
    """Column -> raw column, after some more steps."""
    for fitted in steps:
        made = fitted.step.outputs(fitted.params, fitted.state)
        sources = sources | {new: sources[old] for new, old in made.items() if old in sources}
    return sources


def _fitted_step(data: Mapping[str, Any]) -> FittedStep:
    spec = StepSpec.model_validate(data["spec"])
    step, params = resolved(spec)
    if int(data["state_version"]) > step.state_version:
        raise newer(f"the step {step.name}")
    return FittedStep(spec, step, params, dict(data["state"]))
