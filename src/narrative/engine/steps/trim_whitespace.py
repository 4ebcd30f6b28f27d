"""Remove stray spaces from text."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import BLANKS, TEXTUAL, ColumnsParams, chosen, is_text, plain_text
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class TrimWhitespaceParams(ColumnsParams):
    collapse: bool = Field(
        default=False,
        title="Single spaces inside",
        description="Also turns runs of spaces inside a text into one space.",
    )
    blank_is_missing: bool = Field(
        default=True, title="Blank is missing", description="A cell with nothing but spaces becomes a missing value."
    )


class TrimWhitespace(Step[TrimWhitespaceParams]):
    """Strips spaces, tabs and other blanks at both ends of text. A missing value stays missing, never a text."""

    name: ClassVar[str] = "trim_whitespace"
    title: ClassVar[str] = "Trim spaces"
    sentence: ClassVar[str] = "Removes blanks before and after text, so that ' Paris' and 'Paris' are one category."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL | {"date", "datetime"}
    inverse: ClassVar[str] = "None: how many blanks there were is not kept. The version before still has them."
    Params = TrimWhitespaceParams

    def columns(self, params: TrimWhitespaceParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: TrimWhitespaceParams, context: FitContext) -> State:
        # A named column that is no text (an empty one, say) has nothing to trim.
        return {"columns": [name for name in chosen(frame, params.columns, is_text) if is_text(frame.schema[name])]}

    def apply(self, frame: pl.LazyFrame, params: TrimWhitespaceParams, state: State) -> pl.LazyFrame:
        trimmed = []
        for name in state["columns"]:
            text = pl.col(name).str.strip_chars()
            if params.collapse:
                text = text.str.replace_all(r"\s+", " ")
            trimmed.append(pl.when(text != "").then(text) if params.blank_is_missing else text)
        return frame.with_columns(trimmed)

    def row(self, params: TrimWhitespaceParams, state: State) -> RowFunction | None:
        def trim(row: dict[str, Any]) -> None:
            for name in state["columns"]:
                text = plain_text(row[name])
                if text is not None:
                    text = text.strip(BLANKS)
                    text = re.sub(r"\s+", " ", text, flags=re.ASCII) if params.collapse else text
                    row[name] = None if params.blank_is_missing and not text else text

        return trim

    def outputs(self, params: TrimWhitespaceParams, state: State) -> dict[str, str]:
        return {name: name for name in state["columns"]}
