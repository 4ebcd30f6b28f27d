"""What the model would answer if some cells were others, and the nearest change that turns its answer.

Every change told is an answer of the real model, asked once more at the end; nothing is read off an approximation.
A change of the answer is not a promise about the world: the model knows what goes together, not what follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput
from narrative.engine.evaluation.dependence import grid_of
from narrative.engine.evaluation.subject import Subject
from narrative.engine.evaluation.telling import Named, absent, among, more, tell
from narrative.engine.scores.base import decide
from narrative.engine.story.types import ChartStory, FactFormat
from narrative.engine.types import FloatArray, Label

MOST_COLUMNS: Final = 3
BEAM: Final = 12
HALVINGS: Final = 12


class WhatIf(BaseModel):
    """A prediction before and after; ``before`` is the baseline. Values, or probabilities of ``told``."""

    model_config = ConfigDict(frozen=True)
    changes: dict[str, tuple[Any, Any]]
    """Column -> (value before, value after)."""
    told: Label | None
    before: float
    after: float
    difference: float
    before_range: tuple[float, float] | None
    after_range: tuple[float, float] | None
    """Range of the prediction that holds 90 of 100 true values (regression only)."""
    answer_before: Label
    answer_after: Label
    words: ChartStory


class NearestChange(BaseModel):
    """The smallest change found that gives the wanted answer.

    ``effort`` adds up, over the changed columns, the share of rows between the old and the new value (1 for another
    word). ``is_reached`` is what the real model says of the changed row; False: no change of up to three open columns
    within the values that occur does it.
    """

    model_config = ConfigDict(frozen=True)
    is_reached: bool
    wanted: str
    change: WhatIf | None
    effort: float | None
    locked: list[str]
    n_asked: int
    """Rows the model was asked about."""
    words: ChartStory


def what_if(subject: Subject, row: pl.DataFrame, changes: Mapping[str, Any]) -> WhatIf:
    """The prediction of a row with some cells changed.

    Args:
        row: one row in the types of the model.

    Raises:
        InvalidInput: ``column_unknown``; ``value_unusable`` when a value does not fit its column; ``not_one_row``.
    """
    row = _one_row(subject, row)
    changed = row.with_columns(_cast(row, subject, name, value) for name, value in changes.items())
    predictions = subject.predict(pl.concat([row, changed]))
    told = None if subject.problem == "regression" else _told(subject, predictions[:1])
    before, after = (float(value) for value in (predictions if told is None else predictions[:, told]))
    answers = _answers(subject, predictions)
    ranges: list[tuple[float, float] | None] = [None, None]
    if told is None and subject.intervals is not None:
        lower, upper = subject.intervals.bounds(predictions)
        ranges = [(float(low), float(high)) for low, high in zip(lower, upper, strict=True)]
    pairs = {name: (_plain(row[name][0]), _plain(changed[name][0])) for name in changes}
    return WhatIf(
        changes=pairs,
        told=None if told is None else subject.classes[told],
        before=before,
        after=after,
        difference=after - before,
        before_range=ranges[0],
        after_range=ranges[1],
        answer_before=answers[0],
        answer_after=answers[1],
        words=_what_if_words(subject, before, after, told),
    )


def nearest_change(
    subject: Subject,
    rows: pl.DataFrame,
    row: pl.DataFrame,
    *,
    wanted: Label | None = None,
    between: tuple[float, float] | None = None,
    locked: tuple[str, ...] = (),
) -> NearestChange:
    """The nearest achievable change of a row that turns its answer.

    Values that occur in ``rows`` are tried for every open column, then for the most promising pairs and triples; where
    the answer turns, numbers are moved back towards the old value as far as the answer holds.

    Args:
        rows: what values may be: cells of real rows.
        wanted: the answer that is wanted; None: any other than the present one (two classes or more).
        between: for numbers, what the prediction is to lie between.
        locked: columns that stay as they are.

    Raises:
        InvalidInput: ``column_unknown``, ``not_one_row``, ``class_unknown``, ``wanted_missing``.

    Source: Wachter, Mittelstadt & Russell (2018), "Counterfactual explanations without opening the black box", Harvard
    Journal of Law & Technology 31.
    """
    row = _one_row(subject, row)
    for name in locked:
        _check_column(subject, name)
    search = _Search(subject, rows, row, _goal(subject, row, wanted, between), locked)
    best = search.run()
    said = _said(wanted, between)
    if best is None:
        return NearestChange(
            is_reached=False,
            wanted=said,
            change=None,
            effort=None,
            locked=list(locked),
            n_asked=search.n_asked,
            words=_nothing_words(search.n_asked, subject.target),
        )
    effort, changes = best
    change = what_if(subject, row, changes)
    return NearestChange(
        is_reached=bool(search.reached(row.with_columns(_cast(row, subject, n, v) for n, v in changes.items()))[0]),
        wanted=said,
        change=change,
        effort=effort,
        locked=list(locked),
        n_asked=search.n_asked,
        words=change.words,
    )


@dataclass(frozen=True)
class _Goal:
    """How far answers are from what is wanted: at or below 0 where it is reached."""

    subject: Subject
    wanted: int | None
    present: int | None
    between: tuple[float, float] | None

    def distance(self, predictions: FloatArray) -> FloatArray:
        if self.between is not None:
            low, high = self.between
            return np.maximum(low - predictions, predictions - high)
        answers = decide(predictions, self.subject.threshold)
        if self.wanted is not None:
            there, away = answers == self.wanted, 1.0 - predictions[:, self.wanted]
        else:
            there, away = answers != self.present, predictions[:, self.present or 0]
        return np.where(there, -1.0, np.maximum(away, 1e-9))


class _Search:
    """Tries values of open columns, of a few more columns at a time."""

    def __init__(
        self, subject: Subject, rows: pl.DataFrame, row: pl.DataFrame, goal: _Goal, locked: tuple[str, ...]
    ) -> None:
        self.subject, self.row, self.goal, self.n_asked = subject, row, goal, 0
        self.rows = rows.select(subject.columns)
        self.open = [name for name in subject.columns if name not in locked]
        self.values = {name: [v for v in grid_of(self.rows[name]) if v != row[name][0]] for name in self.open}

    def reached(self, frame: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
        self.n_asked += frame.height
        return np.asarray(self.goal.distance(self.subject.predict(frame.select(self.subject.columns))) <= 0)

    def run(self) -> tuple[float, dict[str, Any]] | None:
        """Effort and changes of the nearest change; None when there is none."""
        tries = [{name: value} for name in self.open for value in self.values[name]]
        for count in range(1, MOST_COLUMNS + 1):
            if not tries:
                return None
            self.n_asked += len(tries)
            distances = self.goal.distance(self.subject.predict(self._frame(tries)))
            there = [each for each, away in zip(tries, distances, strict=True) if away <= 0]
            if there:
                near = sorted(there, key=lambda each: (self.effort(each), sorted(each)))[:BEAM]
                moved = [self._moved_back(each) for each in near]
                return min(((self.effort(each), each) for each in moved), key=lambda item: (item[0], sorted(item[1])))
            order = np.argsort(distances, kind="stable")
            tries = self._wider([tries[int(at)] for at in order], count + 1)
        return None

    def effort(self, changes: Mapping[str, Any]) -> float:
        return sum(self._step(name, value) for name, value in changes.items())

    def _step(self, name: str, value: Any) -> float:
        """Share of rows that lie between the old and the new value; 1 for anything but numbers and times."""
        column, old = self.rows[name].drop_nulls(), self.row[name][0]
        if old is None or not (column.dtype.is_numeric() or column.dtype.is_temporal()):
            return 1.0
        low, high = min(old, value), max(old, value)
        between = int(((column >= low) & (column <= high)).sum()) / max(len(column), 1)
        # Ties in effort go to the smaller step.
        spread = float(column.cast(pl.Float64).std() or 1.0) if column.dtype.is_numeric() else 1.0  # type: ignore[arg-type]
        tie = abs(float(value) - float(old)) / spread if column.dtype.is_numeric() else 0.0
        return between + 1e-6 * min(tie, 1.0)

    def _frame(self, tries: list[dict[str, Any]]) -> pl.DataFrame:
        """The row once for every try, with its changes."""
        data = {}
        for name in self.subject.columns:
            old = self.row[name][0]
            data[name] = pl.Series(name, [each.get(name, old) for each in tries], dtype=self.row.schema[name])
        return pl.DataFrame(data)

    def _wider(self, ordered: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
        """The most promising tries put together, each of ``count`` columns."""
        leading = ordered[: 2 * BEAM]
        singles = {(name, value): {name: value} for each in leading for name, value in each.items()}
        found = {}
        for parts in combinations(singles.values(), count):
            joined = {name: value for part in parts for name, value in part.items()}
            if len(joined) == count:
                found[tuple(sorted((name, str(value)) for name, value in joined.items()))] = joined
        return list(found.values())[:5_000]

    def _moved_back(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Numbers as near to their old values as the answer allows, one column after the other."""
        for name in list(changes):
            old, new = self.row[name][0], changes[name]
            dtype = self.row.schema[name]
            if old is None or not dtype.is_numeric():
                continue
            low, high = float(old), float(new)
            for _ in range(HALVINGS):
                middle = (low + high) / 2.0
                value = round(middle) if dtype.is_integer() else middle
                if value in {low, high}:
                    break
                if self.reached(self._frame([{**changes, name: value}]))[0]:
                    high = float(value)
                else:
                    low = float(value)
            changes = {**changes, name: round(high) if dtype.is_integer() else high}
        return changes


def _goal(subject: Subject, row: pl.DataFrame, wanted: Label | None, between: tuple[float, float] | None) -> _Goal:
    if subject.problem == "regression":
        if between is None:
            raise InvalidInput(
                "wanted_missing",
                "For numbers it must be said what is wanted.",
                fix="Give a lowest and a highest value.",
            )
        return _Goal(subject, None, None, between)
    if wanted is not None and wanted not in subject.classes:
        raise InvalidInput(
            "class_unknown",
            f"The model does not answer {wanted!r}.",
            fix=f"Its answers: {', '.join(str(label) for label in subject.classes[:20])}.",
        )
    present = int(decide(subject.predict(row), subject.threshold)[0])
    return _Goal(subject, None if wanted is None else subject.classes.index(wanted), present, None)


def _one_row(subject: Subject, row: pl.DataFrame) -> pl.DataFrame:
    if row.height != 1:
        raise InvalidInput("not_one_row", f"One row is needed here, not {row.height:,}.", fix="Give a single row.")
    return row.select(subject.columns)


def _check_column(subject: Subject, name: str) -> None:
    if name not in subject.columns:
        raise InvalidInput(
            "column_unknown",
            f"The model does not read a column '{name}'.",
            column=name,
            fix=f"Choose one of {', '.join(subject.columns[:20])}.",
        )


def _cast(row: pl.DataFrame, subject: Subject, name: str, value: Any) -> pl.Series:
    _check_column(subject, name)
    try:
        return pl.Series(name, [value]).cast(row.schema[name], strict=True)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise InvalidInput(
            "value_unusable",
            f"{value!r} does not fit column '{name}'.",
            column=name,
            fix=f"Give a value such as {row[name][0]!r}.",
        ) from error


def _told(subject: Subject, predictions: FloatArray) -> int:
    """The class whose probability is told: the positive one of two, else the present answer."""
    return 1 if subject.problem == "binary" else int(predictions[0].argmax())


def _answers(subject: Subject, predictions: FloatArray) -> list[Label]:
    if subject.problem == "regression":
        return [float(value) for value in predictions]
    return [subject.classes[int(at)] for at in decide(predictions, subject.threshold)]


def _said(wanted: Label | None, between: tuple[float, float] | None) -> str:
    if between is not None:
        return f"{between[0]:g} to {between[1]:g}"
    return "another answer" if wanted is None else str(wanted)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _what_if_words(subject: Subject, before: float, after: float, told: int | None) -> ChartStory:
    form: FactFormat = "decimal" if told is None else "percent"
    account = {
        "target": Named(subject.target, "what is predicted", "text"),
        "before": Named(before, "answer as it is", form),
        "after": Named(after, "answer after the change", form),
    }
    what = "The answer for {target}"
    if told is not None:
        account["label"] = Named(str(subject.classes[told]), "the class whose chance is told", "text")
        what = "The chance of {label}"
    down = {"op": "<", "left": "after", "right": "before"}
    return tell(
        account,
        (f"{what} would be {{after}}, higher than the {{before}} it is.", more("after", "before"), "direction"),
        (f"{what} would be {{after}}, lower than the {{before}} it is.", down, "direction"),
        (f"{what} stays at {{before}}.", among("after", "before", "before"), "interval"),
    )


def _nothing_words(asked: int, target: str) -> ChartStory:
    account = {
        "asked": Named(asked, "rows the model was asked about", "integer", "rows"),
        "found": Named(0, "changes that do it", "integer"),
        "target": Named(target, "what is predicted", "text"),
    }
    text = "None of the changes tried gives the wanted answer for {target} ({asked:unit} asked)."
    return tell(account, (text, absent("found"), "presence"))
