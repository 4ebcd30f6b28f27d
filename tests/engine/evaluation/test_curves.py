from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation import curves
from narrative.engine.evaluation.rows import Rows
from tests.fixtures.evaluated import scored, scored_numbers


def test_the_roc_curve_lies_on_that_of_scikit_learn() -> None:
    rows = scored(150)
    found = curves.roc(rows)
    alarms, hits, _ = metrics.roc_curve(rows.target, rows.positive(), drop_intermediate=False)
    assert found.x == pytest.approx(alarms.tolist())
    assert found.y == pytest.approx(hits.tolist())
    assert found.baseline == found.x
    assert metrics.auc(found.x, found.y) == pytest.approx(metrics.roc_auc_score(rows.target, rows.positive()))


def test_the_precision_recall_curve_lies_on_that_of_scikit_learn() -> None:
    rows = scored(150)
    found = curves.precision_recall(rows)
    precision, recall, _ = metrics.precision_recall_curve(rows.target, rows.positive())
    expected = {(round(x, 12), round(y, 12)) for x, y in zip(recall, precision, strict=True)}
    points = {(round(x, 12), round(y, 12)) for x, y in zip(found.x, found.y, strict=True)}
    assert len(points - expected) == 0
    assert set(found.baseline) == {float(np.mean(rows.target))}


def test_gain_and_lift_count_positives_from_the_top() -> None:
    target = np.array([1.0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    positive = np.linspace(0.95, 0.05, 10)
    rows = Rows("binary", target, np.column_stack([1 - positive, positive]), np.arange(10))
    gained, lifted = curves.gain(rows), curves.lift(rows)
    assert gained.x == pytest.approx(np.arange(1, 11) / 10)
    assert gained.y == pytest.approx([1 / 3, 2 / 3, 2 / 3, *[1.0] * 7])
    assert lifted.y[:4] == pytest.approx([10 / 3, 10 / 3, 20 / 9, 2.5])
    assert lifted.y[-1] == pytest.approx(1.0)
    assert set(lifted.baseline) == {1.0}


def test_every_point_lies_inside_its_band() -> None:
    for rows in (scored(40), scored(3_000)):
        for make in (curves.roc, curves.precision_recall, curves.gain, curves.lift):
            band = make(rows)
            assert len(band.x) <= curves.MOST_POINTS
            for low, value, high in zip(band.low, band.y, band.high, strict=True):
                assert low <= value <= high


def overconfident(rows: Rows, slope: float) -> Rows:
    margins = slope * np.log(rows.positive() / (1 - rows.positive()))
    positive = 1 / (1 + np.exp(-margins))
    return Rows("binary", rows.target, np.column_stack([1 - positive, positive]), rows.positions)


@pytest.mark.parametrize("slope", [2.0, 0.5])
def test_probabilities_that_say_too_much_or_too_little_are_found(slope: float) -> None:
    for seed in range(5):
        found = curves.calibration(overconfident(scored(1_500, seed=seed), slope))
        assert not found.is_calibrated
        assert found.words.sentence is not None


def test_probabilities_that_mean_what_they_say_are_seldom_doubted() -> None:
    doubted = sum(not curves.calibration(scored(600, seed=seed)).is_calibrated for seed in range(40))
    assert doubted <= 5  # at 5 % false alarms more has a chance below 2 in 100


def test_the_bins_hold_the_share_that_came_true() -> None:
    rows = scored(1_000)
    found = curves.calibration(rows).curve
    order = np.argsort(rows.positive(), kind="stable")
    assert found.y[0] == pytest.approx(rows.target[order[:100]].mean())
    assert found.x[-1] == pytest.approx(rows.positive()[order[-100:]].mean())
    assert sum(found.rows) == 1_000


def test_being_sure_and_wrong_a_single_time_is_not_calibrated() -> None:
    positive = np.r_[np.zeros(50), np.ones(50)]
    target = np.r_[1.0, np.zeros(49), np.ones(50)]
    found = curves.calibration(Rows("binary", target, np.column_stack([1 - positive, positive]), np.arange(100)))
    assert found.p_value == 0.0
    assert not found.is_calibrated


@pytest.mark.parametrize("make", [curves.roc, curves.precision_recall, curves.gain, curves.lift])
def test_odd_parts_say_why_they_have_no_curve(make) -> None:  # type: ignore[no-untyped-def]
    rows = scored()
    with pytest.raises(NotApplicable, match="one class"):
        make(rows.at(np.flatnonzero(rows.target == 0)))
    with pytest.raises(NotApplicable, match="same prediction"):
        make(Rows("binary", rows.target, np.tile([0.5, 0.5], (rows.size, 1)), rows.positions))
    with pytest.raises(NotApplicable, match="too little"):
        make(rows.at(np.arange(5)))
    with pytest.raises(NotApplicable, match="two classes"):
        make(scored_numbers())
