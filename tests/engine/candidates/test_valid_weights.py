"""Rows that decide when to stop count by their weights, in every candidate that stops early."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.training.plan import available_candidates
from narrative.engine.types import FloatArray

EARLY = sorted(name for name, candidate in available_candidates().items() if candidate.stops_early)


def _rounds(name: str, weights: FloatArray | None) -> int:
    """Rounds of a fit that is judged by rows half of which say the opposite of what can be learned."""
    random = np.random.default_rng(3)
    features = random.normal(size=(900, 4))
    target = (features[:, 0] + 0.5 * features[:, 1] + 0.3 * random.normal(size=900) > 0).astype(np.float64)
    judge, opposite = slice(500, 700), slice(700, 900)
    data = TrainingData(
        features=features[:500],
        target=target[:500],
        problem="binary",
        n_classes=2,
        valid_features=np.concatenate([features[judge], features[opposite]]),
        valid_target=np.concatenate([target[judge], 1.0 - target[opposite]]),
        valid_weights=weights,
    )
    candidate = available_candidates()[name]
    fitted = candidate.fit(data, candidate.settings("binary", 500, 4)[0], FitOptions(threads=1))
    assert fitted.rounds is not None
    return fitted.rounds


@pytest.mark.parametrize("name", EARLY)
def test_weights_of_the_rows_that_judge_decide_when_to_stop(name: str) -> None:
    right, wrong = np.repeat([1.999, 0.001], 200), np.repeat([0.001, 1.999], 200)
    assert _rounds(name, wrong) <= 2
    assert _rounds(name, right) > 4
