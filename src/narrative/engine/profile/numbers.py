"""Statistics of a column of numbers or times: it is sorted once, and everything is read from that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.profile.ordering import Ordered, most_frequent
from narrative.engine.profile.types import Histogram, TimeGaps, ValueCount
from narrative.engine.types import FloatArray, IntArray

QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOP_VALUES: Final = 10
MOST_BINS: Final = 30
CHUNK_ROWS: Final = 8_192
"""Fits the processor's cache; scalar products of longer pieces would be shared among threads, which costs more."""
LEAST_TIMES: Final = 10
REGULAR_SHARE: Final = 0.5
ROBUST_Z: Final = 3.5
"""Limit of the modified z-score. Source: B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers" (1993)."""
MAD_SCALE: Final = 0.6745
"""Third quartile of the standard normal distribution: makes the median deviation comparable to a standard deviation."""


def number_statistics(series: pl.Series, found: Ordered) -> dict[str, Any]:
    """The fields of a column of numbers, from its present values in ascending order."""
    ordered, values, counts = found
    moments = _moments(values, counts, len(ordered))
    quartiles = quantile(ordered, 0.25), quantile(ordered, 0.5), quantile(ordered, 0.75)
    deviation = median_deviation(ordered, quartiles[1])
    outliers, bounds = count_outliers(ordered, *quartiles, deviation)
    is_whole = series.dtype.is_integer()
    return {
        "distinct": len(values),
        "minimum": float(ordered[0]),
        "maximum": float(ordered[-1]),
        "mean": moments.mean,
        "std": moments.std,
        "skewness": moments.skewness,
        "kurtosis": moments.kurtosis,
        "median_deviation": _finite(deviation),
        "quantiles": {str(q): quantile(ordered, q) for q in QUANTILES},
        "zeros": int(np.searchsorted(ordered, 0.0, "right") - np.searchsorted(ordered, 0.0, "left")),
        "negatives": int(np.searchsorted(ordered, 0.0, "left")),
        "top_values": _top(values, counts, len(ordered), is_whole=is_whole),
        "histogram": _histogram(ordered, len(values), is_whole=is_whole),
        "outliers": outliers,
        "outlier_bounds": bounds,
    }


@dataclass(frozen=True)
class Moments:
    """Mean, sample standard deviation (n - 1), skewness g1 = m3 / m2^1.5 and excess kurtosis g2 = m4 / m2² - 3.

    None where undefined. Source: R. A. Fisher, "Statistical Methods for Research Workers", section 14 (g1, g2).
    """

    mean: float | None
    std: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


def _moments(values: FloatArray, counts: IntArray, n: int) -> Moments:
    """Moments from the different values and how often each occurs."""
    weights = None if len(values) == n else counts.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        # Not as a scalar product: one of this length would wake other threads, which then wait for more work.
        mean = float(values.mean() if weights is None else (values * weights).sum() / n)
        if n < 2 or len(values) < 2 or not np.isfinite(mean):
            return Moments(_finite(mean), 0.0 if n > 1 and np.isfinite(mean) else None)
        # The mean of large numbers is itself rounded; without the second pass the cubes would inherit it.
        rest = _power_sums(values, weights, mean, 0.0)[0] / n
        _, second, third, fourth = _power_sums(values, weights, mean, rest) / n
        std = _finite(float(np.sqrt(second * n / (n - 1))))
        if not 0 < second < np.inf:
            return Moments(mean, std)
        return Moments(mean, std, _finite(float(third / second**1.5)), _finite(float(fourth / second**2 - 3.0)))


def _power_sums(values: FloatArray, weights: FloatArray | None, mean: float, rest: float) -> FloatArray:
    """Sums of the first four powers of the deviations, over pieces that fit the processor's cache."""
    sums = np.zeros(4)
    for start in range(0, len(values), CHUNK_ROWS):
        centred = values[start : start + CHUNK_ROWS] - mean
        if rest:
            centred -= rest
        squares = centred * centred
        weighted = centred if weights is None else centred * weights[start : start + CHUNK_ROWS]
        sums += (weighted.sum(), weighted @ centred, weighted @ squares, (weighted * centred) @ squares)
    return sums


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def quantile(ordered: FloatArray, q: float) -> float:
    """Linear interpolation between order statistics (numpy's default, type 7 of Hyndman and Fan 1996)."""
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    low, high, share = float(ordered[below]), float(ordered[above]), place - below
    if low == high:
        return low
    step = high - low
    return low + share * step if np.isfinite(step) else low * (1 - share) + high * share


def median_deviation(ordered: FloatArray, median: float) -> float:
    """Median of the absolute deviations from the median (the upper one of two), found without computing them all.

    The values closest to the median stand side by side; a binary search finds where the closest half begins.
    """
    middle = len(ordered) // 2
    low, high = 0, len(ordered) - 1 - middle
    with np.errstate(over="ignore"):
        while low < high:
            place = (low + high) // 2
            if median - ordered[place] > ordered[place + middle + 1] - median:
                low = place + 1
            else:
                high = place
        return float(max(median - ordered[low], ordered[low + middle] - median))


def count_outliers(
    ordered: FloatArray, lower: float, median: float, upper: float, deviation: float
) -> tuple[int, tuple[float, float] | None]:
    """Values outside both fences: quartiles -/+ 1.5 interquartile ranges, and a modified z-score beyond 3.5."""
    reach = 1.5 * (upper - lower)
    if ordered[0] >= lower - reach and ordered[-1] <= upper + reach:
        return 0, None
    if deviation == 0 or upper == lower:
        return 0, None  # more than half of the values are equal: neither fence means anything
    robust = ROBUST_Z * deviation / MAD_SCALE
    low, high = min(lower - reach, median - robust), max(upper + reach, median + robust)
    if not np.isfinite(high - low):
        return 0, None
    below = int(np.searchsorted(ordered, low, "left"))
    above = len(ordered) - int(np.searchsorted(ordered, high, "right"))
    return below + above, (low, high)


def _top(values: FloatArray, counts: IntArray, total: int, *, is_whole: bool) -> list[ValueCount]:
    """Most frequent values, smaller first among equals; none when every value occurs once."""
    if len(values) == total and total > TOP_VALUES:
        return []
    return [
        ValueCount(
            value=str(int(values[i])) if is_whole else repr(float(values[i])),
            count=int(counts[i]),
            share=int(counts[i]) / total,
        )
        for i in most_frequent(counts, TOP_VALUES)
    ]


def _histogram(ordered: FloatArray, distinct: int, *, is_whole: bool) -> Histogram | None:
    low, high = float(ordered[0]), float(ordered[-1])
    if low == high or not np.isfinite(high - low):
        return None
    if is_whole and high - low < MOST_BINS:
        edges = np.arange(low - 0.5, high + 1.0)
    else:
        edges = np.linspace(low, high, bin_count(ordered, distinct) + 1)
    return Histogram(edges=[float(edge) for edge in edges], counts=_counts(ordered, edges))


def bin_count(ordered: FloatArray, distinct: int) -> int:
    """Bins of an equal-width histogram, 5 to 30.

    Source: D. Freedman, P. Diaconis, "On the histogram as a density estimator" (1981): width 2 · IQR / n^(1/3).
    """
    spread = quantile(ordered, 0.75) - quantile(ordered, 0.25)
    width = 2 * spread / len(ordered) ** (1 / 3)
    wanted = int((ordered[-1] - ordered[0]) / width) + 1 if width > 0 else MOST_BINS
    return max(5, min(MOST_BINS, wanted, max(5, distinct)))


def _counts(ordered: FloatArray, edges: FloatArray) -> list[int]:
    places = np.searchsorted(ordered, edges, "left")
    places[-1] = len(ordered)
    return [int(count) for count in np.diff(places)]


def time_statistics(series: pl.Series, found: Ordered) -> dict[str, Any]:
    """The fields of a column of dates or times, from its present values (days or microseconds) in order."""
    ordered, values, _ = found
    low, high = float(ordered[0]), float(ordered[-1])
    histogram = None
    if low < high:
        edges = np.linspace(low, high, max(5, min(MOST_BINS, len(values))) + 1)
        stamps = [_stamp(edge, series.dtype) for edge in edges]
        histogram = Histogram(edges=stamps, counts=_counts(ordered, edges))
    return {
        "distinct": len(values),
        "minimum": _stamp(low, series.dtype),
        "maximum": _stamp(high, series.dtype),
        "histogram": histogram,
        "gaps": _gaps(values, series.dtype),
    }


def _gaps(values: FloatArray, dtype: pl.DataType) -> TimeGaps | None:
    """Holes in times that keep a step: the distance that more than half of the distances are.

    Months count as a step though they differ in length: a hole is a distance of one and a half steps or more.
    """
    if len(values) < LEAST_TIMES:
        return None
    distances = np.diff(values)
    # What more than half of the distances are is their median.
    step = float(np.partition(distances, len(distances) // 2)[len(distances) // 2])
    if (distances == step).sum() <= REGULAR_SHARE * len(distances):
        return None
    holes = np.flatnonzero(distances >= 1.5 * step)
    longest = None
    if len(holes):
        place = int(holes[np.argmax(distances[holes])])
        longest = _stamp(float(values[place]), dtype), _stamp(float(values[place + 1]), dtype)
    return TimeGaps(
        step_seconds=step * (86_400.0 if dtype == pl.Date else 1e-6),
        n_gaps=len(holes),
        n_missing=int((np.rint(distances[holes] / step) - 1).sum()),
        longest=longest,
    )


def _stamp(number: float, dtype: pl.DataType) -> str:
    """ISO 8601 text of days or microseconds since 1970."""
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - columns hold UTC without a zone
    if dtype == pl.Date:
        return (epoch + dt.timedelta(days=round(number))).date().isoformat()
    return (epoch + dt.timedelta(microseconds=round(number))).isoformat(timespec="seconds")
