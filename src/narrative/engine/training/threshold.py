"""From which probability on a case counts as positive."""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.scores.average_precision import cumulative_counts
from narrative.engine.types import FloatArray

STRONG_IMBALANCE: Final = 0.2
"""Below this share of positive rows 0.5 would flag next to nothing."""


def choose_threshold(target: FloatArray, positive: FloatArray) -> float:
    """0.5, unless fewer than a fifth of the rows are positive; then the cut with the best F1 on these unseen rows.

    Args:
        positive: calibrated probability of the positive class of rows the model has not seen.

    The cut stands half way between two neighbouring probabilities, so that rounding cannot tip it.
    """
    share = float(np.mean(target == 1))
    if share >= STRONG_IMBALANCE or share == 0.0:
        return 0.5
    found, flagged = cumulative_counts(target, positive)
    f1 = 2.0 * found / (flagged + found[-1])
    best = int(np.argmax(f1))
    cuts = np.unique(positive)[::-1]
    below = cuts[best + 1] if best + 1 < cuts.size else 0.0
    return float((cuts[best] + below) / 2.0)
