"""Reasons of trees against three independent sources: the definition, the shap library, and an example by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from narrative.engine.learners.trees import Trees
from tests.fixtures.trees import random_rows, random_trees, shapley_values, tree_sums

SHAPES: dict[str, dict[str, Any]] = {
    "few leaves": {"n_splits": 6},
    "features that return on a path": {"n_splits": 40, "n_features": 3},
    "one question per level": {"oblivious": True},
    "three outputs": {"n_outputs": 3, "n_trees": 30},
    "values for three outputs": {"n_outputs": 3, "vector_leaves": True, "n_splits": 20},
    "one feature": {"n_features": 1, "n_splits": 10},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_rows", [1, 12])
def test_reasons_are_shapley_values_by_definition(shape: str, n_rows: int) -> None:
    trees = random_trees(8, **SHAPES[shape])
    rows = random_rows(9, n_rows, trees.n_features)
    effects = trees.contributions(rows)
    for row, own in list(zip(rows, effects, strict=True))[:3]:
        expected = shapley_values(lambda known, row=row: tree_sums(trees, row, known), trees.n_features)  # type: ignore[misc]
        np.testing.assert_allclose(own, expected, rtol=0, atol=1e-10)


def test_reasons_of_a_tree_worked_out_by_hand() -> None:
    # x0 <= 0 goes to 10; else x1 <= 0 goes to 20, else to 50. Half of the rows went left at each split.
    tree = Trees(
        n_features=2,
        n_outputs=1,
        tree_nodes=np.array([5]),
        tree_output=np.zeros(1, np.int32),
        inner=np.array([True, False, True, False, False]),
        feature=np.array([0, 1], np.int32),
        threshold=np.zeros(2),
        missing_left=np.zeros(2, bool),
        left_share=np.array([0.5, 0.5]),
        value=np.array([[10.0], [20.0], [50.0]]),
        base=np.zeros(1),
    )
    # Nobody known: 0.5×10 + 0.25×20 + 0.25×50 = 22.5. Only x0 > 0: 35. Only x1 > 0: 0.5×10 + 0.5×50 = 30. Both: 50.
    # Effect of x0: ((35 - 22.5) + (50 - 30)) / 2 = 16.25; of x1: ((30 - 22.5) + (50 - 35)) / 2 = 11.25.
    np.testing.assert_allclose(tree.contributions(np.ones((1, 2))), [[[16.25, 11.25, 22.5]]], rtol=1e-12)


def test_many_rows_get_the_reasons_they_get_alone() -> None:
    trees, rows = random_trees(2, n_trees=30, n_splits=30), random_rows(3, 60, 5)
    alone = np.concatenate([trees.contributions(row[None]) for row in rows])
    np.testing.assert_allclose(trees.contributions(rows), alone, rtol=0, atol=1e-11)


def test_a_branch_that_no_training_row_took_gets_finite_reasons() -> None:
    trees = random_trees(2, n_splits=30)
    trees.left_share[::3] = 1e-12
    trees.left_share[1::3] = 1.0 - 1e-12
    rows = random_rows(3, 40, 5)
    effects = trees.contributions(rows)
    assert np.isfinite(effects).all()
    np.testing.assert_allclose(effects.sum(axis=2), trees.margins(rows), rtol=0, atol=1e-9)
    expected = shapley_values(lambda known: tree_sums(trees, rows[0], known), 5)
    np.testing.assert_allclose(effects[0], expected, rtol=0, atol=1e-9)


def test_reasons_of_probabilities_keep_their_proportions_and_add_up_to_the_margin() -> None:
    trees = random_trees(6, link="probability", n_splits=20)
    plain = Trees.from_parts({**trees.to_parts()[0], "link": "margin"}, trees.to_parts()[1])
    rows = random_rows(1, 20, 5)
    effects, exact = trees.contributions(rows)[:, 0, :-1], plain.contributions(rows)[:, 0, :-1]
    ratio = effects.sum(axis=1) / exact.sum(axis=1)
    np.testing.assert_allclose(effects, exact * ratio[:, None], rtol=1e-9, atol=1e-12)
    assert (ratio > 0).all()


def test_reasons_of_raised_logarithms_keep_their_proportions_and_add_up_to_the_value() -> None:
    plain = random_trees(6, n_splits=20)
    raised, rows = plain.changed(link="exponential", origin=3.0), random_rows(1, 20, 5)
    np.testing.assert_allclose(raised.margins(rows), np.exp(plain.margins(rows)) - 3.0, rtol=1e-12)
    effects, exact = raised.contributions(rows), plain.contributions(rows)
    np.testing.assert_allclose(effects.sum(axis=2), raised.margins(rows), rtol=1e-9)
    np.testing.assert_allclose(effects[:, 0, -1], np.exp(exact[:, 0, -1]) - 3.0, rtol=1e-12)
    ratio = effects[:, 0, :-1].sum(axis=1) / exact[:, 0, :-1].sum(axis=1)
    np.testing.assert_allclose(effects[:, 0, :-1], exact[:, 0, :-1] * ratio[:, None], rtol=1e-9, atol=1e-12)


def test_the_brute_force_notices_wrong_shares() -> None:
    trees, rows = random_trees(8), random_rows(9, 1, 5)
    expected = shapley_values(lambda known: tree_sums(trees, rows[0], known), 5)
    trees.left_share[:] = 1.0 - trees.left_share
    other = Trees.from_parts(*trees.to_parts()).contributions(rows)[0]
    assert np.abs(other - expected).max() > 1e-3
