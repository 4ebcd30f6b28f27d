"""What a prediction run gives, and the tables people take away from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.bundle.contract import InputContract
from narrative.engine.bundle.matching import folded
from narrative.engine.bundle.reasons import Reason
from narrative.engine.tables.types import BadRow
from narrative.engine.types import FloatArray, IntArray, Label, Problem

SHOWN_REASONS: Final = 3
SHOWN_CLASSES: Final = 3


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
        missing_columns: expected columns that the table did not have.
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
    missing_columns: list[str] = field(default_factory=list)
    reasons: list[list[Reason]] | None = None
    base: FloatArray | None = None
    explained: list[Label] | None = None
    effects: FloatArray | None = None
    columns: list[str] = field(default_factory=list)

    @property
    def n_predicted(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        """A line for a notebook; the arrays are in the attributes."""
        left_out = f", {len(self.bad_rows):,} left out" if self.bad_rows else ""
        rows = f"{self.n_predicted:,} {'row' if self.n_predicted == 1 else 'rows'}{left_out}"
        if self.problem != "regression":
            counts = [(label, sum(answer == label for answer in self.answers)) for label in self.classes]
            common = sorted(counts, key=lambda item: -item[1])[:SHOWN_CLASSES]
            told = ", ".join(f"{label}: {count:,}" for label, count in common)
            told += f", {len(counts) - len(common):,} more classes" if len(counts) > len(common) else ""
        elif self.answers:
            values = np.asarray(self.answers, dtype=np.float64)
            told = f"from {values.min():,.6g} to {values.max():,.6g}, middle {np.median(values):,.6g}"
        else:
            told = "no value"
        return f"<Predictions of {rows}: {told}>"


def predictions_frame(frame: pl.DataFrame, predictions: Predictions, contract: InputContract) -> pl.DataFrame:
    """The input rows that were predicted, all their columns, then the prediction columns.

    ``prediction``; ``probability_<class>`` for each class; ``lower`` and ``upper`` for regression; ``reason_1`` to
    ``reason_3`` when reasons were asked for. An input column with such a name is kept as ``<name>_original``.
    """
    added = _answer_columns(predictions, contract)
    kept = frame[predictions.row_index.tolist()] if predictions.bad_rows else frame
    return pl.DataFrame([*_beside(kept, [column.name for column in added]).get_columns(), *added])


_MIXED: Final = re.compile(r"Column (['\"])(.*)\1 stays text: [\d,]+ cells? (?:is|are) no ")


def notes_of_file(texts: Sequence[str], contract: InputContract) -> list[str]:
    """What the reader noted of a file, without the columns it calls text and the model reads in another way.

    The predictor tells of each such cell itself, whether it read it anew or could not.
    """
    read = {folded(column.name) for column in contract.columns if column.dtype != "String"}
    return [text for text in texts if (found := _MIXED.match(text)) is None or folded(found[2]) not in read]


def bad_rows_frame(
    frame: pl.DataFrame, predictions: Predictions, left_out: Sequence[BadRow] = ()
) -> pl.DataFrame | None:
    """Rows that got no prediction, in the order of the source; None when there are none.

    ``row`` (line of the source), ``column``, ``value``, ``reason``, then the cells as they were given. ``left_out`` are
    rows that the reader could not put into the table: they have no cells but their text, in ``original_text``. A column
    of the table with such a name is kept as ``<name>_original``.
    """
    if not predictions.bad_rows and not left_out:
        return None
    bad = np.ones(frame.height, dtype=bool)
    bad[predictions.row_index] = False
    told = _told([*predictions.bad_rows, *left_out])
    if left_out:
        texts = [*([None] * len(predictions.bad_rows)), *(row.text for row in left_out)]
        told = told.with_columns(pl.Series("original_text", texts, dtype=pl.String))
    cells = _beside(frame.filter(pl.Series(bad)), told.columns)
    empty = cells.clear(len(left_out))  # rows of nulls
    return told.hstack(pl.concat([cells, empty])).sort("row", maintain_order=True)


def _told(rows: Sequence[BadRow]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series("row", [row.line for row in rows], dtype=pl.Int64),
            pl.Series("column", [row.column for row in rows], dtype=pl.String),
            pl.Series("value", [row.value for row in rows], dtype=pl.String),
            pl.Series("reason", [row.reason for row in rows], dtype=pl.String),
        ]
    )


def _beside(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The table with names of its own beside new columns: those that clash get ``_original``."""
    taken, renames = {*frame.columns, *names}, {}
    for name in names:
        if name in frame.columns:
            new = f"{name}_original"
            while new in taken:
                new += "_original"
            renames[name] = new
            taken.add(new)
    return frame.rename(renames)


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
