"""Join the texts of several columns into one."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator

from narrative.engine.alignment import as_text, cell_text
from narrative.engine.steps._columns import DTYPES, distinct, dtype_name, enumerated, require_free
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind


class MergeColumnsParams(StepParams):
    columns: list[str] = Field(title="Columns", description="Columns to merge, in this order.", min_length=2)
    name: str = Field(title="New column", description="Name of the merged column.", min_length=1, max_length=200)
    separator: str = Field(default=" ", max_length=50, title="Separator", description="Stands between the values.")
    skip_missing: bool = Field(
        default=True,
        title="Skip what is missing",
        description="Leaves missing values out; otherwise one of them makes the merged value missing.",
    )
    keep_original: bool = Field(default=True, title="Keep the columns", description="Leaves them in the table.")

    _distinct = field_validator("columns")(distinct)


class MergeColumns(Step[MergeColumnsParams]):
    """Writes the values of the columns one after the other; missing where all of them are missing.

    Numbers are written as they are shown (3.0 as '3'), dates as ISO 8601.
    """

    name: ClassVar[str] = "merge_columns"
    title: ClassVar[str] = "Merge columns"
    sentence: ClassVar[str] = "Joins the values of several columns into one text."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Split the merged column, if the separator does not occur in the values."
    Params = MergeColumnsParams

    def says(self, params: MergeColumnsParams) -> str:
        names = enumerated(f"'{name}'" for name in params.columns)
        return f"Joins {names} into '{params.name}', with {params.separator!r} between them."

    def columns(self, params: MergeColumnsParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: MergeColumnsParams, before: Layout) -> Layout:
        rest = before if params.keep_original else before.without(params.columns)
        require_free(self, [params.name], rest.kinds)
        return rest.adding({params.name: "category"})

    def fit(self, frame: pl.DataFrame, params: MergeColumnsParams, context: FitContext) -> State:
        require_free(self, [params.name], set(frame.columns) - (set() if params.keep_original else set(params.columns)))
        return {"types": [dtype_name(frame.schema[name]) for name in params.columns]}

    def apply(self, frame: pl.LazyFrame, params: MergeColumnsParams, state: State) -> pl.LazyFrame:
        texts = [
            as_text(pl.col(name), DTYPES[given]) for name, given in zip(params.columns, state["types"], strict=True)
        ]
        merged = pl.concat_str(texts, separator=params.separator, ignore_nulls=params.skip_missing)
        some = pl.any_horizontal(pl.col(name).is_not_null() for name in params.columns)
        gone = set() if params.keep_original else set(params.columns) - {params.name}
        return frame.with_columns(pl.when(some).then(merged).alias(params.name)).drop(sorted(gone))

    def row(self, params: MergeColumnsParams, state: State) -> RowFunction | None:
        def merge(row: dict[str, Any]) -> None:
            texts = [cell_text(row[name]) for name in params.columns]
            there = [text for text in texts if text is not None]
            whole = params.skip_missing or len(there) == len(texts)
            row[params.name] = params.separator.join(there) if there and whole else None

        return merge

    def outputs(self, params: MergeColumnsParams, state: State) -> dict[str, str]:
        return {params.name: params.columns[0]}

    def inputs(self, params: MergeColumnsParams, state: State) -> dict[str, list[str]]:
        return {params.name: list(params.columns)}
