"""What rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import polars as pl

from narrative.engine.cleaning.types import Found
from narrative.engine.step_specs import StepSpec

Rule = Callable[[pl.DataFrame], Iterable[Found]]
LEAST_ROWS: Final = 10
"""Fewer say too little about what a column is."""
EXAMPLES: Final = 3


def texts(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """Columns of text that hold something."""
    return (column for column in frame if column.dtype == pl.String and column.null_count() < len(column))


def found(
    code: str, step: str, columns: list[str], reason: str, *, examples: Iterable[str] = (), **params: Any
) -> Found:
    """A fault with the step that repairs it."""
    spec = StepSpec(type=step, params={"columns": columns, **params} if columns else params)
    return Found(code=code, step=spec, columns=columns, reason=reason, examples=list(examples)[:EXAMPLES])
