"""Which findings the steps of a recipe take care of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from narrative.studio.projects.entities import CureFacts, ProfileFacts, StepFacts, StepOffer

TUNING: Final = frozenset({"columns", "method", "salt", "width", "power"})
"""Parameters that say how a step works, not whether it is the one that was offered."""


def open_issues(profile: ProfileFacts, steps: Sequence[StepFacts]) -> tuple[int, int]:
    """How many findings are left to fix and to decide, without those that a step takes care of."""
    handled = [cure.severity for cure in profile.cures if handled_by(cure, steps) is not None]
    return profile.n_to_fix - handled.count("fix"), profile.n_to_decide - handled.count("decide")


def handled_by(cure: CureFacts, steps: Sequence[StepFacts]) -> int | None:
    """The number of the first step, counted from 1, that does what was offered, or None.

    A step that removes all columns of a finding takes care of it, too.
    """
    for number, step in enumerate(steps, start=1):
        if step.enabled and (_removes(step, cure.columns) or any(_does(step, offer) for offer in cure.steps)):
            return number
    return None


def _removes(step: StepFacts, columns: Sequence[str]) -> bool:
    return step.type == "drop_columns" and bool(columns) and set(columns) <= _columns(step.params)


def _does(step: StepFacts, offer: StepOffer) -> bool:
    wanted = {name: value for name, value in offer.params.items() if name not in TUNING}
    if step.type != offer.type or any(step.params.get(name) != value for name, value in wanted.items()):
        return False
    if offer.type == "drop_duplicates":  # of fewer columns it would leave out more rows
        return _columns(step.params) == _columns(offer.params)
    return _columns(offer.params) <= _columns(step.params) or not _columns(step.params)


def _columns(params: dict[str, Any]) -> set[str]:
    return set(params.get("columns") or [])
