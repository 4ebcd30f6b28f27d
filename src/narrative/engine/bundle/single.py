"""One row from a mapping of plain Python values to an answer in microseconds, without any frame.

Only a row without anything to repair or to tell goes this way: every expected column is there by its own name, every
value has the expected type, lies in the range and among the categories the model has learned from, or is missing.
Everything else needs words, and takes the way of a table. Both ways give the same bits.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import numpy as np

from narrative.engine.bundle.cells import Missing
from narrative.engine.bundle.contract import ContractColumn, InputContract
from narrative.engine.bundle.vocabulary import KnownCategories
from narrative.engine.candidates.base import View
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.learners.base import sigmoid
from narrative.engine.mixing import mix
from narrative.engine.model import Model
from narrative.engine.steps.base import NoRowPathError, RowFunction
from narrative.engine.tables.types import BadRow
from narrative.engine.types import FloatArray, Label

Cells = dict[str, Any]
Read = Callable[[Any], Any]
"""From a given cell, not None, to what the model reads; :class:`NeedsWordsError` when that has to be told."""
_DAY: Final = 10
_SECOND: Final = 19


class NeedsWordsError(Exception):
    """A cell that has to be repaired, reported or refused."""


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What a model says about one row.

    Attributes:
        answer: a value or a label, exactly as labels stand in the data; None when the row cannot be read.
        probabilities: one per class, in the order of the model's classes; None for regression.
        lower, upper: bounds of the 90 % interval; None for classification or when the model has none.
        bad_row: why the row cannot be read.
        repairs, warnings: what was repaired and what looked odd, one sentence each.
    """

    answer: Label | None
    probabilities: tuple[float, ...] | None = None
    lower: float | None = None
    upper: float | None = None
    bad_row: BadRow | None = None
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Numbers(NamedTuple):
    """A column of numbers in which no number means "missing": by far the most frequent kind, read without a call."""

    name: str
    low: float
    high: float
    is_decimal: bool


class _View(NamedTuple):
    functions: Sequence[RowFunction]
    names: Sequence[str]
    start: Cells


class RowScorer:
    """A bundle compiled for single rows. Make one with :func:`row_scorer`; any number of threads may use it."""

    def __init__(
        self, model: Model, contract: InputContract, known: Mapping[str, KnownCategories], views: dict[View, _View]
    ) -> None:
        self._model = model
        self._views = views
        self._weights = np.array([member.weight for member in model.members])
        missing = Missing(contract.missing_markers)
        self._numbers = [found for column in contract.columns if (found := _plain_numbers(column, missing))]
        plain = {column.name for column in self._numbers}
        self._others = [
            (column.name, _reader(column, known.get(column.name), missing))
            for column in contract.columns
            if column.name not in plain
        ]

    def answer(self, row: Mapping[str, Any]) -> RowAnswer | None:
        """The answer to a row, None when it has to go the way of a table."""
        try:
            cells = self._read(row)
            features = {name: _features(view, cells) for name, view in self._views.items()}
        except (NeedsWordsError, NoRowPathError, KeyError):
            return None
        margins = self._margins(features)
        if len(margins) > 1:
            return self._of_classes(margins)
        margin = float(margins[0])
        if not math.isfinite(margin):
            return None
        return self._of_value(margin) if self._model.problem == "regression" else self._of_two(margins)

    def _read(self, row: Mapping[str, Any]) -> Cells:
        cells = {}
        for name, low, high, is_decimal in self._numbers:
            cell = row[name]
            if cell is not None:
                kind = type(cell)
                if (kind is not float and kind is not int) or not low <= cell <= high:
                    if kind is not float or not math.isnan(cell):  # NaN is missing.
                        raise NeedsWordsError
                    cell = None
                elif is_decimal:
                    cell = float(cell)
            cells[name] = cell
        for name, read in self._others:
            cell = row[name]
            cells[name] = None if cell is None else read(cell)
        return cells

    def _margins(self, features: Mapping[View, Sequence[float | None]]) -> FloatArray:
        """Like :meth:`Model.margins`, shape ``n_outputs``."""
        model, found = self._model, []
        for member in model.members:
            own = member.learner.of_row(features[member.view])
            found.append(own if member.shift is None else own + member.shift)
        if model.vote != "margins":
            mixed = mix(model.problem, model.vote, np.stack(found)[:, None], self._weights)[0]
            return np.asarray(mixed * model.slope + model.offsets)
        total = sum(member.weight * own for member, own in zip(model.members, found, strict=True))
        return np.asarray(total * model.slope + model.offsets)

    def _of_value(self, value: float) -> RowAnswer:
        intervals = self._model.intervals
        if intervals is None:
            return RowAnswer(value)
        group = bisect_right(intervals.edges, value)
        return RowAnswer(value, None, value + float(intervals.lower[group]), value + float(intervals.upper[group]))

    def _of_two(self, margins: FloatArray) -> RowAnswer:
        positive = float(sigmoid(margins)[0])
        answer = self._model.classes[positive >= self._model.threshold]
        return RowAnswer(answer, (1.0 - positive, positive))

    def _of_classes(self, margins: FloatArray) -> RowAnswer | None:
        if not np.isfinite(margins).all():
            return None
        shares = self._model.predictions(margins[None])
        return RowAnswer(self._model.answers(shares)[0], tuple(shares[0].tolist()))


def row_scorer(model: Model, contract: InputContract, known: Mapping[str, KnownCategories]) -> RowScorer | None:
    """The model compiled for single rows, None when a step of its recipes has only the way of a table."""
    views = {}
    for name in {member.view for member in model.members}:
        recipe: FittedRecipe = model.recipes[name]
        functions = recipe.row_functions
        if functions is None:
            return None
        views[name] = _View(functions, recipe.feature_names, dict.fromkeys(recipe.input_types))
    return RowScorer(model, contract, known, views)


def _features(view: _View, cells: Cells) -> list[float | None]:
    """The features of a row, like :meth:`FittedRecipe.matrix`; None where missing or no finite number."""
    row = view.start | cells
    for function in view.functions:
        function(row)
    # Times 1.0: as a float; minus itself: zero only if it is finite.
    return [
        None if (cell := row[name]) is None or (cell := cell * 1.0) - cell != 0.0 else cell for name in view.names
    ]  # fmt: skip


def _plain_numbers(column: ContractColumn, missing: Missing) -> _Numbers | None:
    low, high = column.minimum, column.maximum
    if column.dtype not in {"Int64", "Float64"} or missing.numbers or low is None or high is None:
        return None
    return _Numbers(column.name, float(low), float(high), column.dtype == "Float64")


def _reader(column: ContractColumn, known: KnownCategories | None, missing: Missing) -> Read:
    if column.dtype == "String":
        return _told_texts(missing) if known is None else _categories(known.words)
    if column.dtype == "Boolean":
        return _truth
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return _refused  # Nothing was there in training; what a value means has to be told.
    if column.dtype in {"Int64", "Float64"}:
        return _marked_numbers(float(low), float(high), missing.numbers, is_decimal=column.dtype == "Float64")
    return _times(datetime.fromisoformat(str(low)), datetime.fromisoformat(str(high)), is_day=column.dtype == "Date")


def _refused(_cell: Any) -> Any:
    raise NeedsWordsError


def _truth(cell: Any) -> bool:
    if cell is True or cell is False:
        return bool(cell)
    raise NeedsWordsError


def _categories(words: frozenset[str]) -> Read:
    def read(cell: Any) -> str:
        if type(cell) is not str or cell not in words:
            raise NeedsWordsError
        return cell

    return read


def _told_texts(missing: Missing) -> Read:
    def read(cell: Any) -> str | None:
        if type(cell) is not str:
            raise NeedsWordsError
        return None if missing.is_told(cell) else cell

    return read


def _marked_numbers(low: float, high: float, markers: Sequence[float], *, is_decimal: bool) -> Read:
    """Numbers among which some say that there is no value (999)."""
    gaps = frozenset(markers)

    def read(cell: Any) -> float | int | None:
        if type(cell) is not float and type(cell) is not int:
            raise NeedsWordsError
        if cell in gaps:
            return None
        if not low <= cell <= high:
            raise NeedsWordsError
        return float(cell) if is_decimal else cell

    return read


def _times(low: datetime, high: datetime, *, is_day: bool) -> Read:
    """Dates and times without a zone, as objects or as ISO 8601 text to the day or second."""

    def read(cell: Any) -> date | datetime:
        time = _iso_time(cell, is_day=is_day) if type(cell) is str else cell
        if is_day and type(time) is date:
            time = datetime(time.year, time.month, time.day)  # noqa: DTZ001 - tables hold local times without a zone
        elif is_day or type(time) is not datetime or time.tzinfo is not None:
            raise NeedsWordsError
        if not low <= time <= high:
            raise NeedsWordsError
        return time.date() if is_day else time

    return read


def _iso_time(text: str, *, is_day: bool) -> date | datetime:
    is_date = len(text) == _DAY and text[4] == text[7] == "-"
    is_time = len(text) == _SECOND and text[4] == text[7] == "-" and text[10] in " T" and text[13] == text[16] == ":"
    if not text.isascii() or not (is_date or (is_time and not is_day)) or text[11:13] == "24":
        raise NeedsWordsError
    try:
        return date.fromisoformat(text) if is_day else datetime.fromisoformat(text)
    except ValueError as error:
        raise NeedsWordsError from error
