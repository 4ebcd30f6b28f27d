"""One float64 threshold decides every value as the library's comparison in its own precision does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrative.engine.candidates._thresholds import at_most_double, at_most_single, below_single
from narrative.engine.types import FloatArray

SINGLES = st.floats(width=32, allow_nan=False)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


def _near(threshold: float) -> FloatArray:
    """The threshold, its neighbours in both precisions, and the points where rounding changes its mind."""
    with np.errstate(over="ignore", under="ignore"):
        single = np.float32(threshold)
        neighbours = [np.nextafter(single, np.float32(side)) for side in (-np.inf, np.inf)]
        centers = [float(single), *(float(each) for each in neighbours if np.isfinite(each))]
        centers += [(centers[0] + other) / 2 for other in centers[1:]]
        values = [np.nextafter(center, side) for center in centers for side in (-np.inf, np.inf)] + centers
    return np.array([value for value in values if np.isfinite(value)])


def _single(values: FloatArray) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(values.astype(np.float32))


@given(threshold=SINGLES, other=DOUBLES)
def test_comparisons_in_single_precision_are_kept(threshold: float, other: float) -> None:
    values = np.append(_near(threshold), other) if np.isfinite(threshold) else np.array([other])
    single = np.array([threshold], dtype=np.float32)
    np.testing.assert_array_equal(values <= at_most_single(single)[0], _single(values) <= single[0])
    np.testing.assert_array_equal(values <= below_single(single)[0], _single(values) < single[0])


@given(threshold=DOUBLES, other=DOUBLES)
def test_single_values_against_thresholds_in_double_precision_are_kept(threshold: float, other: float) -> None:
    values = np.append(_near(threshold), [other, threshold])
    expected = _single(values).astype(np.float64) <= threshold
    np.testing.assert_array_equal(values <= at_most_double(np.array([threshold]))[0], expected)


@pytest.mark.parametrize("threshold", [np.inf, -np.inf, np.finfo(np.float32).max, -np.finfo(np.float32).max, 0.0])
def test_thresholds_stay_finite(threshold: float) -> None:
    single = np.array([threshold], dtype=np.float32)
    for made in (at_most_single(single), below_single(single), at_most_double(np.array([float(threshold)]))):
        assert np.isfinite(made).all()
