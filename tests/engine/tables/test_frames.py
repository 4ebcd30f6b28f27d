"""Frames from other libraries, and the content hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from typing import Any

import pandas as pd
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.tables import canonical, content_hash, frame_from


def test_pandas_frames_come_in_without_arrow() -> None:
    table = pd.DataFrame(
        {
            "whole": [1, 2],
            "number": [1.5, float("nan")],
            "text": ["a", None],
            "category": pd.Categorical(["x", None]),
            "nullable": pd.array([1, None], dtype="Int64"),
            "mixed": [1, "x"],
            "moment": pd.to_datetime(["2024-01-01 10:00", None]),
            "zoned": pd.to_datetime(["2024-01-01", "2024-01-02"]).tz_localize("Europe/Berlin"),
            "truth": [True, False],
        }
    )
    frame = frame_from(table)
    assert dict(frame.schema) == {
        "whole": pl.Int64, "number": pl.Float64, "text": pl.String, "category": pl.String, "nullable": pl.Int64,
        "mixed": pl.String, "moment": pl.Datetime("us"), "zoned": pl.Datetime("us"), "truth": pl.Boolean,
    }  # fmt: skip
    assert frame.row(1)[1:5] == (None, None, None, None)
    assert frame["zoned"][0] == dt.datetime(2023, 12, 31, 23)  # noqa: DTZ001


def test_mappings_and_records_come_in() -> None:
    assert frame_from({"a": [1, None], "b": ["x", ""]}).rows() == [(1, "x"), (None, None)]
    assert frame_from([{"a": 1}, {"a": 2.5, "b": "y"}]).rows() == [(1.0, None), (2.5, "y")]
    assert frame_from({"a": [2**70, 1]}).rows() == [("1180591620717411303424",), ("1",)]
    assert frame_from(pl.LazyFrame({"a": [1]})).rows() == [(1,)]


@pytest.mark.parametrize("thing", [3, "text", [1, 2], None, {"a": [1], "b": [1, 2]}])
def test_what_is_no_table_is_refused(thing: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        frame_from(thing)
    assert caught.value.code == "not_a_table"
    assert caught.value.fix


def test_the_given_frame_is_never_changed() -> None:
    frame = pl.DataFrame({"a": [1.0, float("nan")], "b": ["", "x"]})
    before = frame.clone()
    canonical(frame)
    assert frame.equals(before)


FRAME = pl.DataFrame({"a": [1, None, 3], "b": ["x", "yy", None], "c": [0.5, None, -0.0], "d": [True, None, False]})


def test_the_content_hash_is_the_documented_one() -> None:
    """Written a second time from the words of the docstring, byte by byte, without numpy."""
    parts = [b"narrative-table-1\n3"]
    parts += [b"\n1:a:Int64\n", bytes([1, 0, 1]), struct.pack("<3q", 1, 0, 3)]
    parts += [b"\n1:b:String\n", bytes([1, 1, 0]), struct.pack("<3q", 1, 2, 0), b"xyy"]
    parts += [b"\n1:c:Float64\n", bytes([1, 0, 1]), struct.pack("<3d", 0.5, 0.0, 0.0)]
    parts += [b"\n1:d:Boolean\n", bytes([1, 0, 1]), bytes([1, 0, 0])]
    assert content_hash(FRAME) == hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize(
    "same",
    [
        FRAME.rechunk(),
        pl.concat([FRAME[:1], FRAME[1:]], rechunk=False),
        FRAME.with_columns(pl.col("a").cast(pl.Int16), pl.col("b").fill_null("")),
        FRAME.with_columns(pl.col("c").fill_null(float("nan"))),
    ],
)
def test_equal_content_has_an_equal_hash(same: pl.DataFrame) -> None:
    assert content_hash(same) == content_hash(FRAME)


@pytest.mark.parametrize(
    "other",
    [
        FRAME.rename({"a": "A"}),
        FRAME.reverse(),
        FRAME.select("b", "a", "c", "d"),
        FRAME.head(2),
        FRAME.with_columns(pl.col("a").cast(pl.Float64)),
        FRAME.with_columns(pl.col("a").fill_null(0)),
        FRAME.with_columns(b=pl.Series(["xy", "y", None])),
        FRAME.with_columns(pl.col("d").fill_null(value=False)),
    ],
)
def test_any_difference_changes_the_hash(other: pl.DataFrame) -> None:
    assert content_hash(other) != content_hash(FRAME)
