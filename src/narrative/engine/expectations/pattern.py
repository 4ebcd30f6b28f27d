"""Texts are written in one way."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from polars.exceptions import ComputeError
from pydantic import Field, field_validator

from narrative.engine.expectations.base import Expectation, ExpectationParams

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

LEAST_ROWS: Final = 20
MOST_SHAPES: Final = 3
MOST_CHARACTERS: Final = 200


class PatternParams(ExpectationParams):
    column: str = Field(title="Column", description="Column of text.")
    pattern: str = Field(
        title="Pattern", description="Regular expression of the whole text.", min_length=1, max_length=MOST_CHARACTERS
    )
    words: str = Field(
        default="",
        title="In words",
        description="How texts look, with A, a and 9 for letters and digits.",
        max_length=120,
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            pl.Series([""]).str.contains(_whole(pattern))
        except ComputeError as error:
            raise ValueError("this is not a regular expression that can be used here") from error
        return pattern


class Pattern(Expectation[PatternParams]):
    """Written in one way. The expressions are those of a linear-time engine: none can run away."""

    name: ClassVar[str] = "pattern"
    title: ClassVar[str] = "Written in one way"
    Params = PatternParams

    def columns(self, params: PatternParams) -> list[str]:
        return [params.column]

    def sentence(self, params: PatternParams) -> str:
        return f"{params.column} is written like {params.words or params.pattern}."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[PatternParams]:
        found = []
        for column in profile.columns:
            if column.kind not in ("identifier", "category") or frame[column.name].dtype != pl.String:
                continue
            proposed = _proposed(frame[column.name].drop_nulls()) if column.count >= LEAST_ROWS else None
            if proposed is not None:
                found.append(PatternParams(column=column.name, pattern=proposed[0], words=proposed[1]))
        return found

    def broken(self, frame: pl.DataFrame, params: PatternParams) -> pl.Expr:
        text = pl.col(params.column).cast(pl.String)
        return text.is_not_null() & ~text.str.contains(_whole(params.pattern))


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _proposed(texts: pl.Series) -> tuple[str, str] | None:
    """The expression of texts that are all built alike and hold digits, and their shape; None when they are not.

    The shape (A, a and 9 for letters and digits) stands for an example, which would tell somebody's data.
    """
    shapes = texts.str.replace_all(r"[A-Z]", "A").str.replace_all(r"[a-z]", "a").str.replace_all(r"[0-9]", "9").unique()
    if len(shapes) > MOST_SHAPES or len(shapes) == 0:
        return None
    short = [shape for shape in shapes.sort().to_list() if 2 <= len(shape) <= 30 and "9" in shape and shape.isascii()]
    if len(short) < len(shapes):
        return None
    return "|".join(_expression(shape) for shape in short), " or ".join(short)


def _expression(shape: str) -> str:
    """A regular expression of a shape such as ``AA-9999``."""
    parts = []
    for run in re.finditer(r"(.)\1*", shape):
        letter, count = run[1], len(run[0])
        kind = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}.get(letter, re.escape(letter))
        parts.append(kind + (f"{{{count}}}" if count > 1 else ""))
    return "".join(parts)
