"""Hide personal data: replace values by a code, a blank or something coarser."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import is_time
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

Method = Literal["hash", "redact", "generalize"]
REDACTED: Final = "***"
CODE_CHARACTERS: Final = 12


class MaskValuesParams(StepParams):
    columns: list[str] = Field(title="Columns", description="Columns to hide.", min_length=1)
    method: Method = Field(
        default="hash",
        title="Method",
        description="hash: equal values get equal codes; redact: every value becomes ***; generalize: the mail domain, "
        "the network, the year or the size of a number stays.",
    )
    salt: str = Field(
        default="",
        max_length=64,
        title="Salt",
        description="Mixed into every code; the same salt gives the same codes.",
    )


class MaskValues(Step[MaskValuesParams]):
    """Replaces every value by text that names nobody; missing stays missing.

    A code is the beginning of SHA-256 of salt and value: who knows the salt can try values out, so a code is a
    pseudonym and not proof against its owner.
    """

    name: ClassVar[str] = "mask_values"
    title: ClassVar[str] = "Mask values"
    sentence: ClassVar[str] = "Replaces personal values by codes, by *** or by something coarser."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "None: the values are gone. The version before still has them."
    Params = MaskValuesParams

    def columns(self, params: MaskValuesParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: MaskValuesParams, before: Layout) -> Layout:
        kinds: dict[str, ColumnKind] = dict.fromkeys(params.columns, "category")
        return before.adding(kinds)

    def fit(self, frame: pl.DataFrame, params: MaskValuesParams, context: FitContext) -> State:
        return {}

    def apply(self, frame: pl.LazyFrame, params: MaskValuesParams, state: State) -> pl.LazyFrame:
        def hide(series: pl.Series) -> pl.Series:
            texts = _texts(series)
            known = texts.unique().drop_nulls()
            codes = pl.Series([masked(text, params.method, params.salt) for text in known.to_list()], dtype=pl.String)
            return texts.replace_strict(known, codes, default=None, return_dtype=pl.String)

        return frame.with_columns(
            pl.col(name).map_batches(hide, return_dtype=pl.String, is_elementwise=True) for name in params.columns
        )

    def row(self, params: MaskValuesParams, state: State) -> RowFunction | None:
        def hide(row: dict[str, Any]) -> None:
            for name in params.columns:
                if row[name] is not None:
                    row[name] = masked(_text(row[name]), params.method, params.salt)

        return hide

    def outputs(self, params: MaskValuesParams, state: State) -> dict[str, str]:
        return {name: name for name in params.columns}


def masked(text: str, method: Method, salt: str) -> str:
    """What stands for a value.

    >>> masked("ada@example.org", "generalize", ""), masked("10.1.2.3", "generalize", ""), masked("Ada", "redact", "")
    ('@example.org', '10.1.*', '***')
    """
    if method == "redact":
        return REDACTED
    if method == "hash":
        return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()[:CODE_CHARACTERS]
    return _coarser(text)


def _coarser(text: str) -> str:
    if "@" in text:
        return "@" + text.rpartition("@")[2]
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        return ".".join(text.split(".")[:2]) + ".*"
    if re.match(r"\d{4}-\d{2}-\d{2}", text):
        return text[:4]
    number = re.fullmatch(r"-?\d+(?:\.\d+)?", text)
    if number is not None and len(text) < 300:
        size = abs(float(text))
        return "0" if size < 1 else f"{'-' if text[0] == '-' else ''}1e{math.floor(math.log10(size))}"
    return text[:1] + "…"


def _texts(series: pl.Series) -> pl.Series:
    if is_time(series.dtype):
        return series.dt.strftime("%Y-%m-%d")
    if series.dtype.is_float():
        return pl.Series(series.name, [_text(v) if v is not None else None for v in series.to_list()], dtype=pl.String)
    return series.cast(pl.String)


def _text(value: Any) -> str:
    """The same text for one value as for a column of them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    return repr(value) if isinstance(value, float) else str(value)
