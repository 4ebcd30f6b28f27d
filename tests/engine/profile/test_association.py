"""Associations and correlations, against SciPy, scikit-learn and pandas."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from narrative.engine.profile.association import (
    association,
    correlation_ratio,
    cramers_v,
    rank_groups,
    separation,
    spearman,
    target_codes,
)
from narrative.engine.profile.correlation import correlation_matrix
from narrative.engine.profile.ordering import ordered_numbers
from narrative.engine.types import FloatArray, IntArray, Problem

RANDOM = np.random.default_rng(11)
X = np.round(RANDOM.normal(0, 1, 600), 1)
Y = X + RANDOM.normal(0, 1, 600)
CLASSES = np.digitize(Y, [-0.7, 0.7])


def groups(values: FloatArray) -> IntArray:
    return rank_groups(values, np.sort(values))


def test_spearman_agrees_with_scipy_also_with_ties() -> None:
    assert spearman(groups(X), groups(Y)) == pytest.approx(abs(stats.spearmanr(X, Y).statistic), abs=1e-12)


def test_spearman_of_many_values_is_right_to_three_digits() -> None:
    x = RANDOM.normal(0, 1, 50_000)
    y = x + RANDOM.normal(0, 1, 50_000)
    assert spearman(groups(x), groups(y)) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-3)


def test_separation_of_two_classes_is_the_gini_of_the_roc_curve() -> None:
    label = (CLASSES > 0).astype(np.int64)
    assert separation(groups(X), label, 2) == pytest.approx(abs(2 * roc_auc_score(label, X) - 1), abs=1e-12)


def test_separation_of_several_classes_is_the_mean_over_pairs() -> None:
    pairs = []
    for one, other in combinations(range(3), 2):
        rows = np.isin(CLASSES, [one, other])
        pairs.append(abs(2 * roc_auc_score(CLASSES[rows] == other, X[rows]) - 1))
    assert separation(groups(X), CLASSES.astype(np.int64), 3) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_cramers_v_follows_bergsma() -> None:
    """Formula (7) of the paper, written out for SciPy's chi-squared."""
    one, other = np.digitize(X, [-0.5, 0.5]), CLASSES
    table = np.array([[np.sum((one == i) & (other == j)) for j in range(3)] for i in range(3)])
    n = table.sum()
    phi2 = stats.chi2_contingency(table, correction=False).statistic / n
    corrected = max(0.0, phi2 - 4 / (n - 1))
    size = 3 - 4 / (n - 1)
    expected = np.sqrt(corrected / (size - 1))
    assert cramers_v(one.astype(np.int64), 3, other.astype(np.int64), 3) == pytest.approx(expected, abs=1e-12)


def test_correlation_ratio_follows_kelley() -> None:
    """Epsilon squared is one minus the within mean square over the total mean square; SciPy's F gives both."""
    parts = [Y[k == CLASSES] for k in range(3)]
    f = stats.f_oneway(*parts).statistic
    n, k = len(Y), 3
    expected = np.sqrt((k - 1) * (f - 1) / ((k - 1) * f + n - k))
    assert correlation_ratio(CLASSES.astype(np.int64), 3, Y) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_an_identifier_says_nothing_about_the_target(problem: Problem) -> None:
    """Negative control of the bias correction: without it every unique column would reach 1."""
    names = pl.Series("v", [f"n{i // 3}" for i in range(600)])
    target = pl.Series("t", Y if problem == "regression" else (RANDOM.random(600) < 0.3))
    found = association(names, None, target_codes(target, problem))
    assert found is not None
    assert found.value < 0.25


def test_a_copy_of_the_target_reaches_one() -> None:
    for problem, target in (("regression", Y), ("multiclass", CLASSES)):
        column = pl.Series("v", np.asarray(target, dtype=np.float64))
        found = association(column, ordered_numbers(column), target_codes(pl.Series("t", target), problem))  # type: ignore[arg-type]  # the pairs above are literals
        assert found is not None
        assert found.value == pytest.approx(1.0)
    words = pl.Series("v", [f"class {c}" for c in CLASSES])
    found = association(words, None, target_codes(pl.Series("t", CLASSES), "multiclass"))
    assert found is not None
    assert found.value == pytest.approx(1.0, abs=1e-6)


def test_a_value_that_is_only_there_after_the_outcome_gives_itself_away() -> None:
    left = pl.Series("left", RANDOM.random(400) < 0.3)
    fee = pl.Series("fee", [float(RANDOM.normal(50, 9)) if gone else None for gone in left])
    found = association(fee, ordered_numbers(fee), target_codes(left, "binary"))
    assert found is not None
    assert found.value == pytest.approx(1.0, abs=1e-6)
    assert "missing" in found.measure


def test_rows_without_a_target_do_not_count() -> None:
    target = pl.Series("t", [*Y.tolist(), None, None])
    column = pl.Series("v", [*X.tolist(), 99.0, -99.0])
    found = association(column, ordered_numbers(column), target_codes(target, "regression"))
    assert found is not None
    assert found.value == pytest.approx(abs(stats.spearmanr(X, Y).statistic), abs=1e-9)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_the_correlation_matrix_is_that_of_pandas(gaps: float) -> None:
    values = RANDOM.normal(1e6, 3, (300, 4))
    values[:, 1] += values[:, 0]
    values[RANDOM.random(values.shape) < gaps] = np.nan
    frame = pl.DataFrame({f"c{i}": values[:, i] for i in range(4)}).with_columns(
        pl.all().fill_nan(None), flat=pl.lit(5.0)
    )
    found = correlation_matrix(frame, frame.columns)
    assert found is not None
    expected = frame.to_pandas().corr().to_numpy()
    assert np.array(found.matrix, dtype=np.float64)[:4, :4] == pytest.approx(expected[:4, :4], abs=1e-9)
    assert found.matrix[4] == [None] * 5


def test_only_forty_columns_are_correlated_and_the_rest_is_counted() -> None:
    frame = pl.DataFrame({f"c{i}": RANDOM.normal(0, 1, 10) for i in range(45)})
    found = correlation_matrix(frame, frame.columns)
    assert found is not None
    assert (len(found.columns), found.n_left_out) == (40, 5)
    assert correlation_matrix(frame, ["c1"]) is None
