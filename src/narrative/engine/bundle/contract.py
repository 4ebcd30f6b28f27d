"""The input contract: what a model expects of the tables it is given, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.alignment import canonical
from narrative.engine.profile.types import TableProfile
from narrative.engine.steps._columns import counted, dtype_name, is_time, to_json
from narrative.engine.types import ColumnKind, Label, Problem

MAX_SHOWN_CATEGORIES: Final = 100
MAX_KNOWN_CATEGORIES: Final = 20_000
"""Columns with more distinct texts than this count as free text: new values are not reported."""

Cell = str | int | float | bool | None


class ContractCategory(BaseModel):
    """A category and its share of the rows the model has learned from (0 to 1, of all rows)."""

    model_config = ConfigDict(frozen=True)
    value: str
    share: float


class ContractColumn(BaseModel):
    """One expected column.

    ``typical`` is the value of a typical row: the median of numbers and times, the most frequent of everything else.
    ``minimum`` and ``maximum`` are the range in training; times as ISO 8601 text.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    kind: ColumnKind
    dtype: str
    """String, Int64, Float64, Boolean, Date or Datetime."""
    required: bool
    """Whether it was never missing in training; a table without it still gets predictions, with a warning."""
    typical: Cell = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    categories: list[ContractCategory] = []
    """The most frequent ones, at most 100."""
    missing_share: float = 0.0


class InputContract(BaseModel):
    """What a model expects and what it answers. ``vocabulary`` holds every known category of each category column."""

    model_config = ConfigDict(frozen=True)
    columns: list[ContractColumn]
    target: str
    problem: Problem
    classes: list[Label] = []
    missing_markers: list[str] = []
    """Texts that meant "no value" in the file the model learned from; they mean it in every input."""
    vocabulary: dict[str, list[str]] = Field(default={}, exclude=True, repr=False)

    def column(self, name: str) -> ContractColumn:
        """The named column; KeyError when the model does not expect it."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def only(self, names: Sequence[str]) -> InputContract:
        """The contract reduced to some columns, in its own order."""
        kept = set(names)
        return self.model_copy(
            update={
                "columns": [column for column in self.columns if column.name in kept],
                "vocabulary": {name: values for name, values in self.vocabulary.items() if name in kept},
            }
        )

    def typical_row(self) -> dict[str, Cell]:
        """A typical row: where a what-if starts."""
        return {column.name: column.typical for column in self.columns}


def build_contract(
    profile: TableProfile,
    frame: pl.DataFrame,
    target: str,
    classes: Sequence[Label],
    *,
    problem: Problem | None = None,
    missing_markers: Sequence[str] = (),
) -> InputContract:
    """The contract of a model trained on this frame.

    Args:
        profile: kinds of the columns.
        frame: the training table; with or without the target.
        classes: labels in the order of the model's outputs; empty for regression.
        missing_markers: texts the import has read as "no value".
        problem: taken from the profile when not given; without either it follows from the number of classes.
    """
    columns, vocabulary = [], {}
    kinds: dict[str, ColumnKind] = {column.name: column.kind for column in profile.columns}
    features = canonical(frame.drop(target, strict=False))
    for name in features.columns:
        kind = kinds.get(name, "category")
        columns.append(_column(features[name], kind))
        known = _vocabulary(features[name], kind)
        if known is not None:
            vocabulary[name] = known
    by_classes: Problem = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    return InputContract(
        columns=columns,
        target=target,
        problem=problem or profile.problem or by_classes,
        classes=list(classes),
        missing_markers=list(missing_markers),
        vocabulary=vocabulary,
    )


def _column(values: pl.Series, kind: ColumnKind) -> ContractColumn:
    missing_share = values.null_count() / len(values) if len(values) else 0.0
    low, high = _range(values)
    return ContractColumn(
        name=values.name,
        kind=kind,
        dtype=dtype_name(values.dtype),
        required=missing_share == 0.0,
        typical=_typical(values),
        minimum=low,
        maximum=high,
        categories=_categories(values) if kind in {"category", "boolean"} else [],
        missing_share=missing_share,
    )


def _range(values: pl.Series) -> tuple[Any, Any]:
    if values.dtype.is_numeric() or is_time(values.dtype):
        return to_json(values.min()), to_json(values.max())
    return None, None


def _typical(values: pl.Series) -> Cell:
    present = values.drop_nulls()
    if present.is_empty():
        return None
    if present.dtype.is_integer():
        return int(present.quantile(0.5, interpolation="lower") or 0)
    if present.dtype.is_numeric() or is_time(present.dtype):
        # The lower median exists in the data, also for times, where a mean of two may not be a day.
        return _cell(present.sort()[(len(present) - 1) // 2])
    return _cell(counted(present)["value"][0])


def _categories(values: pl.Series) -> list[ContractCategory]:
    present = values.drop_nulls().cast(pl.String)
    if present.is_empty():
        return []
    top = counted(present).head(MAX_SHOWN_CATEGORIES)
    return [ContractCategory(value=value, share=count / len(values)) for value, count in top.iter_rows()]


def _vocabulary(values: pl.Series, kind: ColumnKind) -> list[str] | None:
    """Every category that was there, sorted; None where new values are nothing to report."""
    if kind != "category" or values.dtype != pl.String:
        return None
    known = values.drop_nulls().unique().sort()
    return known.to_list() if len(known) <= MAX_KNOWN_CATEGORIES else None


def _cell(value: Any) -> Cell:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else None
