"""Steps that people put before the automatic preparation: checked against the table, and what they make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.features.guards import refuse_row_names
from narrative.engine.profile import profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.step_specs import reshaping_in_training, resolved
from narrative.engine.types import ColumnKind


def columns_of(steps: Sequence[StepSpec]) -> set[str]:
    """Columns that the steps name; a step that is switched off names none."""
    found: set[str] = set()
    for spec in steps:
        if spec.enabled:
            step, params = resolved(spec)
            found |= set(step.columns(params))
    return found


def check_steps(steps: Sequence[StepSpec], kinds: Mapping[str, ColumnKind], target: str | None) -> None:
    """Refuse steps that do not fit the table, before anything runs.

    Args:
        kinds: kind of every column of the table.

    Raises:
        InvalidInput: ``step_on_target``, ``step_reshapes``, or whatever :meth:`Recipe.validate` raises.
    """
    for spec in steps:
        if spec.enabled and (step := resolved(spec)[0]).reshapes:
            raise reshaping_in_training(spec, step)
    if target is not None and target in columns_of(steps):
        raise InvalidInput(
            "step_on_target",
            f"A step works on {target!r}, the column to predict; steps prepare the other columns.",
            column=target,
            fix="Take this column out of the step, or choose another column to predict.",
        )
    without = {name: kind for name, kind in kinds.items() if name != target}
    Recipe(steps).validate(without)
    refuse_row_names(steps, without)


def profile_after(steps: Sequence[StepSpec], frame: pl.DataFrame, profile: TableProfile) -> TableProfile:
    """The profile as the steps leave it, so that the automatic preparation fits what comes out of them.

    Args:
        frame: the used rows, without the target.
        profile: of the table before the steps.
    """
    if not any(step.enabled for step in steps):
        return profile
    _, after = Recipe(steps).fit_apply(frame)
    changed = [
        name
        for name in after.columns
        if name not in frame.columns or after.height != frame.height or not after[name].equals(frame[name])
    ]
    known = {column.name: column for column in profile.columns}
    if changed:
        known |= {column.name: column for column in profile_table(after.select(changed)).columns}
    return profile.model_copy(update={"columns": [known[name] for name in after.columns if name in known]})
