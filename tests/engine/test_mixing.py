"""Votes of members: what they give, and effects that add up."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.mixing import VOTES, Vote, mix, mixed_effects
from narrative.engine.types import Problem


def test_a_soft_vote_is_the_mean_of_the_probabilities() -> None:
    margins = np.log(np.array([0.2 / 0.8, 0.6 / 0.4])).reshape(2, 1, 1)
    mixed = mix("binary", "soft", margins, np.array([1.0, 3.0]))
    assert 1 / (1 + np.exp(-mixed[0, 0])) == pytest.approx(0.25 * 0.2 + 0.75 * 0.6)


def test_a_hard_vote_counts_answers_and_not_how_sure_they_are() -> None:
    margins = np.array([[[9.0, 0.0, 0.0]], [[0.0, 0.1, 0.0]], [[0.0, 0.1, 0.0]]])
    mixed = mix("multiclass", "hard", margins, np.ones(3))
    assert np.exp(mixed[0, :2]) == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("vote", VOTES)
@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_effects_of_columns_add_up_to_the_mixed_margin(problem: Problem, vote: Vote) -> None:
    outputs = 3 if problem == "multiclass" else 1
    effects = np.random.default_rng(7).normal(size=(3, 40, outputs, 6))
    weights = np.array([0.5, 0.3, 0.2])
    mixed = mixed_effects(problem, vote, effects, weights)
    assert mixed.sum(axis=-1) == pytest.approx(mix(problem, vote, effects.sum(axis=-1), weights), abs=1e-9)


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_the_base_of_a_soft_vote_is_what_the_bases_vote(problem: Problem) -> None:
    """So the effects themselves carry the whole climb, up to what 16 points of integration leave."""
    outputs = 3 if problem == "multiclass" else 1
    effects = np.random.default_rng(8).normal(size=(2, 60, outputs, 5))
    mixed = mixed_effects(problem, "soft", effects, np.ones(2))
    assert mixed[..., -1] == pytest.approx(mix(problem, "soft", effects[..., -1], np.ones(2)), abs=1e-6)
