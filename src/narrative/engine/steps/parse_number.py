"""Read numbers out of text."""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, named, text_columns, unread_notes
from narrative.engine.steps.base import FitContext, Layout, State, Step
from narrative.engine.types import ColumnKind

_SAMPLE = 1_000


class ParseNumberParams(ColumnsParams):
    columns: list[str] = Field(title="Columns", description="Text to read as numbers.", min_length=1)
    decimal: Literal["auto", ".", ","] = Field(
        default="auto", title="Decimal mark", description="auto: the mark that reads most values, a point if both do."
    )


class ParseNumber(Step[ParseNumberParams]):
    """Reads numbers as people write them: ``1.234,50 €``, ``(300)`` for -300, ``12 %`` as 12, with any thousands mark.

    The notation is learned once per column from the training rows. What cannot be read becomes missing and is counted.
    """

    name: ClassVar[str] = "parse_number"
    title: ClassVar[str] = "Read numbers"
    sentence: ClassVar[str] = "Turns numbers that are written as text, with units and thousands marks, into numbers."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "None: units and marks are not kept. The version before still has them."
    Params = ParseNumberParams

    def says(self, params: ParseNumberParams) -> str:
        mark = {"auto": "", ".": " with a decimal point", ",": " with a decimal comma"}[params.decimal]
        return f"Reads {named(params.columns, '')} as numbers{mark}."

    def columns(self, params: ParseNumberParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: ParseNumberParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns, "decimal"))

    def fit(self, frame: pl.DataFrame, params: ParseNumberParams, context: FitContext) -> State:
        from narrative.engine.tables.numbers import best_style

        styles = {}
        for name in text_columns(self, frame, params.columns):
            values = frame[name].drop_nulls().unique(maintain_order=True).head(_SAMPLE).to_list()
            mark = "." if params.decimal == "auto" else params.decimal
            style, _ = best_style(values, mark, is_given=params.decimal != "auto")
            if params.decimal == "," and style.is_plain:
                style = type(style)(",")
            styles[name] = {"decimal": style.decimal, "group": style.group, "decorated": style.decorated}
        return {"styles": styles}

    def apply(self, frame: pl.LazyFrame, params: ParseNumberParams, state: State) -> pl.LazyFrame:
        from narrative.engine.tables.numbers import number_text
        from narrative.engine.tables.values import NumberStyle

        made = []
        for name, style in state["styles"].items():
            number = number_text(pl.col(name), NumberStyle(**style)).cast(pl.Float64, strict=False)
            made.append(pl.when(number.is_finite()).then(number).alias(name))
        return frame.with_columns(made)

    def notes(self, frame: pl.DataFrame, params: ParseNumberParams, state: State) -> list[str]:
        return unread_notes(self, frame, params, state, "a number")

    def outputs(self, params: ParseNumberParams, state: State) -> dict[str, str]:
        return {name: name for name in state["styles"]}
