"""Split text at a separator into several columns."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import BLANKS, TEXTUAL, free_names, plain_text, require_text
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind


class SplitColumnParams(StepParams):
    column: str = Field(title="Column", description="The text to split.")
    separator: str = Field(
        default=",", min_length=1, max_length=50, title="Separator", description="Characters between the parts."
    )
    n_parts: int = Field(
        default=2, ge=2, le=20, title="Parts", description="Columns to make; what is left over stays in the last one."
    )
    keep_original: bool = Field(default=True, title="Keep the text", description="Leaves the column in the table.")


class SplitColumn(Step[SplitColumnParams]):
    """Cuts at the first separators, into ``<column> 1``, ``<column> 2`` and so on.

    Blanks around a part are removed. A part that is not there, or empty, is missing.
    """

    name: ClassVar[str] = "split_column"
    title: ClassVar[str] = "Split a column"
    sentence: ClassVar[str] = "Cuts a text at a separator and puts the parts into columns of their own."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL | {"date", "datetime"}
    inverse: ClassVar[str] = "Merge the parts with the same separator; blanks around the parts are not kept."
    Params = SplitColumnParams

    def says(self, params: SplitColumnParams) -> str:
        return f"Splits '{params.column}' at {params.separator!r} into {params.n_parts} columns."

    def columns(self, params: SplitColumnParams) -> list[str]:
        return [params.column]

    def layout(self, params: SplitColumnParams, before: Layout) -> Layout:
        made: dict[str, ColumnKind] = dict.fromkeys(_wanted(params), "category")
        return (before if params.keep_original else before.without([params.column])).adding(made)

    def fit(self, frame: pl.DataFrame, params: SplitColumnParams, context: FitContext) -> State:
        require_text(self, frame, params.column)
        return {"names": free_names(_wanted(params), frame.columns)}

    def apply(self, frame: pl.LazyFrame, params: SplitColumnParams, state: State) -> pl.LazyFrame:
        parts = pl.col(params.column).str.splitn(params.separator, params.n_parts).struct
        made = []
        for index, name in enumerate(state["names"]):
            part = parts.field(f"field_{index}").str.strip_chars()
            made.append(pl.when(part != "").then(part).alias(name))
        after = frame.with_columns(made)
        return after if params.keep_original else after.drop(params.column)

    def row(self, params: SplitColumnParams, state: State) -> RowFunction | None:
        def split(row: dict[str, Any]) -> None:
            text = plain_text(row[params.column])
            parts = [] if text is None else text.split(params.separator, params.n_parts - 1)
            stripped = [part.strip(BLANKS) or None for part in parts]
            row.update(zip(state["names"], stripped + [None] * (params.n_parts - len(stripped)), strict=True))

        return split

    def outputs(self, params: SplitColumnParams, state: State) -> dict[str, str]:
        return dict.fromkeys(state["names"], params.column)


def _wanted(params: SplitColumnParams) -> list[str]:
    return [f"{params.column} {number}" for number in range(1, params.n_parts + 1)]
