"""Parquet and Feather: nothing nested, nothing rounded in silence, nothing unpacked before it was counted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables import ReadLimits
from narrative.engine.tables.columnar import plain_columns
from narrative.engine.tables.magic import look
from narrative.engine.tables.parquet import read_feather, read_parquet


def read(frame: pl.DataFrame, tmp_path: Path) -> Any:
    frame.write_parquet(tmp_path / "t.parquet")
    return read_parquet(tmp_path / "t.parquet", ReadLimits())


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_feather_files_of_another_library_are_read(tmp_path: Path, compression: str) -> None:
    table = pa.table({"n": [1, None, 3], "t": ["a", "ü", None], "d": pa.array([dt.date(2024, 1, 31)] * 3)})
    path = tmp_path / "t.feather"
    pyarrow.feather.write_feather(table, path, compression=compression)
    assert look(path)[0] == "feather"
    parsed = read_feather(path, ReadLimits(), is_stream=False)
    assert parsed.frame.rows() == [(1, "a", dt.date(2024, 1, 31)), (None, "ü", dt.date(2024, 1, 31)), (3, None, dt.date(2024, 1, 31))]  # fmt: skip # noqa: E501
    assert parsed.report["format"] == "feather"


def test_arrow_streams_of_another_library_are_read(tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2], "t": ["a", "b"]})
    path = tmp_path / "t.arrows"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert look(path)[0] == "arrow_stream"
    assert read_feather(path, ReadLimits(), is_stream=True).frame.rows() == [(1, "a"), (2, "b")]


def test_a_cut_feather_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "t.feather"
    pl.DataFrame({"a": list(range(1_000))}).write_ipc(path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InvalidInput) as caught:
        read_feather(path, ReadLimits(), is_stream=False)
    assert caught.value.code == "archive_damaged"


def test_nested_columns_are_flattened_one_level_and_told(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "who": [{"name": "A", "at": {"city": "Ulm", "zip": "007"}}, {"name": "B", "at": None}],
            "tags": [["x", "y"], []],
            "deep": [[{"k": 1}], None],
            "who.name": [1, 2],
        }
    )
    parsed = read(frame, tmp_path)
    assert parsed.frame.columns == ["who.name_2", "who.at", "tags", "deep", "who.name"]
    assert parsed.frame.row(0) == ("A", '{"city": "Ulm", "zip": "007"}', "x, y", '[{"k": 1}]', 1)
    assert parsed.frame.row(1) == ("B", None, None, None, 2)
    assert "'who' was divided into 2 columns" in parsed.report["repairs"][0]


def test_digits_are_kept_or_the_column_stays_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "beyond": [2**53 + 1, -(2**63)],
            "price": pl.Series([Decimal("19.90"), Decimal("-0.05")], dtype=pl.Decimal(38, 9)),
            "ledger": pl.Series([Decimal("12345678901234567.89"), None], dtype=pl.Decimal(38, 2)),
            "whole": pl.Series([Decimal(2**60 + 1), None], dtype=pl.Decimal(38, 0)),
            "vast": pl.Series([2**100, 1], dtype=pl.Int128),
        }
    )
    plain, notes, warnings = plain_columns(frame)
    assert plain["beyond"].to_list() == [2**53 + 1, -(2**63)]
    assert plain["price"].to_list() == [19.9, -0.05]
    assert plain["ledger"].to_list() == ["12345678901234567.89", None]
    assert plain["whole"].to_list() == [2**60 + 1, None]
    assert plain["vast"].to_list() == [str(2**100), "1"]
    assert sum("stays text" in note for note in notes) == 2
    assert warnings == []


def test_times_durations_and_zones_are_told(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 1, 12)  # noqa: DTZ001
    frame = pl.DataFrame(
        {
            "at": pl.Series([1_704_110_400_000_000_001], dtype=pl.Datetime("ns")),
            "zoned": pl.Series([moment]).dt.replace_time_zone("Asia/Tokyo"),
            "time": [dt.time(9, 5)],
            "took": [dt.timedelta(minutes=1, milliseconds=500)],
        }
    )
    parsed = read(frame, tmp_path)
    assert parsed.frame.row(0) == (moment, dt.datetime(2024, 1, 1, 3), "09:05:00", 60.5)  # noqa: DTZ001
    told = " ".join(parsed.report["repairs"])
    assert all(word in told for word in ("microseconds", "UTC", "kept as text", "seconds"))


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_dates_that_no_calendar_shows_are_missing_and_told(unit: Any) -> None:
    far = [-(2**62), 2**62, 0, None]
    frame = pl.DataFrame(
        {
            "at": pl.Series(far, dtype=pl.Int64).cast(pl.Datetime(unit)),
            "day": pl.Series([-800_000, 2_932_896, -719_162, None], dtype=pl.Int32).cast(pl.Date),
        }
    )
    plain, _, warnings = plain_columns(frame)
    assert plain["day"].to_list() == [None, dt.date(9999, 12, 31), dt.date(1, 1, 1), None]
    assert plain["at"].cast(pl.Datetime("us")).dt.year().to_list()[2:] == [1970, None]
    lost = 0 if unit == "ns" else 2  # nanoseconds do not reach beyond the year 2262
    assert plain["at"].null_count() == 1 + lost
    assert sum("years 1 to 9999" in text for text in warnings) == (2 if lost else 1)


def test_infinite_numbers_are_counted_as_missing(tmp_path: Path) -> None:
    parsed = read(pl.DataFrame({"a": [1.0, float("inf"), float("-inf"), float("nan")]}), tmp_path)
    assert parsed.frame["a"].to_list() == [1.0, None, None, None]
    assert parsed.report["warnings"] == ["2 infinite numbers of 'a' read as missing."]


def test_bytes_that_are_text_are_read_and_other_bytes_left_out(tmp_path: Path) -> None:
    parsed = read(pl.DataFrame({"t": ["ü".encode(), b"x"], "raw": [b"\xff", b"\xfe"]}), tmp_path)
    assert parsed.frame.rows() == [("ü",), ("x",)]
    with pytest.raises(InvalidInput) as caught:
        read(pl.DataFrame({"raw": [b"\xff"]}), tmp_path)
    assert caught.value.code == "not_a_table"


@pytest.mark.parametrize("nested", [False, True])
def test_text_that_repeats_in_lists_and_records_is_counted(tmp_path: Path, nested: bool) -> None:
    text = pl.Series(["x" * 100_000] * 2_000)
    frame = pl.DataFrame({"a": text})
    frame = frame.select(pl.struct(b="a").alias("a")) if nested else frame.select(pl.concat_list("a", "a").alias("a"))
    frame.write_parquet(tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 1_000_000
    with pytest.raises(LimitExceeded) as caught:
        read_parquet(tmp_path / "t.parquet", ReadLimits(memory_bytes=100_000_000))
    assert caught.value.context["value"] >= 200_000_000
