"""From what a predictor gives to what the story of a batch is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrative.engine.story.sources import PredictionSummary

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictions


def summarize(predictions: Predictions, *, target: str, n_left_out: int = 0) -> PredictionSummary:
    """The summary of one batch.

    Args:
        target: what the model predicts.
        n_left_out: rows the reader of the file had left out before; they count as rows given and as bad rows.
    """
    n_bad = len(predictions.bad_rows) + n_left_out
    return PredictionSummary(
        problem=predictions.problem,
        target=target,
        classes=predictions.classes,
        n_rows=predictions.n_predicted + n_bad,
        answers=predictions.answers,
        probabilities=predictions.probabilities,
        lower=predictions.lower,
        upper=predictions.upper,
        n_bad_rows=n_bad,
        repairs=predictions.repairs,
        warnings=predictions.warnings,
    )
