"""What is said about a run afterwards: how it was scored, what to be aware of, what was really done."""

from __future__ import annotations

from typing import Any, Final, Literal

from narrative.core.version import program_version
from narrative.engine.model import Model
from narrative.engine.scores.base import LabelScore
from narrative.engine.training.board import Board
from narrative.engine.training.imbalance import PIECE
from narrative.engine.training.limits import MEGABYTE
from narrative.engine.training.models import ALL, DEVELOPMENT, has_scope
from narrative.engine.training.plan import available_candidates
from narrative.engine.training.run import Run
from narrative.engine.training.select import BASELINE, Selection, read_selection

LeftOut = Literal["time", "others", "limits"]
LEADER_LEFT_OUT: Final[dict[LeftOut, str]] = {
    "time": "Leads the list, but is not in the model: the time did not reach for its last fit.",
    "limits": "Leads the list, but is not in the model: it would break a limit on the time for a row or on the size.",
    "others": "Leads the list, which ranks fold by fold; the model was chosen on the rows of all folds together.",
}
"""Why the candidate that leads is not in the delivered model."""


def rows_learned(run: Run, scope: str) -> int:
    """How many rows a model of a scope learned from."""
    if scope == ALL:
        return int(run.target.values.size)
    part = run.split.development if scope == DEVELOPMENT else run.split.folds[0].train
    return int(part.size)


def rows_learned_for_score(run: Run, selection: Selection, scope: str) -> int:
    """How many rows the scored model learned from; with cross-validation the mean over the models of the folds."""
    return rows_of_folds(run, selection) if run.split.is_small else rows_learned(run, scope)


def rows_of_folds(run: Run, selection: Selection) -> int:
    """How many rows the models of the folds learned from, in the mean."""
    folds = run.split.folds[: selection.n_folds]
    return round(sum(fold.train.size for fold in folds) / max(len(folds), 1))


def method_sentence(run: Run, selection: Selection, n: int, n_train: int, n_learned: int) -> str:
    """How the score was found, for people.

    Args:
        n: rows that were scored.
        n_train: rows the scored model learned from.
        n_learned: rows the delivered model learned from.
    """
    again = f" The delivered model then learned from all {n_learned:,} rows." if n_learned > n_train else ""
    if run.split.is_small:
        return _folds_sentence(run, selection, n, n_train) + again
    if run.split.method == "time_holdout":
        return (
            f"The last {n:,} rows in order of '{run.split.time_column}' were set aside and only used for this score; "
            f"the scored model learned from {n_train:,} earlier rows.{again}"
        )
    if run.split.group_column is not None:
        return (
            f"{n:,} rows were set aside and only used for this score, whole groups of '{run.split.group_column}' at a "
            f"time; the scored model learned from {n_train:,} rows of other groups.{again}"
        )
    return (
        f"{n:,} rows drawn at random were set aside and only used for this score; "
        f"the scored model learned from {n_train:,} others.{again}"
    )


def _folds_sentence(run: Run, selection: Selection, n: int, n_train: int) -> str:
    """How a score by cross-validation was found."""
    per_repeat = run.split.folds_per_repeat
    repeats = max(selection.n_folds // per_repeat, 1)
    times = "once" if repeats == 1 else "twice" if repeats == 2 else f"{repeats} times"
    if selection.n_folds < per_repeat:
        times = f"once, of which the time reached for {selection.n_folds}"
    column = run.split.group_column
    what = "rows" if column is None else f"rows or groups of '{column}'"
    cut = "the rows were cut" if column is None else "whole groups were dealt"
    made = (
        f"There are too few {what} to set some aside, so {cut} into {per_repeat} folds {times}; each of "
        f"{n:,} rows was predicted by models and choices that had not seen it, and each of these models learned from "
        f"about {n_train:,} rows."
    )
    if selection.threshold in {None, 0.5}:
        return made
    if isinstance(run.target.score, LabelScore):
        return made + _cut_sentence(run)
    return (
        f"{made} Only the probability from which a row is flagged was chosen on all of them, so precision, recall, "
        "F1 and the confusion matrix may look a little better than on fresh rows; the score itself does not use it."
    )


def _cut_sentence(run: Run) -> str:
    """Where the cut came from that a score of answers depends on."""
    if run.options.costs is not None:
        return (
            " Only the probability from which a row is flagged was chosen on all of them, by the costs, so the score "
            "may look a little better than on fresh rows."
        )
    return " The probability from which a row is flagged follows from the predictions alone, not from their answers."


def warnings_of(
    run: Run, board: Board, selection: Selection, scope: str, delivered: str, *, was_stopped: bool
) -> list[str]:
    """What a person should be aware of, one sentence each."""
    found = []
    if was_stopped:
        found.append("Training was stopped early; this is the best model found until then.")
    if delivered != ALL and has_scope(run.folder, selection, ALL):
        found.append(
            f"With all rows the model would be larger than the {run.options.max_megabytes:g} MB that are allowed; it "
            f"learned from {rows_learned(run, scope):,} of {run.target.values.size:,} rows."
        )
    elif delivered != ALL:
        found.append(
            "The time did not reach for a last fit on all rows; the model learned from "
            f"{rows_learned(run, scope):,} of {run.target.values.size:,} rows."
        )
    beyond = run.folder.read_json("beyond")
    if beyond:
        found.append(f"Left out because later rows only hold values never seen before: {', '.join(beyond)}.")
    end = run.folder.read_json("end")
    if not was_stopped and (end is None or end["truncated"]):
        found.append(
            "The time was over before everything planned was tried; more time may find a better model, and a second "
            "run may differ slightly."
        )
    first = {trial.id for trial in run.plan.trials}
    for trial, reason in board.failed.items():
        if trial not in first:  # one more setting that the search tried: the algorithm itself is there
            continue
        found.append(f"{trial} was given up: {reason}")
    others = [trial for trial in board.ranked() if trial.candidate != BASELINE]
    if selection.trials == [BASELINE] and others:
        found.append("No model beat the naive baseline: the columns say little or nothing about the target.")
    return found


def over_size(model: Model, most: float | None) -> list[str]:
    """A sentence when the delivered model is larger than allowed: members are chosen by the size of the models of the
    folds, and more rows can make a model larger."""
    megabytes = sum(member.learner.size_bytes() for member in model.members) / MEGABYTE
    if most is None or megabytes <= most:
        return []
    return [f"The model takes {megabytes:.3g} MB and {most:g} MB are allowed: with all rows it became larger."]


def _left_out(run: Run, board: Board, selection: Selection, scope: str) -> dict[str, str]:
    """Trials that must not become members when the run is done again, and why: those that a limit or the time kept
    out, and, where the choice was made once more, all that had no fit in the scope that is scored."""
    without = dict(run.folder.read_json("without") or {})
    first = read_selection(run.folder)
    if first is None or first.trials == selection.trials:
        return without
    late = [trial.id for trial in board.trials if not run.folder.has_fit(trial.id, scope)]
    return {**dict.fromkeys(late, ""), **without}


def record_of(run: Run, board: Board, selection: Selection, scope: str, delivered: str) -> dict[str, Any]:
    """What was really done, enough to do it again."""
    end = run.folder.read_json("end") or {}
    learned_from = run.split.folds[0].train.size
    size = (learned_from, 2 * run.frame.width, run.target.n_classes)
    candidates = {trial.candidate: available_candidates()[trial.candidate] for trial in run.plan.trials}
    trials = []
    for trial in board.trials:
        fits = {
            name: run.folder.read_json(f"fit-{trial.id}-{name}")
            for name in [*(f"fold_{fold}" for fold in range(len(run.split.folds))), DEVELOPMENT, ALL]
        }
        trials.append(
            {
                "id": trial.id,
                "candidate": trial.candidate,
                "settings": trial.settings,
                "variation": trial.variation,
                "rounds": {name: fit["rounds"] for name, fit in fits.items() if fit is not None},
                "cut_short": [name for name, fit in fits.items() if fit is not None and fit["stopped_by_deadline"]],
                "failed": board.failed.get(trial.id),
            }
        )
    return {
        "version": program_version(),
        "seed": run.options.seed,
        "data": run.profile.content_hash,
        "at_once": run.plan.at_once,
        "first_trials": len(run.plan.trials),
        "skipped": run.plan.skipped,
        "split": {
            "method": run.split.method,
            "folds": board.n_folds,
            "folds_per_repeat": run.split.folds_per_repeat,
            "time_column": run.split.time_column,
            "group_column": run.split.group_column,
        },
        "trials": trials,
        "estimated_seconds": {
            name: round(candidate.estimated_seconds(*size), 3) for name, candidate in candidates.items()
        },
        "selection": selection.to_dict(),
        "imbalance": run.folder.read_json(PIECE),
        "scored_on": scope,
        "delivered": delivered,
        "completed": not end.get("truncated", True),
        "searched_out": bool(end.get("searched_out", False)),
        "done": {
            "without": _left_out(run, board, selection, scope),
            "dropped": board.dropped,
            "scores_on_development": scope == DEVELOPMENT,
            "delivered": delivered,
        },
    }
