"""Read yes and no out of text or numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.alignment import as_text, cell_text
from narrative.engine.steps._columns import (
    BLANKS,
    CATEGORICAL,
    DTYPES,
    ColumnsParams,
    dtype_name,
    enumerated,
    named,
    plain_text,
    unread_notes,
)
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class ParseBooleanParams(ColumnsParams):
    columns: list[str] = Field(title="Columns", description="Columns to read as yes or no.", min_length=1)
    true_values: list[str] = Field(
        default=["yes", "y", "true", "t", "1", "on"],
        min_length=1,
        title="Words for yes",
        description="Case and blanks around a word do not count.",
    )
    false_values: list[str] = Field(
        default=["no", "n", "false", "f", "0", "off"],
        min_length=1,
        title="Words for no",
        description="Case and blanks around a word do not count.",
    )

    @model_validator(mode="after")
    def _no_word_says_both(self) -> ParseBooleanParams:
        both = {_folded(word) for word in self.true_values} & {_folded(word) for word in self.false_values}
        if both:
            raise ValueError(f"{sorted(both)[0]!r} would mean both yes and no")
        return self


class ParseBoolean(Step[ParseBooleanParams]):
    """Turns the words for yes into true and those for no into false; any other value becomes missing and is counted."""

    name: ClassVar[str] = "parse_boolean"
    title: ClassVar[str] = "Read yes and no"
    sentence: ClassVar[str] = "Turns words for yes and no into true and false."
    kinds: ClassVar[frozenset[ColumnKind]] = CATEGORICAL
    inverse: ClassVar[str] = "None: which word stood for yes or no is not kept. The version before still has them."
    Params = ParseBooleanParams

    def says(self, params: ParseBooleanParams) -> str:
        yes, no = (
            enumerated((repr(word) for word in words), "or") for words in (params.true_values, params.false_values)
        )
        return f"Reads {named(params.columns, '')} as yes or no: {yes} is yes, {no} is no."

    def columns(self, params: ParseBooleanParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: ParseBooleanParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns, "boolean"))

    def fit(self, frame: pl.DataFrame, params: ParseBooleanParams, context: FitContext) -> State:
        return {"types": {name: dtype_name(frame.schema[name]) for name in params.columns}}

    def apply(self, frame: pl.LazyFrame, params: ParseBooleanParams, state: State) -> pl.LazyFrame:
        words = _words(params)
        known = pl.Series(list(words), dtype=pl.String)
        meanings = pl.Series(list(words.values()), dtype=pl.Boolean)
        return frame.with_columns(
            as_text(pl.col(name), DTYPES[given])
            .str.strip_chars()
            .str.to_lowercase()
            .replace_strict(known, meanings, default=None, return_dtype=pl.Boolean)
            .alias(name)
            for name, given in state["types"].items()
        )

    def row(self, params: ParseBooleanParams, state: State) -> RowFunction | None:
        words = _words(params)

        def read(row: dict[str, Any]) -> None:
            for name in state["types"]:
                text = plain_text(cell_text(row[name]))
                row[name] = None if text is None else words.get(text.strip(BLANKS).lower())

        return read

    def notes(self, frame: pl.DataFrame, params: ParseBooleanParams, state: State) -> list[str]:
        return unread_notes(self, frame, params, state, "yes or no")

    def outputs(self, params: ParseBooleanParams, state: State) -> dict[str, str]:
        return {name: name for name in state["types"]}


def _words(params: ParseBooleanParams) -> dict[str, bool]:
    """What each word means."""
    words = {_folded(word): True for word in params.true_values}
    return words | {_folded(word): False for word in params.false_values}


def _folded(word: str) -> str:
    return word.strip().lower()
