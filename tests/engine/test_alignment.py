from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from narrative.engine.alignment import aligned, canonical, input_types, kinds_of, read_iso_time

NOON = datetime(2024, 1, 1, 12)  # noqa: DTZ001


def one(values: list[Any], dtype: Any, wanted: str) -> list[Any]:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    return aligned(frame, {"x": wanted}).collect()["x"].to_list()


@pytest.mark.parametrize(
    ("values", "dtype", "wanted", "expected"),
    [
        ([1, 2**40], pl.Int64, "Int64", [1, 2**40]),
        ([1, 2], pl.UInt8, "Int64", [1, 2]),
        ([3.5, float("inf"), float("nan"), None], pl.Float64, "Float64", [3.5, None, None, None]),
        ([3.5], pl.Float64, "Int64", [3.5]),  # a decimal where whole numbers were is not cut
        ([Decimal("1.50")], pl.Decimal(10, 2), "Float64", [1.5]),
        ([True, None], pl.Boolean, "Float64", [1.0, None]),
        ([" 7 ", "x", "inf"], pl.String, "Float64", [7.0, None, None]),
        ([date(2024, 1, 1)], pl.Date, "Float64", [None]),
        ([timedelta(minutes=1)], pl.Duration("us"), "Float64", [60.0]),
        ([time(0, 1)], pl.Time, "Float64", [60.0]),
        ([None], pl.Null, "Boolean", [None]),
        ([1, 0, 2], pl.Int8, "Boolean", [True, False, None]),
        (["a", None], pl.Categorical, "String", ["a", None]),
        ([3.0, 2.5, -0.0], pl.Float64, "String", ["3", "2.5", "0"]),
        ([[1]], pl.List(pl.Int64), "String", [None]),
        ([NOON], pl.Datetime("ms"), "Date", [date(2024, 1, 1)]),
        ([5], pl.Int64, "Date", [None]),
        ([NOON.replace(tzinfo=UTC)], pl.Datetime("us", "Europe/Berlin"), "Datetime", [NOON]),
    ],
)  # fmt: skip
def test_values_are_brought_to_engine_types(values: list[Any], dtype: Any, wanted: str, expected: list[Any]) -> None:
    assert one(values, dtype, wanted) == expected


def test_columns_come_in_the_order_asked_for_and_gaps_where_there_are_none() -> None:
    frame = pl.DataFrame({"b": [1, 2], "extra": [0, 0]})
    found = aligned(frame, {"a": "String", "b": "Int64"}).collect()
    assert found.to_dict(as_series=False) == {"a": [None, None], "b": [1, 2]}


def test_a_frame_with_none_of_the_columns_keeps_its_rows() -> None:
    assert aligned(pl.DataFrame({"z": [1, 2, 3]}), {"a": "Float64"}).collect().height == 3


def test_every_polars_type_has_a_home() -> None:
    frame = pl.DataFrame(
        {
            "u": pl.Series([1], dtype=pl.UInt64),
            "f": pl.Series([1], dtype=pl.Float32),
            "e": pl.Series(["a"], dtype=pl.Enum(["a"])),
            "s": pl.Series([{"k": 1}]),
            "b": pl.Series([b"x"]),
            "n": pl.Series([None]),
        }
    )
    assert set(input_types(frame).values()) <= {"String", "Int64", "Float64"}
    assert canonical(frame).row(0) == (1.0, 1.0, "a", None, None, None)
    assert set(kinds_of(frame.schema).values()) <= {"category", "integer", "decimal"}


def test_iso_times_are_read_value_by_value_whatever_stands_first() -> None:
    texts = ["tomorrow", "2024-01-31", "2024-01-31T05:06:07", "2024-01-31 05:06", "2024-01-31 05:06:07.25", None]
    found = pl.DataFrame({"x": texts}).select(read_iso_time(pl.col("x"))).to_series().to_list()
    assert [None if value is None else value.isoformat() for value in found] == [
        None,
        "2024-01-31T00:00:00",
        "2024-01-31T05:06:07",
        "2024-01-31T05:06:00",
        "2024-01-31T05:06:07.250000",
        None,
    ]
