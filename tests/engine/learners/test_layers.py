"""Networks in plain arrays against scikit-learn's, and what their effects promise."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.learners.layers import MOST_REFERENCES, REACH, Layers
from narrative.engine.types import FloatArray
from tests.fixtures.learners import N_FEATURES, example_learners


def _bounded(features: FloatArray, shift: FloatArray, scale: FloatArray) -> FloatArray:
    """Written out anew from the definition."""
    even = (features - shift) / scale
    return np.asarray(even / np.sqrt(1.0 + (even / REACH) ** 2))


def test_margins_are_those_of_scikit_learns_network_with_the_same_weights() -> None:
    from sklearn.neural_network import MLPRegressor

    random = np.random.default_rng(0)
    features = random.normal(size=(60, 4))
    network = MLPRegressor(hidden_layer_sizes=(8, 5), random_state=0)
    shift, scale = features.mean(axis=0), features.std(axis=0)
    inputs = _bounded(features, shift, scale)
    for _ in range(30):
        network.partial_fit(inputs, features[:, 0] ** 2)
    learner = Layers(
        shift=shift,
        scale=scale,
        weights=[each[None] for each in network.coefs_],
        biases=[each[None] for each in network.intercepts_],
        references=features[:2],
    )
    np.testing.assert_allclose(learner.margins(features)[:, 0], network.predict(inputs), rtol=1e-9, atol=1e-12)


def test_a_feature_without_weight_has_no_effect_and_one_alone_has_the_whole() -> None:
    random = np.random.default_rng(1)
    first = random.normal(size=(1, 3, 6))
    first[:, 1:, :] = 0.0
    learner = Layers(
        shift=np.zeros(3),
        scale=np.ones(3),
        weights=[first, random.normal(size=(1, 6, 1))],
        biases=[random.normal(size=(1, 6)), np.zeros((1, 1))],
        references=random.normal(size=(4, 3)),
    )
    rows = random.normal(size=(20, 3))
    effects = learner.contributions(rows)[:, 0, :]
    np.testing.assert_array_equal(effects[:, 1:3], 0.0)
    usual = learner.margins(learner.references).mean()
    np.testing.assert_allclose(effects[:, 0], learner.margins(rows)[:, 0] - usual, atol=1e-12)


def test_of_two_alike_features_each_gets_half() -> None:
    learner = Layers(
        shift=np.zeros(2),
        scale=np.ones(2),
        weights=[np.array([[[1.0, -1.0], [1.0, -1.0]]]), np.array([[[2.0], [0.5]]])],
        biases=[np.array([[0.3, 0.1]]), np.zeros((1, 1))],
        references=np.zeros((1, 2)),
    )
    effects = learner.contributions(np.array([[0.7, 0.7]]))[0, 0]
    assert effects[0] == pytest.approx(effects[1])
    assert abs(effects[0]) > 0.1


def test_a_gap_counts_as_the_usual_value_and_a_wild_value_is_bounded() -> None:
    learner = example_learners()["layers"]
    assert isinstance(learner, Layers)
    usual = learner.shift[None].copy()
    gaps, wild = np.full((1, N_FEATURES), np.nan), np.full((1, N_FEATURES), np.inf)
    np.testing.assert_array_equal(learner.margins(gaps), learner.margins(usual))
    np.testing.assert_array_equal(learner.margins(wild), learner.margins(np.full((1, N_FEATURES), 1e38)))


@pytest.mark.parametrize("broken", ["scale", "references", "weights_1", "bias_0"])
def test_parts_that_do_not_fit_are_refused(broken: str) -> None:
    description, arrays = example_learners()["layers"].to_parts()
    arrays = {**arrays, broken: arrays[broken][:0] if broken == "references" else -np.abs(arrays[broken][:, ...][:1])}
    with pytest.raises(InvalidInput) as caught:
        Layers.from_parts(description, arrays)
    assert caught.value.code == "learner_damaged"


def test_a_claim_of_endless_layers_is_refused() -> None:
    description, arrays = example_learners()["layers"].to_parts()
    with pytest.raises(InvalidInput):
        Layers.from_parts({**description, "n_layers": 2_000_000_000}, arrays)


def test_references_without_end_are_refused() -> None:
    description, arrays = example_learners()["layers"].to_parts()
    with pytest.raises(InvalidInput) as caught:
        Layers.from_parts(description, {**arrays, "references": np.zeros((MOST_REFERENCES + 1, N_FEATURES))})
    assert caught.value.code == "learner_damaged"
