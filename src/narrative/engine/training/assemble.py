"""The result of a run, from whatever pieces are in its folder: after a full run, a deadline, a kill or a stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from narrative.core.errors import LimitExceeded, NotApplicable
from narrative.engine.model import Intervals, Model
from narrative.engine.scores.intervals import estimate_interval
from narrative.engine.training.account import (
    LEADER_LEFT_OUT,
    LeftOut,
    method_sentence,
    over_size,
    record_of,
    rows_learned,
    rows_learned_for_score,
    rows_of_folds,
    warnings_of,
)
from narrative.engine.training.board import ENSEMBLE, ENSEMBLE_SENTENCE, ENSEMBLE_TITLE, Board
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.conformal import conformal_intervals, cross_coverage
from narrative.engine.training.evaluation import Growth, Unseen, evaluate
from narrative.engine.training.imbalance import report_of
from narrative.engine.training.limits import Limits, megabytes_of_scope, refuse_too_tight
from narrative.engine.training.models import ALL, DEVELOPMENT, build_model, has_scope
from narrative.engine.training.outlook import outlook_of
from narrative.engine.training.run import Run
from narrative.engine.training.select import BASELINE, Selection, loses, read_selection, select
from narrative.engine.training.threshold import cost_report
from narrative.engine.training.twin_result import twin_of
from narrative.engine.training.types import (
    CandidateReport,
    CurvePoint,
    Evaluation,
    Importance,
    Outlook,
    TrainingResult,
)
from narrative.engine.types import FloatArray, IntArray

FIRST_FOLD: Final = "fold_0"
LATEST_PERIODS: Final = 3
PRIOR_ROWS: Final = 1.0
"""Rows of each class the naive model believes in beforehand (Laplace), so that no class is impossible."""


def assemble(run: Run, *, was_stopped: bool, seconds: float) -> TrainingResult:
    """Model, score and leaderboard.

    Raises:
        LimitExceeded: ``budget_too_small``, the time was over before there was anything to score.
    """
    board = Board(run.folder, run.split, run.target, run.plan)
    refuse_too_tight(run.folder, board, Limits(run.options.max_ms_per_row, run.options.max_megabytes))
    selection, scope = _selection(run, board)
    delivered = _delivered(run, selection, scope)
    warnings = [*run.warnings, *warnings_of(run, board, selection, scope, delivered, was_stopped=was_stopped)]
    candidates = {trial.id: trial.candidate for trial in board.trials}

    def model(of: str, intervals: Intervals | None) -> Model:
        return build_model(
            run.folder,
            selection,
            of,
            problem=run.target.problem,
            target=run.options.target,
            classes=run.target.classes,
            candidates=candidates,
            intervals=intervals,
        )

    rows, unseen = _unseen(run, selection, scope, model)
    own, scored = _intervals(run, selection, unseen)
    try:
        absent = _absent_leader(run, board, selection)
        lines, best = _lines(run, board, selection, absent)
        promised = next(line.score for line in lines if line.name == best)
        evaluation = _evaluation(
            run,
            selection,
            unseen,
            scope=scope,
            delivered=delivered,
            intervals=scored,
            promised=promised,
        )
    except NotApplicable as reason:  # a few folds of a very rare class: all folds together always hold every class
        raise _too_small(run, "The rows that were scored hold one class only") from reason
    if run.options.costs is not None and selection.threshold is not None:
        cost = cost_report(
            unseen.target,
            unseen.predictions[:, 1],
            selection.threshold,
            run.options.costs,
            tuned_on_these=run.split.is_small,
            seed=run.options.seed,
        )
        evaluation = evaluation.model_copy(update={"costs": cost})

    def evaluate_twin(on: IntArray, predictions: FloatArray) -> Evaluation:
        naive = unseen.naive if on.size == unseen.target.size else _prior(run, on, on)
        own = Unseen(run.target.values[on], predictions, naive)
        return _evaluation(run, selection, own, scope=scope, delivered=delivered, intervals=None, promised=None)

    curve, outlook = _curve(run, board, promised)
    made = model(delivered, own)
    return TrainingResult(
        model=made,
        problem=run.target.problem,
        options=run.options,
        profile=run.profile,
        evaluation=evaluation,
        candidates=lines,
        importances=[Importance(**each) for each in run.folder.read_json("importance") or []],
        best_candidate=best,
        test_rows=run.target.rows[rows].astype(np.float64),
        test_target=unseen.target,
        test_predictions=unseen.predictions,
        n_rows=run.target.values.size,
        n_rows_learned=rows_learned(run, delivered),
        n_rows_without_target=run.n_rows_without_target,
        data_hash=run.profile.content_hash,
        plan={
            **record_of(run, board, selection, scope, delivered),
            "absent_leader": None if absent is None else absent[1],
        },
        warnings=[*warnings, *over_size(made, run.options.max_megabytes)],
        seconds=seconds,
        curve=curve,
        outlook=outlook,
        imbalance=report_of(run, selection, delivered),
        twin=twin_of(run, selection, evaluate_twin),
    )


def _selection(run: Run, board: Board) -> tuple[Selection, str]:
    """The members and the scope that predicts the test rows; every member has been fitted in that scope."""
    trials = [trial.id for trial in board.trials]
    selection = read_selection(run.folder) or _choose(run, board)
    if selection is None:
        raise _too_small(run, "Not even the baseline was finished")
    if not run.split.is_small and has_scope(run.folder, selection, DEVELOPMENT):
        return selection, DEVELOPMENT
    fitted = [trial for trial in selection.trials if run.folder.has_fit(trial, DEVELOPMENT)]
    if fitted and not run.split.is_small:
        again = _choose(run, board, {trial for trial in trials if not run.folder.has_fit(trial, DEVELOPMENT)})
        naive = board.standing(BASELINE).score
        # Without a member it needs, a model of more rows is worth less than the whole one of the first fold.
        if again is not None and not loses(run.target.score, naive, selection, again):
            return again, DEVELOPMENT
    if has_scope(run.folder, selection, FIRST_FOLD):
        return selection, FIRST_FOLD
    again = _choose(run, board, {trial for trial in trials if not run.folder.has_fit(trial, FIRST_FOLD)})
    return again or selection, FIRST_FOLD


def _delivered(run: Run, selection: Selection, scope: str) -> str:
    """The scope whose models are delivered: all rows, unless more rows made them larger than allowed and those of the
    scored scope are not."""
    if not has_scope(run.folder, selection, ALL):
        return scope
    most = run.options.max_megabytes
    if most is None or not has_scope(run.folder, selection, scope):
        return ALL
    whole, scored = (megabytes_of_scope(run.folder, selection.trials, each) for each in (ALL, scope))
    return scope if scored <= most < whole else ALL


def _choose(run: Run, board: Board, without: Iterable[str] = ()) -> Selection | None:
    """The best combination of what is finished, some trials left out."""
    return select(
        run.folder,
        run.split,
        run.target.problem,
        run.target.values,
        [trial.id for trial in board.trials],
        seed=run.options.seed,
        without=frozenset(without),
        metric=run.target.metric,
    )


def _absent_leader(run: Run, board: Board, selection: Selection) -> tuple[str, LeftOut] | None:
    """The candidate that leads the list though the delivered model does without it, and why; None when it is in it."""
    ranked = [trial for trial in board.ranked() if trial.candidate != BASELINE]
    members = {trial.candidate for trial in board.trials if trial.id in selection.trials}
    if not ranked or members <= {BASELINE} or ranked[0].candidate in members:
        return None
    limited = run.options.max_ms_per_row is not None or run.options.max_megabytes is not None
    if limited and ranked[0].id in (run.folder.read_json("without") or {}):
        return ranked[0].candidate, "limits"
    free = _choose(run, board)
    wanted = free is not None and ranked[0].id in free.trials
    return ranked[0].candidate, "time" if wanted else "others"


def _too_small(run: Run, what: str) -> LimitExceeded:
    seconds = run.options.budget_seconds
    return LimitExceeded(
        "budget_too_small",
        f"{what} within {seconds:g} {'second' if seconds == 1 else 'seconds'}.",
        fix="Give it more time, or a smaller table.",
        limit=run.options.budget_seconds,
        unit="seconds",
    )


def _unseen(run: Run, selection: Selection, scope: str, model: Any) -> tuple[IntArray, Unseen]:
    """Positions and predictions of the rows that give the score.

    The naive model of cross-validation is one for all rows: a different mean for every fold would rank rows by fold.
    Otherwise it learns from the rows the scored model learned from, so that the baseline alone scores like itself.
    """
    problem, values = run.target.problem, run.target.values
    if run.split.is_small:
        rows = selection.rows
        predictions = probabilities(problem, selection.margins)
        return rows, Unseen(values[rows], predictions, _prior(run, rows, rows))
    rows = run.split.test
    scored: Model = model(scope, None)
    predictions = scored.predictions(scored.margins(run.frame[rows]))
    learned_from = run.split.folds[0].train if scope == FIRST_FOLD else run.split.development
    return rows, Unseen(values[rows], predictions, _prior(run, learned_from, rows))


def _prior(run: Run, learned_from: IntArray, rows: IntArray) -> FloatArray:
    """What a naive model predicts: the mean, or the shares of the classes, of the rows it may learn from."""
    own = run.target.values[learned_from]
    if run.target.problem == "regression":
        return np.full(rows.size, own.mean())
    counts = np.bincount(own.astype(np.int64), minlength=run.target.n_classes) + PRIOR_ROWS
    return np.tile(counts / counts.sum(), (rows.size, 1))


def _intervals(run: Run, selection: Selection, unseen: Unseen) -> tuple[Intervals | None, Intervals | None]:
    """Prediction intervals of the delivered model (all errors on unseen rows), and those tested for coverage."""
    if run.target.problem != "regression":
        return None, None
    target, predictions = run.target.values[selection.rows], selection.margins[:, 0]
    if run.split.is_small:
        return conformal_intervals(target, predictions), None
    scored = conformal_intervals(target, predictions)
    together = conformal_intervals(
        np.concatenate([target, unseen.target]), np.concatenate([predictions, unseen.predictions])
    )
    return together, scored


def _evaluation(
    run: Run,
    selection: Selection,
    unseen: Unseen,
    *,
    scope: str,
    delivered: str,
    intervals: Intervals | None,
    promised: float | None,
) -> Evaluation:
    """The evaluation; ``promised`` is the score of the delivered model on the leaderboard."""
    n_train = rows_learned_for_score(run, selection, scope)
    made = evaluate(
        unseen,
        problem=run.target.problem,
        metric=run.target.metric,
        target=run.options.target,
        classes=run.target.classes,
        method=run.split.method,
        groups=run.split.blocks(selection.rows if run.split.is_small else run.split.test),
        group_column=run.split.group_column,
        method_sentence=method_sentence(run, selection, unseen.target.size, n_train, rows_learned(run, delivered)),
        n_train_rows=n_train,
        n_rows=run.target.values.size,
        cross_validated_score=promised,
        threshold=selection.threshold,
        intervals=intervals,
        period_scores=_period_scores(run, selection),
        growth=Growth(rows_of_folds(run, selection), n_train, rows_learned(run, delivered)),
        seed=run.options.seed,
    )
    if run.split.is_small and run.target.problem == "regression":
        return made.model_copy(update={"interval_coverage": cross_coverage(unseen.target, unseen.predictions)})
    return made


def _period_scores(run: Run, selection: Selection) -> list[float]:
    """The scores in the latest three periods of a split in time, all of one delivered model: that with most of them.

    Scores of several models would tell the models apart, not the periods: in a short run the naive model may be the
    only one that was scored in the earlier ones.
    """
    if run.split.method != "time_holdout":
        return []
    found: list[float] = []
    for trial in selection.trials:
        periods = range(min(LATEST_PERIODS, len(run.split.folds)))
        fits = [run.folder.read_json(f"fit-{trial}-fold_{index}") for index in periods]
        scores = [float(fit["score"]) for fit in fits if fit is not None and fit["score"] is not None]
        found = max(found, scores, key=len)
    return found


def _lines(
    run: Run, board: Board, selection: Selection, absent: tuple[str, LeftOut] | None
) -> tuple[list[CandidateReport], str]:
    """The leaderboard, with a line for the combination when there is one, and the name of what is delivered."""
    shares = dict(zip(selection.trials, selection.shares, strict=True))
    lines = board.mark_ties(board.reports(shares=shares, ended=True))
    lines = [_explained(run, board, line, selection) for line in lines]
    if absent is not None:
        told = {"reason": LEADER_LEFT_OUT[absent[1]]}
        lines = [
            line.model_copy(update=told) if line.name == absent[0] and line.reason is None else line for line in lines
        ]
    if len(selection.trials) == 1:
        return lines, next(trial.candidate for trial in board.trials if trial.id == selection.trials[0])
    fold_scores, interval = _folds_of_combination(run, selection)
    members = [line for line in lines if line.weight > 0]
    combined = CandidateReport(
        name=ENSEMBLE,
        title=ENSEMBLE_TITLE,
        sentence=ENSEMBLE_SENTENCE,
        state="finished",
        score=float(np.mean(fold_scores)),
        interval=interval,
        fold_scores=fold_scores,
        folds_done=selection.n_folds,
        folds=board.n_folds,
        seconds=sum(line.seconds for line in members),
        predict_ms_per_row=sum(line.predict_ms_per_row or 0.0 for line in members),
        settings={"members": {line.name: round(line.weight, 4) for line in members}},
        ties_with_best=True,
    )
    return [combined, *lines], ENSEMBLE


def _explained(run: Run, board: Board, line: CandidateReport, selection: Selection) -> CandidateReport:
    """A line with the reason why a limit or the time kept its best trial out of the model."""
    without = run.folder.read_json("without") or {}
    best = next((trial.id for trial in board.ranked() if trial.candidate == line.name), None)
    if line.weight > 0 or line.reason is not None or best in selection.trials or not without.get(best or ""):
        return line
    return line.model_copy(update={"reason": without[best or ""]})


def _curve(run: Run, board: Board, best_score: float | None) -> tuple[list[CurvePoint], Outlook | None]:
    """The best score over the time, the combination last, and what more time would likely buy."""
    higher = run.target.score.higher_is_better
    curve, end = board.curve(), run.folder.read_json("end") or {}
    ended = float(end.get("seconds", curve[-1].seconds if curve else 0.0))
    if curve and best_score is not None and (best_score > curve[-1].score) == higher and best_score != curve[-1].score:
        curve.append(CurvePoint(seconds=max(ended, curve[-1].seconds), score=best_score))
    out = bool(end.get("searched_out", False))
    naive = board.standing(BASELINE).score
    return curve, outlook_of(curve, seconds=ended, higher_is_better=higher, searched_out=out, naive=naive)


def _folds_of_combination(run: Run, selection: Selection) -> tuple[list[float], tuple[float, float]]:
    """Scores of the combination fold by fold, as every other line has them, and the interval around their mean.

    A score of all rows at once is another number (errors of levels that differ from fold to fold count in it), so that
    the combination would stand beside its members on another scale.
    """
    metric, target = run.target.score, run.target.values[selection.rows]
    predictions = probabilities(run.target.problem, selection.margins)
    scores = []
    for fold in run.split.folds[: run.split.folds_per_repeat]:
        own = np.isin(selection.rows, fold.valid)
        try:
            scores.append(float(metric.compute(target[own], predictions[own])))
        except NotApplicable:  # the fold has no such row, or one class only
            continue
    low, high = estimate_interval(metric.name, target, predictions)
    if not scores:
        return [selection.score], (low, high)
    move = float(np.mean(scores)) - metric.compute(target, predictions)
    return scores, (max(low + move, metric.lowest), min(high + move, metric.highest))
