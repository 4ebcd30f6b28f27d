"""Types of columns: what is converted, what stays text, and what is told about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrative.core.errors import InvalidInput
from narrative.engine.tables.columns import TypedTable, type_columns
from narrative.engine.tables.types import Guess, KindChoice, ReadOptions


def typed(cells: Sequence[str | None], name: str = "v", delimiter: str = ",", **options: Any) -> TypedTable:
    return type_columns(pl.DataFrame({name: cells}, schema={name: pl.String}), ReadOptions(**options), delimiter)


@pytest.mark.parametrize("name", ["count", "value", "proportion"])
@pytest.mark.parametrize("cells", [["n/a", "two", "many"], ["1", "n/a", "3", "x"]])
def test_a_column_may_be_called_as_the_tools_call_their_own(name: str, cells: list[str]) -> None:
    other, found = typed(cells, "v"), typed(cells, name)
    assert found.frame[name].to_list() == other.frame["v"].to_list()


CASES: list[tuple[str, Sequence[str | None], type[pl.DataType] | pl.DataType, list[Any]]] = [
    ("whole numbers", ["1", "-2", "+3", None], pl.Int64, [1, -2, 3, None]),
    ("blanks around numbers", [" 1", "2 ", "3"], pl.Int64, [1, 2, 3]),
    ("decimals", ["1.5", "2", ".5", "1e3"], pl.Float64, [1.5, 2.0, 0.5, 1000.0]),
    ("decimal comma", ["1,5", "2,25", "-0,5"], pl.Float64, [1.5, 2.25, -0.5]),
    ("thousands with comma", ["1,234", "12,345,678", "1,234.5"], pl.Float64, [1234.0, 12345678.0, 1234.5]),
    ("thousands with point", ["1.234,5", "12.345", "7"], pl.Float64, [1234.5, 12345.0, 7.0]),
    ("thousands with blank", ["1 234", "12 345 678", "5"], pl.Int64, [1234, 12345678, 5]),
    ("thousands with narrow blank", ["1\u202f234,5", "12\u202f345", "5"], pl.Float64, [1234.5, 12345.0, 5.0]),
    ("thousands with apostrophe", ["1'234.50", "12'345", "5"], pl.Float64, [1234.5, 12345.0, 5.0]),
    ("currency", ["€ 1.234,50", "-3 €", "12,00 €"], pl.Float64, [1234.5, -3.0, 12.0]),
    ("dollars", ["$1,234.50", "-$3.00", "$12"], pl.Float64, [1234.5, -3.0, 12.0]),
    ("accounting brackets", ["(12.50)", "3.00", "1.25"], pl.Float64, [-12.5, 3.0, 1.25]),
    ("percent", ["12 %", "3.5%", "0%"], pl.Float64, [12.0, 3.5, 0.0]),
    ("leading zeros", ["01234", "99999", "00001"], pl.String, ["01234", "99999", "00001"]),
    ("one leading zero far down", ["1"] * 3 + ["007"], pl.String, ["1", "1", "1", "007"]),
    ("sixteen digits", ["1234567890123456", "1", "2"], pl.String, ["1234567890123456", "1", "2"]),
    ("beyond 64 bits", ["12345678901234567890", "1"], pl.String, ["12345678901234567890", "1"]),
    ("fifteen digits", ["123456789012345", "1"], pl.Int64, [123456789012345, 1]),
    ("phone numbers", ["+4917112345678", "+4915198765432"], pl.String, ["+4917112345678", "+4915198765432"]),
    ("zero and decimals", ["0", "0.5", "00.5", "1"], pl.Float64, [0.0, 0.5, 0.5, 1.0]),
    ("truth", ["true", "FALSE", "True", None], pl.Boolean, [True, False, True, None]),
    ("yes and no are words", ["Yes", "No", "Yes"], pl.String, ["Yes", "No", "Yes"]),
    ("markers among numbers", ["1", "NA", "n/a", "-", "?", "#DIV/0!", "unknown", "2"], pl.Int64,
     [1, None, None, None, None, None, None, 2]),
    ("nan among numbers", ["1.5", "nan", "NaN", "inf", "2"], pl.Float64, [1.5, None, None, None, 2.0]),
    ("markers among words", ["x", "NA", "null", "?", "unknown"], pl.String, ["x", None, None, None, "unknown"]),
    ("none is missing", ["x", "None", "y"], pl.String, ["x", None, "y"]),
    ("none beside gaps is a word", ["x", "None", None, "y"], pl.String, ["x", "None", None, "y"]),
    ("only markers", ["NA", "", None], pl.String, [None, None, None]),
    ("blank cells", ["x", "  ", "\t", "y"], pl.String, ["x", None, None, "y"]),
    ("ISO dates", ["2024-01-31", "2024-02-29", None], pl.Date, [date(2024, 1, 31), date(2024, 2, 29), None]),
    ("German dates", ["31.01.2024", "1.2.2024"], pl.Date, [date(2024, 1, 31), date(2024, 2, 1)]),
    ("British dates", ["31/01/2024", "01/02/2024"], pl.Date, [date(2024, 1, 31), date(2024, 2, 1)]),
    ("American dates", ["01/31/2024", "02/01/2024"], pl.Date, [date(2024, 1, 31), date(2024, 2, 1)]),
    ("short years", ["31-12-99", "01-01-05"], pl.Date, [date(1999, 12, 31), date(2005, 1, 1)]),
    ("written months", ["1 January 2024", "3 Feb 2024", "4 Mar 2024"], pl.Date,
     [date(2024, 1, 1), date(2024, 2, 3), date(2024, 3, 4)]),
    ("French months", ["1er janvier 2024", "3 févr. 2024", "15 août 2023"], pl.Date,
     [date(2024, 1, 1), date(2024, 2, 3), date(2023, 8, 15)]),
    ("Spanish months", ["5 de marzo de 2024", "31 de diciembre de 2023"], pl.Date,
     [date(2024, 3, 5), date(2023, 12, 31)]),
    ("Russian months", ["5 марта 2024 \u0433.", "9 мая 2023 \u0433."], pl.Date, [date(2024, 3, 5), date(2023, 5, 9)]),
    ("Hungarian dates", ["2024. március 5.", "2023. okt. 9."], pl.Date, [date(2024, 3, 5), date(2023, 10, 9)]),
    ("database months", ["05-MAR-24", "17-DEC-99"], pl.Date, [date(2024, 3, 5), date(1999, 12, 17)]),
    ("weekdays", ["Tue, 5 Mar 2024 10:30:00 GMT", "Wed, 6 Mar 2024 11:30:00 +0100"], pl.Datetime("us"),
     [datetime(2024, 3, 5, 10, 30), datetime(2024, 3, 6, 10, 30)]),  # noqa: DTZ001
    ("no month", ["5 apples 2024", "6 pears 2024"], pl.String, ["5 apples 2024", "6 pears 2024"]),
    ("dates with a point behind", ["2024.03.27.", "2024.1.5."], pl.Date, [date(2024, 3, 27), date(2024, 1, 5)]),
    ("dates with blanks inside", ["27. 3. 2024", "5. 12. 2024"], pl.Date, [date(2024, 3, 27), date(2024, 12, 5)]),
    ("Japanese dates", ["2024年3月27日", "2024年12月1日"], pl.Date, [date(2024, 3, 27), date(2024, 12, 1)]),
    ("comma before the time", ["27/03/2024, 14:05", "01/04/2024, 09:00"], pl.Datetime("us"),
     [datetime(2024, 3, 27, 14, 5), datetime(2024, 4, 1, 9, 0)]),  # noqa: DTZ001
    ("minus behind", ["12,50-", "3,00", "7,25-"], pl.Float64, [-12.5, 3.0, -7.25]),
    ("prices without cents", ["12,-", "3,50", "7,--"], pl.Float64, [12.0, 3.5, 7.0]),
    ("real minus signs", ["\u22125", "7", "\u221212"], pl.Int64, [-5, 7, -12]),
    ("Indian thousands", ["12,34,567.50", "1,00,000", "5"], pl.Float64, [1234567.5, 100000.0, 5.0]),
    ("spreadsheet accounting", [" $ 1,234.00 ", " $ (56.00)", " $ -   ", "$7"], pl.Float64, [1234.0, -56.0, None, 7.0]),
    ("forced text of spreadsheets", ['="00123"', '="45"', None], pl.String, ["00123", "45", None]),
    ("blanks in front of every cell", [" x", " y z ", None], pl.String, ["x", "y z", None]),
    ("several currencies", ["$5.00", "€6.00", "$7.00"], pl.String, ["$5.00", "€6.00", "$7.00"]),
    ("one currency written two ways", ["5,00 €", "EUR 6,00"], pl.Float64, [5.0, 6.0]),
    ("crowns", ["1 234,50 Kč", "12,00 Kč"], pl.Float64, [1234.5, 12.0]),
    ("powers of ten with a comma", ["8,135E-01", "6,173E+08"], pl.Float64, [0.8135, 6.173e8]),
    ("American written months", ["Jan 5, 2024", "Feb 6 2024"], pl.Date, [date(2024, 1, 5), date(2024, 2, 6)]),
    ("time stamps", ["2024-01-01 10:00", "2024-01-02 11:30"], pl.Datetime("us"),
     [datetime(2024, 1, 1, 10, 0), datetime(2024, 1, 2, 11, 30)]),  # noqa: DTZ001
    ("ISO with T and fractions", ["2024-01-01T10:00:00.5", "2024-01-02T11:30:00"], pl.Datetime("us"),
     [datetime(2024, 1, 1, 10, 0, 0, 500_000), datetime(2024, 1, 2, 11, 30)]),  # noqa: DTZ001
    ("zones become UTC", ["2024-01-01T10:00:00Z", "2024-01-01 10:00:00+02:00"], pl.Datetime("us"),
     [datetime(2024, 1, 1, 10, 0), datetime(2024, 1, 1, 8, 0)]),  # noqa: DTZ001
    ("afternoons", ["01/13/2024 10:05 PM", "01/14/2024 1:05 am"], pl.Datetime("us"),
     [datetime(2024, 1, 13, 22, 5), datetime(2024, 1, 14, 1, 5)]),  # noqa: DTZ001
    ("no date at all", ["2024-13-45", "2024-02-31"], pl.String, ["2024-13-45", "2024-02-31"]),
    ("codes with a letter", ["1", "2", "2A", "2B"], pl.String, ["1", "2", "2A", "2B"]),
    ("hexadecimal", ["0x1F", "0x2A"], pl.String, ["0x1F", "0x2A"]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "dtype", "values"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_cells_become(cells: Sequence[str | None], dtype: Any, values: list[Any]) -> None:
    series = typed(cells).frame["v"]
    assert series.dtype == dtype
    assert series.to_list() == values


def test_missing_never_becomes_the_text_nan() -> None:
    values = typed(["nan", "NaN", "x", "null"]).frame["v"].to_list()
    assert values == [None, None, "x", None]


def test_country_codes_keep_namibia() -> None:
    codes = ["DE", "FR", "NA", "US", "GB", "IT", "ES", "PT", "NL", "BE", "AT", "CH", "PL"]
    assert typed(codes).frame["v"].to_list() == codes


def test_a_few_words_among_many_measurements_are_read_as_missing_and_listed() -> None:
    cells: list[str | None] = [f"{i}.5" for i in range(200)]
    cells[17] = "about 3"
    table = typed(cells)
    assert table.frame["v"].dtype == pl.Float64
    assert table.frame["v"][17] is None
    assert table.odd == [(17, "v", "about 3", "It is not a number.")]
    assert any("about 3" in warning for warning in table.warnings)


def test_the_user_can_keep_such_a_column_as_text() -> None:
    cells: Sequence[str | None] = [f"{i}.5" for i in range(200)] + ["about 3"]
    table = typed(cells, odd_cells="keep")
    assert table.frame["v"].to_list() == cells
    assert "stays text" in table.warnings[0]


def test_undecidable_day_and_month_are_told_with_low_confidence() -> None:
    table = typed(["01/02/2024", "03/04/2024", "03/01/2024"])
    guess = next(guess for guess in table.guesses if guess.name == "date_order")
    assert (guess.value, guess.confidence) == ("day_first", 0.5)
    assert "two ways" in table.warnings[0]


def test_time_order_of_the_rows_decides_day_and_month() -> None:
    """Read day first the rows would jump; read month first they run through the first days of three months."""
    table = typed(["01/02/2024", "01/09/2024", "02/03/2024", "03/01/2024"])
    assert table.frame["v"].is_sorted()
    assert next(guess for guess in table.guesses if guess.name == "date_order").value == "month_first"


def test_another_column_of_the_file_decides_day_and_month() -> None:
    frame = pl.DataFrame(
        {"a": ["01/02/2024", "05/06/2024", "03/04/2024"], "b": ["13/02/2024", "01/03/2024", "02/03/2024"]}
    )
    assert type_columns(frame, ReadOptions(), ",").frame["a"][0] == date(2024, 2, 1)
    american = frame.with_columns(b=pl.Series(["02/13/2024", "01/03/2024", "02/03/2024"]))
    assert type_columns(american, ReadOptions(), ",").frame["a"][0] == date(2024, 1, 2)


def test_ambiguous_thousands_follow_the_rest_of_the_file() -> None:
    frame = pl.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "2,25"]})
    assert type_columns(frame, ReadOptions(), ";").frame["a"].to_list() == [1.234, 5.678]
    pointed = frame.with_columns(b=pl.Series(["1.5", "2.25"]))
    assert type_columns(pointed, ReadOptions(), ",").frame["a"].to_list() == [1234, 5678]


def test_compact_dates_need_a_name_that_says_so() -> None:
    assert typed(["20240131", "20240229"], name="order_date").frame["order_date"].dtype == pl.Date
    assert typed(["20240131", "20240229"], name="volume").frame["volume"].dtype == pl.Int64


def test_a_type_is_checked_on_every_row_and_not_on_a_sample_only() -> None:
    cells: list[str | None] = [str(i % 50) for i in range(30_000)]
    cells[20_011] = "0042"
    series = typed(cells).frame["v"]
    assert series.dtype == pl.String
    assert series[20_011] == "0042"


def test_a_file_has_one_guess_per_name() -> None:
    frame = pl.DataFrame({"a": ["01/02/2024", "05/06/2024"], "b": ["13/02/2024", "01/03/2024"], "c": ["NA", "x"]})
    names = [guess.name for guess in type_columns(frame, ReadOptions(), ",").guesses]
    assert len(names) == len(set(names))
    assert "date_order" in names


def guess_of(table: TypedTable, name: str) -> Guess:
    return next(guess for guess in table.guesses if guess.name == name)


def test_an_undecidable_order_of_day_and_month_is_asked_with_its_effect() -> None:
    cells = ["01/02/2024", "03/04/2024", "03/03/2024", "02/01/2024"]
    (question,) = typed(cells).questions
    assert (question.name, question.column, question.assumed) == ("date_order", "v", "day_first")
    assert [choice.value for choice in question.choices] == ["day_first", "month_first"]
    assert question.effect == "3 cells would mean another day."  # the third of March is the same both ways
    assert typed(cells, date_order="month_first").questions == []
    assert typed([*cells, "13/03/2024"]).questions == []
    assert typed([cell.replace("/", ".") for cell in cells]).questions == []  # nobody writes month.day.year


def test_numbers_that_could_be_thousands_are_asked_about() -> None:
    (question,) = typed(["1.234", "5.678"], delimiter=";").questions
    assert (question.name, question.assumed) == ("decimal", ",")
    assert "two ways" in typed(["1.234", "5.678"], delimiter=";").warnings[0]  # where nobody can be asked
    assert typed(["1.234", "5.678"], delimiter=",").questions == []
    assert typed(["1.234", "5.67"], delimiter=";").questions == []
    assert typed(["1.234", "5.678"], delimiter=";", decimal=".").frame["v"].to_list() == [1.234, 5.678]


def test_the_thousands_mark_is_a_guess_that_can_be_changed() -> None:
    guess = guess_of(typed(["1.234.567", "7.000"], delimiter=";"), "thousands")
    assert (guess.value, "1.234.567" in guess.evidence) == (".", True)
    assert typed(["1,234", "5,678"]).frame["v"].to_list() == [1234, 5678]
    assert typed(["1,234", "5,678"], decimal=",").frame["v"].to_list() == [1.234, 5.678]
    assert typed(["1,234", "5,678"], decimal=".", thousands="").frame["v"].to_list() == ["1,234", "5,678"]
    assert typed(["1 234", "5 678"], thousands="'").frame["v"].to_list() == ["1 234", "5 678"]
    assert not [guess for guess in typed(["1", "2"]).guesses if guess.name == "thousands"]


def test_units_are_told_per_column_and_can_be_kept() -> None:
    table = typed(["12,50 €", "3,00 €"])
    assert table.units == {"v": "€"}
    assert guess_of(table, "units").value == "v: €"
    assert typed(["12 %", "3 %"]).units == {"v": "%"}
    kept = typed(["12,50 €", "3,00 €"], units="keep")
    assert kept.frame["v"].to_list() == ["12,50 €", "3,00 €"]
    assert kept.units == {}


def test_one_word_again_and_again_among_measurements_means_that_there_is_none() -> None:
    cells: list[str | None] = [f"{i}.25" for i in range(40)]
    cells[3] = cells[17] = cells[30] = "not asked"
    table = typed(cells)
    assert table.frame["v"].null_count() == 3
    assert table.odd == []
    guess = guess_of(table, "missing_markers")
    assert (guess.value, guess.confidence < 0.9) == ("not asked", True)
    assert typed(cells, odd_cells="keep").frame["v"].to_list() == cells
    cells[30] = "refused"  # control: two different words are data
    assert typed(cells).frame["v"].dtype == pl.String


def test_codes_among_few_numbers_are_no_missing_values() -> None:
    cells = ["1", "2", "3", "U", "1", "2", "U", "3"] * 5
    assert typed(cells).frame["v"].to_list() == cells


KINDS: list[tuple[KindChoice, list[str], list[Any], list[str]]] = [
    ("text", ["1", "2", "x"], ["1", "2", "x"], []),
    ("integer", ["007", "12", "1.5", "9007199254740993"], [7, 12, None, 9007199254740993], ["1.5"]),
    ("integer", ["3.0", "4"], [3, 4], []),
    ("decimal", ["007", "1,5", "about 3"], [7.0, 1.5, None], ["about 3"]),
    ("boolean", ["ja", "nein", "Ja", "?", "vielleicht"], [True, False, True, None, None], ["vielleicht"]),
    ("boolean", ["1", "0", "1"], [True, False, True], []),
    ("date", ["2024-01-31", "31.12.2023", "soon"], [date(2024, 1, 31), date(2023, 12, 31), None], ["soon"]),
    ("date", ["20240131", "20231231"], [date(2024, 1, 31), date(2023, 12, 31)], []),
    ("datetime", ["2024-01-31", "2024-02-01"], [datetime(2024, 1, 31), datetime(2024, 2, 1)], []),  # noqa: DTZ001
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cells", "values", "odd"), KINDS)
def test_the_user_overrules_the_type_of_a_column(
    kind: KindChoice, cells: list[str], values: list[Any], odd: list[str]
) -> None:
    table = typed(cells, kinds={"v": kind})
    assert table.frame["v"].to_list() == values
    assert [text for _, _, text, _ in table.odd] == odd


def test_a_type_for_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        typed(["1"], kinds={"w": "text"})
    assert (caught.value.code, caught.value.column) == ("column_unknown", "w")


def test_columns_that_are_numbers_already_can_become_text() -> None:
    table = type_columns(pl.DataFrame({"v": [1, 20]}), ReadOptions(kinds={"v": "text"}), None)
    assert table.frame["v"].to_list() == ["1", "20"]


def test_times_without_a_date_stay_as_written_and_are_told() -> None:
    table = typed(["08:30", "17:05", "9:00"])
    assert table.frame["v"].to_list() == ["08:30", "17:05", "9:00"]
    assert table.repairs == ["Column 'v' holds times without a date; they stay as written."]


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.integers(min_value=-(10**24), max_value=10**24).map(str), min_size=1, max_size=30))
def test_integers_of_any_length_keep_every_digit(cells: list[str]) -> None:
    assert [str(value) for value in typed(cells).frame["v"].to_list()] == cells


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.text("0123456789", min_size=1, max_size=20), min_size=1, max_size=30))
def test_codes_of_digits_never_change(cells: list[str]) -> None:
    assert [str(value) for value in typed(cells).frame["v"].to_list()] == cells


WORD = st.one_of(
    st.sampled_from(["nan", "NaN", "NA", "null", "yes", "no", "ja", "x", "true", "1", "1.5", "1,5", "-", "2024-01-31"]),
    st.text(max_size=6),
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(WORD, min_size=1, max_size=25))
def test_a_cell_becomes_its_text_its_value_or_missing_and_never_the_word_nan(cells: list[str]) -> None:
    series = typed([cell or None for cell in cells]).frame["v"]
    for cell, value in zip(cells, series.to_list(), strict=True):
        if isinstance(value, str):
            assert value == cell
            assert value.strip().lower() != "nan"
        if isinstance(value, float):
            assert math.isfinite(value)
