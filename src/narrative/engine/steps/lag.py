"""Look at an earlier row."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field, field_validator

from narrative.engine.steps._columns import DTYPES, distinct, require_free
from narrative.engine.steps._history import History, by_history, learn, within_words
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind


class LagParams(StepParams):
    column: str = Field(title="Column", description="Whose earlier value is taken.")
    order: str = Field(title="In the order of", description="Date, time or number that says what came first.")
    by: list[str] = Field(
        default=[], title="Within", description="Only rows that are equal here; left empty: all rows.", max_length=5
    )
    rows: int = Field(default=1, ge=1, le=1_000, title="Rows back", description="1: the row just before.")
    name: str | None = Field(
        default=None, min_length=1, title="New column", description="Left empty: '<column> <rows> back'."
    )

    _distinct = field_validator("by")(distinct)


class Lag(Step[LagParams]):
    """Adds the value a column had some rows earlier, in time order and within a group.

    Earlier rows are training rows at an earlier moment; rows of the same moment do not count. A row to predict looks
    into that history as well, never at its neighbours, so rows newer than the training data see its last rows.
    """

    name: ClassVar[str] = "lag"
    title: ClassVar[str] = "Earlier value"
    sentence: ClassVar[str] = "Adds the value that a column had in an earlier row."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the new column."
    Params = LagParams
    column_params: ClassVar[tuple[str, ...]] = ("column", "order", "by")

    def says(self, params: LagParams) -> str:
        rows = "1 row" if params.rows == 1 else f"{params.rows} rows"
        within = within_words(params.by)
        return (
            f"Adds the '{params.column}' of {rows} earlier by '{params.order}'{within}, looked up among training rows."
        )

    def columns(self, params: LagParams) -> list[str]:
        return list(dict.fromkeys([params.column, params.order, *params.by]))

    def layout(self, params: LagParams, before: Layout) -> Layout:
        require_free(self, [_name(params)], before.kinds)
        return before.adding({_name(params): before.kinds.get(params.column, "category")})

    def fit(self, frame: pl.DataFrame, params: LagParams, context: FitContext) -> State:
        require_free(self, [_name(params)], frame.columns)
        return learn(self, frame, params.order, params.by, params.column)

    def apply(self, frame: pl.LazyFrame, params: LagParams, state: State) -> pl.LazyFrame:
        history, dtype = History(state), DTYPES[state["dtype"]]
        values = history.cells()

        def earlier(order: pl.Series, by: list[pl.Series]) -> pl.Series:
            places = history.places(order, by)
            wanted = places.before - params.rows
            found = pl.Series(np.where(wanted >= places.start, wanted, -1))
            # Place -1 is no place: nothing is gathered there.
            return values.gather(found.replace(-1, None).cast(pl.UInt32)) if len(values) else _blank(len(order), dtype)

        return frame.with_columns(by_history(params.order, params.by, earlier, dtype).alias(_name(params)))

    def row(self, params: LagParams, state: State) -> RowFunction | None:
        history = History(state)
        values, new = history.cells().to_list(), _name(params)

        def look(row: dict[str, Any]) -> None:
            start, before, _, _ = history.place(row[params.order], [row[name] for name in params.by])
            wanted = before - params.rows
            row[new] = values[wanted] if wanted >= start and values else None

        return look

    def outputs(self, params: LagParams, state: State) -> dict[str, str]:
        return {_name(params): params.order}

    def inputs(self, params: LagParams, state: State) -> dict[str, list[str]]:
        return {_name(params): [params.order, *(name for name in params.by if name != params.order)]}


def _blank(n_rows: int, dtype: pl.DataType) -> pl.Series:
    return pl.Series([None] * n_rows, dtype=dtype)


def _name(params: LagParams) -> str:
    return params.name or f"{params.column} {params.rows} back"
