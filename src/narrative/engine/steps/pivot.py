"""Turn rows into columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import polars as pl
from pydantic import Field, field_validator, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import as_text
from narrative.engine.steps._columns import distinct, enumerated, free_names, is_number, unfit
from narrative.engine.steps.base import FitContext, Layout, ReshapingStep, State, StepParams
from narrative.engine.types import ColumnKind

Summary = Literal["first", "last", "count", "sum", "mean", "min", "max", "median"]
MOST_COLUMNS: Final = 500
_OF_NUMBERS: Final = frozenset({"sum", "mean", "median"})


class PivotParams(StepParams):
    by: list[str] = Field(
        title="A row per", description="One row is left for each combination of values here.", min_length=1
    )
    names_from: str = Field(title="Columns from", description="Each of its values becomes a column.")
    values_from: str = Field(title="Values from", description="What stands in the new columns.")
    summary: Summary = Field(
        default="first", title="Several values", description="What becomes of several values for one cell."
    )

    _distinct = field_validator("by")(distinct)

    @model_validator(mode="after")
    def _different_columns(self) -> PivotParams:
        if {self.names_from, self.values_from} & set(self.by):
            raise ValueError("the columns for names and values cannot be among those a row is kept for")
        return self


class Pivot(ReshapingStep[PivotParams]):
    """Makes a column of each value of a column, and one row of all rows that are equal in others.

    Groups keep the order in which they first appear, new columns that of their names. A group without a value for a
    column has a missing cell there (count: 0). Missing names get the column 'missing'.
    """

    name: ClassVar[str] = "pivot"
    title: ClassVar[str] = "Rows into columns"
    sentence: ClassVar[str] = (
        "Makes a column out of each value of a column, and one row out of rows that belong together."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = (
        "Columns into rows, where each cell came from one row; otherwise the version before has it."
    )
    Params = PivotParams
    column_params: ClassVar[tuple[str, ...]] = ("by", "names_from", "values_from")

    def says(self, params: PivotParams) -> str:
        by = enumerated(f"'{name}'" for name in params.by)
        return (
            f"Makes one row per {by}, with the {params.summary} of '{params.values_from}' "
            f"in a column for each value of '{params.names_from}'."
        )

    def columns(self, params: PivotParams) -> list[str]:
        return list(dict.fromkeys([*params.by, params.names_from, params.values_from]))

    def layout(self, params: PivotParams, before: Layout) -> Layout:
        # Only the rows say which columns there will be: any name may exist afterwards.
        return Layout({name: before.kinds.get(name, "category") for name in params.by}, frozenset({""}))

    def fit(self, frame: pl.DataFrame, params: PivotParams, context: FitContext) -> State:
        dtype = frame.schema[params.values_from]
        if params.summary in _OF_NUMBERS and not is_number(dtype):
            raise unfit(self, params.values_from, dtype, "numbers")
        names = frame.select(_names(frame, params)).to_series().unique().sort().to_list()
        if len(names) > MOST_COLUMNS:
            raise InvalidInput(
                "value_unfit",
                f"{self.title}: '{params.names_from}' has {len(names):,} different values; "
                f"at most {MOST_COLUMNS:,} can become columns.",
                column=params.names_from,
                fix="Choose a column with fewer values, or group rare ones first.",
            )
        return {"names": names, "columns": free_names(names, params.by)}

    def reshape(
        self, frame: pl.DataFrame, params: PivotParams, state: State, tables: Mapping[str, pl.DataFrame]
    ) -> pl.DataFrame:
        value, name = pl.col(params.values_from), _names(frame, params)
        cells = [
            _summary(value.filter(name == level), params.summary).alias(column)
            for level, column in zip(state["names"], state["columns"], strict=True)
        ]
        return frame.group_by(params.by, maintain_order=True).agg(cells)

    def rows_used(
        self, frame: pl.DataFrame, params: PivotParams, tables: Mapping[str, pl.DataFrame]
    ) -> pl.Series | None:
        if params.summary not in {"first", "last"}:
            return None  # of several values a summary is left
        keys = [pl.col(name).alias(f"by {number}") for number, name in enumerate(params.by)]
        cells = frame.select(*keys, _names(frame, params).alias("name"), pl.col(params.values_from).alias("value"))
        held = cells.with_row_index("row").drop_nulls("value")
        places = [name for name in cells.columns if name != "value"]
        shown = held.unique(places, keep=params.summary, maintain_order=True)["row"]
        without = cells["value"].is_null()  # there is no value that could be lost
        return without | pl.int_range(frame.height, eager=True, dtype=pl.UInt32).is_in(shown.implode())

    def outputs(self, params: PivotParams, state: State) -> dict[str, str]:
        return dict.fromkeys(state["columns"], params.values_from) | {name: name for name in params.by}

    def inputs(self, params: PivotParams, state: State) -> dict[str, list[str]]:
        return dict.fromkeys(state["columns"], self.columns(params)) | {name: [name] for name in params.by}


def _names(frame: pl.DataFrame, params: PivotParams) -> pl.Expr:
    """What each row's new column is called."""
    return as_text(pl.col(params.names_from), frame.schema[params.names_from]).fill_null("missing")


def _summary(value: pl.Expr, summary: Summary) -> pl.Expr:
    if summary == "first":
        return value.drop_nulls().first()
    if summary == "last":
        return value.drop_nulls().last()
    if summary == "count":
        return value.count().cast(pl.Int64)
    if summary == "sum":
        # The sum of nothing is nothing known, not zero.
        return pl.when(value.count() > 0).then(value.cast(pl.Float64).sum())
    if summary in {"mean", "median"}:
        number = value.cast(pl.Float64)
        return number.mean() if summary == "mean" else number.median()
    return value.min() if summary == "min" else value.max()
