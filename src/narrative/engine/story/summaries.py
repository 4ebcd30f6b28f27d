"""From what a predictor gives to what the story of a batch is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from narrative.engine.story.sources import PredictionSummary

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictions
    from narrative.engine.tables.types import ImportReport

NO_CASES: Final = ("It is a total row", "It repeats the header")
"""How the reader begins its reason for a row that is no case: it was read, and there is nothing to predict for it."""


def summarize(predictions: Predictions, *, target: str, imported: ImportReport | None = None) -> PredictionSummary:
    """The summary of one batch.

    Args:
        target: what the model predicts.
        imported: how the file was read; the rows it left out count as rows given and, but for totals and repeated
            headers, as rows that could not be read.
    """
    left_out = 0 if imported is None else imported.n_bad_rows
    asides = 0 if imported is None else sum(row.reason.startswith(NO_CASES) for row in imported.bad_rows)
    return PredictionSummary(
        problem=predictions.problem,
        target=target,
        classes=predictions.classes,
        n_rows=predictions.n_predicted + len(predictions.bad_rows) + left_out,
        answers=predictions.answers,
        probabilities=predictions.probabilities,
        lower=predictions.lower,
        upper=predictions.upper,
        n_bad_rows=len(predictions.bad_rows) + left_out - asides,
        n_asides=asides,
        repairs=predictions.repairs,
        warnings=predictions.warnings,
    )
