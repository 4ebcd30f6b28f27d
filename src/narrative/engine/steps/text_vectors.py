"""Turn text into columns that say which words are in it."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, chosen, free_name, is_text, pairs, plain_text
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

_WORD: Final = r"[\p{L}\p{N}]{2,}"
_PLAIN_WORD: Final = re.compile(r"[a-z0-9]{2,}")
"""The same for text in ASCII."""


class TextVectorsParams(ColumnsParams):
    max_words: int = Field(
        default=40, ge=1, le=200, title="Most words", description="How many of the most frequent words get a column."
    )
    min_share: float = Field(
        default=0.005,
        ge=0,
        le=1,
        title="Smallest share",
        description="Words in a smaller share of the texts are left out.",
    )
    max_share: float = Field(
        default=0.95,
        gt=0,
        le=1,
        title="Largest share",
        description="Words in a larger share of the texts are left out.",
    )
    keep_original: bool = Field(
        default=False, title="Keep the text", description="Leaves the text column in the table."
    )


class TextVectors(Step[TextVectorsParams]):
    """Ones and zeros: is the word in the text?

    Words are runs of two or more letters or digits, in lower case; the most frequent ones (by number of texts, ties in
    alphabetical order) get a column. Unknown words say nothing; a missing text contains no word.
    """

    name: ClassVar[str] = "text_vectors"
    title: ClassVar[str] = "Turn words into columns"
    sentence: ClassVar[str] = "Adds a column for each frequent word that says whether a text contains it."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "Remove the added columns."
    Params = TextVectorsParams

    def columns(self, params: TextVectorsParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: TextVectorsParams, before: Layout) -> Layout:
        columns = params.columns or [name for name, kind in before.kinds.items() if kind in {"text", "category"}]
        after = before if params.keep_original else before.without(columns)
        return after.adding({}, [f"{name} has " for name in columns])

    def fit(self, frame: pl.DataFrame, params: TextVectorsParams, context: FitContext) -> State:
        taken = set(frame.columns)
        state: dict[str, Any] = {}
        for name in chosen(frame, params.columns, is_text):
            words: dict[str, str] = {}
            for word in _frequent(frame, name, params):
                words[word] = free_name(f"{name} has '{word}'", taken)
                taken.add(words[word])
            work = free_name(f"{name} words in work", taken)
            taken.add(work)
            state[name] = {"words": pairs(words), "work": work}
        return {"columns": pairs(state)}

    def apply(self, frame: pl.LazyFrame, params: TextVectorsParams, state: State) -> pl.LazyFrame:
        learned = {name: what for name, what in state["columns"] if what["words"]}
        after = frame.with_columns(_words(name).alias(what["work"]) for name, what in learned.items())
        after = after.with_columns(
            pl.col(what["work"]).list.contains(word).fill_null(value=False).cast(pl.Float64).alias(new)
            for what in learned.values()
            for word, new in what["words"]
        )
        gone = [what["work"] for what in learned.values()]
        return after.drop(gone if params.keep_original else [*gone, *(name for name, _ in state["columns"])])

    def row(self, params: TextVectorsParams, state: State) -> RowFunction | None:
        wanted = {name: dict(what["words"]) for name, what in state["columns"] if what["words"]}

        def look(row: dict[str, Any]) -> None:
            for name, words in wanted.items():
                found = set(_PLAIN_WORD.findall((plain_text(row[name]) or "").lower()))
                for word, new in words.items():
                    row[new] = 1.0 if word in found else 0.0

        return look

    def outputs(self, params: TextVectorsParams, state: State) -> dict[str, str]:
        return {new: name for name, what in state["columns"] for _, new in what["words"]}


def _words(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.to_lowercase().str.extract_all(_WORD)


def _frequent(frame: pl.DataFrame, name: str, params: TextVectorsParams) -> list[str]:
    """Words by number of texts that contain them."""
    texts = frame.select(_words(name).list.unique().alias("word")).drop_nulls()
    counts = texts.explode("word").drop_nulls().group_by("word").len(name="n")
    least, most = max(2.0, params.min_share * texts.height), params.max_share * texts.height
    frequent = counts.filter(pl.col("n").is_between(least, most)).sort(["n", "word"], descending=[True, False])
    return frequent["word"].head(params.max_words).to_list()
