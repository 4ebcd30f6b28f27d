"""Steps before they are stored: salted, numbered, and checked against the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narrative.studio.projects.entities import StepFacts

if TYPE_CHECKING:
    from narrative.engine.step_specs import StepSpec
    from narrative.engine.types import ColumnKind


def specs_of(steps: Sequence[StepFacts]) -> list[StepSpec]:
    """The steps as the engine knows them."""
    from narrative.engine.step_specs import StepSpec

    return [StepSpec.model_validate(step.model_dump()) for step in steps]


def salted(step: StepFacts, salt: str) -> StepFacts:
    """A masking step without a salt gets the project's, so that its codes are those of no other project."""
    if step.type != "mask_values" or step.params.get("salt"):
        return step
    return step.model_copy(update={"params": {**step.params, "salt": salt}})


def numbered(steps: Sequence[StepFacts]) -> list[StepFacts]:
    """Every step with an id of its own; ids that are there stay."""
    taken = {step.id for step in steps if step.id}
    found: list[StepFacts] = []
    seen: set[str] = set()
    for step in steps:
        id_ = step.id
        if not id_ or id_ in seen:
            id_ = next(name for n in range(1, 10_000) if (name := f"step_{n}") not in taken)
            taken.add(id_)
        seen.add(id_)
        found.append(step.model_copy(update={"id": id_}))
    return found


def n_shaping(steps: Sequence[StepSpec]) -> int:
    """How many steps there are up to the last one that makes other rows of the table (0: none does)."""
    from narrative.engine.step_specs import resolved

    shaping = [
        place for place, spec in enumerate(steps, 1) if spec.enabled and getattr(resolved(spec)[0], "reshapes", False)
    ]
    return max(shaping, default=0)


def is_done(proposal: StepFacts, steps: Sequence[StepFacts]) -> bool:
    """Whether one of the steps does all that a proposed one would do: on its columns, with what it would switch on."""
    from narrative.engine.step_specs import resolved

    wanted, asked = resolved(specs_of([proposal])[0])
    for spec in specs_of(steps):
        step, given = resolved(spec)
        if step.name == wanted.name and _does_all(given.model_dump(), asked.model_dump()):
            return True
    return False


def _does_all(given: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    columns, needed = given.get("columns"), asked.get("columns")
    if columns is not None and (needed is None or not set(needed) <= set(columns)):
        return False
    return all(
        given[name] == value or (value is False and given[name] is True)
        for name, value in asked.items()
        if name != "columns"
    )


def check(steps: Sequence[StepFacts], kinds: Mapping[str, ColumnKind], target: str | None) -> None:
    """Refuse steps that do not fit the table.

    Before a step that makes other rows, the column to predict is one like the others; after it, and where there is no
    such step, it is kept out of the steps.

    Raises:
        InvalidInput: what ``check_steps`` and ``Recipe.validate`` raise, naming step and column.
    """
    from narrative.engine.recipe import Recipe
    from narrative.engine.training.user_steps import check_steps

    specs = specs_of(steps)
    if n_shaping(specs):
        Recipe(specs).validate(dict(kinds))
    else:
        check_steps(specs, kinds, target)
