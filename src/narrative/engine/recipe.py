"""A recipe: ordered steps from a raw table to features, learned once and applied the same way everywhere.

Preview, training, cross-validation, serving and export run the very same fitted steps. Fitting learns from the given
rows only; applying never removes rows unless it is asked for training rows.

>>> import polars as pl
>>> table = pl.DataFrame({"age": [30.0, None, 50.0], "city": ["Paris", "Rome", "Paris"]})
>>> fill = StepSpec(type="impute", params={"columns": ["age"]})
>>> fitted = Recipe([fill, StepSpec(type="encode", params={"method": "one_hot"})]).fit(table)
>>> fitted.feature_names
['age', 'city=Paris', 'city=Rome']
>>> fitted.matrix(pl.DataFrame({"city": ["Rome"]})).tolist()
[[40.0, 0.0, 1.0]]
"""

from __future__ import annotations

import contextlib
import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.alignment import aligned, canonical, input_types, kinds_of
from narrative.engine.steps._columns import DTYPES, TEXTUAL, TIMES, is_number
from narrative.engine.steps.base import FitContext, Layout, NoRowPathError, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind, FloatArray, IntArray

ALIASES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "one_hot_encode": ("encode", {"method": "one_hot"}),
    "label_encode": ("encode", {"method": "label"}),
    "normalize": ("scale", {"method": "min_max"}),
    "standardize": ("scale", {"method": "standard"}),
    "fill_missing": ("impute", {}),
}
"""Older names of steps, with what they mean today."""

FORMAT_VERSION: Final = 1
ROW_PATH_UP_TO: Final = 32
"""Rows for which the row functions are faster than a frame."""

_POSSIBLE: Final[Mapping[ColumnKind, frozenset[ColumnKind]]] = {
    "category": TEXTUAL | TIMES,
    "integer": frozenset({"integer", "category", "identifier", "constant", "empty"}),
    "decimal": frozenset({"decimal", "integer", "constant", "empty"}),
    "boolean": frozenset({"boolean", "constant", "empty"}),
    "date": frozenset({"date", "datetime", "constant", "empty"}),
    "datetime": frozenset({"datetime", "date", "constant", "empty"}),
}
"""Kinds that a column may be whose type alone is known."""


def step_types() -> Mapping[str, type[Step[Any]]]:
    """All steps by name."""
    return discover("narrative.engine.steps", Step)  # type: ignore[type-abstract]  # only compared with, never called


class StepSpec(BaseModel):
    """One step of a recipe as a person writes it down: what, with which parameters, and whether it is switched on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str = Field(title="Step", description="Name of the step, or one of its older names.")
    params: dict[str, Any] = Field(default_factory=dict, title="Parameters")
    enabled: bool = Field(default=True, title="Switched on")
    id: str = Field(default="", title="Id", description="Stable id within the recipe; given by position when empty.")


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
class Recipe:
    """Ordered steps. Equal recipes have equal :meth:`to_json`."""

    steps: Sequence[StepSpec]

    def __post_init__(self) -> None:
        named = [
            spec if spec.id else spec.model_copy(update={"id": f"step_{i}"}) for i, spec in enumerate(self.steps, 1)
        ]
        object.__setattr__(self, "steps", tuple(named))

    def validate(self, columns: Mapping[str, ColumnKind] | Mapping[str, pl.DataType]) -> None:
        """Check every step against the columns it would meet, before anything runs.

        Args:
            columns: kinds (from a profile) or types (a frame's schema) of the columns of the raw table.

        Raises:
            InvalidInput: the first fault, with all of them in ``context["faults"]``. Nothing has run then.
        """
        kinds = {
            name: kind if isinstance(kind, str) else kinds_of({name: kind})[name] for name, kind in columns.items()
        }
        layout, faults = Layout(kinds), []
        for spec in self.steps:
            if not spec.enabled:
                continue
            try:
                step, params = _resolved(spec)
                _check_columns(spec, step, params, layout)
                layout = step.layout(params, layout)
            except InvalidInput as fault:
                faults.append(fault)
        if faults:
            first = faults[0]
            first.context["faults"] = [
                {"code": f.code, "message": f.message, "column": f.column, "fix": f.fix, **f.context} for f in faults
            ]
            raise first

    def fit(self, frame: pl.DataFrame, context: FitContext | None = None) -> FittedRecipe:
        """Learn every step from training rows."""
        return self._run(frame, context or FitContext())[0]

    def fit_apply(self, frame: pl.DataFrame, context: FitContext | None = None) -> tuple[FittedRecipe, pl.DataFrame]:
        """Learn every step, and the training rows transformed (rows dropped, encodings of the target out of fold)."""
        fitted, prepared, _ = self._run(frame, context or FitContext())
        return fitted, prepared

    def fit_matrix(
        self, frame: pl.DataFrame, context: FitContext | None = None
    ) -> tuple[FittedRecipe, FloatArray, IntArray]:
        """Like :meth:`fit_apply`, with features as ``n_kept × n_features`` and the positions of the rows kept."""
        fitted, prepared, rows = self._run(frame, context or FitContext())
        return fitted, fitted.features(prepared), rows

    def to_dict(self) -> dict[str, Any]:
        return {"version": FORMAT_VERSION, "steps": [spec.model_dump() for spec in self.steps]}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """The recipe that :meth:`to_dict` wrote. Raises ``InvalidInput('recipe_unreadable')``."""
        try:
            _check_version(data)
            return cls([StepSpec.model_validate(spec) for spec in data["steps"]])
        except (ValidationError, KeyError, TypeError) as error:
            raise InvalidInput(
                "recipe_unreadable", "This is not a recipe.", fix="Export the recipe again and use that file."
            ) from error

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe that :meth:`to_json` wrote. Raises ``InvalidInput('recipe_unreadable')``."""
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InvalidInput(
                "recipe_unreadable", "This is not a recipe: it is not JSON.", fix="Export the recipe again."
            ) from error
        return cls.from_dict(data)

    def _run(self, frame: pl.DataFrame, context: FitContext) -> tuple[FittedRecipe, pl.DataFrame, IntArray]:
        """Fit step by step, each on what the steps before it made of the training rows."""
        if context.target is not None and context.target.name in frame.columns:
            frame = frame.drop(context.target.name)
        if frame.width == 0 or frame.height == 0:
            raise InvalidInput(
                "empty_table",
                "There is nothing to learn from: the table has no rows, or no columns besides the target.",
                fix="Use a table with at least one row and one column besides the target.",
            )
        types = input_types(frame)
        frame = canonical(frame)
        rows = np.arange(frame.height, dtype=np.int64)
        sources = {name: name for name in frame.columns}
        fitted: list[FittedStep] = []
        for spec in self.steps:
            if not spec.enabled:
                continue
            step, params = _resolved(spec)
            _check_columns(spec, step, params, Layout(kinds_of(frame.schema)), by_type=True)
            state, after = step.fit_apply(frame, params, context)
            fitted.append(FittedStep(spec, step, params, state))
            sources |= {new: sources[old] for new, old in step.outputs(params, state).items() if old in sources}
            keep = step.keep(params, state)
            frame, rows, context = (
                (after, rows, context) if keep is None else _kept(step, frame.select(keep), after, rows, context)
            )
        names = [name for name, dtype in frame.schema.items() if is_number(dtype)]
        recipe = FittedRecipe(self, fitted, types, names, {name: sources[name] for name in names})
        return recipe, frame, rows


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe with everything it has learned.

    Attributes:
        recipe: the steps as they were asked for.
        steps: the steps that are switched on, fitted.
        input_types: raw column -> engine type, for every column of the training table except the target.
        feature_names: numeric columns at the end, in the order of :meth:`matrix`.
        sources: feature -> raw column it was made from.
    """

    recipe: Recipe
    steps: list[FittedStep]
    input_types: dict[str, str]
    feature_names: list[str]
    sources: dict[str, str]

    @cached_property
    def input_columns(self) -> list[str]:
        """Raw columns that reach at least one feature, in the order of the training table."""
        used = set(self.sources.values())
        return [name for name in self.input_types if name in used]

    def apply(self, frame: pl.DataFrame, *, training: bool = False) -> pl.DataFrame:
        """The frame after all steps. Columns it lacks count as missing, columns not known at fitting are left out.

        Rows stay and keep their order, except that steps made to drop rows do so with ``training``.
        """
        return self._lazy(frame, training=training).collect()

    def matrix(self, frame: pl.DataFrame) -> FloatArray:
        """Features, ``n_rows × n_features`` float64 in C order; missing is NaN. A row's values depend on it alone."""
        if not self.feature_names:
            return np.empty((frame.height, 0))
        if frame.height <= ROW_PATH_UP_TO and self._row_functions is not None:
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
            lazy = fitted.step.apply(before.lazy(), fitted.params, fitted.state)
        return said

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; :meth:`from_dict` gives an equal recipe."""
        return {
            "version": FORMAT_VERSION,
            "recipe": self.recipe.to_dict(),
            "steps": [fitted.to_dict() for fitted in self.steps],
            "input_types": self.input_types,
            "feature_names": self.feature_names,
            "sources": self.sources,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FittedRecipe:
        """The recipe that :meth:`to_dict` wrote.

        Raises:
            InvalidInput: ``recipe_unreadable``, or ``recipe_newer_format`` when a newer program wrote it.
        """
        try:
            _check_version(data)
            fitted = cls(
                Recipe.from_dict(data["recipe"]),
                [_fitted_step(step) for step in data["steps"]],
                {str(name): str(dtype) for name, dtype in data["input_types"].items()},
                [str(name) for name in data["feature_names"]],
                {str(new): str(old) for new, old in data["sources"].items()},
            )
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
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
    def _row_functions(self) -> list[RowFunction] | None:
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
            for function in self._row_functions or ():
                function(row)
            features[place] = [np.nan if (cell := row[name]) is None else cell for name in self.feature_names]
        features[np.isinf(features)] = np.nan
        return features

    def _lazy(self, frame: pl.DataFrame, *, training: bool) -> pl.LazyFrame:
        lazy = aligned(frame, self.input_types)
        for fitted in self.steps:
            keep = fitted.step.keep(fitted.params, fitted.state) if training else None
            if keep is not None:
                lazy = lazy.filter(keep)
            lazy = fitted.step.apply(lazy, fitted.params, fitted.state)
        return lazy


def _is_infinite(cell: Any) -> bool:
    """Whether a cell is a number that is none: NaN or infinite counts as missing."""
    return isinstance(cell, float) and not math.isfinite(cell)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The most similar known name, if one is similar at all."""
    by_fold = {candidate.casefold().strip(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold().strip(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def _resolved(spec: StepSpec) -> tuple[Step[Any], StepParams]:
    """The step and its checked parameters, older names translated."""
    name, preset = ALIASES.get(spec.type, (spec.type, {}))
    kinds = step_types()
    if name not in kinds:
        near = nearest(name, [*kinds, *ALIASES])
        raise InvalidInput(
            "step_unknown",
            f"There is no step '{spec.type}'.",
            fix=f"Did you mean '{near}'?" if near else f"Known steps: {', '.join(kinds)}.",
            step=spec.id,
        )
    step = kinds[name]()
    try:
        return step, step.Params(**{**preset, **spec.params})
    except ValidationError as error:
        raise _parameter_fault(spec, step, error) from error


def _parameter_fault(spec: StepSpec, step: Step[Any], error: ValidationError) -> InvalidInput:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    value = first.get("input")
    named = f" '{place}'" if place else ""
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(step.Params.model_fields)
        message = f"Step {spec.id} ({step.name}) has no parameter{named}."
        fix = f"Its parameters are: {allowed}."
    else:
        shown = "" if isinstance(value, dict) else f" It is {value!r}."
        message = f"Step {spec.id} ({step.name}): parameter{named} is not right.{shown}"
        fix = str(first["msg"]).removeprefix("Value error, ") + "."
    return InvalidInput("step_parameter_invalid", message, fix=fix, step=spec.id, parameter=place)


def _check_columns(
    spec: StepSpec, step: Step[Any], params: StepParams, layout: Layout, *, by_type: bool = False
) -> None:
    """Raise when a column is missing or of a kind the step cannot work on.

    ``by_type``: the layout's kinds were read off types, where text may also be an identifier or an unread date and a
    whole number a code, so only what no such column could be is refused.
    """
    accepted = step.kinds_for(params)
    for column in step.columns(params):
        if not layout.has(column):
            near = nearest(column, list(layout.kinds))
            raise InvalidInput(
                "column_unknown",
                f"Step {spec.id} ({step.name}) needs the column '{column}', which is not there.",
                column=column,
                fix=f"Did you mean '{near}'?" if near else f"Columns here: {', '.join(list(layout.kinds)[:20])}.",
                step=spec.id,
            )
        kind = layout.kinds.get(column)
        possible = frozenset({kind}) if kind is None or not by_type else _POSSIBLE.get(kind, frozenset({kind}))
        if accepted and kind is not None and not (possible & accepted):
            raise InvalidInput(
                "column_kind_unfit",
                f"Step {spec.id} ({step.name}) cannot work on '{column}': it is {kind}.",
                column=column,
                fix=f"It works on: {', '.join(sorted(accepted))}. Choose another column, or cast this one first.",
                step=spec.id,
            )


def _kept(
    step: Step[Any], keep: pl.DataFrame, frame: pl.DataFrame, rows: IntArray, context: FitContext
) -> tuple[pl.DataFrame, IntArray, FitContext]:
    """Training rows, their positions and their target after a step that dropped rows."""
    mask = keep.to_series().fill_null(value=False)
    if not mask.any():
        raise InvalidInput(
            "no_rows_left", f"{step.title} would leave no row to learn from.",
            fix="Fill missing values instead, or raise the limit of the step.", step=step.name,
        )  # fmt: skip
    target = None if context.target is None else context.target.filter(mask)
    return frame.filter(mask), rows[mask.to_numpy()], replace(context, target=target)


def _fitted_step(data: Mapping[str, Any]) -> FittedStep:
    spec = StepSpec.model_validate(data["spec"])
    step, params = _resolved(spec)
    if int(data["state_version"]) > step.state_version:
        raise _newer(f"the step {step.name}")
    return FittedStep(spec, step, params, dict(data["state"]))


def _check_version(data: Mapping[str, Any]) -> None:
    if int(data["version"]) > FORMAT_VERSION:
        raise _newer("this recipe")


def _newer(what: str) -> InvalidInput:
    return InvalidInput(
        "recipe_newer_format",
        f"A newer version of the program wrote {what}.",
        fix="Update the program, then try again.",
    )
