"""Whether one way was off by less than another beyond luck."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from narrative.engine.types import FloatArray

DRAWS: Final = 1_000
LEAST_BLOCKS: Final = 4


def is_less(
    errors: FloatArray, others: FloatArray, known: np.ndarray[Any, np.dtype[np.bool_]], *, horizon: int, seed: int
) -> bool | None:
    """Whether mean absolute errors are smaller with 95 % confidence; None when the periods are too few to tell.

    Forecasts of neighbouring origins share most of what they forecast, so blocks of origins as long as the horizon are
    drawn anew. Source: Künsch (1989), "The jackknife and the bootstrap for general stationary observations".

    Args:
        errors, others: ``n_series × n_origins × horizon`` for the same values.
    """
    difference = np.where(known, np.abs(errors) - np.abs(others), 0.0).sum(axis=(0, 2))
    n_origins = difference.size
    length = min(horizon, n_origins)
    if n_origins < LEAST_BLOCKS * length:
        return None
    rng = np.random.default_rng(seed)
    n_blocks = -(-n_origins // length)
    starts = rng.integers(0, n_origins - length + 1, size=(DRAWS, n_blocks))
    drawn = difference[(starts[:, :, None] + np.arange(length)).reshape(DRAWS, -1)[:, :n_origins]].mean(axis=1)
    return bool(np.quantile(drawn, 0.975) < 0)
