from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from narrative.engine.bundle.reasons import effects_for_people, reason, strongest
from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.types import FloatArray, Problem

MARGINS = st.floats(-30, 30)


@st.composite
def contributions(draw: st.DrawFn) -> FloatArray:
    rows, outputs, columns = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    drawn: FloatArray = draw(hnp.arrays(np.float64, (rows, outputs, columns + 1), elements=MARGINS))
    return drawn


def predicted(problem: Problem, parts: FloatArray) -> FloatArray:
    margins: FloatArray = parts.sum(axis=2)
    if problem == "regression":
        return margins[:, 0]
    if problem == "binary":
        positive = sigmoid(margins[:, 0])
        return np.column_stack([1 - positive, positive])
    return softmax(margins)


@settings(max_examples=200, deadline=None)
@given(parts=contributions(), seed=st.integers(0, 9))
def test_base_plus_effects_is_the_prediction(parts: FloatArray, seed: int) -> None:
    problem: Problem = "multiclass" if parts.shape[1] > 1 else ("binary", "regression")[seed % 2]
    predictions = predicted(problem, parts)
    n_classes = 1 if problem == "regression" else predictions.shape[1]
    explained = np.random.default_rng(seed).integers(0, n_classes, len(parts))
    base, effects = effects_for_people(problem, parts, predictions, explained)
    wanted = predictions if problem == "regression" else predictions[np.arange(len(parts)), explained]
    assert np.isfinite(effects).all()
    np.testing.assert_allclose(base + effects.sum(axis=1), wanted, rtol=0, atol=1e-9 * max(1.0, np.abs(wanted).max()))


def binary(effects: list[float], base: float) -> tuple[FloatArray, FloatArray, float, float]:
    parts = np.array([[[*effects, base]]])
    found_base, found = effects_for_people("binary", parts, predicted("binary", parts), np.array([1]))
    return found_base, found[0], float(sigmoid(np.array([base]))[0]), float(sigmoid(np.array([base + sum(effects)]))[0])


def test_two_classes_share_the_climb_in_proportion_to_the_margin() -> None:
    base, effects, p_base, p = binary([1.0, -0.25, 0.5], -0.7)
    assert base[0] == pytest.approx(p_base)
    np.testing.assert_allclose(effects, np.array([1.0, -0.25, 0.5]) * (p - p_base) / 1.25, rtol=1e-9)


def test_effects_that_cancel_use_the_slope() -> None:
    _, effects, p_base, _ = binary([2.0, -2.0], 0.3)
    np.testing.assert_allclose(effects, np.array([2.0, -2.0]) * p_base * (1 - p_base), rtol=1e-9)


def test_the_negative_class_is_explained_by_the_opposite_effects() -> None:
    parts = np.array([[[1.0, -0.25, 0.4]]])
    predictions = predicted("binary", parts)
    _, positive = effects_for_people("binary", parts, predictions, np.array([1]))
    _, negative = effects_for_people("binary", parts, predictions, np.array([0]))
    np.testing.assert_allclose(positive, -negative, atol=1e-12)


def test_three_classes_agree_with_a_fine_numerical_walk() -> None:
    parts = np.random.default_rng(5).normal(size=(1, 3, 5)) * 2
    base_margin, climb = parts[:, :, -1], parts[:, :, :-1].sum(axis=2)
    steps = 20_000
    walk = np.zeros(4)
    for step in range(steps):
        p = softmax(base_margin + (step + 0.5) / steps * climb)[0]
        gradient = -p * p[1]
        gradient[1] += p[1]
        walk += gradient @ parts[0, :, :-1] / steps
    _, effects = effects_for_people("multiclass", parts, softmax(parts.sum(axis=2)), np.array([1]))
    np.testing.assert_allclose(effects[0], walk, atol=1e-8)


def test_regression_effects_are_those_of_the_margin() -> None:
    parts = np.array([[[10.0, -4.0, 100.0]]])
    base, effects = effects_for_people("regression", parts, np.array([106.0]), np.zeros(1, dtype=np.int64))
    assert (base[0], effects.tolist()) == (100.0, [[10.0, -4.0]])


def test_without_any_effect_the_base_is_the_prediction() -> None:
    base, effects = effects_for_people(
        "regression", np.zeros((2, 1, 1)), np.array([1.5, 2.5]), np.zeros(2, dtype=np.int64)
    )
    assert base.tolist() == [1.5, 2.5]
    assert effects.shape == (2, 0)


def test_the_strongest_come_first_and_ties_keep_their_order() -> None:
    assert strongest(np.array([[0.1, -0.5, 0.5, 0.0]]), 3).tolist() == [[1, 2, 0]]
    assert strongest(np.array([[0.1, -0.5]]), None).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("problem", "value", "effect", "text"),
    [
        ("binary", 2, 0.1234, "tenure = 2 (+12.3 points)"),
        ("binary", None, -0.02, "tenure is missing (-2.0 points)"),
        ("multiclass", True, 0.5, "tenure = true (+50.0 points)"),
        ("regression", 1.25, 2310.4, "tenure = 1.25 (+2,310)"),
        ("regression", 12345.678, -0.00001234, "tenure = 12,346 (-1.234e-05)"),
        ("regression", date(2024, 1, 31), 12.0, "tenure = 2024-01-31 (+12)"),
        ("regression", datetime(2024, 1, 31, 5, 0), 0.0, "tenure = 2024-01-31 05:00 (+0)"),  # noqa: DTZ001
        ("binary", "x" * 60, 0.1, f"tenure = {'x' * 39}… (+10.0 points)"),
    ],
)
def test_a_reason_reads_well(problem: Problem, value: Any, effect: float, text: str) -> None:
    assert reason(problem, "tenure", value, effect).text == text


def test_a_reason_holds_plain_json_values() -> None:
    assert reason("binary", "day", date(2024, 1, 31), 0.1).value == "2024-01-31"
