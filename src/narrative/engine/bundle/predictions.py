"""What a prediction run gives, and the tables people take away from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.bundle.contract import InputContract
from narrative.engine.bundle.reasons import Reason
from narrative.engine.tables.types import BadRow
from narrative.engine.types import FloatArray, IntArray, Label, Problem

SHOWN_REASONS: Final = 3


@dataclass(frozen=True)
class Predictions:
    """Predictions for the good rows of a table, in their order.

    Attributes:
        problem, classes: of the model; probabilities are in the order of the classes.
        answers: a value or a label per row, exactly as labels stand in the data.
        probabilities: ``n_rows × n_classes``; None for regression.
        lower, upper: bounds of the 90 % interval; None for classification or when the model has none.
        row_index: position of each row in the given table.
        bad_rows: rows that could not be read, one entry each.
        repairs, warnings: what was repaired and what looked odd, one sentence each.
        row_warnings: position in the given table -> sentences, for tables up to 1,000 rows.
        reasons: per row, strongest first; None unless asked for.
        base: per row, what is predicted before any column is known; base plus all effects is the explained number.
        explained: per row the class whose probability the reasons explain (binary: the positive class; multiclass:
            the answer); None for regression.
        effects: ``n_rows × n_columns`` in the order of ``columns``; all effects, also those not in ``reasons``.
        columns: input columns in the order of ``effects``.
    """

    problem: Problem
    classes: list[Label]
    answers: list[Label]
    probabilities: FloatArray | None
    lower: FloatArray | None
    upper: FloatArray | None
    row_index: IntArray
    bad_rows: list[BadRow] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    row_warnings: dict[int, list[str]] = field(default_factory=dict)
    reasons: list[list[Reason]] | None = None
    base: FloatArray | None = None
    explained: list[Label] | None = None
    effects: FloatArray | None = None
    columns: list[str] = field(default_factory=list)

    @property
    def n_predicted(self) -> int:
        return len(self.answers)


def predictions_frame(frame: pl.DataFrame, predictions: Predictions, contract: InputContract) -> pl.DataFrame:
    """The input rows that were predicted, all their columns, then the prediction columns.

    ``prediction``; ``probability_<class>`` for each class; ``lower`` and ``upper`` for regression; ``reason_1`` to
    ``reason_3`` when reasons were asked for. An input column with such a name is kept as ``<name>_original``.
    """
    added = _answer_columns(predictions, contract)
    kept = frame[predictions.row_index.tolist()] if predictions.bad_rows else frame
    taken = set(kept.columns) | {column.name for column in added}
    renames = {}
    for column in added:
        if column.name in kept.columns:
            new = f"{column.name}_original"
            while new in taken:
                new += "_original"
            renames[column.name] = new
            taken.add(new)
    return pl.DataFrame([*kept.rename(renames).get_columns(), *added])


def bad_rows_frame(frame: pl.DataFrame, predictions: Predictions) -> pl.DataFrame:
    """Bad rows as a table: row (line of the source), column, value, reason, then the cells as they were given."""
    bad = predictions.bad_rows
    good = np.ones(frame.height, dtype=bool)
    good[predictions.row_index] = False
    cells = frame.filter(pl.Series(good))
    told = [
        pl.Series("row", [row.line for row in bad], dtype=pl.Int64),
        pl.Series("column", [row.column for row in bad], dtype=pl.String),
        pl.Series("value", [row.value for row in bad], dtype=pl.String),
        pl.Series("reason", [row.reason for row in bad], dtype=pl.String),
    ]
    clashes = {column.name: f"{column.name}_original" for column in told if column.name in cells.columns}
    return pl.DataFrame([*told, *cells.rename(clashes).get_columns()])


def _answer_columns(predictions: Predictions, contract: InputContract) -> list[pl.Series]:
    added = [_labels("prediction", predictions.answers, contract)]
    if predictions.probabilities is not None:
        for index, label in enumerate(predictions.classes):
            added.append(pl.Series(f"probability_{label}", predictions.probabilities[:, index]))
    if predictions.lower is not None and predictions.upper is not None:
        added += [pl.Series("lower", predictions.lower), pl.Series("upper", predictions.upper)]
    if predictions.reasons is not None:
        for place in range(SHOWN_REASONS):
            texts = [row[place].text if place < len(row) else None for row in predictions.reasons]
            added.append(pl.Series(f"reason_{place + 1}", texts, dtype=pl.String))
    return added


def _labels(name: str, answers: list[Label], contract: InputContract) -> pl.Series:
    """Labels in their own type; mixed types become text."""
    if contract.problem == "regression":
        return pl.Series(name, answers, dtype=pl.Float64)
    kinds = {type(label) for label in contract.classes}
    types = {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64}
    if len(kinds) == 1:
        return pl.Series(name, answers, dtype=types[kinds.pop()])
    return pl.Series(name, [str(answer) for answer in answers], dtype=pl.String)
