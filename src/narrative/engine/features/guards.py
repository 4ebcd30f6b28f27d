"""What no set of features may do: turn row names into columns of ones and zeros, or grow without bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from narrative.core.errors import InvalidInput
from narrative.engine.step_specs import StepSpec, resolved
from narrative.engine.steps.base import Layout
from narrative.engine.types import ColumnKind

WARN_ABOVE: Final = 100
REFUSE_ABOVE: Final = 1_000


def refuse_row_names(steps: Sequence[StepSpec], kinds: Mapping[str, ColumnKind]) -> None:
    """Refuse steps that would one-hot encode an identifier.

    Args:
        kinds: kind of every column before the first step.

    Raises:
        InvalidInput: ``identifier_one_hot``, naming the step and the column.
    """
    layout = Layout(kinds)
    for spec in steps:
        if not spec.enabled:
            continue
        step, params = resolved(spec)
        if step.name == "encode" and getattr(params, "method", None) == "one_hot":
            named = step.columns(params)
            wanted = named or [name for name, kind in layout.kinds.items() if kind == "identifier"]
            for column in wanted:
                if layout.kinds.get(column) == "identifier":
                    raise InvalidInput(
                        "identifier_one_hot",
                        f"{step.title}: it would make a column of ones and zeros for every value of "
                        f"'{column}', which only names rows.",
                        column=column,
                        fix="Leave this column out of the step, or remove it before.",
                        step=spec.id,
                    )
        layout = step.layout(params, layout)


def feature_count(steps: Sequence[StepSpec], kinds: Mapping[str, ColumnKind]) -> int:
    """Columns that a model may read after the steps, as far as they are known before anything is fitted."""
    layout = Layout(kinds)
    for spec in steps:
        if spec.enabled:
            step, params = resolved(spec)
            layout = step.layout(params, layout)
    return sum(kind not in {"identifier", "constant", "empty"} for kind in layout.kinds.values())


def warn_of_many(count: int) -> str | None:
    """What to say about so many features; None when they are few enough."""
    if count <= WARN_ABOVE:
        return None
    return (
        f"There are {count:,} columns to learn from. Above {WARN_ABOVE:,} chance finds look like findings: select the "
        "columns that matter."
    )


def refuse_too_many(steps: Sequence[StepSpec], kinds: Mapping[str, ColumnKind]) -> None:
    """Refuse more features than anybody could look through.

    Raises:
        InvalidInput: ``too_many_features``.
    """
    count = feature_count(steps, kinds)
    if count > REFUSE_ABOVE:
        raise InvalidInput(
            "too_many_features",
            f"This would make {count:,} columns to learn from; {REFUSE_ABOVE:,} are the most.",
            fix="Select columns first: run the selection and remove what does not help.",
        )
