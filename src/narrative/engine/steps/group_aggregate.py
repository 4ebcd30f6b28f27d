"""Describe each row by the group it belongs to."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field, field_validator, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._categories import key, key_type, row_key
from narrative.engine.steps._columns import distinct, enumerated, is_number, require_free, unfit
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

Statistic = Literal["count", "mean", "sum", "min", "max", "median", "std", "distinct"]
MOST_GROUPS: Final = 200_000
"""More groups than this would make a model file of nothing but groups."""


class GroupAggregateParams(StepParams):
    by: list[str] = Field(title="Groups", description="Rows with equal values here are one group.", min_length=1)
    column: str | None = Field(default=None, title="Column", description="What is summarized; not needed for count.")
    statistic: Statistic = Field(
        default="mean",
        title="Statistic",
        description="count counts rows; std is that of a sample; distinct counts values.",
    )
    name: str | None = Field(
        default=None, min_length=1, title="New column", description="Left empty: '<statistic> of <column> by <groups>'."
    )

    _distinct = field_validator("by")(distinct)

    @model_validator(mode="after")
    def _column_where_needed(self) -> GroupAggregateParams:
        if self.column is None and self.statistic != "count":
            raise ValueError(f"{self.statistic} needs a column")
        return self


class GroupAggregate(Step[GroupAggregateParams]):
    """Adds a statistic of the training rows of the same group; every row stays.

    Missing values make a group of their own and do not count in the statistic. A group that was not there in training
    gets a missing value (count: 0), and is counted in the notes.
    """

    name: ClassVar[str] = "group_aggregate"
    title: ClassVar[str] = "Summarize by group"
    sentence: ClassVar[str] = "Adds the mean, sum, count or another statistic of the group a row belongs to."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the new column."
    Params = GroupAggregateParams

    def says(self, params: GroupAggregateParams) -> str:
        groups = enumerated(f"'{name}'" for name in params.by)
        what = "number of rows" if params.statistic == "count" else f"{params.statistic} of '{params.column}'"
        return f"Adds the {what} among training rows with the same {groups} as '{_name(params)}'."

    def columns(self, params: GroupAggregateParams) -> list[str]:
        return list(dict.fromkeys([*params.by, *([] if params.column is None else [params.column])]))

    def layout(self, params: GroupAggregateParams, before: Layout) -> Layout:
        require_free(self, [_name(params)], before.kinds)
        return before.adding({_name(params): "decimal"})

    def fit(self, frame: pl.DataFrame, params: GroupAggregateParams, context: FitContext) -> State:
        require_free(self, [_name(params)], frame.columns)
        types = [key_type(frame.schema[name]) for name in params.by]
        keys = [key(name, form).alias(f"key {i}") for i, (name, form) in enumerate(zip(params.by, types, strict=True))]
        groups = frame.select(*keys, self._value(frame, params)).group_by(pl.col("^key \\d+$"), maintain_order=True)
        found = groups.agg(_statistic(params.statistic).cast(pl.Float64).alias("value"))
        if found.height > MOST_GROUPS:
            raise InvalidInput(
                "value_unfit",
                f"{self.title}: there are {found.height:,} groups; at most {MOST_GROUPS:,} can be remembered.",
                column=params.by[0],
                fix="Group by fewer columns, or by columns with fewer values.",
            )
        found = found.with_columns(pl.when(pl.col("value").is_finite()).then("value").alias("value"))
        return {"types": types, "groups": [list(row) for row in found.rows()]}

    def apply(self, frame: pl.LazyFrame, params: GroupAggregateParams, state: State) -> pl.LazyFrame:
        forms = [pl.Float64 if form == "number" else pl.String for form in state["types"]]
        schema = {f"\0key {i}": form for i, form in enumerate(forms)} | {_name(params): pl.Float64()}
        known = pl.LazyFrame(state["groups"], schema=schema, orient="row")
        keys = [key(name, form) for name, form in zip(params.by, state["types"], strict=True)]
        names = list(schema)[:-1]
        joined = frame.with_columns(k.alias(n) for k, n in zip(keys, names, strict=True)).join(
            known, on=names, how="left", nulls_equal=True, maintain_order="left"
        )
        if params.statistic == "count":
            joined = joined.with_columns(pl.col(_name(params)).fill_null(0.0))
        return joined.drop(names)

    def row(self, params: GroupAggregateParams, state: State) -> RowFunction | None:
        known = {tuple(group[:-1]): group[-1] for group in state["groups"]}
        asked = list(zip(params.by, state["types"], strict=True))
        new, unseen = _name(params), 0.0 if params.statistic == "count" else None

        def add(row: dict[str, Any]) -> None:
            value = known.get(tuple(row_key(row[name], form) for name, form in asked))
            row[new] = unseen if value is None else value

        return add

    def notes(self, frame: pl.DataFrame, params: GroupAggregateParams, state: State) -> list[str]:
        forms = state["types"]
        known = {tuple(group[:-1]) for group in state["groups"]}
        keys = frame.select(key(n, f).alias(str(i)) for i, (n, f) in enumerate(zip(params.by, forms, strict=True)))
        unseen = sum(row not in known for row in keys.iter_rows())
        if not unseen:
            return []
        rows = "1 row belongs" if unseen == 1 else f"{unseen:,} rows belong"
        return [f"{rows} to a group of {enumerated(repr(n) for n in params.by)} that was not there before."]

    def outputs(self, params: GroupAggregateParams, state: State) -> dict[str, str]:
        return {_name(params): params.by[0]}

    def inputs(self, params: GroupAggregateParams, state: State) -> dict[str, list[str]]:
        return {_name(params): list(params.by)}

    def _value(self, frame: pl.DataFrame, params: GroupAggregateParams) -> pl.Expr:
        """What is summarized, as a column ``value``."""
        if params.column is None:
            return pl.lit(1.0).alias("value")
        dtype = frame.schema[params.column]
        if params.statistic in {"count", "distinct"}:
            return pl.col(params.column).alias("value")
        if not is_number(dtype):
            if frame[params.column].null_count() < frame.height:
                raise unfit(self, params.column, dtype, "numbers")
            return pl.lit(None, dtype=pl.Float64).alias("value")
        return pl.col(params.column).cast(pl.Float64).alias("value")


def _statistic(statistic: Statistic) -> pl.Expr:
    value = pl.col("value")
    if statistic == "count":
        return pl.len()
    if statistic == "sum":
        # The sum of nothing is nothing known, not zero.
        return pl.when(value.count() > 0).then(value.sum())
    if statistic == "distinct":
        return value.drop_nulls().n_unique()
    return {
        "mean": value.mean, "min": value.min, "max": value.max, "median": value.median, "std": value.std
    }[statistic]()  # fmt: skip


def _name(params: GroupAggregateParams) -> str:
    what = params.statistic if params.column is None else f"{params.statistic} of {params.column}"
    return params.name or f"{what} by {', '.join(params.by)}"
