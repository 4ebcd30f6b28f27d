"""Leave out training rows that occur more than once."""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import ColumnsParams, enumerated
from narrative.engine.steps.base import FitContext, RowFunction, State, Step, unchanged
from narrative.engine.types import ColumnKind


class DropDuplicatesParams(ColumnsParams):
    columns: list[str] | None = Field(
        default=None,
        min_length=1,
        title="Compare by",
        description="Rows with equal values here count as equal; left empty: all columns.",
    )
    keep: Literal["first", "last", "none"] = Field(
        default="first", title="Which one stays", description="The first or the last of equal rows, or none of them."
    )


class DropDuplicates(Step[DropDuplicatesParams]):
    """Keeps one of several equal training rows, or none of them. Missing equals missing. Rows to predict stay."""

    name: ClassVar[str] = "drop_duplicates"
    title: ClassVar[str] = "Leave out duplicates"
    sentence: ClassVar[str] = "Takes rows out of the training data that are equal to another row."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: the rows are still in the version before it."
    drops_rows: ClassVar[bool] = True
    compares_rows: ClassVar[bool] = True
    Params = DropDuplicatesParams

    def says(self, params: DropDuplicatesParams) -> str:
        among = "" if params.columns is None else f" in {enumerated(f'{name!r}' for name in params.columns)}"
        stays = "leaves out all of them" if params.keep == "none" else f"keeps the {params.keep}"
        return f"Of training rows that are equal{among}, {stays}."

    def columns(self, params: DropDuplicatesParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: DropDuplicatesParams, context: FitContext) -> State:
        return {"columns": list(params.columns) if params.columns is not None else frame.columns}

    def apply(self, frame: pl.LazyFrame, params: DropDuplicatesParams, state: State) -> pl.LazyFrame:
        return frame

    def keep(self, params: DropDuplicatesParams, state: State) -> pl.Expr | None:
        row = pl.struct(state["columns"])
        return {"first": row.is_first_distinct, "last": row.is_last_distinct, "none": row.is_unique}[params.keep]()

    def row(self, params: DropDuplicatesParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: DropDuplicatesParams, state: State) -> dict[str, str]:
        return {}
