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

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from pydantic import ValidationError

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import canonical, input_types, kinds_of
from narrative.engine.fitted_recipe import FittedRecipe, FittedStep
from narrative.engine.step_specs import (
    ALIASES,
    FORMAT_VERSION,
    StepSpec,
    check_columns,
    check_version,
    nearest,
    reshaping_in_training,
    resolved,
    step_types,
)
from narrative.engine.steps.base import FitContext, Layout, Step
from narrative.engine.types import ColumnKind, FloatArray, IntArray

__all__ = ["ALIASES", "FittedRecipe", "FittedStep", "Recipe", "StepSpec", "nearest", "step_types"]


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
        by_type = not all(isinstance(kind, str) for kind in columns.values())
        layout, faults = Layout(kinds), []
        for place, spec in enumerate(self.steps, 1):
            if not spec.enabled:
                continue
            try:
                step, params = resolved(spec)
                check_columns(spec, step, params, layout, by_type=by_type)
                layout = step.layout(params, layout)
            except InvalidInput as fault:
                fault.message = _placed(fault.message, spec, place)
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
            check_version(data)
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
        fitted: list[FittedStep] = []
        for spec in self.steps:
            if not spec.enabled:
                continue
            step, params = resolved(spec)
            if step.reshapes and context.target is not None:
                raise reshaping_in_training(spec, step)
            check_columns(spec, step, params, Layout(kinds_of(frame.schema)), by_type=True)
            state, after = step.fit_apply(frame, params, context)
            fitted.append(FittedStep(spec, step, params, state))
            if step.reshapes:  # other rows than before: nothing follows the old ones
                frame, rows = after, np.arange(after.height, dtype=np.int64)
                _refuse_no_rows(step, after)
                continue
            keep = step.keep(params, state)
            frame, rows, context = (
                (after, rows, context) if keep is None else _kept(step, frame.select(keep), after, rows, context)
            )
        recipe = FittedRecipe.learned(self, fitted, types, frame.schema, context.tables)
        return recipe, frame, rows


def _kept(
    step: Step[Any], keep: pl.DataFrame, frame: pl.DataFrame, rows: IntArray, context: FitContext
) -> tuple[pl.DataFrame, IntArray, FitContext]:
    """Training rows, their positions and their target after a step that dropped rows."""
    mask = keep.to_series().fill_null(value=False)
    _refuse_no_rows(step, mask.filter(mask).to_frame())
    target = None if context.target is None else context.target.filter(mask)
    return frame.filter(mask), rows[mask.to_numpy()], replace(context, target=target)


def _placed(message: str, spec: StepSpec, place: int) -> str:
    """What is wrong with a step, said with its place in the recipe: "Step 2, Scale numbers: it cannot ..."."""
    kind = step_types().get(ALIASES.get(spec.type, (spec.type, {}))[0])
    return f"Step {place}{', ' if kind is not None and message.startswith(kind.title) else ': '}{message}"


def _refuse_no_rows(step: Step[Any], left: pl.DataFrame) -> None:
    if not left.height:
        raise InvalidInput(
            "no_rows_left", f"{step.title} would leave no row to learn from.",
            fix="Loosen its condition or limit, or fill missing values instead of dropping rows.", step=step.name,
        )  # fmt: skip
