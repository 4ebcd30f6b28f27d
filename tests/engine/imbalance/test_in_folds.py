"""Balancing happens after the split, on the rows a model learns from, and probabilities keep their meaning."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from narrative.core.clock import Deadline, SystemClock
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData, View
from narrative.engine.imbalance.base import Layout, Rows, made_method
from narrative.engine.learners.constant import Constant
from narrative.engine.profile import profile_table
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.fitting import Fitter
from narrative.engine.training.imbalance_comparison import methods
from narrative.engine.training.plan import available_candidates
from narrative.engine.training.store import Fit
from narrative.engine.training.targets import Target, code_target
from narrative.engine.training.views import Matrices, Views
from narrative.engine.types import FloatArray, Problem
from tests.fixtures.training_tables import binary_table

TRAIN, OTHER = np.arange(1_000), np.arange(1_000, 1_400)
MAKING = ["smote", "adasyn", "borderline_smote"]


class Spy(Candidate):
    """Keeps what it is given to learn from and to be judged by."""

    name: ClassVar[str] = "spy"
    title: ClassVar[str] = "Spy"
    sentence: ClassVar[str] = "Looks only."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 1
    stops_early: ClassVar[bool] = True

    def __init__(self) -> None:
        self.given: list[TrainingData] = []

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [{}]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 0

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        self.given.append(data)
        return Fitted(Constant(data.features.shape[1], np.zeros(1)), rounds=7)


def material(view: View = "trees") -> tuple[Target, Matrices]:
    frame = binary_table(1_400, positive=0.04)
    target = code_target(frame["churn"], "binary")
    views = Views(
        frame.drop("churn"),
        target,
        profile_table(frame, target="churn"),
        target_name="churn",
        max_columns=100,
        seed=1,
    )
    return target, views.get("fold_0", view, TRAIN, OTHER, lambda *_: None)


def fit(
    candidate: Candidate, name: str | None, *, is_small: bool = False, rounds: int | None = None
) -> tuple[Fit, Target, Matrices]:
    target, matrices = material(candidate.view)
    fitter = Fitter(target, is_small=is_small, seed=1, threads=1, clock=SystemClock())
    made = fitter.fit(
        candidate,
        candidate.settings("binary", 1_000, 8)[0],
        matrices,
        OTHER,
        rounds=rounds,
        deadline=Deadline(SystemClock(), 60.0),
        on_progress=lambda _: None,
        method=None if name is None else made_method(methods()[name], {}),
    )
    return made, target, matrices


def rows_of(features: FloatArray) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(features)}


def untouched(data: TrainingData, matrices: Matrices, target: Target) -> bool:
    """Whether the rows that judge are the given ones, one for one."""
    assert data.valid_features is not None
    assert data.valid_target is not None
    return np.array_equal(data.valid_features, matrices.other, equal_nan=True) and np.array_equal(
        data.valid_target, target.values[OTHER]
    )


@pytest.mark.parametrize("name", MAKING)
def test_rows_that_judge_are_never_made_or_mixed(name: str) -> None:
    spy = Spy()
    _, target, matrices = fit(spy, name)
    (data,) = spy.given
    assert untouched(data, matrices, target)
    assert np.array_equal(data.features[: len(matrices.train)], matrices.train, equal_nan=True)
    made = data.features[len(matrices.train) :]
    assert len(made) > 700
    assert not rows_of(made) & rows_of(matrices.other)


def test_the_check_notices_rows_that_judge_being_made() -> None:
    """Negative control: balancing before the split puts made rows among those that judge, and is found."""
    target, matrices = material()
    every = np.concatenate([matrices.train, matrices.other])
    values = target.values
    made = made_method(methods()["smote"], {}).balance(Rows(every, values, 2, Layout.of(matrices.recipe)), seed=1)
    order = np.random.default_rng(1).permutation(made.target.size)
    cut = made.target.size - OTHER.size
    mixed = TrainingData(
        features=made.features[order[:cut]],
        target=made.target[order[:cut]],
        problem="binary",
        n_classes=2,
        valid_features=made.features[order[cut:]],
        valid_target=made.target[order[cut:]],
    )
    assert not untouched(mixed, matrices, target)


@pytest.mark.parametrize("name", MAKING)
def test_rows_that_find_the_rounds_are_never_made_either(name: str) -> None:
    """With few rows a part of the training rows finds the rounds: only the rest of them is balanced."""
    spy = Spy()
    _, _, matrices = fit(spy, name, is_small=True)
    finding, last = spy.given
    assert finding.valid_features is not None
    judged = rows_of(finding.valid_features)
    assert len(finding.valid_features) == 150
    assert judged <= rows_of(matrices.train)
    assert not judged & rows_of(finding.features)
    assert finding.target.mean() == pytest.approx(0.5, abs=0.01)
    assert last.valid_features is None


def test_judging_rows_count_as_training_rows_do() -> None:
    spy = Spy()
    fit(spy, "class_weights")
    (data,) = spy.given
    assert data.valid_weights is not None
    assert data.valid_target is not None
    assert data.weights is not None
    share = float(data.valid_weights[data.valid_target == 1].sum() / data.valid_weights.sum())
    plain = float(data.valid_target.mean())
    assert plain < 0.15
    assert share > 0.35
    fit(spy, None)
    assert spy.given[-1].valid_weights is None
    assert spy.given[-1].weights is None


@pytest.mark.parametrize("name", ["class_weights", *MAKING])
@pytest.mark.parametrize("candidate", ["logistic_regression", "lightgbm", "random_forest"])
def test_probabilities_mean_what_they_say_on_untouched_rows(name: str, candidate: str) -> None:
    """Mean probability against the share of positive rows, with and without moving the margins back."""
    made, target, matrices = fit(available_candidates()[candidate], name, rounds=40)
    assert made.margins is not None
    assert made.balance is not None
    assert made.balance.shift is not None
    share = float(target.values[OTHER].mean())
    moved = float(probabilities("binary", made.margins)[:, 1].mean())
    raw = float(probabilities("binary", made.margins - np.array(made.balance.shift))[:, 1].mean())
    error = float(np.sqrt(share * (1 - share) / OTHER.size))
    assert abs(moved - share) < 4 * error, (moved, share)
    assert abs(raw - share) > abs(moved - share), "without the shift the mean is further off"
    assert made.balance.before == np.bincount(target.values[matrices.train_rows].astype(int)).tolist()


def test_doing_nothing_is_the_same_as_no_method() -> None:
    candidate = available_candidates()["lightgbm"]
    plain, _, _ = fit(candidate, None, rounds=20)
    nothing, _, _ = fit(candidate, "none", rounds=20)
    assert plain.margins is not None
    assert nothing.margins is not None
    assert np.array_equal(plain.margins, nothing.margins)
    assert nothing.balance is None
