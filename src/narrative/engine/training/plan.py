"""What is tried first, and how thoroughly: a function of the table, the options and the budget, never of the clock.

What follows (:mod:`search`) depends on what was found and on the clock, so what was really done is recorded with the
result, and a recorded run can be done again (``TrainingOptions.plan``): exactly, unless the clock cut short a fit that
counts no rounds (:mod:`replay`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.candidates.base import Candidate
from narrative.engine.types import Problem

PLANNED_SHARE: Final = 0.8
"""Part of the budget a plan may fill by estimate: machines differ, and the search goes on when there is time."""
ALWAYS: Final = 20
"""Candidates up to this order (baseline, linear model, first booster) stay in every plan."""
CONTENDERS: Final = 5
"""So many of the best after a first look get all folds at once; the others when there is time."""
CELLS_AT_ONCE: Final = 4_000_000
"""Up to this many cells (rows × features) as many fits run at once as there are threads, one thread each: threads of
one fit wait for each other, and on a busy machine far longer than they work."""
BESIDE: Final = 0.8
"""What each of several fits side by side gets done against one alone."""
REFITS: Final = 2.75
REFITS_OF_FEW_ROWS: Final = 1.25
"""Cost of the last fits of a member against one fold: development part and all rows, or all rows alone."""

LISTED_ROWS: Final = (100, 1_000_000)
"""Numbers of rows for which candidates, taken together, list every setting they know."""


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
        n_folds: folds a trial gets at least (over all repeats), unless a look says that it is clearly worse; how many
            more is decided when it was measured what a fold takes.
        at_once: fits that run side by side.
        skipped: candidate -> why it is not tried.
        recorded: what a run did that is to be done again exactly; None for a new search.
    """

    trials: list[Trial]
    n_folds: int
    at_once: int = 1
    skipped: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that :meth:`to_dict` wrote."""
        return cls(**{**data, "trials": [Trial(**trial) for trial in data["trials"]]})


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
    found = discover("narrative.engine.candidates", Candidate)
    return dict(sorted(((name, kind()) for name, kind in found.items()), key=lambda item: (item[1].order, item[0])))


def is_quick(name: str) -> bool:
    """Whether a candidate belongs to the first two: the baseline and the linear model."""
    return available_candidates()[name].order < ALWAYS


def make_plan(
    problem: Problem,
    size: Size,
    *,
    budget_seconds: float,
    names: Sequence[str] | None,
    memory_bytes: int,
    threads: int = 2,
) -> Plan:
    """The plan for a table and a budget.

    Args:
        names: candidates the user picked; the baseline always comes along.
        memory_bytes: candidates that need more than 60 % of it are skipped, with the reason.
        threads: processors the run may use.

    Raises:
        InvalidInput: ``candidate_unknown``, or ``candidate_unfit`` when none of the picked ones suits the problem.
    """
    chosen, skipped = _chosen(problem, size, names, memory_bytes)
    cost = {
        name: candidate.estimated_seconds(size.n_rows, size.n_features, size.n_classes)
        for name, candidate in chosen.items()
    }
    if names is None:
        for name in [name for name in chosen if cost[name] > chosen[name].by_default_share * budget_seconds]:
            skipped[name] = "Tried unasked only when it costs next to nothing of the budget: it seldom wins."
            del chosen[name], cost[name]
    at_once = max(threads, 1) if size.n_rows * size.n_features <= CELLS_AT_ONCE else 1
    room = PLANNED_SHARE * budget_seconds * max(BESIDE * at_once, 1.0)
    steps = _fold_steps(size)
    while True:
        fitting = [n_folds for n_folds in steps if _total(chosen, cost, n_folds, small=size.is_small) <= room]
        droppable = [name for name in chosen if chosen[name].order > ALWAYS]
        if fitting or not droppable:
            break
        slowest = max(droppable, key=lambda name: cost[name])
        skipped[slowest] = f"Left out: it would take too long for a budget of {budget_seconds:g} s."
        del chosen[slowest], cost[slowest]
    trials = [
        Trial(name, name, candidate.settings(problem, size.n_rows, size.n_features)[0])
        for name, candidate in chosen.items()
    ]
    return Plan(trials, fitting[0] if fitting else steps[-1], at_once, skipped)


def plan_of(recorded: Mapping[str, Any]) -> Plan:
    """The plan that does again what a run recorded (``TrainingResult.plan``).

    A record may come from somewhere else: its names become names of files and its settings go to libraries, so both
    must be such as a run records.

    Raises:
        InvalidInput: ``plan_not_usable``, the record is not whole, names a candidate that is not here, or holds what no
            run records.
    """
    known = available_candidates()
    try:
        trials = [Trial(t["id"], t["candidate"], dict(t["settings"]), int(t["variation"])) for t in recorded["trials"]]
        first = int(recorded["first_trials"])
        folds, at_once = int(recorded["split"]["folds"]), int(recorded["at_once"])
        {name: recorded["done"][name] for name in ("without", "scores_on_development", "delivered")}
        missing = [trial.candidate for trial in trials if trial.candidate not in known]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            "plan_not_usable",
            f"The recorded plan cannot be done again: {type(error).__name__} at {error}.",
            fix="Give the plan of a training result as it was recorded, or leave it out to search anew.",
        ) from error
    if missing:
        raise InvalidInput(
            "plan_not_usable",
            f"The recorded plan uses '{missing[0]}', which is not installed here.",
            fix="Install what it needs, or leave the plan out to search anew.",
        )
    strange = next((trial for trial in trials if not _is_recorded_by_runs(trial, known[trial.candidate])), None)
    if strange is not None or len({trial.id for trial in trials}) < len(trials):
        what = "holds a trial twice" if strange is None else f"holds what no run records: '{str(strange.id)[:80]}'"
        raise InvalidInput(
            "plan_not_usable",
            f"The recorded plan {what}.",
            fix="Give the plan of a training result as it was recorded, or leave it out to search anew.",
        )
    skipped = {str(name): str(reason) for name, reason in dict(recorded.get("skipped", {})).items()}
    return Plan(trials[:first], folds, at_once, skipped, dict(recorded))


def _is_recorded_by_runs(trial: Trial, candidate: Candidate) -> bool:
    """Whether a trial has a name as runs give it and only settings that its candidate lists for some table."""
    known = {
        name
        for problem in candidate.problems
        for n_rows in LISTED_ROWS
        for settings in candidate.settings(problem, n_rows, 10)
        for name in settings
    }
    return bool(re.fullmatch(rf"{candidate.name}(-[0-9]{{1,4}})?", str(trial.id))) and {*trial.settings} <= known | {
        "note"
    }


def _fold_steps(size: Size) -> list[int]:
    """Numbers of folds from thorough to thrifty."""
    per_repeat = size.folds_per_repeat
    if size.is_small:
        return list(range(size.folds, per_repeat - 1, -per_repeat))
    if size.is_in_time:  # fewer than three periods cannot tell how much periods differ
        return sorted({per_repeat, min(3, per_repeat)}, reverse=True)
    return [per_repeat, *(count for count in (3, 2, 1) if count < per_repeat)]


def _total(chosen: Mapping[str, Candidate], cost: Mapping[str, float], n_folds: int, *, small: bool) -> float:
    """Estimated seconds: a look at all, all folds of the quick ones and of the costliest contenders, the refits of
    three (any of them may be a member)."""
    quick = sum(cost[name] for name in cost if chosen[name].order < ALWAYS)
    contenders = sum(sorted(cost[name] for name in cost if chosen[name].order >= ALWAYS)[-CONTENDERS:])
    refits = (REFITS_OF_FEW_ROWS if small else REFITS) * sum(sorted(cost.values())[-3:])
    return sum(cost.values()) + (n_folds - 1) * (quick + contenders) + refits


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
