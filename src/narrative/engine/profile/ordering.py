"""Columns in ascending order, and how often each of their values occurs."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.core.clock import SystemClock
from narrative.engine.types import FloatArray, IntArray

MOST_COUNTED: Final = 1 << 20
"""Numbers that are steps of a range of at most this many steps are counted rather than sorted."""
MOST_DIGITS: Final = 4
"""Digits after the point of decimal numbers that are counted."""
MOST_EXACT: Final = 1 << 53
"""Up to here floats hold every whole number."""
CHUNK_ROWS: Final = 8_192
LOOK_ROWS: Final = 1_000
TRIAL_ROWS: Final = 10_000
FEW_VALUES: Final = 1_000


class Ordered(NamedTuple):
    """The present values of a column in ascending order."""

    numbers: FloatArray
    """All of them."""
    values: FloatArray
    """The different ones."""
    counts: IntArray
    """How often each of the different ones occurs."""


def ordered_numbers(series: pl.Series) -> FloatArray:
    """All present values as sorted float64."""
    return in_order(series).numbers


def in_order(series: pl.Series) -> Ordered:
    """The present values as sorted float64, all of them and the different ones with their counts.

    Whole numbers of a small range and decimals of a few digits are counted rather than sorted: one pass each.
    """
    present = series.drop_nulls()
    if present.dtype.is_integer() and len(present):
        counted, numbers = _whole_counted(present), present
    else:
        numbers = present.cast(pl.Float64)
        counted = _decimals_counted(numbers.to_numpy()) if len(numbers) >= LOOK_ROWS else None
    if counted is not None:
        return Ordered(np.repeat(*counted), *counted)
    ordered = sorted_array(numbers.cast(pl.Float64))
    return Ordered(ordered, *runs(ordered))


def _whole_counted(series: pl.Series) -> tuple[FloatArray, IntArray] | None:
    """The different whole numbers and their counts; None where the range is wide, or floats do not hold them all."""
    low, high = series.min(), series.max()
    if not isinstance(low, int) or not isinstance(high, int) or high - low >= _most_steps(len(series)):
        return None
    if max(-low, high) > MOST_EXACT:
        return None
    counts = np.bincount(series.to_numpy() - low)
    used = np.flatnonzero(counts)
    return (used + low).astype(np.float64), counts[used]


def _most_steps(n_rows: int) -> int:
    """In a range of more steps, memory for the steps costs more than a sort."""
    return min(MOST_COUNTED, 4 * n_rows)


def _decimals_counted(values: FloatArray) -> tuple[FloatArray, IntArray] | None:
    """Different numbers and counts where each is a whole number divided by the same power of ten; None where not.

    A quotient of two whole numbers that floats hold is rounded once, as the number was when it was read, so dividing
    gives back the very same float.
    """
    digits = _digits(values[:LOOK_ROWS])
    if digits is None:
        return None
    scale = 10.0**digits
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.rint(values.min() * scale), np.rint(values.max() * scale)
        if not high - low < _most_steps(len(values)):
            return None
    steps = np.empty(len(values), dtype=np.intp)
    for start in range(0, len(values), CHUNK_ROWS):  # pieces stay in the processor's cache
        piece = values[start : start + CHUNK_ROWS]
        step = np.rint(piece * scale)
        if (step / scale != piece).any():
            return None
        np.subtract(step, low, out=steps[start : start + CHUNK_ROWS], casting="unsafe")
    counts = np.bincount(steps)
    used = np.flatnonzero(counts)
    return (used + low) / scale, counts[used]


def _digits(values: FloatArray) -> int | None:
    """Fewest digits after the point with which all values are written, at most ``MOST_DIGITS``."""
    with np.errstate(over="ignore", invalid="ignore"):
        for digits in range(MOST_DIGITS + 1):
            scale = 10.0**digits
            if (np.rint(values * scale) / scale == values).all():
                return digits
    return None


def sorted_array(series: pl.Series) -> npt.NDArray[Any]:
    """A column without gaps in ascending order, by whichever sort is faster on this processor."""
    values = series.to_numpy()
    if (values[1:1_000] >= values[: min(999, len(values) - 1)]).all() and (values[1:] >= values[:-1]).all():
        return values
    if _numpy_sorts_faster():
        return np.sort(values)
    return series.sort(multithreaded=False).to_numpy()


@cache
def _numpy_sorts_faster() -> bool:
    """Measured once: numpy's vectorised sort is four times faster than Polars' on some processors, slower on others."""
    clock = SystemClock()
    # Made by Polars: handing it an array of numpy's would load a part of numpy that takes longer than all of this.
    series = pl.select(pl.int_range(TRIAL_ROWS) * 0.6180339887498949 % 1.0).to_series()
    numbers = series.to_numpy()
    own = other = float("inf")
    for _ in range(3):  # the best of some: other work on the machine can only slow a sort down
        start = clock.monotonic()
        np.sort(numbers)
        middle = clock.monotonic()
        series.sort(multithreaded=False)
        own, other = min(own, middle - start), min(other, clock.monotonic() - middle)
    return own < other


def runs(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], IntArray]:
    """Different values in ascending order and how often each occurs."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1])
    if len(changes) == len(ordered) - 1:
        return ordered, np.ones(len(ordered), dtype=np.int64)
    lasts = np.empty(len(changes) + 1, dtype=np.int64)
    lasts[:-1] = changes
    lasts[-1] = len(ordered) - 1
    counts = lasts.copy()
    counts[0] += 1
    counts[1:] -= lasts[:-1]
    return ordered[lasts], counts


def most_frequent(counts: IntArray, n: int) -> IntArray:
    """Places of the n largest counts, largest first; of equal counts, the first ones first."""
    if len(counts) <= max(n, FEW_VALUES):
        return np.argsort(-counts, kind="stable")[:n]
    how_many = np.bincount(counts)[::-1].cumsum()
    least = len(how_many) - 1 - int(np.searchsorted(how_many, n))
    above = np.flatnonzero(counts > least)
    equal = np.flatnonzero(counts == least)[: n - len(above)]
    return np.concatenate([above[np.argsort(-counts[above], kind="stable")], equal])
