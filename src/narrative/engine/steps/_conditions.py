"""A question to one cell, with an answer for every row: yes or no, never missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._columns import dtype_name, enumerated, typed_literal

if TYPE_CHECKING:
    from narrative.engine.steps.base import Step

Operator = Literal[
    "equals", "not_equals", "less", "at_most", "greater", "at_least", "between", "one_of", "not_one_of",
    "contains", "starts_with", "ends_with", "is_missing", "is_present",
]  # fmt: skip
Cell = bool | int | float | str
_ORDER: Final = frozenset({"less", "at_most", "greater", "at_least", "between"})
_PARTS: Final = frozenset({"contains", "starts_with", "ends_with"})
_BARE: Final = frozenset({"is_missing", "is_present"})
_LISTS: Final = frozenset({"one_of", "not_one_of"})
_WORDS: Final[dict[str, str]] = {
    "equals": "is", "not_equals": "is not", "less": "is less than", "at_most": "is at most",
    "greater": "is greater than", "at_least": "is at least", "between": "is between", "one_of": "is one of",
    "not_one_of": "is none of", "contains": "contains", "starts_with": "starts with", "ends_with": "ends with",
    "is_missing": "is missing", "is_present": "is not missing",
}  # fmt: skip


def renamed_conditions(conditions: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Conditions, as they are written down, for a table whose columns have other names; values stay."""
    return [{**asked, "column": names.get(asked["column"], asked["column"])} for asked in conditions]


class Condition(BaseModel):
    """A column, a comparison and what to compare with."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    column: str = Field(title="Column", description="The column that is asked.")
    operator: Operator = Field(title="Comparison", description="How the cell is compared; both ends of between count.")
    values: list[Cell] = Field(
        default=[],
        max_length=1000,
        title="Values",
        description="One value; two for between; any number for one_of and not_one_of; none for is_missing. "
        "Dates as ISO 8601.",
    )

    @model_validator(mode="after")
    def _values_suit(self) -> Condition:
        count = len(self.values)
        if self.operator in _LISTS:
            if not count:
                raise ValueError(f"{self.operator} needs at least one value")
        elif count != (wanted := 0 if self.operator in _BARE else 2 if self.operator == "between" else 1):
            raise ValueError(f"{self.operator} needs {wanted} value{'' if wanted == 1 else 's'}, not {count}")
        if any(isinstance(value, float) and not math.isfinite(value) for value in self.values):
            raise ValueError("values must be finite")
        return self


def condition_text(asked: Condition) -> str:
    """The condition in words.

    >>> condition_text(Condition(column="age", operator="between", values=[18, 30]))
    "'age' is between 18 and 30"
    """
    shown = enumerated((repr(value) for value in asked.values), "or" if asked.operator in _LISTS else "and", most=5)
    return f"'{asked.column}' {_WORDS[asked.operator]} {shown}".rstrip()


def typed_values(step: Step[Any], asked: Condition, dtype: pl.DataType) -> dict[str, Any]:
    """The values in the type of the column, as JSON: ``{"type": ..., "values": [...]}``.

    Raises:
        InvalidInput: ``value_unfit`` when a value, or the comparison, does not suit the column.
    """
    name = dtype_name(dtype)
    if (asked.operator in _PARTS and name != "String") or (asked.operator in _ORDER and name in {"String", "Boolean"}):
        raise InvalidInput(
            "value_unfit",
            f"{step.title}: '{asked.column}' cannot be asked for '{asked.operator}': its type is {name}.",
            column=asked.column,
            fix="Sizes can be compared for numbers and dates, parts for text. Cast the column first.",
        )
    values = [_typed(value, name) for value in asked.values]
    for given, value in zip(asked.values, values, strict=True):
        if value is None:
            raise InvalidInput(
                "value_unfit",
                f"{step.title}: '{asked.column}' cannot be compared with {given!r}: its type is {name}.",
                column=asked.column,
                fix="Choose a value of the same type as the column, or cast the column first.",
            )
    whole = all(isinstance(value, int) for value in values)
    return {"type": "Float64" if name == "Int64" and not whole else name, "values": values}


def _typed(value: Cell, dtype: str) -> Cell | None:
    """The value as a column of this type holds it, or None."""
    if dtype in {"Boolean", "String"}:
        return value if isinstance(value, bool if dtype == "Boolean" else str) else None
    if dtype in {"Int64", "Float64"}:
        return None if isinstance(value, bool | str) or abs(value) >= 2**63 else _number(value, dtype)
    try:
        return _time(str(value), dtype)
    except ValueError:
        return None


def _number(value: float, dtype: str) -> float:
    return int(value) if dtype == "Int64" and float(value).is_integer() else float(value)


def _time(text: str, dtype: str) -> str:
    if dtype == "Date":
        return date.fromisoformat(text).isoformat()
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat()


def where(asked: Condition, typed: dict[str, Any]) -> pl.Expr:
    """True for rows that meet the condition; a missing cell is equal to nothing."""
    column = pl.col(asked.column)
    if asked.operator in _BARE:
        return column.is_null() if asked.operator == "is_missing" else column.is_not_null()
    if typed["type"] == "Float64":
        column = column.cast(pl.Float64)
    literals = [typed_literal(value, typed["type"]) for value in typed["values"]]
    first = literals[0]
    if asked.operator in _LISTS:
        known = pl.select(pl.concat_list(literals)).to_series()
        among = column.is_in(pl.lit(known)).fill_null(value=False)
        return ~among if asked.operator == "not_one_of" else among
    if asked.operator in _PARTS:
        text = column.str
        part = str(typed["values"][0])
        met = text.contains(part, literal=True) if asked.operator == "contains" else (
            text.starts_with(part) if asked.operator == "starts_with" else text.ends_with(part)
        )  # fmt: skip
        return met.fill_null(value=False)
    if asked.operator == "not_equals":
        return column.ne_missing(first)
    met = {
        "equals": column == first, "less": column < first, "at_most": column <= first, "greater": column > first,
        "at_least": column >= first, "between": (column >= first) & (column <= literals[-1]),
    }[asked.operator]  # fmt: skip
    return met.fill_null(value=False)


def row_where(asked: Condition, typed: dict[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """The same as :func:`where` for one row."""
    values = [_cell(value, typed["type"]) for value in typed["values"]]
    compare = _comparison(asked.operator, values)
    as_number = typed["type"] == "Float64"

    def is_met(row: Mapping[str, Any]) -> bool:
        cell = row[asked.column]
        if cell is None:
            return asked.operator in {"is_missing", "not_equals", "not_one_of"}
        return compare(float(cell) if as_number else cell)

    return is_met


def _cell(value: Cell, dtype: str) -> Any:
    """A value of :func:`typed_values` as a row holds it."""
    if dtype == "Date":
        return date.fromisoformat(str(value))
    if dtype == "Datetime":
        return datetime.fromisoformat(str(value))
    return float(value) if dtype == "Float64" else value


def _comparison(operator: Operator, values: list[Any]) -> Callable[[Any], bool]:
    """What is asked of a cell that is there."""
    first, last = (values[0], values[-1]) if values else (None, None)
    found: dict[Operator, Callable[[Any], bool]] = {
        "is_missing": lambda cell: cell is None,
        "is_present": lambda cell: cell is not None,
        "equals": lambda cell: cell == first,
        "not_equals": lambda cell: cell != first,
        "less": lambda cell: cell < first,
        "at_most": lambda cell: cell <= first,
        "greater": lambda cell: cell > first,
        "at_least": lambda cell: cell >= first,
        "between": lambda cell: first <= cell <= last,
        "one_of": lambda cell: cell in values,
        "not_one_of": lambda cell: cell not in values,
        "contains": lambda cell: first in cell,
        "starts_with": lambda cell: cell.startswith(first),
        "ends_with": lambda cell: cell.endswith(first),
    }
    return found[operator]
