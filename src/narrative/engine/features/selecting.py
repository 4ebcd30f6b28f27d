"""All methods side by side, and one decision with a reason for every column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from narrative.core.clock import Deadline
from narrative.core.plugins import discover
from narrative.engine.features.material import Material
from narrative.engine.features.selection.base import Method, MethodResult, Question, Say, SelectionOptions

FIRST: Final = "correlation"


class Choice(BaseModel):
    """What becomes of one column."""

    model_config = ConfigDict(frozen=True)
    column: str
    kept: bool
    reason: str
    dropped_by: list[str] = []
    """Names of the methods that decide and would drop it."""


class Selection(BaseModel):
    """Which columns to keep, and what every method says."""

    model_config = ConfigDict(frozen=True)
    target: str
    problem: str
    choices: list[Choice]
    methods: list[MethodResult]
    options: SelectionOptions
    rows_used: int
    rows_there: int
    keeps_test_apart: bool
    """Whether the rows that will score the model were left unseen."""

    @property
    def kept(self) -> list[str]:
        return [choice.column for choice in self.choices if choice.kept]

    @property
    def dropped(self) -> list[str]:
        return [choice.column for choice in self.choices if not choice.kept]


def all_methods() -> list[Method]:
    """Every method, cheap before costly."""
    found = discover("narrative.engine.features.selection", Method)
    return sorted((kind() for kind in found.values()), key=lambda method: method.order)


def select_columns(
    material: Material,
    options: SelectionOptions | None = None,
    *,
    deadline: Deadline | None = None,
    say: Say = lambda _message, _share: None,
    methods: Sequence[str] | None = None,
) -> Selection:
    """Judge every column by every method, and decide.

    The correlation filter comes first: a column and its double would halve each other's worth in the methods behind
    it. What it drops, they do not see. At least one column stays.

    Args:
        methods: names of the methods to run; all by default.
    """
    options = options or SelectionOptions()
    columns, results = material.columns, list[MethodResult]()
    left = list(columns)
    chosen = [method for method in all_methods() if methods is None or method.name in methods]
    for place, method in enumerate(chosen):

        def part(message: str, share: float, done: int = place) -> None:
            say(message, (done + share) / len(chosen))

        result = method.judge(Question(_seen(material, left), left, options, deadline, part))
        results.append(result)
        if method.name == FIRST:
            left = [verdict.column for verdict in result.verdicts if verdict.kept]
    choices = _at_least_one([_choice(name, results) for name in columns], results)
    return Selection(
        target=material.target_name,
        problem=material.problem,
        choices=choices,
        methods=results,
        options=options,
        rows_used=material.frame.height,
        rows_there=material.n_rows_there,
        keeps_test_apart=material.keeps_test_apart,
    )


def _seen(material: Material, columns: list[str]) -> Material:
    """The material with only these columns in the automatic preparation."""
    wanted = {*columns}
    kept = [column for column in material.profile.columns if column.name in wanted]
    return material.with_frame(material.frame, material.profile.model_copy(update={"columns": kept}))


def _choice(name: str, results: list[MethodResult]) -> Choice:
    for result in results:
        verdict = result.of(name)
        if verdict is not None and result.decides and not verdict.kept:
            against = [r.name for r in results if (v := r.of(name)) is not None and r.decides and not v.kept]
            return Choice(column=name, kept=False, reason=verdict.reason, dropped_by=against)
    noise = next((v for r in results if r.name == "noise" and (v := r.of(name)) is not None), None)
    return Choice(column=name, kept=True, reason=noise.reason if noise else "No method speaks against it.")


def _at_least_one(choices: list[Choice], results: list[MethodResult]) -> list[Choice]:
    """When nothing is left, the column that came nearest to beating noise stays."""
    if not choices or any(choice.kept for choice in choices):
        return choices
    noise = next((result for result in results if result.name == "noise"), None)
    ranked = sorted(noise.verdicts, key=lambda item: -(item.value or 0.0)) if noise else []
    best = ranked[0].column if ranked else choices[0].column
    reason = "No column clearly beats noise; this one comes nearest, and a model needs at least one."
    return [Choice(column=best, kept=True, reason=reason) if c.column == best else c for c in choices]
