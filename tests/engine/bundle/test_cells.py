from __future__ import annotations

from datetime import datetime

import pytest

from narrative.engine.bundle.cells import Missing, read_booleans, read_numbers, read_times


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", 12.5),
        ("-0,75", -0.75),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1 234,5", 1234.5),
        ("1\u00a0234.5", 1234.5),
        ("1'234'567.5", 1234567.5),
        ("1,234,567", 1234567.0),
        ("€ 12,50", 12.5),
        ("$1,234.50", 1234.5),
        ("12,50 €", 12.5),
        ("(12,50)", -12.5),
        (",5", 0.5),
        ("1,5e3", 1500.0),
    ],
)
def test_numbers_that_can_mean_one_thing_are_read(text: str, value: float) -> None:
    assert read_numbers([text], None, None).values == {text: value}


@pytest.mark.parametrize(
    "text", ["abc", "12,5,5", "1.2.3", "12 apples", "1,23,456", "--5", "e5", "0x10", "1.234.56", "1e999"]
)
def test_what_is_no_number_is_not_read(text: str) -> None:
    reading = read_numbers([text], None, None)
    assert reading.values == {}
    assert reading.reasons == {text: "it is not a number"}


def test_a_comma_before_three_digits_is_settled_by_the_range_seen_in_training() -> None:
    assert read_numbers(["1,234"], 0, 5).values == {"1,234": 1.234}
    assert read_numbers(["1,234"], 500, 5000).values == {"1,234": 1234.0}


def test_a_comma_before_three_digits_is_settled_by_the_rest_of_the_column() -> None:
    assert read_numbers(["1,234", "2,5"], 0, 5000).values == {"1,234": 1.234, "2,5": 2.5}
    assert read_numbers(["1,234"], 0, 5000, point_seen=True).values == {"1,234": 1234.0}


def test_what_stays_open_is_not_guessed() -> None:
    assert read_numbers(["1,234"], 0, 5000).reasons == {"1,234": "it could be 1234 or 1.234"}
    assert read_numbers(["1,234", "2,5", "3,000.5"], 0, 5000).reasons == {"1,234": "it could be 1234 or 1.234"}


def test_a_plain_number_is_read_anew_if_the_column_writes_decimals_with_a_comma() -> None:
    assert read_numbers(["2,5"], 0, 9000, doubtful=["1.234"]).values == {"2,5": 2.5, "1.234": 1234.0}
    assert read_numbers(["2,5"], 0, 9, doubtful=["1.234"]).values["1.234"] == 1.234
    assert read_numbers(["2,5", "2.50 €"], 0, 9000, doubtful=["1.234"]).values == {"2,5": 2.5, "2.50 €": 2.5}


def test_percent_follows_the_range() -> None:
    assert read_numbers(["12%"], 0, 1).values == {"12%": 0.12}
    assert read_numbers(["12 %"], 5, 100).values == {"12 %": 12.0}
    assert read_numbers(["1%"], 0, 100).reasons == {"1%": "it could be 1 or 0.01"}


def day(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31.01.2024", day(2024, 1, 31)),
        ("3.4.2024", day(2024, 4, 3)),
        ("31/01/2024", day(2024, 1, 31)),
        ("01/31/2024", day(2024, 1, 31)),
        ("31.01.2024 14:05", day(2024, 1, 31, 14, 5)),
        ("05/05/2024", day(2024, 5, 5)),
    ],
)
def test_dates_whose_order_is_certain_are_read(text: str, value: datetime) -> None:
    assert read_times([text], None, None).values == {text: value}


def test_the_order_of_a_date_is_settled_by_the_column_or_the_range_or_left_open() -> None:
    assert read_times(["03/04/2024", "31/01/2024"], None, None).values["03/04/2024"] == day(2024, 4, 3)
    assert read_times(["03/04/2024"], day(2024, 4, 1), day(2024, 12, 31)).values == {"03/04/2024": day(2024, 4, 3)}
    assert read_times(["03/04/2024"], None, None).reasons == {"03/04/2024": "it could be 2024-04-03 or 2024-03-04"}


@pytest.mark.parametrize("text", ["31.02.2024", "tomorrow", "2024", "31-01/2024", "1.1.24", "31.01.2024 25:00"])
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert read_times([text], None, None).reasons == {text: "it is not a date"}


def test_truth_has_many_words_and_seven_is_none_of_them() -> None:
    reading = read_booleans(["Yes", " no ", "T", "0", "7"])
    assert reading.values == {"Yes": True, " no ": False, "T": True, "0": False}
    assert list(reading.reasons) == ["7"]


@pytest.mark.parametrize("text", ["", "  ", "NA", "n/a", "NULL", "NaN", "-", "?", "k.A.", "#N/V"])
def test_words_for_nothing_are_missing(text: str) -> None:
    assert Missing().means(text)


def test_the_markers_of_the_import_are_missing_too() -> None:
    missing = Missing(["nix", "999"])
    assert missing.means(" Nix ")
    assert missing.is_told("NIX")
    assert missing.numbers == [999.0]
    assert not Missing().means("nix")
    assert not missing.is_told("n/a")
    assert not Missing(["unknown"]).is_told("unknown")  # a marker among numbers, a word in a text
