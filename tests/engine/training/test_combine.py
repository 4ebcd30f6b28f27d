"""Combining: shares that make sense, and scores that stay honest although members were chosen."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.learners.base import sigmoid
from narrative.engine.scores.intervals import fresh_interval
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.combine import combine, score_or_guess, single
from narrative.engine.types import FloatArray


def world(n: int, n_members: int, noise: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """A true log-odds, and members that see it through independent noise: ``1 × members × n × 1``."""
    random = np.random.default_rng(seed)
    true = random.normal(size=n) * 2
    target = (random.random(n) < sigmoid(true)).astype(np.float64)
    return target, (true + noise * random.normal(size=(n_members, n)))[None, :, :, None]


def test_independent_members_share_and_beat_the_best_of_them() -> None:
    target, margins = world(3_000, 3, 2.0, 1)
    made = combine("binary", margins, target)
    assert made.shares.sum() == pytest.approx(1.0)
    assert len(made.members) == 3
    alone = max(score_or_guess("binary", target, member) for member in margins[0])
    assert score_or_guess("binary", target, made.margins) > alone + 0.01


def test_a_useless_member_gets_nothing() -> None:
    target, margins = world(3_000, 1, 0.5, 2)
    noise = np.random.default_rng(3).normal(size=margins.shape)
    made = combine("binary", np.concatenate([margins, noise], axis=1), target)
    assert made.members == [0]


def test_values_are_weighed_like_the_least_squares_would() -> None:
    random = np.random.default_rng(4)
    target = random.normal(size=4_000)
    margins = np.stack([target + random.normal(size=4_000), target + 2 * random.normal(size=4_000)])[None, :, :, None]
    made = combine("regression", margins, target)
    assert made.shares == pytest.approx([0.8, 0.2], abs=0.06)  # inverse variances 1 and 1/4
    assert made.slope == pytest.approx(1.0)
    assert made.offsets.tolist() == [0.0]


def test_overconfident_members_come_out_calibrated() -> None:
    target, margins = world(3_000, 2, 0.3, 5)
    made = combine("binary", 4 * margins, target)
    positive = probabilities("binary", made.margins)[:, 1]
    for low, high in ((0.1, 0.3), (0.4, 0.6), (0.7, 0.9)):
        rows = (positive > low) & (positive < high)
        assert target[rows].mean() == pytest.approx(positive[rows].mean(), abs=0.06)


def test_the_model_and_its_unseen_margins_are_the_same_procedure() -> None:
    target, margins = world(1_500, 3, 1.0, 6)
    made = combine("binary", margins, target)
    model = made.slope * np.tensordot(made.shares, margins[0], axes=1) + made.offsets
    assert np.corrcoef(model[:, 0], made.margins[:, 0])[0, 1] > 0.999


def test_choosing_among_many_useless_members_does_not_flatter_the_score() -> None:
    """The best of many guesses looks good on the rows it was chosen on; on left-out rows it is a guess again."""
    random = np.random.default_rng(7)
    flattering, honest = [], []
    for seed in range(6):
        target = (random.random(120) < 0.5).astype(np.float64)
        margins = np.random.default_rng(seed).normal(size=(1, 20, 120, 1))
        flattering.append(max(score_or_guess("binary", target, member) for member in margins[0]))
        honest.append(score_or_guess("binary", target, combine("binary", margins, target).margins))
    assert np.mean(flattering) > 0.57
    assert np.mean(honest) < 0.54


def test_repeats_are_never_averaged_into_one_prediction() -> None:
    """A row is scored by the models of one repeat, as it will be in use; averaging three would flatter."""
    random = np.random.default_rng(8)
    target, _ = world(600, 1, 1.0, 80)
    true = np.where(target == 1, 1.0, -1.0)
    margins = (true + 2.0 * random.normal(size=(3, 1, 600)))[..., None]
    scored = score_or_guess("binary", target, single("binary", margins[:, 0], target).margins)
    one = np.mean([score_or_guess("binary", target, repeat[0]) for repeat in margins])
    averaged = score_or_guess("binary", target, margins.mean(axis=0)[0])
    assert scored == pytest.approx(one, abs=0.03)
    assert averaged > scored + 0.05


def test_the_same_seed_gives_the_same_combination() -> None:
    target, margins = world(400, 4, 1.5, 9)
    first, again = combine("binary", margins, target, seed=5), combine("binary", margins, target, seed=5)
    assert np.array_equal(first.margins, again.margins)
    assert np.array_equal(first.shares, again.shares)


def test_one_row_and_one_class_do_not_break_it() -> None:
    made = combine("binary", np.ones((1, 2, 1, 1)), np.ones(1))
    assert np.isfinite(made.margins).all()
    assert np.isfinite(combine("multiclass", np.zeros((1, 2, 4, 3)), np.array([0.0, 1, 2, 0])).margins).all()


@pytest.mark.slow
def test_what_is_promised_for_a_small_table_is_what_fresh_rows_show() -> None:
    """120 rows, 12 competing members: the promise is right on average, and nine in ten fresh sets land inside.

    Choosing the best member by its own out-of-fold rows (the negative control) promises more than fresh rows show.
    """
    random = np.random.default_rng(11)
    quality = random.uniform(1.5, 4.0, size=12)  # noise of each member
    promised, flattered, kept, inside = [], [], [], []
    for seed in range(60):
        target, margins = _draw(random, 120, quality)
        made = combine("binary", margins, target, seed=seed)
        promised.append(score_or_guess("binary", target, made.margins))
        flattered.append(max(score_or_guess("binary", target, member) for member in margins[0]))
        fresh_target, fresh_margins = _draw(random, 20_000, quality)
        delivered = made.slope * np.tensordot(made.shares, fresh_margins[0], axes=1) + made.offsets
        kept.append(score_or_guess("binary", fresh_target, delivered))
        best = int(np.argmax([score_or_guess("binary", target, member) for member in margins[0]]))
        flattered[-1] -= score_or_guess("binary", fresh_target, fresh_margins[0, best])
        low, high = fresh_interval("roc_auc", target, probabilities("binary", made.margins), 24, seed=seed)
        few = random.permutation(20_000)[:24]
        if 0 < fresh_target[few].sum() < 24:
            inside.append(low <= score_or_guess("binary", fresh_target[few], delivered[few]) <= high)
    gap = np.array(promised) - np.array(kept)
    assert abs(gap.mean()) < 2 * gap.std() / np.sqrt(gap.size) + 0.01
    assert np.mean(flattered) > 0.02
    assert np.mean(inside) >= 0.9


def _draw(random: np.random.Generator, n: int, quality: FloatArray) -> tuple[FloatArray, FloatArray]:
    true = random.normal(size=n) * 2
    target = (random.random(n) < sigmoid(true)).astype(np.float64)
    return target, (true + quality[:, None] * random.normal(size=(quality.size, n)))[None, :, :, None]
