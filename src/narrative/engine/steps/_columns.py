"""What the steps share: which columns are meant, how a value becomes a category, how values survive JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

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

KeyType = Literal["number", "text"]
Level = str | float
"""A category as a step remembers it: text, or a number for numeric and boolean columns."""


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


def key_type(dtype: pl.DataType) -> KeyType:
    """How categories of a column are compared: numbers by value (3 equals 3.0), everything else as text."""
    return "number" if is_number(dtype) else "text"


def key(column: str, form: KeyType) -> pl.Expr:
    """The category of each row; null where the value is missing."""
    if form == "number":
        return pl.col(column).cast(pl.Float64).fill_nan(None)
    return pl.col(column).cast(pl.String)


def levels_series(levels: Sequence[Level], form: KeyType) -> pl.Series:
    """Levels as a typed series, also when there are none."""
    return pl.Series(levels, dtype=pl.Float64 if form == "number" else pl.String)


def level_counts(frame: pl.DataFrame, column: str) -> tuple[KeyType, list[Level], list[int], int]:
    """Key type, levels by falling count (ties in order of the level), their counts, and the number of missing cells."""
    form = key_type(frame.get_column(column).dtype)
    counts = frame.select(key(column, form).alias("level")).group_by("level").len(name="n")
    missing = counts.filter(pl.col("level").is_null())["n"].sum()
    counts = counts.drop_nulls("level").sort(["n", "level"], descending=[True, False])
    return form, counts["level"].to_list(), counts["n"].to_list(), int(missing)


def level_text(level: Level) -> str:
    """A level for people: ``3.0`` reads 3.

    >>> level_text(3.0), level_text(2.5), level_text("Paris")
    ('3', '2.5', 'Paris')
    """
    if isinstance(level, float) and level.is_integer() and abs(level) < 2**53:
        return str(int(level))
    return str(level)


def lookup(
    column: str, form: KeyType, levels: Sequence[Level], values: Sequence[float], *, missing: float | None
) -> pl.Expr:
    """The value that belongs to each row's category; missing and unseen categories both get ``missing``."""
    return key(column, form).replace_strict(
        levels_series(levels, form),
        pl.Series(values, dtype=pl.Float64),
        default=missing,
        return_dtype=pl.Float64,
    )


def count_unseen(frame: pl.DataFrame, column: str, form: KeyType, levels: Sequence[Level]) -> int:
    """Rows whose category was not there when the step was fitted (missing cells do not count)."""
    if column not in frame.columns:
        return 0
    values = frame.select(key(column, form).alias("level")).drop_nulls()
    return values.height - int(values["level"].is_in(levels_series(levels, form).implode()).sum())


def unseen_note(column: str, count: int) -> str:
    """One sentence about categories the step had not met."""
    if count == 1:
        return f"1 row has a category of '{column}' that was not there before; it counts as missing."
    return f"{count:,} rows have categories of '{column}' that were not there before; they count as missing."


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


def row_key(value: Any, form: str) -> Level | None:
    """The category of one cell, as :func:`key` gives it for a column."""
    if value is None:
        return None
    if form == "number":
        return float(value)
    if isinstance(value, str):
        return value
    raise NoRowPathError


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
