"""The one way from a table to predictions: server, command line, SDK and exports all come through here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from narrative.engine.bundle.archive import unreadable
from narrative.engine.bundle.predictions import Predictions
from narrative.engine.bundle.reading import ReadTable, read_input
from narrative.engine.bundle.reasons import Reason, effects_for_people, reason, strongest
from narrative.engine.bundle.single import RowAnswer, RowScorer, row_scorer
from narrative.engine.bundle.vocabulary import KnownCategories
from narrative.engine.tables import frame_from
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.bundle.bundle import Bundle

CHUNK_ROWS: Final = 10_000
"""Rows computed at a time: memory stays bounded however long the table is."""
REASON_CHUNK_ROWS: Final = 1_000
SINGLE_ABSENCES: Final = 3
"""So many missing columns get a sentence each; more get one together, that names the first 20."""
SHOWN_ABSENCES: Final = 20
HARDLY_USED: Final = 0.01


class Predictor:
    """Predicts with a bundle.

    It repairs what can be repaired without guessing (order and case of names, decimal commas, stray blanks), counts
    missing columns and unseen categories as missing, sets rows aside that cannot be read, and says all of it.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.model = bundle.model
        self.contract = bundle.contract
        frequent = {column.name: [item.value for item in column.categories] for column in bundle.contract.columns}
        self._known = {
            name: KnownCategories(words, frequent[name]) for name, words in bundle.contract.vocabulary.items()
        }

    def predict(
        self,
        frame: pl.DataFrame,
        *,
        reasons: bool = False,
        n_reasons: int | None = 3,
        lines: Sequence[int] | None = None,
    ) -> Predictions:
        """Predictions for every row that can be read.

        Args:
            frame: any table with at least one column of the contract.
            reasons: whether to explain each prediction; costs many times a prediction.
            n_reasons: how many reasons per row, strongest first; None: every column.
            lines: source line of each row, named in bad rows; counted from 1 when not given.

        Raises:
            InvalidInput: ``no_known_column``, with the expected names; ``bundle_unreadable``, the model gives answers
                that are not numbers.
        """
        table = self.read(frame, lines)
        predictions = self.model.predictions(self._margins(table))
        answers = self.model.answers(predictions)
        regression = self.model.problem == "regression"
        lower = upper = None
        if regression and self.model.intervals is not None:
            lower, upper = self.model.intervals.bounds(predictions)
        explained = self._explained(predictions)
        told: dict[str, Any] = self._reasons(table, predictions, explained, n_reasons) if reasons else {}
        if reasons and not regression:
            told["explained"] = [self.model.classes[index] for index in explained]
        return Predictions(
            problem=self.model.problem,
            classes=list(self.model.classes),
            answers=answers,
            probabilities=None if regression else predictions,
            lower=lower,
            upper=upper,
            row_index=table.rows,
            bad_rows=table.bad_rows,
            repairs=table.repairs,
            warnings=[*self.absence(table.missing), *table.warnings],
            row_warnings=table.row_warnings,
            missing_columns=table.missing,
            **told,
        )

    def read(self, frame: pl.DataFrame, lines: Sequence[int] | None = None) -> ReadTable:
        """The rows that can be read, in the types of the contract, as :meth:`predict` reads them."""
        return read_input(frame, self.contract, self._known, lines)

    def predict_one(self, row: Mapping[str, Any]) -> RowAnswer:
        """The answer to one row of plain Python values by column name, None where missing; in microseconds when there
        is nothing to repair or to tell.

        Raises:
            InvalidInput: what :meth:`predict` raises.
        """
        answer = self._scorer.answer(row) if self._scorer is not None else None
        if answer is not None:
            return answer
        found = self.predict(frame_from([dict(row)]))
        if found.bad_rows:
            return RowAnswer(None, bad_row=found.bad_rows[0], repairs=found.repairs, warnings=found.warnings)
        return RowAnswer(
            found.answers[0],
            None if found.probabilities is None else tuple(found.probabilities[0].tolist()),
            None if found.lower is None else float(found.lower[0]),
            None if found.upper is None else float(found.upper[0]),
            repairs=found.repairs,
            warnings=found.warnings,
        )

    @cached_property
    def _scorer(self) -> RowScorer | None:
        return row_scorer(self.model, self.contract, self._known)

    def absence(self, columns: Sequence[str], *, of_row: bool = False) -> list[str]:
        """What it means that columns were not given: a sentence each, or one about all when they are many.

        Their weight is how much the score lost when their values were shuffled, where that was measured.

        Args:
            of_row: speak of one row and not of a whole table.
        """
        if len(columns) <= SINGLE_ABSENCES:
            return [self._without(column, of_row=of_row) for column in columns]
        names = ", ".join(f"'{name}'" for name in columns[:SHOWN_ABSENCES])
        more = f" and {len(columns) - SHOWN_ABSENCES:,} more" if len(columns) > SHOWN_ABSENCES else ""
        rows = "" if of_row else " in every row"
        said = f"{len(columns):,} of {len(self.contract.columns):,} columns are not there: {names}{more}."
        said = f"{said} They count as missing{rows}."
        losses = {item.column: max(item.loss, 0.0) for item in self.bundle.importances}
        known = sum(losses.values())
        if known <= 0:
            return [said]
        share = sum(losses.get(name, 0.0) for name in columns) / known
        if share < HARDLY_USED:
            return [f"{said} The model hardly uses them."]
        return [f"{said} They carry {share:.0%} of the measured importance, so answers are less certain."]

    def _without(self, column: str, *, of_row: bool) -> str:
        said = f"Column '{column}' is not there: it counts as missing{'' if of_row else ' in every row'}."
        losses = {item.column: item.loss for item in self.bundle.importances}
        own = losses.get(column)
        if own is None:
            return said
        if own <= 0:
            return f"{said} The model hardly uses it."
        rank = 1 + sum(loss > own for loss in losses.values())
        place = "the most important" if rank == 1 else f"number {rank} by importance"
        return f"{said} It is {place} of the {len(losses)} columns measured, so answers are less certain."

    def _margins(self, table: ReadTable) -> FloatArray:
        n_rows = len(table.rows)
        if n_rows == 0:
            return np.empty((0, len(self.model.classes) if self.model.problem == "multiclass" else 1))
        parts = [table.frame[start : start + CHUNK_ROWS] for start in range(0, n_rows, CHUNK_ROWS)]
        if len(parts) == 1:
            margins = self.model.margins(parts[0])
        else:
            # A row's bits depend on the row alone, so the parts may be worked on at once; the work is in library
            # calls that let other threads run.
            with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
                margins = np.concatenate(list(pool.map(self.model.margins, parts)))
        if not np.isfinite(margins).all():  # numbers in the file so large that their products are none
            raise unreadable("it gives answers that are not numbers")
        return margins

    def _explained(self, predictions: FloatArray) -> IntArray:
        """Class whose probability the reasons explain: the positive one of two, else the answer."""
        if self.model.problem == "multiclass":
            return np.asarray(predictions.argmax(axis=1), dtype=np.int64)
        return np.full(len(predictions), 1, dtype=np.int64)

    def _reasons(
        self, table: ReadTable, predictions: FloatArray, explained: IntArray, n_reasons: int | None
    ) -> dict[str, Any]:
        bases, all_effects, told = [], [], []
        columns: list[str] = []
        for start in range(0, len(table.rows), REASON_CHUNK_ROWS):
            part = slice(start, start + REASON_CHUNK_ROWS)
            rows = table.frame[part]
            columns, contributions = self.model.contributions(rows)
            base, effects = effects_for_people(self.model.problem, contributions, predictions[part], explained[part])
            bases.append(base)
            all_effects.append(effects)
            told += self._texts(rows, columns, effects, n_reasons)
        return {
            "reasons": told,
            "base": np.concatenate(bases) if bases else np.empty(0),
            "effects": np.concatenate(all_effects) if all_effects else np.empty((0, len(columns))),
            "columns": columns,
        }

    def _texts(
        self, rows: pl.DataFrame, columns: list[str], effects: FloatArray, n_reasons: int | None
    ) -> list[list[Reason]]:
        cells = [rows[column].to_list() for column in columns]
        return [
            [reason(self.model.problem, columns[c], cells[c][row], effects[row, c]) for c in order]
            for row, order in enumerate(strongest(effects, n_reasons).tolist())
        ]
