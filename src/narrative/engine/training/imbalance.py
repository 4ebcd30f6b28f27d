"""Which method against imbalance a run learns with: compared with doing nothing on the same folds, then written down.

The comparison is one look with one quick candidate and a bounded part of the budget. How many folds it gets is a
function of the table and the budget; the clock only ends it early.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from narrative.core.errors import Canceled, InvalidInput, NarrativeError
from narrative.engine.imbalance.base import Imbalance, made_method
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.imbalance_comparison import NOTHING, Judging, Looked, compare, methods, recommend
from narrative.engine.training.imbalance_types import CHOICES, ImbalanceChoice, ImbalanceReport, MethodComparison
from narrative.engine.types import IntArray, Problem

if TYPE_CHECKING:
    from narrative.engine.training.plan import Trial
    from narrative.engine.training.run import Run
    from narrative.engine.training.select import Selection
    from narrative.engine.training.session import Session
    from narrative.engine.training.store import Fit, RunFolder

RARE: Final = 20
"""With more rows of the most frequent class than this for each one of the rarest, methods are compared."""
COMPARED: Final = ("class_weights", "smote", "adasyn", "borderline_smote")
PREFERRED: Final = ("lightgbm", "xgboost", "catboost", "logistic_regression")
"""Candidates for the comparison, best first: quick ones that learn from interactions."""
LOOK_ROUNDS: Final = 60
LOOK_COST: Final = 0.2
"""A look of so few rounds against a whole fit."""
PLANNED_SHARE: Final = 0.1
"""Part of the budget the comparison may fill by estimate."""
MOST_SHARE: Final = 0.2
"""Part of the time that is left at its start after which the clock ends it."""
LEAST_FOLDS: Final = 3
PIECE: Final = "imbalance"
"""Name of the piece in the run folder: method, settings and report."""


def check_choice(choice: ImbalanceChoice, settings: Mapping[str, Any], problem: Problem) -> None:
    """Refuse what cannot be done.

    Raises:
        InvalidInput: ``imbalance_for_numbers``, ``imbalance_setting_invalid``.
    """
    if problem == "regression" and choice not in ("auto", NOTHING):
        raise InvalidInput(
            "imbalance_for_numbers",
            f"{methods()[choice].title} is for classes, and the target is a number.",
            fix="Leave imbalance out, or choose a target of classes.",
        )
    if choice != "auto":
        made_method(methods()[choice], dict(settings))
    elif settings:
        raise InvalidInput(
            "imbalance_setting_invalid",
            f"Settings belong to one method, and none was chosen: {', '.join(settings)}.",
            fix=f"Choose one of {', '.join(COMPARED)}, or leave the settings out.",
        )


def is_rare(counts: IntArray) -> bool:
    """Whether a class is so rare that methods are worth comparing."""
    present = counts[counts > 0]
    return present.size > 1 and int(present.max()) > RARE * int(present.min())


def known_method(folder: RunFolder) -> Imbalance[Any] | None:
    """The method that was settled for a run, None when nothing was (or nothing is to be done)."""
    known = folder.read_json(PIECE)
    return None if known is None else made_method(methods()[known["method"]], known["settings"])


def settle(session: Session) -> None:
    """Decide on the method of a run and give it to the session; a run that goes on keeps its own.

    A recorded run that is done again takes the recorded method.
    """
    if session.folder.read_json(PIECE) is None:
        known = (session.setup.plan.recorded or {}).get(PIECE)
        choices = session.folder.read_json(CHOICES) or {"imbalance": "auto", "imbalance_settings": {}}
        budget = float(choices.get("budget_seconds", session.setup.seconds))
        known = known or _settled(session, choices["imbalance"], choices["imbalance_settings"], budget)
        session.folder.write_json(PIECE, known)
    session.method = known_method(session.folder)


def _settled(
    session: Session, choice: ImbalanceChoice, settings: dict[str, Any], budget_seconds: float
) -> dict[str, Any]:
    """The method with its settings, and the report (None when there is nothing to tell)."""
    target = session.setup.target
    nothing: dict[str, Any] = {"method": NOTHING, "settings": {}, "report": None}
    if target.problem == "regression" or (choice == "auto" and not is_rare(target.counts())):
        return nothing
    asked = [choice] if choice != "auto" else list(COMPARED)
    chosen: str = choice if choice != "auto" else NOTHING
    compared = [name for name in asked if methods()[name].changes_rows]
    tried = {name: made_method(methods()[name], settings if name == choice else {}) for name in [NOTHING, *compared]}
    trial = _quick(session)
    lines, folds, judging = list[MethodComparison](), 0, _judging(session)
    if compared and trial is not None:
        lines, folds = _compared(session, trial, tried, judging, budget_seconds)
    recommended = recommend(lines, by_average_precision=judging.by_average_precision)
    if choice == "auto":
        chosen = recommended
    report = ImbalanceReport(
        asked=choice,
        chosen=chosen,
        chosen_title=methods()[chosen].title,
        recommended=recommended,
        sentence=_sentence(choice, chosen, recommended, folds),
        metric=target.score.name,
        decided_by="average_precision" if judging.by_average_precision else target.score.name,
        candidate=None if trial is None or not folds else session.candidates[trial.candidate].title,
        folds=folds,
        rarest_class=str(target.classes[judging.rarest]),
        rows_before=target.counts().tolist(),
        rows_after=target.counts().astype(np.float64).tolist(),
        methods=lines,
    )
    return {
        "method": chosen,
        "settings": settings if chosen == choice else {},
        "report": report.model_dump(mode="json"),
    }


def _judging(session: Session) -> Judging:
    target, fold = session.setup.target, session.setup.split.folds[0]
    counts = target.counts()
    rarest = int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))
    ratio = fold.valid.size / max(fold.train.size, 1)
    return Judging(target.problem, rarest, ratio, is_rare(counts), target.metric)


def _quick(session: Session) -> Trial | None:
    """The planned candidate the methods are compared with."""
    own = {trial.candidate: trial for trial in session.setup.plan.trials if trial.candidate != "baseline"}
    for name in PREFERRED:
        if name in own:
            return own[name]
    return min(own.values(), key=session.estimate, default=None)


def _compared(
    session: Session, trial: Trial, tried: dict[str, Imbalance[Any]], judging: Judging, budget_seconds: float
) -> tuple[list[MethodComparison], int]:
    """Every method on as many folds as its part of the budget is worth; none when these are too few to compare."""
    folds = session.setup.split.folds
    planned = int(PLANNED_SHARE * budget_seconds / (LOOK_COST * _cost(session, trial, tried)))
    count = min(planned, len(folds))
    if count < LEAST_FOLDS:
        return [], 0
    for library in session.candidates[trial.candidate].libraries:  # the search needs them anyway
        importlib.import_module(library)
    started = session.clock.monotonic()
    ends_at = started + MOST_SHARE * session.deadline.remaining()
    seen: dict[str, list[Looked]] = {name: [] for name in tried}
    failed: dict[str, str] = {}
    for fold in range(count):
        whole: dict[str, Looked] = {}
        for name, method in tried.items():
            if name in failed:
                continue
            left = ends_at - session.clock.monotonic()
            if left <= 0.0:
                return _lines(session, seen, failed, judging)
            session.say("preparing", f"Comparing ways to deal with a rare class, fold {fold + 1} of {count}")
            fit = _look(session, trial, fold, method, seconds=left, failed=failed)
            if fit is not None and fit.stopped_by_deadline:
                return _lines(session, seen, failed, judging)
            if fit is not None and fit.margins is not None:
                whole[name] = _looked(session, fold, fit)
        if NOTHING not in whole:
            return [], 0
        if fold == 0 and LEAST_FOLDS * (session.clock.monotonic() - started) > ends_at - started:
            return [], 0  # a busy machine: what cannot be finished is not worth more time
        for name, own in whole.items():
            seen[name].append(own)
    return _lines(session, seen, failed, judging)


def _cost(session: Session, trial: Trial, tried: dict[str, Imbalance[Any]]) -> float:
    """Estimated seconds of one whole fold of all methods; made rows count."""
    counts = session.setup.target.counts()
    grown = float(counts.max() * np.count_nonzero(counts)) / float(counts.sum())
    return session.estimate(trial) * sum(grown if "smote" in name or name == "adasyn" else 1.0 for name in tried)


def _look(
    session: Session, trial: Trial, fold: int, method: Imbalance[Any], *, seconds: float, failed: dict[str, str]
) -> Fit | None:
    try:
        return session.look(trial, fold, method, rounds=LOOK_ROUNDS, seconds=seconds)
    except Canceled:
        raise
    except NarrativeError as error:
        failed[method.name] = error.message
    except MemoryError:
        failed[method.name] = "It ran out of memory."
    except Exception as error:  # noqa: BLE001  # whatever a library raises ends this look, its reason is shown
        failed[method.name] = f"The library stopped with {type(error).__name__}: {str(error)[:200]}"
    return None


def _looked(session: Session, fold: int, fit: Fit) -> Looked:
    target = session.setup.target
    rows = session.setup.split.folds[fold].train
    counts = np.bincount(target.values[rows].astype(np.int64), minlength=target.n_classes)
    balance = fit.balance
    return Looked(
        probabilities(target.problem, np.asarray(fit.margins)),
        counts.tolist() if balance is None else balance.before,
        counts.astype(np.float64).tolist() if balance is None else balance.after,
        [] if balance is None else balance.notes,
    )


def _lines(
    session: Session, seen: dict[str, list[Looked]], failed: dict[str, str], judging: Judging
) -> tuple[list[MethodComparison], int]:
    """The table of methods, and on how many folds it stands."""
    count = min(len(own) for name, own in seen.items() if name not in failed) if NOTHING not in failed else 0
    if count < LEAST_FOLDS:
        return [], 0
    values, folds = session.setup.target.values, session.setup.split.folds
    truths = [values[folds[fold].valid] for fold in range(count)]
    own = {name: looks[:count] for name, looks in seen.items() if name not in failed}
    lines = compare(own, truths, judging)
    lines += [MethodComparison(name=name, title=methods()[name].title, failed=why) for name, why in failed.items()]
    return lines, count


def _sentence(choice: str, chosen: str, recommended: str, folds: int) -> str:
    """The outcome in plain words, without figures."""
    title, as_is = methods()[chosen].title, "the model learned from the rows as they are"
    if choice == "auto":
        if chosen != NOTHING:
            return f"{title} beat doing nothing on the same folds beyond chance, so the model learned with it."
        why = "No way to balance the rows beat doing nothing beyond chance"
        return f"{why if folds else 'There was no time to compare ways to balance the rows'}, so {as_is}."
    if not methods()[choice].changes_rows:
        cut = ", and the cut was put where F1 is best" if choice == "threshold" else ""
        return f"As you chose, {as_is}{cut}."
    outcome = "Doing nothing does at least as well, as far as the folds can tell."
    if not folds:
        outcome = "There was no time to compare it with doing nothing."
    elif recommended == chosen:
        outcome = "It beat doing nothing on the same folds beyond chance."
    return f"As you chose, the model learned with {title}. {outcome}"


def report_of(run: Run, selection: Selection, delivered: str) -> ImbalanceReport | None:
    """How a rare class was dealt with, with the rows the delivered model learned from; None when nothing is to tell."""
    known = run.folder.read_json(PIECE)
    if known is None or known["report"] is None:
        return None
    report = ImbalanceReport.model_validate(known["report"])
    for trial in selection.trials:
        balance = (run.folder.read_json(f"fit-{trial}-{delivered}") or {}).get("balance")
        if balance is not None:
            told = {"rows_before": balance["before"], "rows_after": balance["after"], "notes": balance["notes"]}
            return report.model_copy(update=told)
    return report
