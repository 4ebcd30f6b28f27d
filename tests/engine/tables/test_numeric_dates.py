"""Dates with day and month as numbers by arithmetic, against the datetime module of Python."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from narrative.engine.tables.dates import DATE_STYLES, MomentStyle, moment_expr, read_moments
from narrative.engine.tables.numeric_dates import read_numeric

DAYS = [datetime(1896, 1, 1) + timedelta(days=number) for number in range(3_000)]  # noqa: DTZ001
EDGES = [datetime(1000, 1, 1), datetime(2000, 2, 29), datetime(9999, 12, 31)]  # noqa: DTZ001


@pytest.mark.parametrize("mark", [".", "/", "-"])
def test_every_day_is_right_in_both_orders(mark: str) -> None:
    days = [*DAYS, *EDGES]
    for order, form in (("day_first", f"%d{mark}%m{mark}%Y"), ("month_first", f"%m{mark}%d{mark}%Y")):
        read = read_numeric(pl.Series("m", [None, *(day.strftime(form) for day in days)]), mark, order)  # type: ignore[arg-type]
        assert read is not None
        assert read.name == "m"
        assert read.dtype == pl.Datetime("us")
        assert read.to_list() == [None, *days]


@pytest.mark.parametrize("text", ["30.02.2024", "29.02.2023", "31.04.2024", "00.01.2024", "01.00.2024", "01.13.2024"])
def test_days_that_do_not_exist_are_missing_and_no_others(text: str) -> None:
    read = read_numeric(pl.Series(["29.02.2024", text, "01.03.2024"]), ".", "day_first")
    assert read is not None
    assert read.to_list() == [datetime(2024, 2, 29), None, datetime(2024, 3, 1)]  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["1.2.2024", "01.02.24", "01/02/2024", "01.02.0999", "a1.02.2024", "2024.01.02", "01.02.202é", " 1.02.2024"]
)
def test_what_is_written_otherwise_is_left_to_the_parser(text: str) -> None:
    assert read_numeric(pl.Series([text]), ".", "day_first") is None
    assert read_numeric(pl.Series(["01.02.2024", text]), ".", "day_first") is None


def test_a_column_of_nothing_is_left_to_the_parser() -> None:
    assert read_numeric(pl.Series([None, None], dtype=pl.String), ".", "day_first") is None


@pytest.mark.parametrize("style", [style for style in DATE_STYLES if style.order and style.format.endswith("%Y")])
def test_arithmetic_and_the_checked_parser_agree_on_damaged_columns(style: object) -> None:
    form = MomentStyle(style)  # type: ignore[arg-type]
    mark = form.date.format[2]
    texts = [f"{a:02}{mark}{b:02}{mark}2024" for a in range(34) for b in range(34)]
    series = pl.Series("m", [*texts, None])
    by_parser = pl.select(moment_expr(pl.lit(series), form)).to_series()
    assert 0 < by_parser.null_count() < len(series)
    assert read_moments(series, form).to_list() == by_parser.to_list()
