from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from narrative.engine.steps.base import FitContext
from narrative.engine.steps.cast_type import CastType, CastTypeParams


def cast(values: list[Any], to: str) -> list[Any]:
    frame = pl.DataFrame({"x": values})
    params = CastTypeParams.model_validate({"columns": ["x"], "to": to})
    return CastType().fit_apply(frame, params, FitContext())[1]["x"].to_list()


@pytest.mark.parametrize(
    ("values", "to", "expected"),
    [
        ([" 3 ", "3.0", "3.5", "abc", None, "9007199254740993"], "integer", [3, 3, None, None, None, 9007199254740993]),
        ([3.0, 3.5, None], "integer", [3, None, None]),
        (["1e3", "inf", ""], "decimal", [1000.0, None, None]),
        ([3.0, 2.5, 1e300], "text", ["3", "2.5", "1e+300"]),
        ([2**60 + 1], "text", [str(2**60 + 1)]),
        ([True, None], "text", ["true", None]),
        (["Yes", "no", "7", None], "boolean", [True, False, None, None]),
        ([1, 0, 7], "boolean", [True, False, None]),
        (["2024-01-31", "31.01.2024"], "date", [date(2024, 1, 31), None]),
        ([date(2024, 1, 31)], "decimal", [None]),
    ],
)
def test_values_are_read_as_another_type(values: list[Any], to: str, expected: list[Any]) -> None:
    assert cast(values, to) == expected


def test_what_cannot_be_read_is_counted_with_an_example() -> None:
    frame = pl.DataFrame({"x": ["1", "one", "uno"]})
    params = CastTypeParams(columns=["x"], to="integer")
    state = CastType().fit(frame, params, FitContext())
    assert CastType().notes(frame, params, state) == [
        "2 values of 'x' cannot be read as integer and become missing, e.g. 'one'."
    ]
