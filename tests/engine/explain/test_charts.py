"""Chart points against scikit-learn and hand counts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from narrative.engine.explain import charts
from narrative.engine.types import FloatArray


def scored(n: int = 400) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(1)
    target = (random.random(n) < 0.35).astype(np.float64)
    positive = np.clip(0.35 + 0.2 * target + 0.2 * random.normal(size=n), 0, 1)
    return target, np.asarray(np.round(positive, 2), dtype=np.float64)


def test_the_roc_curve_is_that_of_scikit_learn() -> None:
    target, positive = scored()
    curve = charts.roc_curve(target, positive)
    false_rate, true_rate, _ = metrics.roc_curve(target, positive, drop_intermediate=False)
    assert curve is not None
    assert curve.x == pytest.approx(false_rate)
    assert curve.y == pytest.approx(true_rate)


def test_the_precision_recall_curve_is_that_of_scikit_learn() -> None:
    target, positive = scored()
    curve = charts.precision_recall_curve(target, positive)
    precision, recall, _ = metrics.precision_recall_curve(target, positive)
    assert curve is not None
    assert curve.x == pytest.approx(recall[:-1][::-1])
    assert curve.y == pytest.approx(precision[:-1][::-1])


def test_long_curves_keep_both_ends_and_few_points() -> None:
    random = np.random.default_rng(2)
    target = (random.random(5_000) < 0.5).astype(np.float64)
    curve = charts.roc_curve(target, random.random(5_000))
    assert curve is not None
    assert len(curve.x) <= 200
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)


def test_calibration_bins_are_equally_full_and_tell_what_happened() -> None:
    target = np.tile([0.0, 1.0, 1.0, 0.0], 25)
    positive = np.repeat([0.2, 0.8], 50)
    curve, counts = charts.calibration_curve(target, positive)
    assert curve is not None
    assert counts == [10] * 10
    assert curve.x[0] == pytest.approx(0.2)
    assert np.average(curve.y, weights=counts) == pytest.approx(target.mean())


def test_lift_is_perfect_at_the_top_and_one_at_the_end() -> None:
    target = np.r_[np.ones(10), np.zeros(30)]
    curve = charts.lift_curve(target, np.linspace(1, 0, 40))
    assert curve is not None
    assert curve.y[0] == pytest.approx(4.0)
    assert (curve.x[-1], curve.y[-1]) == (1.0, 1.0)


def test_the_threshold_table_counts_every_row_at_every_threshold() -> None:
    target, positive = scored()
    table = charts.threshold_table(target, positive, chosen=0.43)
    assert any(row["threshold"] == 0.43 for row in table)
    for row in table:
        cells = metrics.confusion_matrix(target, positive >= row["threshold"], labels=[0, 1]).ravel()
        counted = [row[name] for name in ("true_negative", "false_positive", "false_negative", "true_positive")]
        assert counted == cells.tolist()


def test_curves_that_are_not_defined_are_absent() -> None:
    nothing = np.zeros(10)
    assert charts.roc_curve(nothing, nothing) is None
    assert charts.precision_recall_curve(nothing, nothing) is None
    assert charts.lift_curve(nothing, nothing) is None


def test_residuals_are_all_counted_and_a_perfect_model_has_one_bin() -> None:
    random = np.random.default_rng(3)
    target = random.standard_t(2, size=500)
    histogram = charts.residual_histogram(target, np.zeros(500))
    assert sum(histogram["counts"]) == 500
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1 <= 41
    assert charts.residual_histogram(target, target)["counts"] == [500.0]


def test_at_most_a_thousand_points_are_drawn_over_the_whole_range() -> None:
    predictions = np.arange(5_000.0)
    points = charts.predicted_actual(predictions + 1, predictions)
    assert len(points) == 1_000
    assert points[0] == (0.0, 1.0)
    assert points[-1] == (4_999.0, 5_000.0)
