"""What is evaluated: a model behind the few things that every part of an evaluation asks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.types import FloatArray, IntArray, Label, Problem

if TYPE_CHECKING:
    from narrative.engine.bundle import Bundle, Predictor
    from narrative.engine.model import Intervals, Model

CHUNK_ROWS: Final = 10_000
"""Rows computed at a time: memory stays bounded however long the table is."""


@dataclass(frozen=True)
class Readable:
    """Rows that the model can answer: their columns in its types, and their positions in the given table."""

    frame: pl.DataFrame
    rows: IntArray
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """A model as evaluation sees it. Make one with :func:`subject_of`, or from any function for a model elsewhere.

    Attributes:
        predict: values (``n_rows``) or probabilities (``n_rows × n_classes``) of rows with the input columns.
        columns: input columns.
        threshold: probability of ``classes[1]`` from which two classes are answered with it.
        intervals: ranges of a regression; None without.
        read: brings a table into the types of the model; None: it is taken as it is.
        space: the rows as the model sees them, ``n_rows × n_features`` (NaN: missing); None: from their columns.
        promised: score of training on untouched rows with its 95 % interval; None when not known.
        promised_metric: name of that score; None: the one that ranks models.
    """

    problem: Problem
    target: str
    predict: Callable[[pl.DataFrame], FloatArray]
    columns: list[str]
    classes: list[Label] = field(default_factory=list)
    threshold: float = 0.5
    intervals: Intervals | None = None
    read: Callable[[pl.DataFrame], Readable] | None = None
    space: Callable[[pl.DataFrame], FloatArray] | None = None
    promised: tuple[float, float, float] | None = None
    promised_metric: str | None = None

    def readable(self, frame: pl.DataFrame) -> Readable:
        """The rows of a table that can be answered."""
        if self.read is not None:
            return self.read(frame)
        return Readable(frame.select(self.columns), np.arange(frame.height, dtype=np.int64))


def subject_of(model: Bundle | Predictor | Model | Subject) -> Subject:
    """The subject of a bundle, a predictor or a bare model.

    Raises:
        InvalidInput: ``not_a_model``.
    """
    from narrative.engine.bundle import Bundle, Predictor
    from narrative.engine.model import Model

    if isinstance(model, Subject):
        return model
    if isinstance(model, Bundle):
        return _of_predictor(model.predictor)
    if isinstance(model, Predictor):
        return _of_predictor(model)
    if isinstance(model, Model):
        return _of_model(model)
    raise InvalidInput(
        "not_a_model", f"A {type(model).__name__} cannot be evaluated.", fix="Give a model file or what it loads to."
    )


def _of_model(model: Model) -> Subject:
    def predict(frame: pl.DataFrame) -> FloatArray:
        parts = [model.margins(frame[start : start + CHUNK_ROWS]) for start in range(0, frame.height, CHUNK_ROWS)]
        return model.predictions(np.concatenate(parts) if parts else model.margins(frame))

    def space(frame: pl.DataFrame) -> FloatArray:
        # The scaled view without gaps where the model has one: distances mean something there.
        matrices = model.features(frame)
        return matrices[min(matrices)]

    recipe = model.recipes[min(model.recipes)]
    return Subject(
        problem=model.problem,
        target=model.target,
        predict=predict,
        columns=[name for name in recipe.input_types if name != model.target],
        classes=list(model.classes),
        threshold=model.threshold,
        intervals=model.intervals,
        space=space,
    )


def _of_predictor(predictor: Predictor) -> Subject:
    def read(frame: pl.DataFrame) -> Readable:
        table = predictor.read(frame)
        return Readable(table.frame, table.rows, [*predictor.absence(table.missing), *table.repairs, *table.warnings])

    own = _of_model(predictor.model)
    recorded = predictor.bundle.documents.get("evaluation") or {}
    interval = recorded.get("interval")
    promised = None if not interval else (float(recorded["score"]), float(interval[0]), float(interval[1]))
    return Subject(
        problem=own.problem,
        target=own.target,
        predict=own.predict,
        columns=[column.name for column in predictor.contract.columns],
        classes=own.classes,
        threshold=own.threshold,
        intervals=own.intervals,
        read=read,
        space=own.space,
        promised=promised,
        promised_metric=recorded.get("metric"),
    )
