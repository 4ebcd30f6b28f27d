"""Give the spellings of one word one form."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import polars as pl

from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, counted, named, pairs, plain_text, text_columns
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind

MOST_FORMS: Final = 20_000
"""With more different words than this, only those with several spellings are remembered."""


class MergeSpellings(Step[ColumnsParams]):
    """Replaces spellings that differ only in case, blanks, ``_``, ``.`` or ``-`` by the most frequent of them.

    Forms are learned from the training rows (the first in order of the alphabet among equally frequent ones). A new
    spelling of a known word gets its form as well; unknown words stay as they are.
    """

    name: ClassVar[str] = "merge_spellings"
    title: ClassVar[str] = "Merge spellings"
    sentence: ClassVar[str] = "Writes words alike that differ only in case, blanks or punctuation."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "None: the other spellings are not kept. The version before still has them."
    Params = ColumnsParams

    def says(self, params: ColumnsParams) -> str:
        return (
            f"Writes the spellings of a word alike in {named(params.columns, 'all text')}, the most frequent one wins."
        )

    def columns(self, params: ColumnsParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: ColumnsParams, context: FitContext) -> State:
        return {"forms": pairs({name: _forms(frame[name]) for name in text_columns(self, frame, params.columns)})}

    def apply(self, frame: pl.LazyFrame, params: ColumnsParams, state: State) -> pl.LazyFrame:
        merged = []
        for name, forms in state["forms"]:
            known = pl.Series([bare for bare, _ in forms], dtype=pl.String)
            words = pl.Series([word for _, word in forms], dtype=pl.String)
            merged.append(
                _bare(pl.col(name))
                .replace_strict(known, words, default=pl.col(name), return_dtype=pl.String)
                .alias(name)
            )
        return frame.with_columns(merged)

    def row(self, params: ColumnsParams, state: State) -> RowFunction | None:
        columns = [(name, dict(forms)) for name, forms in state["forms"]]

        def merge(row: dict[str, Any]) -> None:
            for name, forms in columns:
                text = plain_text(row[name])
                if text is not None:
                    row[name] = forms.get(_MARKS.sub("", text.lower()) or text, text)

        return merge

    def outputs(self, params: ColumnsParams, state: State) -> dict[str, str]:
        return {name: name for name, _ in state["forms"]}


_MARKS: Final = re.compile(r"[\s_.\-]+", re.ASCII)


def _bare(text: pl.Expr) -> pl.Expr:
    """What all spellings of a word have in common; a word of blanks and punctuation only is its own."""
    bare = text.str.to_lowercase().str.replace_all(_MARKS.pattern, "")
    return pl.when(bare == "").then(text).otherwise(bare)


def _forms(column: pl.Series) -> list[list[str]]:
    """Bare word and form of each word, in order of the bare word."""
    words = counted(column).with_columns(_bare(pl.col("value")).alias("bare"))
    forms = words.group_by("bare").agg(pl.col("value").first(), pl.len()).sort("bare")
    if forms.height > MOST_FORMS:
        forms = forms.filter(pl.col("len") > 1)
    return [[bare, word] for bare, word, _ in forms.iter_rows()]
