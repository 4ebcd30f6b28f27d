"""The rows an evaluation is made of: truth and prediction of all, and the cells of as many as fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.subject import Subject
from narrative.engine.scores.log_loss import row_losses
from narrative.engine.types import FloatArray, IntArray, Problem

LEAST_ROWS: Final = 10
"""Below, a figure would say next to nothing."""


@dataclass(frozen=True)
class Rows:
    """Rows with truth and prediction.

    Attributes:
        target: value, or class index.
        predictions: values, or ``n_rows × n_classes`` probabilities.
        naive: the same answer to every row: the mean, or the shares of the classes, of these very rows. It is the
            hardest such answer to beat, so that what is better than it has learned something.
        positions: of the rows in the given table, from 0.
        frame: their cells: input columns in the model's types, then the other columns; None where not kept.
    """

    problem: Problem
    target: FloatArray
    predictions: FloatArray
    positions: IntArray
    threshold: float = 0.5
    frame: pl.DataFrame | None = None

    @property
    def size(self) -> int:
        return int(self.target.size)

    @property
    def naive(self) -> FloatArray:
        return naive_answer(self.problem, self.target, self.predictions)

    @property
    def cells(self) -> pl.DataFrame:
        """The cells. Raises ``NotApplicable``: ``no_rows`` where none were kept."""
        if self.frame is None:
            raise NotApplicable("no_rows", "The cells of these rows were not kept.")
        return self.frame

    def positive(self) -> FloatArray:
        """Probability of the positive one of two classes.

        Raises:
            NotApplicable: ``needs_two_classes``.
        """
        if self.problem != "binary":
            raise NotApplicable("needs_two_classes", "This is told of models of two classes only.")
        return np.asarray(self.predictions[:, 1], dtype=np.float64)

    def losses(self) -> FloatArray:
        """Loss of each row: its squared error, or minus the logarithm of the probability of its class."""
        if self.problem == "regression":
            return np.asarray((self.target - self.predictions) ** 2, dtype=np.float64)
        return row_losses(self.target, self.predictions)

    def at(self, rows: IntArray) -> Rows:
        """Some of the rows."""
        return Rows(
            self.problem,
            self.target[rows],
            self.predictions[rows],
            self.positions[rows],
            self.threshold,
            None if self.frame is None else self.frame[rows],
        )


def naive_answer(problem: Problem, target: FloatArray, like: FloatArray) -> FloatArray:
    """The mean or the class shares of a target, for every row, in the form of the predictions ``like``."""
    if problem == "regression":
        return np.full(target.size, target.mean() if target.size else 0.0)
    counts = np.bincount(target.astype(np.int64), minlength=like.shape[1])
    return np.tile(counts / max(target.size, 1), (target.size, 1))


@dataclass(frozen=True)
class Gathered:
    """Rows of a table, with what was left out: all of them, and a fair sample with cells.

    Attributes:
        whole: every row that could be scored, without cells.
        sample: at most as many as asked for, drawn without regard to what is in them, with cells.
        notes: what was repaired, looked odd or was left out, one sentence each.
    """

    whole: Rows
    sample: Rows
    n_given: int
    notes: list[str] = field(default_factory=list)


def gather(
    subject: Subject, tables: Iterable[pl.DataFrame], target: str, *, most_cells: int, seed: int = 42
) -> Gathered:
    """Predict all tables, one after the other, and keep truth and prediction of every row, cells of a sample.

    Args:
        tables: pieces of one table; each is let go before the next is asked for.
        most_cells: rows whose cells are kept.

    Raises:
        InvalidInput: ``target_unknown``.
        NotApplicable: ``no_rows`` when not one row has a truth and an answer.
    """
    kept: list[tuple[FloatArray, FloatArray, IntArray]] = []
    sample: tuple[pl.DataFrame, FloatArray, IntArray] | None = None
    random, given, notes, left_out = np.random.default_rng(seed), 0, dict[str, None](), 0
    for table in tables:
        if target not in table.columns:
            raise InvalidInput(
                "target_unknown",
                f"There is no column '{target}' to compare the answers with.",
                column=target,
                fix=f"Give a table with the truth in it. Its columns: {', '.join(table.columns[:20])}.",
            )
        readable = subject.readable(table.drop(target))
        coded = code_known(table[target], subject)[readable.rows]
        good = np.flatnonzero(np.isfinite(coded))
        cells = _with_others(readable.frame, table.drop(target), readable.rows)[good]
        kept.append((coded[good], subject.predict(cells.select(subject.columns)), readable.rows[good] + given))
        notes |= dict.fromkeys(readable.notes)
        left_out += table.height - good.size
        start = sum(part[0].size for part in kept[:-1])
        sample = _sampled(sample, cells, random.random(good.size), np.arange(good.size) + start, most_cells)
        given += table.height
    if sample is None or not sum(part[0].size for part in kept):
        raise NotApplicable("no_rows", "Not one row has both a known truth and an answer.", fix="Give labelled rows.")
    whole = Rows(
        subject.problem,
        np.concatenate([part[0] for part in kept]),
        np.concatenate([part[1] for part in kept]),
        np.concatenate([part[2] for part in kept]),
        subject.threshold,
    )
    if left_out:
        rows, were = ("row", "was") if left_out == 1 else ("rows", "were")
        notes[f"{left_out:,} {rows} without a known truth or with an unreadable cell {were} left out."] = None
    frame, _, places = sample
    order = np.argsort(places, kind="stable")
    part = whole.at(places[order])
    picked = Rows(part.problem, part.target, part.predictions, part.positions, part.threshold, frame[order])
    return Gathered(whole, picked, given, list(notes))


def _with_others(frame: pl.DataFrame, table: pl.DataFrame, rows: IntArray) -> pl.DataFrame:
    """Input columns as the model reads them, then the other columns of the table: groups may be told by those."""
    others = [name for name in table.columns if name not in frame.columns]
    return frame if not others else frame.hstack(table.select(others)[rows])


def _sampled(
    sample: tuple[pl.DataFrame, FloatArray, IntArray] | None,
    cells: pl.DataFrame,
    keys: FloatArray,
    places: IntArray,
    most: int,
) -> tuple[pl.DataFrame, FloatArray, IntArray]:
    """The rows with the smallest random keys so far; every row of all tables has the same chance.

    Source: Vitter (1985), "Random sampling with a reservoir", ACM TOMS 11, in the form with random keys.
    """
    if sample is not None:
        cells = pl.concat([sample[0], cells], how="diagonal_relaxed")
        keys, places = np.concatenate([sample[1], keys]), np.concatenate([sample[2], places])
    if keys.size <= most:
        return cells, keys, places
    chosen = np.sort(np.argpartition(keys, most)[:most])
    return cells[chosen], keys[chosen], places[chosen]


def code_known(series: pl.Series, subject: Subject) -> FloatArray:
    """Truth as the model counts it: values, or the index of the class; NaN where it is missing or not known to it."""
    if subject.problem == "regression":
        numbers = series.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    codes = {_word(label): float(index) for index, label in enumerate(subject.classes)}
    return np.array([np.nan if value is None else codes.get(_word(value), np.nan) for value in series.to_list()])


def _word(value: object) -> str:
    """A label without regard to the type its column was read as: 1, 1.0 and "1" are one label."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text.lower() if text.lower() in {"true", "false"} else text
