"""Kinds of ensembles: what they learn, and how often they are kept by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.ensembles.config import EnsembleConfig, kind_of, kinds, weights_of
from narrative.engine.ensembles.judging import judge
from narrative.engine.types import Problem

Array = npt.NDArray[np.float64]
PROBLEMS: list[Problem] = ["binary", "multiclass", "regression"]


def _world(problem: Problem, seed: int, n: int, *, noises: list[float], twins: bool = False) -> tuple[Array, Array]:
    """Margins (1 × members × n × outputs) and a target. A member sees the truth through noise of its own, or (twins)
    all see it through the same noise."""
    random = np.random.default_rng(seed)
    outputs = 3 if problem == "multiclass" else 1
    truth = random.normal(size=(n, outputs))
    if problem == "regression":
        target = truth[:, 0] + 0.5 * random.normal(size=n)
    elif problem == "binary":
        target = (random.uniform(size=n) < 1 / (1 + np.exp(-2 * truth[:, 0]))).astype(float)
    else:
        target = np.argmax(2 * truth + random.gumbel(size=(n, 3)), axis=1).astype(float)
    shared = random.normal(size=(n, outputs))
    own = [shared if twins else random.normal(size=(n, outputs)) for _ in noises]
    members = [2 * (truth + noise * each) for noise, each in zip(noises, own, strict=True)]
    scale = 0.5 if problem == "regression" else 1.0
    return np.stack(members)[None] * scale, target


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", ["stacking", "blending", "voting_soft", "greedy"])
def test_a_planted_gain_is_found_by_every_kind(problem: Problem, name: str) -> None:
    margins, target = _world(problem, 1, 3_000, noises=[0.8, 0.8, 0.8])
    found = judge(kinds()[name](), problem, margins, target)
    assert found.is_better
    assert found.low < found.gain < found.high


def test_members_that_are_the_same_give_no_gain() -> None:
    margins, target = _world("binary", 2, 2_000, noises=[0.8, 0.8], twins=True)
    for name in kinds():
        found = judge(kinds()[name](), "binary", margins, target)
        assert not found.is_better, name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stacking", "blending", "voting_soft", "voting_hard", "greedy"])
def test_an_ensemble_of_equal_models_is_kept_by_chance_in_at_most_one_case_of_twenty(name: str) -> None:
    """The second member is the first with a breath of noise: combining brings nothing, so what is kept is luck.

    100 worlds. At a true rate of 5 % more than 10 are kept in 1.1 % of cases; the stated rate is 2.5 %.
    """
    kept = 0
    for seed in range(100):
        margins, target = _world("binary", seed, 600, noises=[0.8, 0.8], twins=True)
        margins[0, 1] += 0.02 * np.random.default_rng(10_000 + seed).normal(size=margins[0, 1].shape)
        kept += judge(kinds()[name](), "binary", margins, target, seed=seed).is_better
    assert kept <= 10


@pytest.mark.slow
def test_a_member_of_pure_noise_does_not_make_an_ensemble_kept() -> None:
    kept = 0
    for seed in range(100):
        margins, target = _world("binary", seed, 600, noises=[0.5, 0.5], twins=True)
        margins[0, 1] = np.random.default_rng(20_000 + seed).normal(size=margins[0, 1].shape)
        kept += judge(kinds()["stacking"](), "binary", margins, target, seed=seed).is_better
    assert kept <= 10


@pytest.mark.slow
def test_without_crosswise_learning_noise_would_be_kept() -> None:
    """Negative control: weights that are judged on the rows they were learned from look better than they are."""
    from narrative.engine.ensembles.judging import paired_gain
    from narrative.engine.scores import primary_score
    from narrative.engine.training.calibration import probabilities

    kept = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        target = (random.uniform(size=120) < 0.5).astype(float)
        margins = random.normal(size=(1, 12, 120, 1))
        mixture = kinds()["stacking"]().fit("binary", margins[0], target, weights=None, seed=seed)
        combined = probabilities("binary", mixture.margins("binary", margins[0]))
        gain, error = paired_gain(primary_score("binary"), target, combined, probabilities("binary", margins[0, 0]))
        kept += gain > 1.96 * error
    honest = sum(
        judge(
            kinds()["stacking"](),
            "binary",
            np.random.default_rng(seed).normal(size=(1, 12, 120, 1)),
            (np.random.default_rng(500 + seed).uniform(size=120) < 0.5).astype(float),
            seed=seed,
        ).is_better
        for seed in range(40)
    )
    assert kept >= 10
    assert honest <= 5


def test_stacking_of_values_equals_ridge_regression_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge

    margins, target = _world("regression", 3, 500, noises=[0.4, 0.9])
    found = kinds()["stacking"]().fit("regression", margins[0], target, weights=None, seed=1)
    members = margins[0, :, :, 0].T
    # The prior pulls towards equal weights, so the distance from them is what Ridge shrinks.
    spread = (members - members.mean(axis=0)).var(axis=0).sum() / 2
    rest = Ridge(alpha=5.0 * spread).fit(members, target - members @ [0.5, 0.5])
    assert found.shares * found.slope == pytest.approx(rest.coef_ + 0.5, abs=1e-9)
    assert found.offsets[0] == pytest.approx(rest.intercept_, abs=1e-9)


def test_stacking_of_classes_is_near_logistic_regression_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    margins, target = _world("binary", 4, 5_000, noises=[0.4, 0.9])
    found = kinds()["stacking"]().fit("binary", margins[0], target, weights=None, seed=1)
    other = LogisticRegression(C=1e9).fit(margins[0, :, :, 0].T, target)
    assert found.shares * found.slope == pytest.approx(other.coef_[0], abs=0.01)
    assert found.offsets[0] == pytest.approx(other.intercept_[0], abs=0.01)


def test_the_better_member_counts_more_and_a_useless_one_nothing() -> None:
    margins, target = _world("binary", 5, 4_000, noises=[0.3, 1.5])
    margins = np.concatenate([margins, -margins[:, :1]], axis=1)  # the third says the opposite of the first
    found = kinds()["stacking"]().fit("binary", margins[0], target, weights=None, seed=1)
    assert found.shares[0] > found.shares[1] > found.shares[2] == 0.0


def test_weights_of_people_are_taken_as_they_are() -> None:
    margins, target = _world("multiclass", 6, 400, noises=[0.5, 0.5, 0.5])
    config = EnsembleConfig(kind="blending", members=["a", "b", "c"], weights={"a": 3, "b": 1})
    found = kinds()["blending"]().fit("multiclass", margins[0], target, weights=weights_of(config), seed=1)
    assert found.shares.tolist() == [0.75, 0.25, 0.0]


@pytest.mark.parametrize(
    ("config", "problem", "code"),
    [
        ({"kind": "voting_hard", "members": ["a", "b"]}, "regression", "ensemble_kind_unfit"),
        ({"kind": "stacking", "members": ["a", "a"]}, "binary", "ensemble_members_repeated"),
        ({"kind": "stacking", "members": ["a", "b"], "weights": {"a": 1}}, "binary", "ensemble_weights_unfit"),
        ({"kind": "blending", "members": ["a", "b"], "weights": {"c": 1}}, "binary", "ensemble_weights_unfit"),
        ({"kind": "blending", "members": ["a", "b"], "weights": {"a": -1}}, "binary", "ensemble_weights_unfit"),
        ({"kind": "blending", "members": ["a", "b"], "weights": {"a": 1}}, "binary", "ensemble_weights_unfit"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(config: dict[str, object], problem: Problem, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        kind_of(EnsembleConfig.model_validate(config), problem)
    assert refused.value.code == code
    assert refused.value.fix
