"""Replace values, or parts of text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._columns import ColumnsParams, check_pattern, dtype_name, named, typed_literal
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Value = bool | int | float | str


class ReplaceValuesParams(ColumnsParams):
    find: Value = Field(title="Find", description="The value, the part of a text, or the regular expression.")
    replace: Value | None = Field(
        default=None,
        title="Replace with",
        description="The new value; left empty: missing. In regular expressions ${1} is what the first group found.",
    )
    match: Literal["value", "part", "regex"] = Field(
        default="value",
        title="Match",
        description="value: the whole cell; part: wherever the text stands in a cell; regex: a regular expression.",
    )
    ignore_case: bool = Field(
        default=False, title="Ignore case", description="Capitals and small letters count as equal (text only)."
    )

    @model_validator(mode="after")
    def _texts_where_needed(self) -> ReplaceValuesParams:
        if any(isinstance(value, float) and not math.isfinite(value) for value in (self.find, self.replace)):
            raise ValueError("numbers must be finite")
        if self.match != "value":
            if not isinstance(self.find, str) or not self.find:
                raise ValueError("parts of a text are found by text")
            if not isinstance(self.replace, str | None):
                raise ValueError("parts of a text are replaced by text")
            if self.match == "regex":
                check_pattern(self.find)
        return self


class ReplaceValues(Step[ReplaceValuesParams]):
    """Replaces whole values (text, numbers, yes/no) or parts of text; everything else stays as it is.

    Parts that are replaced by nothing are cut out; whole values that are replaced by nothing become missing.
    Regular expressions are those of Rust: they take time in proportion to the text, whatever the pattern.
    """

    name: ClassVar[str] = "replace_values"
    title: ClassVar[str] = "Replace values"
    sentence: ClassVar[str] = "Replaces a value, a part of a text or whatever a regular expression finds."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Replace the new value by the old one, if no other cell held the new value before."
    Params = ReplaceValuesParams

    def says(self, params: ReplaceValuesParams) -> str:
        what = {"value": "", "part": "the text ", "regex": "whatever matches "}[params.match] + repr(params.find)
        nothing = "a missing value" if params.match == "value" else "nothing"
        put = nothing if params.replace is None else repr(params.replace)
        return f"Replaces {what} by {put} in {named(params.columns, 'every column that can hold it')}."

    def columns(self, params: ReplaceValuesParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: ReplaceValuesParams, context: FitContext) -> State:
        types: dict[str, str] = {}
        for name in params.columns if params.columns is not None else frame.columns:
            dtype = dtype_name(frame.schema[name])
            after = _type_after(params, dtype)
            if after is not None:
                types[name] = after
            elif params.columns is not None:
                raise self._unfit(params, name, dtype)
        return {"types": types}

    def apply(self, frame: pl.LazyFrame, params: ReplaceValuesParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(_replaced(name, params, dtype) for name, dtype in state["types"].items())

    def row(self, params: ReplaceValuesParams, state: State) -> RowFunction | None:
        if params.match == "regex" or params.ignore_case:
            return None  # regular expressions and folding are those of Rust, which the frame path has
        columns = [(name, _replacer(params, dtype)) for name, dtype in state["types"].items()]

        def replace(row: dict[str, Any]) -> None:
            for name, put in columns:
                if row[name] is not None:
                    row[name] = put(row[name])

        return replace

    def outputs(self, params: ReplaceValuesParams, state: State) -> dict[str, str]:
        return {name: name for name in state["types"]}

    def _unfit(self, params: ReplaceValuesParams, name: str, dtype: str) -> InvalidInput:
        pair = f"{params.find!r} by {'missing' if params.replace is None else repr(params.replace)}"
        return InvalidInput(
            "value_unfit",
            f"{self.title}: {pair} cannot be replaced in '{name}': its type is {dtype}.",
            column=name,
            fix="Give values of the same type as the column, or cast the column first; parts are replaced in text.",
        )


def _type_after(params: ReplaceValuesParams, dtype: str) -> str | None:
    """Type of the column afterwards, or None when it cannot hold these values."""
    if dtype == "String":
        return dtype if isinstance(params.find, str) and isinstance(params.replace, str | None) else None
    if params.match != "value":
        return None
    values = [value for value in (params.find, params.replace) if value is not None]
    if dtype == "Boolean":
        return dtype if all(isinstance(value, bool) for value in values) else None
    if dtype not in {"Int64", "Float64"} or any(
        isinstance(value, bool | str) or abs(value) >= 2**53 for value in values
    ):
        return None
    # Replacing a whole number by 2.5 makes decimals of the column.
    return dtype if params.replace is None or float(params.replace).is_integer() else "Float64"


def _replaced(name: str, params: ReplaceValuesParams, dtype: str) -> pl.Expr:
    column = pl.col(name)
    if dtype == "String":
        put = None if params.replace is None else str(params.replace)
        return _replaced_text(column, str(params.find), put, params).alias(name)
    if dtype == "Boolean":
        return (
            pl.when(column == pl.lit(params.find))
            .then(typed_literal(params.replace, dtype))
            .otherwise(column)
            .alias(name)
        )
    kept = column.cast(pl.Float64) if dtype == "Float64" else column
    number = None if params.replace is None else float(params.replace)
    new = number if number is None or dtype == "Float64" else int(number)
    found = column.cast(pl.Float64) == float(params.find)
    return pl.when(found).then(typed_literal(new, dtype)).otherwise(kept).alias(name)


def _replacer(params: ReplaceValuesParams, dtype: str) -> Callable[[Any], Any]:
    """The same as :func:`_replaced` for a cell that is there."""
    if dtype == "String" and params.match == "part":
        return lambda text: text.replace(str(params.find), params.replace or "")
    if dtype in {"String", "Boolean"}:
        return lambda cell: params.replace if cell == params.find else cell
    find, new = float(params.find), None if params.replace is None else float(params.replace)
    return lambda cell: new if float(cell) == find else cell


def _replaced_text(text: pl.Expr, find: str, put: str | None, params: ReplaceValuesParams) -> pl.Expr:
    fold = "(?i)" if params.ignore_case else ""
    if params.match == "value":
        found = text.str.contains(f"(?s)^{fold}{re.escape(find)}\\z") if params.ignore_case else text == find
        return pl.when(found).then(pl.lit(put, dtype=pl.String)).otherwise(text)
    if params.match == "part":
        if not params.ignore_case:
            return text.str.replace_all(find, put or "", literal=True)
        return text.str.replace_all(fold + re.escape(find), (put or "").replace("$", "$$"))
    return text.str.replace_all(fold + find, put or "")
