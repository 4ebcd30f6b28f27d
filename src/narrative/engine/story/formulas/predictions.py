"""Facts of a batch of predictions."""

from __future__ import annotations

import numpy as np

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.types import FloatArray


def _values(sources: Sources) -> FloatArray:
    return np.asarray(sources.need_predictions().answers, dtype=np.float64)


def _certainty(sources: Sources) -> FloatArray:
    probabilities = sources.need_predictions().probabilities
    if probabilities is None:
        raise LookupError("There are no probabilities.")
    return np.asarray(probabilities.max(axis=1))


@formula("predictions.rows", "rows given", "predictions")
def rows(sources: Sources) -> Value:
    return sources.need_predictions().n_rows


@formula("predictions.predicted", "rows with a prediction", "predictions")
def predicted(sources: Sources) -> Value:
    return len(sources.need_predictions().answers)


@formula("predictions.bad_rows", "rows that could not be read", "predictions")
def bad_rows(sources: Sources) -> Value:
    return sources.need_predictions().n_bad_rows


@formula("predictions.asides", "rows of totals or repeated headers, left out", "predictions")
def asides(sources: Sources) -> Value:
    return sources.need_predictions().n_asides


@formula("predictions.target", "what is predicted", "predictions")
def target(sources: Sources) -> Value:
    return sources.need_predictions().target


@formula("predictions.class_name", "label of a class", "predictions")
def class_name(sources: Sources, index: int) -> Value:
    return str(sources.need_predictions().classes[index])


@formula("predictions.class_count", "rows answered with the class", "predictions")
def class_count(sources: Sources, index: int) -> Value:
    summary = sources.need_predictions()
    return sum(answer == summary.classes[index] for answer in summary.answers)


@formula("predictions.class_share", "rows answered with the class / rows with a prediction", "predictions")
def class_share(sources: Sources, index: int) -> Value:
    n_rows = len(sources.need_predictions().answers)
    return int(class_count(sources, index) or 0) / n_rows if n_rows else None


@formula("predictions.sure_share", "rows whose answer has at least the given probability / rows", "predictions")
def sure_share(sources: Sources, probability: float) -> Value:
    certainty = _certainty(sources)
    return float((certainty >= probability).mean()) if len(certainty) else None


@formula("predictions.quantile", "value below which the given share of the predictions lies", "predictions")
def quantile(sources: Sources, share: float) -> Value:
    values = _values(sources)
    return float(np.quantile(values, share)) if len(values) else None


@formula("predictions.median_width", "middle width of the intervals of the predictions", "predictions")
def median_width(sources: Sources) -> Value:
    summary = sources.need_predictions()
    if summary.lower is None or summary.upper is None or not len(summary.lower):
        return None
    return float(np.median(summary.upper - summary.lower))


@formula("predictions.repairs", "repairs made to fit the file to the model", "predictions")
def repairs(sources: Sources) -> Value:
    return len(sources.need_predictions().repairs)


@formula("predictions.warnings", "warnings about the file", "predictions")
def warnings(sources: Sources) -> Value:
    return len(sources.need_predictions().warnings)


@formula("predictions.out_of_range", "rows with a value outside the range of training", "predictions", recorded=True)
def out_of_range(sources: Sources) -> Value:
    return sources.need_predictions().n_out_of_range
