"""From probabilities and logarithms to margins, and the factor that carries effects along."""

from __future__ import annotations

import numpy as np

from narrative.engine.types import FloatArray

_FLAT = 1e-8
"""Below this relative change the slope of the curve is used instead of a quotient of two tiny numbers."""


def floored_margins(probabilities: FloatArray, floor: float) -> FloatArray:
    """Margins, ``n_rows × n_outputs``: log-odds when there is one output, logarithms otherwise.

    Probabilities are kept within ``floor`` and ``1 - floor``, so a margin is always finite.
    """
    kept = np.clip(probabilities, floor, 1.0 - floor)
    if probabilities.shape[1] == 1:
        return np.asarray(np.log(kept) - np.log1p(-kept))
    return np.asarray(np.log(kept))


def margin_slopes(before: FloatArray, change: FloatArray, after_margins: FloatArray, floor: float) -> FloatArray:
    """Change of margin per change of probability, element by element.

    ``change × slope`` equals the change from the margins of ``before`` to ``after_margins``; where the probability
    does not change, the slope is the derivative.
    """
    kept = np.clip(before, floor, 1.0 - floor)
    flat = np.abs(change) < _FLAT * np.minimum(kept, 1.0 - kept)
    rise = after_margins - floored_margins(before, floor)
    derivative = 1.0 / (kept * (1.0 - kept)) if before.shape[1] == 1 else 1.0 / kept
    return np.where(flat, derivative, rise / np.where(flat, 1.0, change))


def exponential_slopes(base: FloatArray, change: FloatArray) -> FloatArray:
    """Change of ``exp`` per change of its argument, element by element: ``exp(base + change) - exp(base)`` by
    ``change``, and the derivative where nothing changes."""
    flat = np.abs(change) < _FLAT
    return np.exp(base) * np.where(flat, 1.0, np.expm1(change) / np.where(flat, 1.0, change))
