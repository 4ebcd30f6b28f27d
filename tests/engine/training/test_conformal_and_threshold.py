"""Ranges that cover as stated, and the cut between yes and no."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from narrative.engine.training.conformal import conformal_intervals, cross_coverage
from narrative.engine.training.threshold import choose_threshold


def test_ranges_cover_nine_in_ten_fresh_rows_for_small_and_large_predictions() -> None:
    random = np.random.default_rng(1)
    predictions = random.uniform(1, 10, size=6_000)
    target = predictions + predictions * random.normal(size=6_000)  # errors grow with the size
    made = conformal_intervals(target[:3_000], predictions[:3_000])
    low, high = made.bounds(predictions[3_000:])
    inside = (low <= target[3_000:]) & (target[3_000:] <= high)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)
    small = predictions[3_000:] < 3
    assert inside[small].mean() == pytest.approx(0.9, abs=0.04)
    assert (high - low)[small].mean() < 0.5 * (high - low)[~small].mean()


def test_few_rows_make_one_wide_range_that_still_covers() -> None:
    random = np.random.default_rng(2)
    covered = []
    for _ in range(200):
        errors = random.normal(size=25)
        low, high = conformal_intervals(errors, np.zeros(25)).bounds(np.zeros(1))
        covered.append(low[0] <= random.normal() <= high[0])
    assert np.mean(covered) >= 0.88


def test_constant_predictions_and_a_single_row_work() -> None:
    made = conformal_intervals(np.array([3.0]), np.array([2.0]))
    assert made.bounds(np.array([2.0]))[1][0] == 3.0
    assert np.isfinite(conformal_intervals(np.arange(500.0), np.zeros(500)).upper).all()
    assert cross_coverage(np.array([1.0, 2.0, 3.0]), np.zeros(3)) >= 0.0


def test_coverage_is_measured_on_rows_the_ranges_were_not_learned_from() -> None:
    random = np.random.default_rng(3)
    target = random.normal(size=400)
    assert cross_coverage(target, np.zeros(400)) == pytest.approx(0.9, abs=0.05)


def test_a_balanced_target_is_cut_at_one_half() -> None:
    assert choose_threshold(np.array([0.0, 1.0] * 50), np.linspace(0, 1, 100)) == 0.5


def test_a_rare_target_is_cut_where_f1_is_best() -> None:
    random = np.random.default_rng(4)
    target = (random.random(3_000) < 0.06).astype(np.float64)
    positive = np.clip(0.05 + 0.12 * target + 0.05 * random.normal(size=3_000), 0.001, 0.999)
    threshold = choose_threshold(target, positive)
    best = max(f1_score(target, positive >= cut) for cut in np.quantile(positive, np.linspace(0.5, 0.999, 300)))
    assert f1_score(target, positive >= threshold) >= best - 1e-9
    assert threshold < 0.3


def test_rows_without_a_positive_one_are_cut_at_one_half() -> None:
    assert choose_threshold(np.zeros(10), np.linspace(0, 1, 10)) == 0.5
