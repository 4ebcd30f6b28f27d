"""A feature that is used again: its steps with other columns, and what it is in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.step_specs import StepSpec, renamed, resolved


def described(steps: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """How the values come about, in words, and the columns of the table that are needed.

    Raises:
        InvalidInput: ``feature_without_steps``, or what an unfit step raises.
    """
    if not steps:
        raise InvalidInput(
            "feature_without_steps", "A feature needs at least one step.", fix="Save a step that makes a column."
        )
    words, needed, made = [], list[str](), set[str]()
    for item in steps:
        step, params = resolved(StepSpec.model_validate(dict(item)))
        words.append(step.says(params))
        needed += [name for name in step.columns(params) if name not in made and name not in needed]
        new = getattr(params, "name", None)
        if isinstance(new, str):
            made.add(new)
    return " ".join(words), needed


def with_columns(steps: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps for a table whose columns have other names."""

    return [{**item, "params": renamed(StepSpec.model_validate(dict(item)), columns).params} for item in steps]


def skew(fitted: FittedRecipe, frame: pl.DataFrame) -> float:
    """Largest difference between the values of training (all rows as one frame) and of serving (row by row).

    0 means equal bits, a missing value counts as equal to a missing value; infinity when one side alone is missing.
    """
    batch = fitted.matrix(frame)
    single = np.vstack([fitted.matrix(frame[place : place + 1]) for place in range(frame.height)])
    if np.array_equal(batch, single, equal_nan=True):
        return 0.0
    away = np.abs(batch - single)
    return float("inf") if (np.isnan(batch) != np.isnan(single)).any() else float(np.nanmax(away))
