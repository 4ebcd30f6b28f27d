"""What will be tried, in which order: a function of the table, the options and the budget, never of the clock.

The same table, options and seed therefore give the same plan on every machine, and the same numbers whenever the plan
finishes in time. When the clock cuts it short, what was really done is recorded instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.candidates.base import Candidate
from narrative.engine.types import Problem

PLANNED_SHARE: Final = 0.65
"""Part of the budget a plan may fill by estimate: machines differ, and a plan that finishes repeats exactly."""
ALWAYS: Final = 20
"""Candidates up to this order (baseline, linear model, first booster) stay in every plan."""
MAX_EXTRAS: Final = 4
"""Further settings rarely change much; with few rows two are enough."""
Scope = Literal["development", "fold_0"]


@dataclass(frozen=True)
class Trial:
    """One candidate with one set of settings."""

    id: str
    candidate: str
    settings: dict[str, Any]
    variation: int = 0


@dataclass(frozen=True)
class Plan:
    """The work of one run.

    Attributes:
        trials: best guess of every candidate, in order.
        n_folds: folds every trial gets (over all repeats).
        fold_by_fold: the first fold of all trials comes before the second of any; else trial by trial.
        score_scope: models that predict the test rows: learned from the whole development part, or (when that would
            cost too much) those of the first fold.
        extras: how many further settings of the best candidates may follow.
        skipped: candidate -> why it is not tried.
    """

    trials: list[Trial]
    n_folds: int
    fold_by_fold: bool
    score_scope: Scope
    extras: int
    skipped: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that :meth:`to_dict` wrote."""
        return cls(**{**data, "trials": [Trial(**trial) for trial in data["trials"]]})

    def tasks(self) -> list[tuple[Trial, int]]:
        """(trial, fold) in order; the baseline and the linear model always come whole and first."""
        first = [trial for trial in self.trials if is_quick(trial.candidate)]
        rest = [trial for trial in self.trials if not is_quick(trial.candidate)]
        pairs = [(trial, fold) for trial in first for fold in range(self.n_folds)]
        if self.fold_by_fold:
            return pairs + [(trial, fold) for fold in range(self.n_folds) for trial in rest]
        return pairs + [(trial, fold) for trial in rest for fold in range(self.n_folds)]


@dataclass(frozen=True)
class Size:
    """How large the work of one fold is."""

    n_rows: int
    n_features: int
    n_classes: int
    folds: int
    """Folds the split has, over all repeats."""
    folds_per_repeat: int
    is_small: bool
    is_in_time: bool = False


def available_candidates() -> dict[str, Candidate]:
    """Every candidate, cheap and robust first."""
    found = discover("narrative.engine.candidates", Candidate)  # type: ignore[type-abstract]  # takes the base class
    return dict(sorted(((name, kind()) for name, kind in found.items()), key=lambda item: (item[1].order, item[0])))


def is_quick(name: str) -> bool:
    """Whether a candidate belongs to the first two: the baseline and the linear model."""
    return available_candidates()[name].order < ALWAYS


def make_plan(
    problem: Problem, size: Size, *, budget_seconds: float, names: Sequence[str] | None, memory_bytes: int
) -> Plan:
    """The plan for a table and a budget.

    Args:
        names: candidates the user picked; the baseline always comes along.
        memory_bytes: candidates that need more than 60 % of it are skipped, with the reason.

    Raises:
        InvalidInput: ``candidate_unknown``, or ``candidate_unfit`` when none of the picked ones suits the problem.
    """
    chosen, skipped = _chosen(problem, size, names, memory_bytes)
    cost = {
        name: candidate.estimated_seconds(size.n_rows, size.n_features, size.n_classes)
        for name, candidate in chosen.items()
    }
    room = PLANNED_SHARE * budget_seconds
    steps = _fold_steps(size)
    while True:
        fitting = [step for step in steps if _total(cost, *step, small=size.is_small) <= room]
        droppable = [name for name in chosen if chosen[name].order > ALWAYS]
        if fitting or not droppable:
            break
        slowest = max(droppable, key=lambda name: cost[name])
        skipped[slowest] = f"Left out: it would take too long for a budget of {budget_seconds:g} s."
        del chosen[slowest], cost[slowest]
    n_folds, scope = fitting[0] if fitting else steps[-1]
    left = room - _total(cost, n_folds, scope, small=size.is_small)
    trials = [
        Trial(name, name, candidate.settings(problem, size.n_rows, size.n_features)[0])
        for name, candidate in chosen.items()
    ]
    boosters = [cost[name] for name in cost if chosen[name].order >= ALWAYS]
    extra_cost = n_folds * max(boosters, default=room)
    return Plan(
        trials=trials,
        n_folds=n_folds,
        fold_by_fold=n_folds < min(size.folds, size.folds_per_repeat),
        score_scope=scope,
        extras=int(min(max(left, 0.0) // max(extra_cost, 0.01), MAX_EXTRAS // (2 if size.is_small else 1))),
        skipped=skipped,
    )


def _fold_steps(size: Size) -> list[tuple[int, Scope]]:
    """Numbers of folds from thorough to thrifty, with the models that are scored."""
    per_repeat = size.folds_per_repeat
    if size.is_small:
        return [(count, "development") for count in range(size.folds, per_repeat - 1, -per_repeat)]
    if size.is_in_time:  # fewer than three periods cannot tell how much periods differ
        return [(per_repeat, "development"), (min(3, per_repeat), "development"), (min(3, per_repeat), "fold_0")]
    steps: list[tuple[int, Scope]] = [(per_repeat, "development")]
    steps += [(count, "development") for count in (3, 2) if count < per_repeat]
    return [*steps, (2, "fold_0"), (1, "fold_0")]


def _total(cost: Mapping[str, float], n_folds: int, scope: Scope, *, small: bool) -> float:
    """Estimated seconds: all folds, and the refits of the three most expensive (any of them may be a member)."""
    refits = 1.25 if small else 1.5 if scope == "fold_0" else 2.75
    return n_folds * sum(cost.values()) + refits * sum(sorted(cost.values())[-3:])


def _chosen(
    problem: Problem, size: Size, names: Sequence[str] | None, memory_bytes: int
) -> tuple[dict[str, Candidate], dict[str, str]]:
    every = available_candidates()
    for name in names or ():
        if name not in every:
            near = difflib.get_close_matches(name, every, n=1)
            raise InvalidInput(
                "candidate_unknown",
                f"There is no candidate '{name}'.",
                fix=f"Did you mean '{near[0]}'?" if near else f"Known candidates: {', '.join(every)}.",
            )
    chosen, skipped = {}, {}
    for name, candidate in every.items():
        if names is not None and name not in names and name != "baseline":
            continue
        reason = _unfit_reason(candidate, problem, size, memory_bytes)
        if reason is None:
            chosen[name] = candidate
        elif problem in candidate.problems or names is not None:
            skipped[name] = reason
    if names and not set(chosen) & set(names):
        raise InvalidInput(
            "candidate_unfit",
            f"None of the chosen candidates can learn this: {'; '.join(skipped.values())}",
            fix="Choose other candidates, or none to let all be tried.",
        )
    return chosen, skipped


def _unfit_reason(candidate: Candidate, problem: Problem, size: Size, memory_bytes: int) -> str | None:
    if problem not in candidate.problems:
        return f"{candidate.title} does not do {problem} problems."
    missing = candidate.unavailable_reason()
    if missing is not None:
        return missing
    needed = candidate.memory_bytes(size.n_rows, size.n_features, size.n_classes)
    if needed > 0.6 * memory_bytes:
        return (
            f"{candidate.title} would need about {needed / 1024**3:.1f} GB of memory, and "
            f"{memory_bytes / 1024**3:.1f} GB are free."
        )
    return None
