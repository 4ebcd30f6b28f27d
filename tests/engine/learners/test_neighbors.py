"""Nearest neighbours against scikit-learn's, and what their effects promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.learners.neighbors import MOST_REFERENCES, MOST_STEPS, Neighbors
from narrative.engine.types import FloatArray
from tests.fixtures.learners import N_FEATURES, example_learners


def _neighbors(rows: FloatArray, targets: FloatArray, **parts: Any) -> Neighbors:
    width = rows.shape[1]
    return Neighbors(
        **{
            "shift": np.zeros(width),
            "scale": np.ones(width),
            "rows": rows,
            "targets": targets,
            "weights": np.ones(len(rows)),
            "usual": targets.mean(axis=0),
            "references": rows[:4],
            "order": np.array([np.arange(width), np.arange(width)[::-1]] * 2),
            "n_neighbors": 5,
            "by_distance": False,
            **parts,
        }
    )


@pytest.mark.parametrize("by_distance", [True, False])
@pytest.mark.parametrize("n_neighbors", [1, 7, 200])
def test_means_are_those_of_scikit_learn(by_distance: bool, n_neighbors: int) -> None:
    from sklearn.neighbors import KNeighborsRegressor

    random = np.random.default_rng(0)
    rows, targets = random.normal(size=(200, 6)), random.normal(size=(200, 2))
    asked = np.concatenate([random.normal(size=(50, 6)), rows[:5]])
    learner = _neighbors(rows, targets, by_distance=by_distance, n_neighbors=n_neighbors)
    reference = KNeighborsRegressor(n_neighbors, weights="distance" if by_distance else "uniform").fit(rows, targets)
    np.testing.assert_allclose(learner.margins(asked), reference.predict(asked), atol=1e-6)


def test_shares_of_classes_are_those_of_scikit_learn() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    random = np.random.default_rng(1)
    rows, classes = random.normal(size=(150, 4)), random.integers(0, 3, 150)
    learner = _neighbors(rows, np.eye(3)[classes], link="probability", floor=1e-9)
    theirs = KNeighborsClassifier(5).fit(rows, classes).predict_proba(rows)
    np.testing.assert_allclose(np.exp(learner.margins(rows)), np.clip(theirs, 1e-9, 1.0), atol=1e-8)


def test_effects_are_shapley_values_when_features_add_up() -> None:
    # Far more rows than dimensions make neighbours answer with nearly the sum of both features, which is additive.
    axis = np.linspace(-1.0, 1.0, 60)
    rows = np.array([[a, b] for a in axis for b in axis])
    learner = _neighbors(rows, rows.sum(axis=1, keepdims=True), n_neighbors=1, references=np.zeros((4, 2)))
    effects = learner.contributions(np.array([[0.5, -0.25]]))[0, 0]
    np.testing.assert_allclose(effects[:2], [0.5, -0.25], atol=0.05)


def test_a_feature_that_does_not_count_has_no_effect() -> None:
    learner = example_learners()["neighbors"]
    assert isinstance(learner, Neighbors)
    rows = np.random.default_rng(2).normal(size=(10, N_FEATURES))
    silent = int(np.flatnonzero(learner.scale == 0.0)[0])
    np.testing.assert_array_equal(learner.contributions(rows)[:, :, silent], 0.0)
    assert np.abs(learner.contributions(rows)[:, :, (silent + 1) % N_FEATURES]).max() > 0.0


def test_with_many_features_several_change_at_once_and_the_sum_stays_exact() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(50, 3 * MOST_STEPS + 7))
    learner = _neighbors(rows, random.normal(size=(50, 1)), by_distance=True)
    asked = random.normal(size=(4, rows.shape[1]))
    effects = learner.contributions(asked)
    np.testing.assert_allclose(effects.sum(axis=2), learner.margins(asked), atol=1e-12)
    assert (effects[:, 0, :-1] != 0.0).mean() > 0.5


@pytest.mark.parametrize("broken", ["scale", "rows", "targets", "weights", "usual", "references", "order"])
def test_parts_that_do_not_fit_are_refused(broken: str) -> None:
    description, arrays = example_learners()["neighbors"].to_parts()
    changed = {**arrays, broken: arrays[broken][:-1] if broken != "order" else arrays["order"] * 0}
    with pytest.raises(InvalidInput) as caught:
        Neighbors.from_parts(description, changed)
    assert caught.value.code == "learner_damaged"


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_neighbors", 31), ("n_neighbors", 0), ("by_distance", 1), ("smoothing", -1.0), ("floor", 0.0), ("link", "x")],
)
def test_numbers_out_of_range_are_refused(name: str, value: Any) -> None:
    description, arrays = example_learners()["neighbors"].to_parts()
    with pytest.raises(InvalidInput):
        Neighbors.from_parts({**description, name: value}, arrays)


def test_references_without_end_are_refused() -> None:
    description, arrays = example_learners()["neighbors"].to_parts()
    count = MOST_REFERENCES + 1
    many = {"references": np.zeros((count, N_FEATURES)), "order": np.tile(np.arange(N_FEATURES), (count, 1))}
    with pytest.raises(InvalidInput) as caught:
        Neighbors.from_parts(description, arrays | many)
    assert caught.value.code == "learner_damaged"
