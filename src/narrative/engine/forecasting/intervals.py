"""Intervals around forecasts, from how far off such forecasts were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from narrative.engine.types import FloatArray

LEVEL: Final = 0.9
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Widths:
    """Half widths of intervals.

    Attributes:
        by_step: usual error per step ahead, never falling.
        by_series: usual error of every series in relation to all.
        factor: how many usual errors the interval reaches.
    """

    by_step: FloatArray
    by_series: FloatArray
    factor: float

    def half(self) -> FloatArray:
        """``n_series × horizon``."""
        return np.asarray(self.factor * self.by_series[:, None] * self.by_step[None, :], dtype=np.float64)


def learn_widths(errors: FloatArray, known: _Mask, level: float = LEVEL) -> Widths:
    """Widths from errors of the past, ``n_series × n_origins × horizon``; only those of known values count.

    The quantile has the correction for finite numbers, so that a new error is inside at least as often as stated when
    errors may be exchanged. Errors of neighbouring origins overlap, which is why coverage is measured as well.
    Source: Stankevičiūtė, Alaa & van der Schaar (2021), "Conformal time-series forecasting", NeurIPS; Lei et al.
    (2018), JASA 113, section 5.2 for widths that follow a scale.
    """
    size = np.where(known, np.abs(errors), np.nan)
    total = float(np.nanmean(size)) or 1.0
    counts = known.sum(axis=(1, 2))
    sums = np.where(known, np.abs(errors), 0.0).sum(axis=(1, 2))
    # A series with few values is drawn towards all of them.
    by_series = (sums + 10.0 * total) / (counts + 10.0) / total if errors.shape[0] > 1 else np.ones(1)
    relative = size / by_series[:, None, None]
    n_step = np.maximum(known.sum(axis=(0, 1)), 1)
    by_step = np.where(known, relative, 0.0).sum(axis=(0, 1)) / n_step
    by_step = np.maximum.accumulate(np.maximum(by_step, 1e-12 + 1e-9 * total))
    scores = np.sort((relative / by_step).ravel())
    scores = scores[~np.isnan(scores)]
    # The steps of one forecast are off together: they count as one when the quantile is raised for finite numbers.
    n_forecasts = scores.size / errors.shape[2]
    rank = min(int(np.ceil((n_forecasts + 1) * level * scores.size / n_forecasts)), scores.size)
    return Widths(by_step, by_series, float(scores[rank - 1]))


def covered(errors: FloatArray, known: _Mask, widths: Widths) -> _Mask:
    """Which known values lie inside."""
    return np.asarray(known & (np.abs(errors) <= widths.half()[:, None, :]), dtype=np.bool_)
