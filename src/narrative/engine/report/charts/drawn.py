"""All charts of an evaluation, drawn from its numbers, its bands and the words proven when it was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation import curves
from narrative.engine.evaluation.curves import Band
from narrative.engine.evaluation.rows import Rows
from narrative.engine.report.charts import classification, regression
from narrative.engine.report.charts.base import Chart
from narrative.engine.report.types import ChartWords
from narrative.engine.training.types import Evaluation, TrainingResult

BANDED: Final = {"roc": curves.roc, "precision-recall": curves.precision_recall, "lift": curves.lift}
PAINTERS: Final[Mapping[str, Callable[[Evaluation, ChartWords, Band | None], Chart | None]]] = {
    "roc": classification.roc,
    "precision-recall": classification.precision_recall,
    "calibration": classification.calibration,
    "lift": classification.lift,
    "confusion": classification.confusion,
    "predicted-actual": regression.predicted_actual,
    "residuals": regression.residuals,
}


def draw_charts(evaluation: Evaluation, words: Sequence[ChartWords], bands: Mapping[str, Band]) -> list[Chart]:
    """The charts that have words, in their order; words of a chart that is not known are passed over."""
    drawn = [
        PAINTERS[said.id](evaluation, said, bands.get(said.id)) for said in words if said.id in PAINTERS
    ]  # fmt: skip
    return [chart for chart in drawn if chart is not None]


def bands_of(result: TrainingResult) -> dict[str, Band]:
    """The 95 % bands of the curves of two classes, by chart; a curve that is not defined has none."""
    if result.problem != "binary":
        return {}
    rows = scored_rows(result)
    found: dict[str, Band] = {}
    for name, make in BANDED.items():
        try:
            found[name] = make(rows)
        except NotApplicable:
            continue  # the same answer to every row, or one class alone: the chart is then not there either
    return found


def scored_rows(result: TrainingResult) -> Rows:
    """Truth and prediction of the rows that gave the score, without their cells."""
    return Rows(
        result.problem,
        result.test_target,
        result.test_predictions,
        result.test_rows.astype("int64"),
        result.model.threshold,
    )
