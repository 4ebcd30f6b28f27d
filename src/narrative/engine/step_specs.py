"""The steps of a recipe as people write them down, and everything that can be wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.steps._columns import TEXTUAL, TIMES
from narrative.engine.steps.base import Layout, Step, StepParams
from narrative.engine.types import ColumnKind

ALIASES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "one_hot_encode": ("encode", {"method": "one_hot"}),
    "label_encode": ("encode", {"method": "label"}),
    "normalize": ("scale", {"method": "min_max"}),
    "standardize": ("scale", {"method": "standard"}),
    "fill_missing": ("impute", {}),
    "outlier_removal": ("remove_outliers", {}),
    "filter": ("filter_rows", {}),
    "derive": ("formula", {}),
    "aggregate": ("group_aggregate", {}),
}
"""Older names of steps, with what they mean today."""

FORMAT_VERSION: Final = 1
_POSSIBLE: Final[Mapping[ColumnKind, frozenset[ColumnKind]]] = {
    "category": (TEXTUAL | TIMES) - {"constant", "empty"},
    "integer": frozenset({"integer", "category", "identifier"}),
    "decimal": frozenset({"decimal", "integer"}),
    "date": TIMES,
    "datetime": TIMES,
}
"""Kinds that a column may be whose type alone is known."""


def step_types() -> Mapping[str, type[Step[Any]]]:
    """All steps by name."""
    return discover("narrative.engine.steps", Step)


class StepSpec(BaseModel):
    """One step of a recipe as a person writes it down: what, with which parameters, and whether it is switched on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str = Field(title="Step", description="Name of the step, or one of its older names.")
    params: dict[str, Any] = Field(default_factory=dict, title="Parameters")
    enabled: bool = Field(default=True, title="Switched on")
    id: str = Field(default="", title="Id", description="Stable id within the recipe; given by position when empty.")


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The most similar known name, if one is similar at all."""
    by_fold = {candidate.casefold().strip(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold().strip(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def resolved(spec: StepSpec) -> tuple[Step[Any], StepParams]:
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
    except InvalidInput as fault:
        fault.context.setdefault("step", spec.id)
        raise


def renamed(spec: StepSpec, names: Mapping[str, str]) -> StepSpec:
    """The step for a table whose columns have other names; what it makes and compares with keeps what it says.

    Args:
        names: column -> its other name; all others keep theirs.

    Raises:
        InvalidInput: ``step_unknown``, ``step_parameter_invalid``, ``formula_invalid``.
    """
    step, _ = resolved(spec)
    return spec.model_copy(update={"params": step.renamed(spec.params, names)})


def _parameter_fault(spec: StepSpec, step: Step[Any], error: ValidationError) -> InvalidInput:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    value = first.get("input")
    named = f" '{place}'" if place else ""
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(step.Params.model_fields)
        message = f"{step.title}: there is no parameter{named}."
        fix = f"Its parameters are: {allowed}."
    else:
        shown = "" if isinstance(value, dict) else f" It is {value!r}."
        message = f"{step.title}: parameter{named} is not right.{shown}"
        fix = str(first["msg"]).removeprefix("Value error, ") + "."
    return InvalidInput("step_parameter_invalid", message, fix=fix, step=spec.id, parameter=place)


def check_columns(
    spec: StepSpec, step: Step[Any], params: StepParams, layout: Layout, *, by_type: bool = False
) -> None:
    """Raise when a column is missing or of a kind the step cannot work on.

    ``by_type``: the layout's kinds were read off types, where text may also be an identifier or an unread date and a
    whole number a code, so only what no such column could be is refused.
    """
    accepted = step.kinds_for(params)
    worked_on = step.columns(params)
    for column in [*worked_on, *step.also_reads(params)]:
        if not layout.has(column):
            near = nearest(column, list(layout.kinds))
            raise InvalidInput(
                "column_unknown",
                f"{step.title}: it needs the column '{column}', which is not there.",
                column=column,
                fix=f"Did you mean '{near}'?" if near else f"Columns here: {', '.join(list(layout.kinds)[:20])}.",
                step=spec.id,
                **step.place_of(params, column),
            )
        kind = layout.kinds.get(column)
        if kind is None or not accepted or column not in worked_on:
            continue
        possible = _POSSIBLE.get(kind, frozenset({kind})) if by_type else frozenset({kind})
        if not possible & accepted:
            raise InvalidInput(
                "column_kind_unfit",
                f"{step.title}: it cannot work on '{column}', which is {kind}.",
                column=column,
                fix=f"It works on: {', '.join(sorted(accepted))}. Choose another column, or cast this one first.",
                step=spec.id,
            )


def reshaping_in_training(spec: StepSpec, step: Step[Any]) -> InvalidInput:
    """The error for a step that makes other rows, where rows to train on are asked for."""
    return InvalidInput(
        "step_reshapes",
        f"{step.title}: it makes other rows of the table. A model is asked about rows one by one, so it "
        "cannot be part of what training repeats.",
        fix="Apply the recipe up to this step as a new version of the data, and train from that version.",
        step=spec.id,
    )


def check_version(data: Mapping[str, Any]) -> None:
    if int(data["version"]) > FORMAT_VERSION:
        raise newer("this recipe")


def newer(what: str) -> InvalidInput:
    return InvalidInput(
        "recipe_newer_format",
        f"A newer version of the program wrote {what}.",
        fix="Update the program, then try again.",
    )
