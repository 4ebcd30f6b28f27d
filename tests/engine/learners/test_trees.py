"""Trees answer as a walk from node to node does, and damaged trees are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.core.errors import InvalidInput
from narrative.engine.learners import _bits, _oblivious, _tables
from narrative.engine.learners._bits import BitFinder
from narrative.engine.learners._levels import LevelFinder
from narrative.engine.learners._oblivious import ObliviousFinder
from narrative.engine.learners.trees import Trees
from tests.fixtures.trees import random_rows, random_trees, tree_sums

SHAPES: dict[str, dict[str, Any]] = {
    "few leaves": {"n_splits": 6},
    "exactly 64 leaves": {"n_splits": 63},
    "many leaves": {"n_splits": 200},
    "one question per level": {"oblivious": True},
    "three outputs": {"n_outputs": 3, "n_trees": 40},
    "values for three outputs": {"n_outputs": 3, "vector_leaves": True, "n_splits": 80},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_rows", [1, 16, 17, 300])
def test_sums_are_those_of_a_walk_from_node_to_node(shape: str, n_rows: int) -> None:
    trees, rows = random_trees(3, **SHAPES[shape]), random_rows(4, n_rows, 5)
    expected = np.array([tree_sums(trees, row) for row in rows])
    np.testing.assert_allclose(trees.margins(rows), expected, rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_trees=st.integers(0, 40),
    n_splits=st.integers(0, 90),
    n_outputs=st.integers(1, 3),
    n_rows=st.integers(0, 40),
)
def test_any_trees_answer_like_a_walk(seed: int, n_trees: int, n_splits: int, n_outputs: int, n_rows: int) -> None:
    trees = random_trees(seed, n_trees=n_trees, n_splits=n_splits, n_outputs=n_outputs)
    rows = random_rows(seed, n_rows, 5)
    expected = np.array([tree_sums(trees, row) for row in rows]).reshape(n_rows, n_outputs)
    np.testing.assert_allclose(trees.margins(rows), expected, rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_trees=st.integers(0, 40),
    n_splits=st.integers(0, 90),
    oblivious=st.booleans(),
    n_outputs=st.integers(1, 3),
)
def test_one_row_of_cells_gets_the_bits_of_the_batch(
    seed: int, n_trees: int, n_splits: int, oblivious: bool, n_outputs: int
) -> None:
    trees = random_trees(seed, n_trees=n_trees, n_splits=n_splits, oblivious=oblivious, n_outputs=n_outputs)
    rows = random_rows(seed, 20, 5)
    cells = [[None if np.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    np.testing.assert_array_equal([trees.of_row(row) for row in cells], trees.margins(rows))


def test_features_with_few_values_are_looked_up_together_and_give_the_same_bits() -> None:
    trees = random_trees(9, n_trees=50, n_splits=20)
    random = np.random.default_rng(1)
    rows = random.choice([-0.5, 0.0, 0.3, np.nan], size=(5_000, 5))
    rows[:, 4] = random.normal(size=len(rows))
    groups = trees._walk._finder.read(rows).groups
    assert sorted(len(group.places) for group in groups) == [1, 4]
    alone = np.concatenate([trees.margins(rows[place : place + 1]) for place in range(50)])
    np.testing.assert_array_equal(trees.margins(rows)[:50], alone)


def test_trees_too_many_for_tables_at_hand_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = random_rows(8, 300, 5)
    for shape in ("few leaves", "one question per level"):
        expected = random_trees(7, n_trees=30, **SHAPES[shape]).margins(rows)
        with monkeypatch.context() as patch:
            patch.setattr(_tables, "MOST_KEPT_BYTES", 0)
            patch.setattr(_bits, "TREES_AT_ONCE", 7)
            patch.setattr(_oblivious, "TREES_AT_ONCE", 7)
            without = random_trees(7, n_trees=30, **SHAPES[shape])
            np.testing.assert_array_equal(without.margins(rows), expected)
            alone = without.margins(np.array([[1e300, -0.0, np.nan, 0.1, 5.0]]))
            np.testing.assert_array_equal(without.of_row([1e300, -0.0, None, 0.1, 5.0]), alone[0])


def test_a_batch_larger_than_the_blocks_gives_the_same_bits() -> None:
    trees, rows = random_trees(5, n_trees=40, n_splits=12), random_rows(6, 20_000, 5)
    whole = trees.margins(rows)
    np.testing.assert_array_equal(trees.margins(rows[16_000:16_010]), whole[16_000:16_010])
    np.testing.assert_array_equal(trees.margins(rows[16_383:16_385]), whole[16_383:16_385])


@pytest.mark.parametrize(
    ("shape", "finder"),
    [
        ("few leaves", BitFinder),
        ("exactly 64 leaves", BitFinder),
        ("many leaves", LevelFinder),
        ("one question per level", ObliviousFinder),
    ],
)
def test_the_way_to_find_leaves_follows_the_form_of_the_trees(shape: str, finder: type) -> None:
    assert isinstance(random_trees(3, **SHAPES[shape])._walk._finder, finder)


def test_trees_with_unequal_questions_on_a_level_are_not_taken_for_oblivious() -> None:
    trees = random_trees(3, oblivious=True, n_splits=4, n_trees=8)
    row = random_rows(0, 50, 5)
    trees.threshold[2] += 0.5
    again = Trees.from_parts(*trees.to_parts())
    expected = np.array([tree_sums(again, each) for each in row])
    np.testing.assert_allclose(again.margins(row), expected, rtol=0, atol=1e-12)


def test_more_thresholds_than_a_byte_holds_are_ranked_all_the_same() -> None:
    trees = random_trees(1, n_trees=60, n_splits=20, n_features=1)
    trees.threshold[:] = np.random.default_rng(0).normal(size=len(trees.threshold))
    assert len(np.unique(trees.threshold)) > 256
    rows = np.concatenate([random_rows(2, 200, 1), np.unique(trees.threshold)[:, None]])
    expected = np.array([tree_sums(trees, row) for row in rows])
    np.testing.assert_allclose(trees.margins(rows), expected, rtol=0, atol=1e-12)


def test_probabilities_become_margins_with_a_floor() -> None:
    trees = random_trees(6, link="probability", n_splits=20)
    rows = random_rows(0, 50, 5)
    shares = np.clip([tree_sums(trees, row)[0] for row in rows], trees.floor, 1 - trees.floor)
    np.testing.assert_allclose(1 / (1 + np.exp(-trees.margins(rows)[:, 0])), shares, rtol=1e-12)
    trees.value[:] = 0.0
    margins = Trees.from_parts(*trees.to_parts()).margins(rows)
    np.testing.assert_allclose(margins, np.log(1e-6) - np.log1p(-1e-6))


def _set(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def damage(description: dict[str, Any], arrays: dict[str, Any]) -> None:
        target = description if name in description else arrays
        target[name] = value(target[name]) if callable(value) else value

    return damage


def _at(name: str, value: float) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def damage(description: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][0] = value

    return damage


DAMAGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "a missing array": lambda description, arrays: arrays.pop("threshold"),
    "an array of another type": _set("threshold", lambda array: array.astype(np.float32)),
    "an array of objects": _set("threshold", lambda array: array.astype(object)),
    "an array of other dimensions": _set("threshold", lambda array: array[:, None]),
    "a threshold that is no number": _at("threshold", np.nan),
    "an endless leaf": _at("value", np.inf),
    "a feature below zero": _at("feature", -1),
    "a feature beyond the last": _at("feature", 5),
    "too few features": _set("feature", lambda array: array[:-1]),
    "a share of nothing": _at("left_share", 0.0),
    "a share of everything": _at("left_share", 1.0),
    "a root without children": _at("inner", 0),
    "an empty tree": _at("tree_nodes", 0),
    "a tree of negative size": _at("tree_nodes", -5),
    "a size that overflows": _set("tree_nodes", lambda sizes: np.full(4, 2**62, dtype=np.int64)),
    "one tree too many": _set("tree_nodes", lambda sizes: np.concatenate([sizes, [1]])),
    "a child before its parent": _set("inner", lambda inner: inner[::-1].copy()),
    "too few leaves": _set("value", lambda value: value[:-1]),
    "leaves of another width": _set("value", lambda value: np.repeat(value, 2, axis=1)),
    "a base for another number of outputs": _set("base", lambda base: np.append(base, 0.0)),
    "an output that does not exist": _at("tree_output", 1),
    "an unknown link": _set("link", "identity"),
    "an origin that is no number": _set("origin", float("nan")),
    "a floor of zero": _set("floor", 0.0),
    "a floor of text": _set("floor", "1e-6"),
    "a number of features that is text": _set("n_features", "5"),
    "a number of features that is a truth value": _set("n_features", lambda number: number > 0),
    "no output": _set("n_outputs", 0),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_trees_are_refused(damage: str) -> None:
    description, arrays = random_trees(1).to_parts()
    Trees.from_parts(dict(description), dict(arrays))
    DAMAGES[damage](description, arrays)
    with pytest.raises(InvalidInput) as caught:
        Trees.from_parts(description, arrays)
    assert caught.value.code == "learner_damaged"
    assert caught.value.fix


def test_a_chain_of_a_thousand_splits_is_refused_quickly() -> None:
    depth = 1_000
    inner = np.array([True] + [True, False] * (depth - 1) + [False, False])
    chain = {
        "tree_nodes": np.array([2 * depth + 1]),
        "tree_output": np.zeros(1, np.int32),
        "inner": inner,
        "feature": np.zeros(depth, np.int32),
        "threshold": np.zeros(depth),
        "missing_left": np.zeros(depth, bool),
        "left_share": np.full(depth, 0.5),
        "value": np.zeros((depth + 1, 1)),
        "base": np.zeros(1),
    }
    with pytest.raises(InvalidInput, match="deeper than 512"):
        Trees.from_parts({"n_features": 1, "n_outputs": 1, "link": "margin", "floor": 1e-6}, chain)


@pytest.mark.parametrize("n_rows", [1, 40])
def test_infinity_is_a_large_number_and_not_a_missing_one(n_rows: int) -> None:
    trees = random_trees(2, n_trees=1, n_splits=1, n_features=1)
    assert len(trees.threshold) == 1
    trees.threshold[:] = np.finfo(np.float64).max  # The library splits missing from present values.
    trees.missing_left[:] = False
    again = Trees.from_parts(*trees.to_parts())
    rows = np.tile(np.array([[np.inf], [-np.inf], [1e300], [np.nan]]), (n_rows, 1))
    left, right = again.value[:, 0] + again.base
    expected = np.tile(np.array([[left], [left], [left], [right]]), (n_rows, 1))
    np.testing.assert_array_equal(again.margins(rows), expected)
