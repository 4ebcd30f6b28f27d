"""What the steps share: which columns are meant, what they may be called, how values survive JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from pydantic import Field

from narrative.core.errors import InvalidInput
from narrative.engine.steps.base import NoRowPathError, State, StepParams
from narrative.engine.types import ColumnKind, FloatArray

if TYPE_CHECKING:
    from narrative.engine.steps.base import Step

NUMERIC: Final[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "boolean"})
"""Kinds that count as numbers for arithmetic; booleans are 0 and 1."""
TEXTUAL: Final[frozenset[ColumnKind]] = frozenset({"category", "text", "identifier", "constant", "empty"})
CATEGORICAL: Final[frozenset[ColumnKind]] = frozenset(
    {"category", "text", "identifier", "constant", "empty", "integer", "decimal", "boolean"}
)
TIMES: Final[frozenset[ColumnKind]] = frozenset({"date", "datetime"})


class ColumnsParams(StepParams):
    """Parameters of a step that works on several columns alike."""

    columns: list[str] | None = Field(
        default=None, title="Columns", description="Columns to work on; left empty: all columns that suit the step."
    )


def is_number(dtype: pl.DataType) -> bool:
    """Whether values can be calculated with (booleans count as 0 and 1)."""
    return dtype.is_numeric() or dtype == pl.Boolean


def is_quantity(dtype: pl.DataType) -> bool:
    """Whether values have a size: numbers, but not booleans."""
    return dtype.is_numeric()


def is_text(dtype: pl.DataType) -> bool:
    return dtype == pl.String


def is_time(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or isinstance(dtype, pl.Datetime)


def chosen(frame: pl.DataFrame, columns: Sequence[str] | None, suits: Callable[[pl.DataType], bool]) -> list[str]:
    """The named columns, or all whose type suits."""
    if columns is not None:
        return list(columns)
    return [name for name, dtype in frame.schema.items() if suits(dtype)]


def counted(values: pl.Series) -> pl.DataFrame:
    """Distinct values as ``value`` and ``n``, by falling count, ties in order of the value; missing left out."""
    return values.drop_nulls().alias("value").value_counts(name="n").sort(["n", "value"], descending=[True, False])


def free_name(name: str, taken: set[str]) -> str:
    """A column name that is not taken: the name itself, else with a number behind it."""
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """:func:`free_name` of several new columns."""
    names, known = [], set(taken)
    for name in wanted:
        names.append(free_name(name, known))
        known.add(names[-1])
    return names


def distinct(columns: list[str]) -> list[str]:
    """The columns, none of them twice (for validators: raises ``ValueError``)."""
    if len(set(columns)) != len(columns):
        raise ValueError("a column is named twice")
    return columns


def enumerated(items: Iterable[str], word: str = "and", *, most: int = 8) -> str:
    """Items as people list them.

    >>> enumerated(["a", "b", "c"]), enumerated("abcd", most=2)
    ('a, b and c', 'a, b and 2 more')
    """
    shown = list(items)
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
        word = "and"
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def named(columns: Sequence[str] | None, otherwise: str) -> str:
    """The chosen columns in quotes, or what is meant when none is chosen.

    >>> named(["a", "b"], "all numbers"), named(None, "all numbers")
    ("'a' and 'b'", 'all numbers')
    """
    return otherwise if columns is None else enumerated(f"'{name}'" for name in columns)


def require_free(step: Step[Any], names: Iterable[str], taken: Collection[str]) -> None:
    """Raise when a new column would take the place of another one."""
    for name in names:
        if name in taken:
            raise InvalidInput(
                "column_taken",
                f"{step.title}: there is a column '{name}' already.",
                column=name,
                fix="Choose another name, or remove or rename that column first.",
            )


def require_text(step: Step[Any], frame: pl.DataFrame, name: str) -> None:
    """Raise when a column holds anything but text."""
    dtype = frame.schema[name]
    if not is_text(dtype):
        raise unfit(step, name, dtype, "text")


def text_columns(
    step: Step[Any], frame: pl.DataFrame, columns: Sequence[str] | None, *, also: frozenset[ColumnKind] = frozenset()
) -> list[str]:
    """The named columns that are text, or all that are.

    A named column that holds no value at all, or already is what the step would make of it (``also``), is passed over.
    """
    names = chosen(frame, columns, is_text)
    found = []
    for name in names:
        column = frame.get_column(name)
        if is_text(column.dtype):
            found.append(name)
        elif column.null_count() < len(column) and not (also & TIMES and is_time(column.dtype)):
            raise unfit(step, name, column.dtype, "text")
    return found


def check_pattern(pattern: str) -> int:
    """Number of groups of a regular expression (for validators: raises ``ValueError`` saying what is wrong)."""
    try:
        groups = pl.Series([""], dtype=pl.String).str.extract_groups(pattern).dtype
    except pl.exceptions.ComputeError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        said = next((line for line in lines if line.startswith("error: ")), lines[0])
        raise ValueError(f"this is no regular expression: {said.removeprefix('error: ')}") from error
    return len(groups.fields) if isinstance(groups, pl.Struct) else 0


def unread_notes(step: Step[Any], frame: pl.DataFrame, params: StepParams, state: State, wanted: str) -> list[str]:
    """One sentence per column in which values could not be read and became missing."""
    after = step.apply(frame.lazy(), params, state).collect()
    said = []
    for name in step.outputs(params, state):
        lost = frame.filter(frame[name].is_not_null() & after[name].is_null())[name]
        if len(lost):
            how_many = "1 value" if len(lost) == 1 else f"{len(lost):,} values"
            becomes = "becomes" if len(lost) == 1 else "become"
            said.append(f"{how_many} of '{name}' cannot be read as {wanted} and {becomes} missing, e.g. {lost[0]!r}.")
    return said


def numbers_of(step: Step[Any], frame: pl.DataFrame, name: str) -> FloatArray:
    """The numbers that are there, in the order of the rows. Raises when the column holds anything else."""
    column = frame.get_column(name)
    if column.null_count() == len(column):
        return pl.Series([], dtype=pl.Float64).to_numpy()
    if not is_number(column.dtype):
        raise unfit(step, name, column.dtype, "numbers")
    return column.drop_nulls().cast(pl.Float64).to_numpy()


def unfit(step: Step[Any], name: str, dtype: pl.DataType, wanted: str) -> InvalidInput:
    """The error for a column whose values are of another type than the step needs."""
    return InvalidInput(
        "column_kind_unfit",
        f"{step.title}: '{name}' does not hold {wanted}; its type is {dtype_name(dtype)}.",
        column=name,
        fix=f"Choose a column of {wanted}, or cast this one first.",
    )


def plain_text(value: Any) -> str | None:
    """The text of a row path. What counts as a blank or a letter beyond ASCII is left to the frame path."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii():
        return value
    raise NoRowPathError


BLANKS: Final = "\t\n\v\f\r "
"""The blanks of ASCII, which is all :func:`plain_text` lets through."""


def pairs(learned: Mapping[str, Any]) -> list[list[Any]]:
    """A mapping as a list, because JSON objects have no order and new columns must."""
    return [[name, value] for name, value in learned.items()]


def to_json(value: Any) -> Any:
    """A cell as plain JSON; times as ISO 8601 text."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def typed_literal(value: Any, dtype: str) -> pl.Expr:
    """A cell that :func:`to_json` wrote, as a literal of the named type."""
    if value is None:
        return pl.lit(None, dtype=DTYPES[dtype])
    if dtype == "Date":
        return pl.lit(date.fromisoformat(value))
    if dtype == "Datetime":
        return pl.lit(datetime.fromisoformat(value)).cast(DTYPES[dtype])
    return pl.lit(value, dtype=DTYPES[dtype])


DTYPES: Final[dict[str, pl.DataType]] = {
    "String": pl.String(),
    "Int64": pl.Int64(),
    "Float64": pl.Float64(),
    "Boolean": pl.Boolean(),
    "Date": pl.Date(),
    "Datetime": pl.Datetime("us"),
}
"""The types a table has once it is in the engine, by the name bundles use."""


def dtype_name(dtype: pl.DataType) -> str:
    """Name in :data:`DTYPES` of the type a column is brought to; text for what has no better home."""
    if dtype in (pl.Boolean, pl.Date) or isinstance(dtype, pl.Datetime):
        return dtype.base_type().__name__
    if dtype in (pl.UInt64, pl.Int128):
        return "Float64"
    if dtype.is_integer():
        return "Int64"
    if dtype.is_numeric() or isinstance(dtype, pl.Duration | pl.Time | pl.Null):
        return "Float64"
    return "String"
