"""What the model answers as one column moves and the others stay: the mean of many rows, and how rows differ in it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.subject import Subject
from narrative.engine.evaluation.telling import Named, tell
from narrative.engine.evaluation.uncertainty import mean_bounds
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, Label

MOST_ROWS: Final = 300
GRID: Final = 15
MOST_LEVELS: Final = 12


class Dependence(BaseModel):
    """Mean prediction by the value of one column, all else as it is.

    ``mean`` has a 95 % interval (``low`` to ``high``) for the rows that were taken; ``tenth`` and ``ninetieth`` are
    quantiles of the single rows. ``baseline`` is the mean prediction of the rows as they are. ``answer`` is the class
    whose probability is told, None for numbers.
    """

    model_config = ConfigDict(frozen=True)
    column: str
    answer: Label | None
    values: list[Any]
    mean: list[float]
    low: list[float]
    high: list[float]
    tenth: list[float]
    ninetieth: list[float]
    baseline: float
    n_rows: int
    words: ChartStory


def partial_dependence(
    subject: Subject, rows: Rows, column: str, *, answer: int | None = None, seed: int = 42
) -> Dependence:
    """The dependence of the predictions on a column.

    Args:
        answer: index of the class whose probability is told; None: the positive one of two, else the commonest.

    Raises:
        InvalidInput: ``column_unknown``.
        NotApplicable: ``nothing_to_vary`` when the column has one value only.

    Source: Friedman (2001), "Greedy function approximation", Annals of Statistics 29, section 8.2; Goldstein et al.
    (2015), "Peeking inside the black box", JCGS 24 (single rows).
    """
    if column not in subject.columns:
        raise InvalidInput(
            "column_unknown",
            f"The model does not read a column '{column}'.",
            column=column,
            fix=f"Choose one of {', '.join(subject.columns[:20])}.",
        )
    cells = rows.cells.select(subject.columns)
    values = grid_of(cells[column])
    if len(values) < 2:
        raise NotApplicable("nothing_to_vary", f"'{column}' has one value only in these rows.", column=column)
    picked = np.sort(np.random.default_rng(seed).permutation(rows.size)[:MOST_ROWS])
    told = _told_answer(subject, rows, answer)
    taken = cells[picked]
    many = pl.concat([_with(taken, column, value) for value in values])
    answers = _one(subject.predict(many), told).reshape(len(values), picked.size)
    bounds = [mean_bounds(row) for row in answers]
    mean = answers.mean(axis=1)
    return Dependence(
        column=column,
        answer=None if told is None else subject.classes[told],
        values=[_plain(value) for value in values],
        mean=[float(value) for value in mean],
        low=[low for low, _ in bounds],
        high=[high for _, high in bounds],
        tenth=[float(value) for value in np.quantile(answers, 0.1, axis=1)],
        ninetieth=[float(value) for value in np.quantile(answers, 0.9, axis=1)],
        baseline=float(_one(subject.predict(taken), told).mean()),
        n_rows=int(picked.size),
        words=_words(column, subject, values, mean, told),
    )


def grid_of(series: pl.Series) -> list[Any]:
    """Values to try: even quantiles of numbers and times, the commonest of everything else."""
    present = series.drop_nulls()
    if series.dtype.is_float():
        present = present.filter(present.is_finite())
    if present.is_empty():
        return []
    if series.dtype.is_numeric() or series.dtype.is_temporal():
        ordered = present.sort()
        places = np.unique(np.linspace(0.02, 0.98, GRID) * (len(ordered) - 1)).round().astype(np.int64)
        return list(dict.fromkeys(ordered[int(place)] for place in places))
    counts = present.alias("value").value_counts(sort=False).sort("count", "value", descending=[True, False])
    return list(counts["value"][:MOST_LEVELS].to_list())


def _with(frame: pl.DataFrame, column: str, value: Any) -> pl.DataFrame:
    return frame.with_columns(pl.lit(value, dtype=frame.schema[column]).alias(column))


def _told_answer(subject: Subject, rows: Rows, answer: int | None) -> int | None:
    if subject.problem == "regression":
        return None
    if answer is not None:
        return answer
    if subject.problem == "binary":
        return 1
    return int(rows.predictions.mean(axis=0).argmax())


def _one(predictions: FloatArray, answer: int | None) -> FloatArray:
    return predictions if answer is None else predictions[:, answer]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _words(column: str, subject: Subject, values: list[Any], mean: FloatArray, answer: int | None) -> ChartStory:
    """From the value with the lowest mean to that with the highest."""
    form = "decimal" if answer is None else "percent"
    account = {"column": Named(column, "the column", "text")}
    for key, place in (("from", int(mean.argmin())), ("to", int(mean.argmax()))):
        shown = str(values[place]).lower() if isinstance(values[place], bool) else _plain(values[place])
        is_number = isinstance(shown, int | float) and not isinstance(shown, bool)
        account[f"{key}_value"] = Named(shown, "a value of it", "decimal" if is_number else "text")
        account[f"{key}_mean"] = Named(
            float(mean[place]), "mean answer there", "decimal" if form == "decimal" else "percent"
        )
    account["target"] = Named(subject.target, "what is predicted", "text")
    order = {"op": "<=", "left": "from_mean", "right": "to_mean"}
    flat = {"op": "==", "left": "from_mean", "right": "to_mean"}
    what = "the mean answer"
    if answer is not None:
        account["label"] = Named(str(subject.classes[answer]), "the class whose chance is told", "text")
        what = "the mean chance of {label}"
    text = f"All else as it is, {what} goes from {{from_mean}} where {{column}} is {{from_value}}"
    if mean.min() == mean.max():
        return tell(account, ("The answer does not move with {column}: {to_mean} throughout.", flat, "order"))
    return tell(account, (f"{text} to {{to_mean}} where it is {{to_value}}.", order, "order"))
