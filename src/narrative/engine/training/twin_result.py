"""The twin in the result of a run: its model, its own evaluation, and the account of it beside the full model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores import primary_score
from narrative.engine.scores.intervals import paired_difference
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.conformal import conformal_intervals
from narrative.engine.training.run import Run
from narrative.engine.training.select import Selection
from narrative.engine.training.twin import NO_TIME, PIECE, VIEW, twin_model
from narrative.engine.training.types import Evaluation, Twin, TwinReport
from narrative.engine.types import FloatArray, IntArray

NORMAL: Final = 1.96
MINUS: Final = "\u2212"


def twin_of(
    run: Run, selection: Selection, evaluate: Callable[[IntArray, FloatArray], Evaluation]
) -> Twin | None:  # fmt: skip
    """The twin of a run, or why there is none; None when none was asked for.

    Args:
        evaluate: makes the evaluation of a model from untouched rows and what it says of them.
    """
    if not run.options.twin:
        return None
    facts, arrays = run.folder.read_json(PIECE) or {"reason": NO_TIME}, run.folder.read_arrays(PIECE)
    if "reason" in facts:
        return Twin(TwinReport(sentence=str(facts["reason"])))
    # A late choice of other members is another model: its twin was not made.
    if arrays is None or facts["trials"] != selection.trials:
        return Twin(TwinReport(sentence=NO_TIME))
    order = np.argsort(arrays["rows"], kind="stable")
    rows, problem = arrays["rows"][order], run.target.problem
    target = run.target.values[rows]
    own, full = (probabilities(problem, arrays[name][order]) for name in ("margins", "full"))
    intervals = conformal_intervals(target, own) if problem == "regression" else None
    evaluation = evaluate(rows, own)
    error = None
    with contextlib.suppress(NotApplicable):
        error = paired_difference(evaluation.metric, target, full, own)
    report = _report(evaluation, evaluate(rows, full), facts, error)
    model = twin_model(
        run.folder.read_recipe(f"{PIECE}_{facts['delivered']}", VIEW),
        run.folder.read_fit(PIECE, facts["delivered"]).learner,
        str(facts["candidate"]),
        problem=problem,
        target=run.options.target,
        classes=run.target.classes,
        threshold=0.5 if selection.threshold is None else selection.threshold,
        intervals=intervals,
    )
    return Twin(report, model, evaluation)


def _report(evaluation: Evaluation, full: Evaluation, facts: dict[str, Any], error: float | None) -> TwinReport:
    """Both scores on the same rows, their paired difference, and what both cost."""
    score = primary_score(evaluation.problem, evaluation.metric)
    worse = (full.score - evaluation.score) * (1.0 if score.higher_is_better else -1.0)
    between = None if error is None else (worse - NORMAL * error, worse + NORMAL * error)
    costs = {name: float(facts[name]) for name in ("ms_per_row", "full_ms_per_row", "megabytes", "full_megabytes")}
    report = TwinReport(
        sentence="",
        candidate=str(facts["candidate"]),
        metric=score.name,
        score=evaluation.score,
        interval=evaluation.interval,
        full_score=full.score,
        worse=worse,
        worse_interval=between,
        n_rows=evaluation.n_test_rows,
        **costs,
    )
    return report.model_copy(update={"sentence": sentence_of(report, score.title)})


def sentence_of(report: TwinReport, metric_title: str) -> str:
    """What the twin costs, in time, memory and score; no difference is only said with the interval that shows it."""
    size = (
        f"It takes {report.megabytes:.2g} instead of {report.full_megabytes:.2g} MB "
        f"and {report.ms_per_row:.2g} instead of {report.full_ms_per_row:.2g} ms for a row."
    )
    scored = (
        f"On the same {report.n_rows:,} untouched rows its {metric_title} is {report.score:.4g}, "
        f"that of the full model {report.full_score:.4g}"
    )
    if report.worse_interval is None:
        return f"{size} {scored}; how much of that is luck cannot be told."
    low, high = report.worse_interval
    verdict = "clearly worse" if low > 0 else "clearly better" if high < 0 else "no difference could be shown"
    between = f"between {low:.2g} and {high:.2g}".replace("-", MINUS)
    return f"{size} {scored}: {verdict} (it loses {between}, 95% interval)."
