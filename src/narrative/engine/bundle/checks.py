"""Check rows: raw rows stored with the answers they must give, and the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.alignment import aligned
from narrative.engine.bundle.contract import InputContract
from narrative.engine.model import Model
from narrative.engine.steps._columns import DTYPES, to_json

MAX_CHECK_ROWS: Final = 20
TOLERANCE: Final = 1e-9
"""Largest difference, relative to the size of the margin, that counts as the same answer on another machine."""


def check_rows(model: Model, contract: InputContract, frame: pl.DataFrame | None) -> dict[str, Any]:
    """Rows as JSON with the margins and answers of the model; one row without any value is always among them."""
    types = {column.name: column.dtype for column in contract.columns}
    empty = pl.DataFrame({name: pl.Series([None], dtype=DTYPES[dtype]) for name, dtype in types.items()})
    rows = empty
    if frame is not None and frame.height and types:
        rows = pl.concat([aligned(frame.head(MAX_CHECK_ROWS), types).cast(empty.schema).collect(), empty])
    stored = [
        {"name": name, "dtype": dtype, "values": [to_json(value) for value in rows[name]]}
        for name, dtype in types.items()
    ]
    margins = model.margins(_frame(stored)) if types else np.empty((0, 0))
    answers = model.answers(model.predictions(margins)) if len(margins) else []
    return {"columns": stored, "margins": margins.tolist(), "answers": answers}


def compare(model: Model, checks: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Number of rows computed again, and one sentence per row whose answer differs."""
    if not checks["columns"]:
        return 0, []
    frame = _frame(checks["columns"])
    expected = np.array(checks["margins"], dtype=np.float64)
    margins = model.margins(frame)
    if margins.shape != expected.shape:
        return frame.height, [f"The check rows give {margins.shape} numbers, {expected.shape} were expected."]
    answers = model.answers(model.predictions(margins))
    differences = []
    scale = np.maximum(1.0, np.abs(expected))
    wrong = np.any(~(np.abs(margins - expected) <= TOLERANCE * scale), axis=1)
    for row, answer in enumerate(answers):
        same_answer = answer == checks["answers"][row] or isinstance(answer, float)
        if wrong[row] or not same_answer:
            shown = (answer, checks["answers"][row])
            if shown[0] == shown[1]:
                shown = (margins[row].tolist(), expected[row].tolist())
            differences.append(f"Check row {row + 1} gives {shown[0]!r}, expected was {shown[1]!r}.")
    return frame.height, differences


def _frame(columns: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([_series(column) for column in columns])


def _series(column: Mapping[str, Any]) -> pl.Series:
    dtype, values = str(column["dtype"]), column["values"]
    if dtype == "Date":
        values = [None if value is None else date.fromisoformat(value) for value in values]
    elif dtype == "Datetime":
        values = [None if value is None else datetime.fromisoformat(value) for value in values]
    return pl.Series(str(column["name"]), values, dtype=DTYPES[dtype])
