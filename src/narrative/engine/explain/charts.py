"""Points of the evaluation charts, computed from targets and predictions and nothing else."""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.scores.average_precision import cumulative_counts
from narrative.engine.training.types import Curve
from narrative.engine.types import FloatArray

MAX_POINTS: Final = 200
MAX_SCATTER: Final = 1_000
CALIBRATION_BINS: Final = 10
THRESHOLDS: Final = 49


def roc_curve(target: FloatArray, positive: FloatArray) -> Curve | None:
    """False positive rate (x) against true positive rate (y), from (0, 0) to (1, 1); None without both classes."""
    if target.min() == target.max():
        return None
    found, flagged = cumulative_counts(target, positive)
    true_rate = np.r_[0.0, found / found[-1]]
    false_rate = np.r_[0.0, (flagged - found) / (flagged[-1] - found[-1])]
    return _thinned(false_rate, true_rate)


def precision_recall_curve(target: FloatArray, positive: FloatArray) -> Curve | None:
    """Recall (x) against precision (y); None without a positive row."""
    if not np.any(target == 1):
        return None
    found, flagged = cumulative_counts(target, positive)
    return _thinned(found / found[-1], found / flagged)


def calibration_curve(target: FloatArray, positive: FloatArray) -> tuple[Curve | None, list[int]]:
    """Mean predicted probability (x) against the share that came true (y), and rows, in up to ten equally full bins."""
    order = np.argsort(positive, kind="stable")
    bins = [part for part in np.array_split(order, CALIBRATION_BINS) if part.size]
    if not bins:
        return None, []
    x = [float(positive[part].mean()) for part in bins]
    y = [float(target[part].mean()) for part in bins]
    return Curve(x=x, y=y), [int(part.size) for part in bins]


def lift_curve(target: FloatArray, positive: FloatArray) -> Curve | None:
    """Share of rows contacted, best first (x), against how many times more positives than at random (y)."""
    if not np.any(target == 1):
        return None
    found, flagged = cumulative_counts(target, positive)
    contacted = flagged / target.size
    return _thinned(contacted, found / found[-1] / contacted)


def threshold_table(target: FloatArray, positive: FloatArray, chosen: float) -> list[dict[str, float]]:
    """Counts, precision and recall at about fifty thresholds that occur, the chosen one included.

    Precision is 1 where nothing is flagged (no false alarm), recall 0 where there is no positive row.
    """
    even = np.quantile(positive, np.linspace(0.0, 1.0, THRESHOLDS))
    table = []
    for threshold in sorted({*np.round(even, 6).tolist(), 0.5, chosen}):
        flagged = positive >= threshold
        true_positive = float(np.sum(flagged & (target == 1)))
        false_positive = float(np.sum(flagged & (target != 1)))
        false_negative = float(np.sum(~flagged & (target == 1)))
        hits, actual = true_positive + false_positive, true_positive + false_negative
        table.append(
            {
                "threshold": float(threshold),
                "true_positive": true_positive,
                "false_positive": false_positive,
                "true_negative": float(target.size) - hits - false_negative,
                "false_negative": false_negative,
                "precision": true_positive / hits if hits else 1.0,
                "recall": true_positive / actual if actual else 0.0,
            }
        )
    return table


def predicted_actual(target: FloatArray, predictions: FloatArray) -> list[tuple[float, float]]:
    """Up to 1,000 (predicted, actual) points, evenly drawn over the order of the predictions."""
    order = np.argsort(predictions, kind="stable")
    if order.size > MAX_SCATTER:
        order = order[np.linspace(0, order.size - 1, MAX_SCATTER).round().astype(np.int64)]
    return [(float(predictions[row]), float(target[row])) for row in order]


def residual_histogram(target: FloatArray, predictions: FloatArray) -> dict[str, list[float]]:
    """Errors (actual - predicted) in equal bins by the Freedman-Diaconis width, at most 40.

    Source: Freedman & Diaconis (1981), Zeitschrift für Wahrscheinlichkeitstheorie 57.
    """
    residuals = target - predictions
    low, high = float(residuals.min()), float(residuals.max())
    if low == high:
        return {"edges": [low - 0.5, high + 0.5], "counts": [float(residuals.size)]}
    quarter, three_quarters = np.quantile(residuals, [0.25, 0.75])
    width = 2.0 * float(three_quarters - quarter) / residuals.size ** (1 / 3)
    n_bins = 40 if width <= (high - low) / 40 else max(int(np.ceil((high - low) / width)), 5)
    counts, edges = np.histogram(residuals, bins=n_bins, range=(low, high))
    return {"edges": [float(edge) for edge in edges], "counts": [float(count) for count in counts]}


def _thinned(x: FloatArray, y: FloatArray) -> Curve:
    """At most 200 points, both ends kept."""
    if x.size > MAX_POINTS:
        keep = np.unique(np.linspace(0, x.size - 1, MAX_POINTS).round().astype(np.int64))
        x, y = x[keep], y[keep]
    return Curve(x=[float(value) for value in x], y=[float(value) for value in y])
