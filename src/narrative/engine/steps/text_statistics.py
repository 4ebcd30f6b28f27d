"""Measure text."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, chosen, free_name, is_text, pairs, plain_text
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Statistic = Literal["length", "words", "digits"]
_WORD: Final = re.compile(r"[^\t-\r ]+")
_DIGIT: Final = re.compile(r"[0-9]")


class TextStatisticsParams(ColumnsParams):
    statistics: list[Statistic] = Field(
        default=["length", "words", "digits"], min_length=1, title="Statistics", description="Counts per text."
    )
    keep_original: bool = Field(default=True, title="Keep the text", description="Leaves the text column in the table.")


class TextStatistics(Step[TextStatisticsParams]):
    """Length in characters, number of words (runs without blanks), number of digits; missing where the text is."""

    name: ClassVar[str] = "text_statistics"
    title: ClassVar[str] = "Measure text"
    sentence: ClassVar[str] = "Counts the characters, words and digits of a text."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "Remove the added columns."
    Params = TextStatisticsParams

    def columns(self, params: TextStatisticsParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: TextStatisticsParams, before: Layout) -> Layout:
        columns = params.columns or [name for name, kind in before.kinds.items() if kind in {"text", "category"}]
        added: dict[str, ColumnKind] = {f"{name} {what}": "decimal" for name in columns for what in params.statistics}
        return (before if params.keep_original else before.without(columns)).adding(added)

    def fit(self, frame: pl.DataFrame, params: TextStatisticsParams, context: FitContext) -> State:
        taken = set(frame.columns)
        names: dict[str, dict[str, str]] = {}
        for name in chosen(frame, params.columns, is_text):
            names[name] = {what: free_name(f"{name} {what}", taken) for what in dict.fromkeys(params.statistics)}
            taken |= set(names[name].values())
        return {"names": [[name, pairs(news)] for name, news in names.items()]}

    def apply(self, frame: pl.LazyFrame, params: TextStatisticsParams, state: State) -> pl.LazyFrame:
        made = [
            _statistic(pl.col(name).cast(pl.String), what).cast(pl.Float64).alias(new)
            for name, news in state["names"]
            for what, new in news
        ]
        after = frame.with_columns(made)
        return after if params.keep_original else after.drop([name for name, _ in state["names"]])

    def row(self, params: TextStatisticsParams, state: State) -> RowFunction | None:
        wanted = [(name, what, new) for name, news in state["names"] for what, new in news]

        def measure(row: dict[str, Any]) -> None:
            for name, what, new in wanted:
                text = plain_text(row[name])
                if text is None:
                    row[new] = None
                elif what == "length":
                    row[new] = float(len(text))
                else:
                    row[new] = float(len((_WORD if what == "words" else _DIGIT).findall(text)))

        return measure

    def outputs(self, params: TextStatisticsParams, state: State) -> dict[str, str]:
        return {new: name for name, news in state["names"] for _, new in news}


def _statistic(text: pl.Expr, what: str) -> pl.Expr:
    if what == "length":
        return text.str.len_chars()
    return text.str.count_matches(r"\S+" if what == "words" else r"\d")
