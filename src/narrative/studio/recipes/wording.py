"""What somebody changed in a recipe, in words."""

from __future__ import annotations

from narrative.studio.projects.entities import StepFacts

MOST_NAMES = 2


def step_name(facts: StepFacts) -> str:
    """A step with the columns it works on: ``'Remove columns' (city)``."""
    from narrative.engine.step_specs import StepSpec, resolved

    step, params = resolved(StepSpec.model_validate(facts.model_dump()))
    columns = step.columns(params)
    if not columns:
        return f"'{step.title}'"
    more = f" and {len(columns) - MOST_NAMES:,} more" if len(columns) > MOST_NAMES else ""
    return f"'{step.title}' ({', '.join(columns[:MOST_NAMES])}{more})"


def change_in_words(before: list[StepFacts], after: list[StepFacts]) -> str:
    """What makes ``after`` of ``before``; steps are the same when they have the same id."""
    old, new = {step.id: step for step in before}, {step.id: step for step in after}
    said = [f"Added {step_name(step)}" for step in after if step.id not in old]
    said += [f"Removed {step_name(step)}" for step in before if step.id not in new]
    for step in after:
        known = old.get(step.id)
        if known is None:
            continue
        if (known.type, known.params) != (step.type, step.params):
            said.append(f"Changed {step_name(step)}")
        if known.enabled != step.enabled:
            said.append(f"Switched {'on' if step.enabled else 'off'} {step_name(step)}")
    stayed = [step.id for step in after if step.id in old]
    if stayed != [step.id for step in before if step.id in new]:
        said.append(_moved(before, after))
    if len(said) > MOST_NAMES:
        return f"{said[0]}, and {len(said) - 1:,} more changes"
    return ", then ".join(said) if said else "Changed nothing"


def _moved(before: list[StepFacts], after: list[StepFacts]) -> str:
    """The step whose removal makes both orders equal, when there is one."""
    kept = {step.id for step in before} & {step.id for step in after}
    old, new = [s.id for s in before if s.id in kept], [s.id for s in after if s.id in kept]
    for step in after:
        if step.id in kept and [i for i in old if i != step.id] == [i for i in new if i != step.id]:
            return f"Moved {step_name(step)}"
    return "Changed the order of the steps"
