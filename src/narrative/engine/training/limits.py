"""What a model may cost when it answers: which trials break a limit on their own, which choices break it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from narrative.core.errors import LimitExceeded
from narrative.engine.training.board import Board
from narrative.engine.training.select import BASELINE
from narrative.engine.training.store import RunFolder

MEGABYTE: Final = 1e6
NOTHING: Final = 1e-9
"""Sums of decimals differ by so little without meaning it."""


@dataclass(frozen=True)
class Limits:
    """Milliseconds per row (in a batch) and megabytes of learned parts; None where there is no limit."""

    ms_per_row: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True)
class Cost:
    """What answering costs, measured on the models of the folds."""

    ms_per_row: float
    megabytes: float


def cost_of(folder: RunFolder, board: Board, trial: str) -> Cost:
    """Cost of one trial; nothing when no fold is finished."""
    standing = board.standing(trial)
    ms = 1000.0 * standing.predict_seconds / standing.n_predicted if standing.n_predicted else 0.0
    sizes = [folder.read_json(f"fit-{trial}-fold_{fold}") for fold in standing.folds[:1]]
    return Cost(ms, max((float(facts["bytes"]) for facts in sizes if facts), default=0.0) / MEGABYTE)


def megabytes_of_scope(folder: RunFolder, trials: Sequence[str], scope: str) -> float:
    """Megabytes of the learned parts of some trials together, as fitted in a scope."""
    facts = [folder.read_json(f"fit-{trial}-{scope}") or {} for trial in trials]
    return sum(float(each.get("bytes", 0)) for each in facts) / MEGABYTE


def broken_by(costs: Sequence[Cost], limits: Limits) -> str | None:
    """Why these costs together are too high, as a sentence; None when they are within the limits."""
    ms, megabytes = sum(cost.ms_per_row for cost in costs), sum(cost.megabytes for cost in costs)
    if limits.ms_per_row is not None and ms > limits.ms_per_row + NOTHING:
        return f"Not in the model: it takes {ms:.3g} ms per row, and {limits.ms_per_row:g} ms are allowed."
    if limits.megabytes is not None and megabytes > limits.megabytes + NOTHING:
        return f"Not in the model: it takes {megabytes:.3g} MB, and {limits.megabytes:g} MB are allowed."
    return None


def refuse_too_tight(folder: RunFolder, board: Board, limits: Limits) -> None:
    """Refuse limits that leave nothing but the naive model, naming the values that would have been enough.

    Raises:
        LimitExceeded: ``model_limits_too_tight``.
    """
    real = [trial for trial in board.ranked() if trial.candidate != BASELINE]
    if not real or not all(trial.id in too_heavy(folder, board, limits) for trial in real):
        return
    costs = {trial.id: cost_of(folder, board, trial.id) for trial in real}
    nearest = min(real, key=lambda trial: _excess(costs[trial.id], limits))
    cost, title = costs[nearest.id], next(line.title for line in board.reports() if line.name == nearest.candidate)
    allowed = [f"{limits.ms_per_row:g} ms for a row"] if limits.ms_per_row is not None else []
    allowed += [f"{limits.megabytes:g} MB"] if limits.megabytes is not None else []
    raise LimitExceeded(
        "model_limits_too_tight",
        f"No model that learned anything keeps to {' and '.join(allowed)}; the nearest is "
        f"{title} with {cost.ms_per_row:.3g} ms for a row and {cost.megabytes:.3g} MB.",
        fix="Allow at least what the nearest takes, or leave the limit out.",
    )


def _excess(cost: Cost, limits: Limits) -> float:
    """How many times the limits a cost is, at its worst."""
    pairs = ((cost.ms_per_row, limits.ms_per_row), (cost.megabytes, limits.megabytes))
    return max((value / most for value, most in pairs if most is not None), default=0.0)


def too_heavy(folder: RunFolder, board: Board, limits: Limits) -> dict[str, str]:
    """Trials that break a limit on their own -> why. The naive model is always allowed."""
    if limits == Limits():
        return {}
    found = {
        trial.id: broken_by([cost_of(folder, board, trial.id)], limits)
        for trial in board.trials
        if trial.candidate != BASELINE
    }
    return {name: reason for name, reason in found.items() if reason is not None}
