"""ISO dates and times by arithmetic, against the datetime module of Python."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from narrative.engine.tables.iso_times import read_iso

MOMENTS = [
    datetime(1000, 1, 1),  # noqa: DTZ001
    datetime(1900, 2, 28, 23, 59, 59, 999_999),  # noqa: DTZ001
    datetime(2000, 2, 29, 12),  # noqa: DTZ001
    datetime(2024, 12, 31, 0, 0, 1, 250_000),  # noqa: DTZ001
    datetime(9999, 12, 31, 23, 59),  # noqa: DTZ001
]


@pytest.mark.parametrize("mark", ["T", " "])
@pytest.mark.parametrize("precision", ["minutes", "seconds", "milliseconds", "microseconds"])
def test_moments_agree_with_python(mark: str, precision: str) -> None:
    texts = [moment.isoformat(mark, precision) for moment in MOMENTS]
    read = read_iso(pl.Series("m", [None, *texts, None]))
    assert read is not None
    assert read.name == "m"
    assert read.dtype == pl.Datetime("us")
    assert read.to_list() == [None, *(datetime.fromisoformat(text) for text in texts), None]


def test_every_day_of_four_centuries_is_right() -> None:
    days = np.arange("1600-01-01", "2000-03-02", dtype="M8[D]")
    read = read_iso(pl.Series(days.astype(str)))
    assert read is not None
    assert (read.to_numpy() == days).all()


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024/01/01", "0999-01-01",
     "abc", "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10:00:60", "2024-01-01x10:00", "2024-01-01T1a:00",
     "2024-01-0\u0661", "2024-01-01T10:00:00,5", "2024-01-01T10:00Z", "20240101xx", ""],
)  # fmt: skip
def test_what_is_no_iso_moment_is_left_to_the_parser(text: str) -> None:
    assert read_iso(pl.Series([text])) is None
    assert read_iso(pl.Series(["2024-01-01", text])) is None


def test_a_column_without_cells_is_left_alone() -> None:
    assert read_iso(pl.Series([None, None], dtype=pl.String)) is None
