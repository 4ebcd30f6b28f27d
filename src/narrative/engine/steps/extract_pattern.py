"""Take a part out of text by a regular expression."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps._columns import TEXTUAL, check_pattern, require_free, require_text
from narrative.engine.steps.base import FitContext, Layout, State, Step, StepParams
from narrative.engine.types import ColumnKind


class ExtractPatternParams(StepParams):
    column: str = Field(title="Column", description="The text to look in.")
    pattern: str = Field(
        min_length=1,
        max_length=1000,
        title="Regular expression",
        description="What to look for; brackets make a group: (\\d+) finds digits.",
    )
    group: int = Field(
        default=0, ge=0, le=99, title="Group", description="Which group of the expression to take; 0: all it finds."
    )
    name: str = Field(title="New column", description="Name of the column for what is found.", min_length=1)

    @model_validator(mode="after")
    def _pattern_has_the_group(self) -> ExtractPatternParams:
        groups = check_pattern(self.pattern)
        if self.group > groups:
            raise ValueError(f"the expression has {groups} group{'' if groups == 1 else 's'}, not {self.group}")
        return self


class ExtractPattern(Step[ExtractPatternParams]):
    """The first match in each text, as a new column; missing where nothing matches or what matches is empty.

    Regular expressions are those of Rust: they take time in proportion to the text, whatever the pattern.
    """

    name: ClassVar[str] = "extract_pattern"
    title: ClassVar[str] = "Extract a part of text"
    sentence: ClassVar[str] = "Puts the first part of a text that fits a pattern into a new column."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL | {"date", "datetime"}
    inverse: ClassVar[str] = "Remove the new column."
    Params = ExtractPatternParams

    def says(self, params: ExtractPatternParams) -> str:
        part = f"group {params.group} of {params.pattern!r}" if params.group else repr(params.pattern)
        return f"Puts the first match of {part} in '{params.column}' into '{params.name}'."

    def columns(self, params: ExtractPatternParams) -> list[str]:
        return [params.column]

    def layout(self, params: ExtractPatternParams, before: Layout) -> Layout:
        require_free(self, [params.name], before.kinds)
        return before.adding({params.name: "category"})

    def fit(self, frame: pl.DataFrame, params: ExtractPatternParams, context: FitContext) -> State:
        require_text(self, frame, params.column)
        require_free(self, [params.name], frame.columns)
        return {}

    def apply(self, frame: pl.LazyFrame, params: ExtractPatternParams, state: State) -> pl.LazyFrame:
        found = pl.col(params.column).str.extract(params.pattern, params.group)
        return frame.with_columns(pl.when(found != "").then(found).alias(params.name))

    def outputs(self, params: ExtractPatternParams, state: State) -> dict[str, str]:
        return {params.name: params.column}
