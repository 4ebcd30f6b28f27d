"""Thresholds of libraries as float64 thresholds of the one form ``value <= threshold``, deciding alike for every value.

Libraries compare ``<`` or ``<=``, in double or in single precision. Rounding to single precision never reverses an
order, so for each of their questions there is one float64 threshold that gives the same answer to every float64 value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from narrative.engine.types import FloatArray

_LARGEST = np.finfo(np.float64).max
_FIRST_TOO_LARGE = 2.0**128 - 2.0**103
"""The smallest number that single precision rounds to infinity."""


def at_most_single(threshold: npt.NDArray[np.float32]) -> FloatArray:
    """Thresholds t with ``x <= t`` exactly where ``float32(x) <= threshold``; finite, for every finite x.

    ``float32(x)`` rounds to nearest, halves to even, so the border lies halfway to the next number in single
    precision, and the halfway point itself belongs to the even side.

    >>> float(at_most_single(np.array([1.0], dtype=np.float32))[0]) == 1.0 + 2.0**-24
    True
    """
    finite = np.where(np.isfinite(threshold), threshold, np.float32(0.0))
    upper, lower = _next_single(finite, np.inf), _next_single(finite, -np.inf)
    exact = finite.astype(np.float64)
    # The step above the largest number is as wide as the one below it.
    above = np.where(np.isinf(upper), exact + (exact - lower), upper.astype(np.float64))
    halfway = exact + (above - exact) / 2.0
    with np.errstate(over="ignore"):
        belongs = halfway.astype(np.float32) == finite
    border = np.where(belongs, halfway, np.nextafter(halfway, -np.inf))
    endless = np.where(threshold > 0, _LARGEST, -_FIRST_TOO_LARGE)
    return np.where(np.isfinite(threshold), border, endless)


def below_single(threshold: npt.NDArray[np.float32]) -> FloatArray:
    """Thresholds t with ``x <= t`` exactly where ``float32(x) < threshold``."""
    return at_most_single(_next_single(threshold, -np.inf))


def at_most_double(threshold: FloatArray) -> FloatArray:
    """Thresholds t with ``x <= t`` exactly where ``float32(x) <= threshold``, for thresholds in double precision."""
    with np.errstate(over="ignore", under="ignore"):
        single = threshold.astype(np.float32)
    above = single.astype(np.float64) > threshold
    return at_most_single(np.where(above, _next_single(single, -np.inf), single))


def _next_single(numbers: npt.NDArray[np.float32], direction: float) -> npt.NDArray[np.float32]:
    """The neighbours in single precision; beyond the largest number comes infinity."""
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(numbers, np.float32(direction))
