"""Standard errors against their definitions, and intervals against what fresh data really do."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.scores import all_scores
from narrative.engine.scores.base import LabelScore
from narrative.engine.scores.intervals import (
    estimate_interval,
    fresh,
    fresh_interval,
    influence,
    paired_difference,
    standard_error,
)
from narrative.engine.scores.intervals.influence import degrees_of_freedom
from narrative.engine.scores.intervals.weighted import weighted
from narrative.engine.types import FloatArray, IntArray

CLASSES = ["accuracy", "average_precision", "balanced_accuracy", "brier", "f1", "log_loss", "roc_auc"]
NUMBERS = ["mae", "r2", "rmse"]


def two_columns(positive: FloatArray) -> FloatArray:
    return np.column_stack([1 - positive, positive])


def draw(metric: str, n: int, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Rows of a world whose true score is known only by drawing many."""
    if metric in {"rmse", "mae", "r2"}:
        target = random.normal(size=n)
        return target, target + random.standard_t(6, size=n)
    signal = random.normal(size=n)
    target = (random.random(n) < 1 / (1 + np.exp(-(2 * signal - 1)))).astype(np.float64)
    return target, two_columns(1 / (1 + np.exp(-(1.6 * signal - 1 + 0.3 * random.normal(size=n)))))


def delong_by_definition(target: FloatArray, score: FloatArray) -> float:
    """Variance of the area, written as the paper does: the kernel over all pairs, then both component variances."""
    positive, negative = score[target == 1], score[target == 0]
    kernel = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return float(kernel.mean(axis=1).var(ddof=1) / positive.size + kernel.mean(axis=0).var(ddof=1) / negative.size)


def test_the_standard_error_of_the_area_is_delongs() -> None:
    target, predictions = draw("roc_auc", 200, np.random.default_rng(1))
    predictions = two_columns(np.round(predictions[:, 1], 1))  # with ties
    error = standard_error(influence("roc_auc", target, predictions))
    assert error**2 == pytest.approx(delong_by_definition(target, predictions[:, 1]), rel=1e-12)


def test_the_standard_error_of_a_mean_loss_is_the_textbook_one() -> None:
    target, predictions = draw("log_loss", 400, np.random.default_rng(2))
    losses = -np.log(np.where(target == 1, predictions[:, 1], predictions[:, 0]))
    error = standard_error(influence("log_loss", target, predictions))
    assert error == pytest.approx(losses.std() / np.sqrt(400), rel=1e-12)


def test_the_standard_error_of_rmse_agrees_with_drawing_again() -> None:
    random = np.random.default_rng(3)
    worlds = [draw("rmse", 500, random) for _ in range(400)]
    drawn = np.std([all_scores()["rmse"]().compute(*world) for world in worlds])
    claimed = np.mean([standard_error(influence("rmse", *world)) for world in worlds])
    assert claimed == pytest.approx(drawn, rel=0.1)


@pytest.mark.parametrize("metric", [*CLASSES, *NUMBERS])
def test_the_standard_error_of_every_score_agrees_with_drawing_again(metric: str) -> None:
    random = np.random.default_rng(13)
    worlds = [draw(metric, 400, random) for _ in range(300)]
    kind = all_scores()[metric]()
    # A cut that is fixed beforehand, as that of a delivered model is.
    cut = 0.45 if isinstance(kind, LabelScore) else None
    drawn = np.std(
        [kind.compute_at(*world, cut) if isinstance(kind, LabelScore) else kind.compute(*world) for world in worlds]
    )
    claimed = np.mean([standard_error(influence(metric, *world, cut)) for world in worlds])
    assert claimed == pytest.approx(drawn, rel=0.13)  # the spread of 300 draws is itself known to 4 %


@pytest.mark.parametrize("metric", [*CLASSES, *NUMBERS])
def test_the_influence_of_a_row_is_what_leaving_it_out_changes(metric: str) -> None:
    target, predictions = draw(metric, 400, np.random.default_rng(14))
    kind = all_scores()[metric]()

    def score(rows: IntArray) -> float:
        if isinstance(kind, LabelScore):
            return kind.compute_at(target[rows], predictions[rows], 0.45)
        return kind.compute(target[rows], predictions[rows])

    every = np.arange(target.size)
    whole = score(every)
    # The jackknife: a way of its own to the same values, by computing the score 400 times.
    left_out = np.array([(target.size - 1) * (whole - score(np.delete(every, row))) for row in every])
    values = influence(metric, target, predictions, 0.45 if isinstance(kind, LabelScore) else None)
    assert np.corrcoef(values, left_out)[0, 1] > 0.999
    assert values.std() == pytest.approx(left_out.std(), rel=0.02)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "brier", "log_loss", "roc_auc"])
def test_the_standard_error_of_several_classes_agrees_with_drawing_again(metric: str) -> None:
    random = np.random.default_rng(15)

    def world() -> tuple[FloatArray, FloatArray]:
        target = random.integers(3, size=400)
        raw = random.gamma(1.0, size=(400, 3)) + 0.8 * np.eye(3)[target]
        return target.astype(np.float64), raw / raw.sum(axis=1, keepdims=True)

    worlds = [world() for _ in range(300)]
    drawn = np.std([all_scores()[metric]().compute(*each) for each in worlds])
    claimed = np.mean([standard_error(influence(metric, *each)) for each in worlds])
    assert claimed == pytest.approx(drawn, rel=0.13)


def test_a_score_of_drawn_rows_is_the_score_of_the_rows_written_out() -> None:
    random = np.random.default_rng(16)
    for metric in [*CLASSES, *NUMBERS]:
        target, predictions = draw(metric, 120, random)
        kind = all_scores()[metric]()
        cut = 0.45 if isinstance(kind, LabelScore) else None
        drawn = random.integers(120, size=60)
        rows = target[drawn], predictions[drawn]
        written_out = kind.compute_at(*rows, cut) if isinstance(kind, LabelScore) else kind.compute(*rows)
        counted = weighted(metric, target, predictions, cut)(np.bincount(drawn, minlength=120))
        assert counted == pytest.approx(written_out, rel=1e-12)


def test_rows_that_move_together_make_the_error_larger() -> None:
    values = np.repeat(np.random.default_rng(4).normal(size=20), 50)
    blocks = np.repeat(np.arange(20), 50)
    assert standard_error(values, blocks) > 5 * standard_error(values)


def test_a_paired_difference_is_zero_for_equal_predictions_and_small_for_similar_ones() -> None:
    target, predictions = draw("roc_auc", 300, np.random.default_rng(5))
    near = two_columns(np.clip(predictions[:, 1] + 0.001 * np.random.default_rng(6).normal(size=300), 0, 1))
    single = standard_error(influence("roc_auc", target, predictions))
    assert paired_difference("roc_auc", target, predictions, predictions) == 0.0
    assert paired_difference("roc_auc", target, predictions, near) < 0.1 * single


def test_few_rows_that_carry_all_the_error_leave_few_degrees_of_freedom() -> None:
    normal = np.random.default_rng(7).normal(size=1000)
    heavy = np.r_[np.full(990, -0.01), np.full(10, 1.0)]
    assert degrees_of_freedom(normal - normal.mean()) == pytest.approx(1000, rel=0.2)
    assert degrees_of_freedom(heavy - heavy.mean()) < 30


@pytest.mark.parametrize("metric", [*CLASSES, *NUMBERS])
def test_the_closed_form_agrees_with_resampling(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, predictions = draw(metric, 2_000, np.random.default_rng(8))
    resampled = fresh_interval(metric, target, predictions, 500)
    monkeypatch.setattr(fresh, "CLOSED_FORM_ROWS", 100)
    closed = fresh_interval(metric, target, predictions, 500)
    width = resampled[1] - resampled[0]
    assert np.abs(np.subtract(resampled, closed)).max() < 0.12 * width


@pytest.mark.parametrize("metric", [*CLASSES, *NUMBERS])
@pytest.mark.parametrize(("n", "n_fresh"), [(120, 24), (300, 300), (2_000, 500)])
@pytest.mark.slow
def test_the_fresh_score_lands_inside_in_about_95_of_100_cases(
    metric: str, n: int, n_fresh: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "RESAMPLES", 300)
    random = np.random.default_rng(9)
    score, inside, rounds = all_scores()[metric](), 0, 250
    for seed in range(rounds):
        low, high = fresh_interval(metric, *draw(metric, n, random), n_fresh, seed=seed)
        inside += low <= score.compute(*draw(metric, n_fresh, random)) <= high
    assert 0.91 <= inside / rounds <= 0.99


@pytest.mark.slow
def test_the_estimate_alone_would_be_too_narrow_for_fresh_data() -> None:
    """Negative control: without the luck of the fresh rows the promise breaks, so the test above can fail."""
    random = np.random.default_rng(10)
    inside = 0
    for _ in range(200):
        low, high = estimate_interval("log_loss", *draw("log_loss", 400, random))
        inside += low <= all_scores()["log_loss"]().compute(*draw("log_loss", 80, random)) <= high
    assert inside / 200 < 0.8


def test_perfect_predictions_have_a_finite_interval_that_holds_the_score() -> None:
    target = np.tile([0.0, 1.0], 20)
    low, high = fresh_interval("roc_auc", target, two_columns(target), 8)
    assert low <= 1.0 == high
    assert fresh_interval("rmse", target, target, 8) == (0.0, 0.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    target, predictions = draw("roc_auc", 200, np.random.default_rng(11))
    assert fresh_interval("roc_auc", target, predictions, 40, seed=7) == fresh_interval(
        "roc_auc", target, predictions, 40, seed=7
    )


def test_blocks_in_time_widen_the_interval() -> None:
    random = np.random.default_rng(12)
    blocks = np.repeat(np.arange(10), 40)
    target = random.normal(size=400)
    predictions = target + random.normal(size=400) * np.repeat(np.linspace(0.5, 3, 10), 40)
    free = fresh_interval("rmse", target, predictions, 100)
    blocked = fresh_interval("rmse", target, predictions, 100, blocks=blocks)
    assert blocked[1] - blocked[0] > 1.5 * (free[1] - free[0])


def test_a_perfect_ranking_of_few_rows_is_not_called_certain() -> None:
    # Rule of three: 0 of 60 positives wrongly ranked still allows 3 of 60, a twentieth.
    target = np.repeat([1.0, 0.0], [60, 140])
    positive = np.linspace(0.9, 0.1, 200)
    predictions = np.column_stack([1 - positive, positive])
    assert fresh_interval("roc_auc", target, predictions, 40) == (0.95, 1.0)
    assert estimate_interval("roc_auc", target, predictions) == (0.95, 1.0)
    assert fresh_interval("roc_auc", target, predictions[:, ::-1], 40) == pytest.approx((0.0, 0.05))
