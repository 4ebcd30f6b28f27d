"""parse_number, parse_date and parse_boolean."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec


def fitted(values: list[Any], type_: str, **params: Any) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": values})
    return Recipe([StepSpec(type=type_, params={"columns": ["x"], **params})]).fit(frame), frame


def after(values: list[Any], type_: str, **params: Any) -> list[Any]:
    recipe, frame = fitted(values, type_, **params)
    return recipe.apply(frame)["x"].to_list()


@pytest.mark.parametrize(
    ("texts", "params", "expected"),
    [
        (["1,234.50", "-7", " 8 ", None], {}, [1234.5, -7.0, 8.0, None]),
        (["1.234,50 €", "3 €", "(300,5) €"], {}, [1234.5, 3.0, -300.5]),
        (["12 %", "7.5 %"], {}, [12.0, 7.5]),
        (["$1,000", "$25"], {}, [1000.0, 25.0]),
        (["1,234", "5,678"], {}, [1234.0, 5678.0]),
        (["1,234", "5,678"], {"decimal": ","}, [1.234, 5.678]),
        (["1 234,5", "2"], {}, [1234.5, 2.0]),
        (["1", "1e400", "abc"], {}, [1.0, None, None]),
    ],
)
def test_numbers_are_read_in_the_notation_of_the_column(
    texts: list[str | None], params: dict[str, Any], expected: list[float | None]
) -> None:
    assert after(texts, "parse_number", **params) == expected


def test_the_notation_learned_in_training_reads_later_rows() -> None:
    recipe, _ = fitted(["1.234,5", "6,25"], "parse_number")
    assert recipe.apply(pl.DataFrame({"x": ["1,5", "2.000", "1,234.5"]}))["x"].to_list() == [1.5, 2000.0, None]


def test_unread_values_are_counted_with_an_example() -> None:
    recipe, frame = fitted(["1", "two", None, "three"], "parse_number")
    assert recipe.notes(frame) == ["2 values of 'x' cannot be read as a number and become missing, e.g. 'two'."]
    recipe, frame = fitted(["1", "two"], "parse_number")
    assert recipe.notes(frame) == ["1 value of 'x' cannot be read as a number and becomes missing, e.g. 'two'."]


@pytest.mark.parametrize(
    ("texts", "params", "expected"),
    [
        (["2025-01-31", None, "x"], {}, [date(2025, 1, 31), None, None]),
        (["31/01/2025", "02/03/2025"], {}, [date(2025, 1, 31), date(2025, 3, 2)]),
        (["01/31/2025", "02/03/2025"], {}, [date(2025, 1, 31), date(2025, 2, 3)]),
        (["02/03/2025"], {}, [date(2025, 3, 2)]),
        (["02/03/2025"], {"order": "month_first"}, [date(2025, 2, 3)]),
        (["3.4.2025", "3 April 2025"], {}, [date(2025, 4, 3), date(2025, 4, 3)]),
        (["2025-01-31 14:30"], {}, [datetime(2025, 1, 31, 14, 30)]),  # noqa: DTZ001
        (["2025-01-31T14:30:00+02:00"], {}, [datetime(2025, 1, 31, 12, 30)]),  # noqa: DTZ001
    ],
)
def test_dates_are_read_as_people_write_them(
    texts: list[str | None], params: dict[str, Any], expected: list[date | None]
) -> None:
    assert after(texts, "parse_date", **params) == expected


def test_the_order_learned_in_training_reads_later_rows() -> None:
    recipe, _ = fitted(["01/31/2025"], "parse_date")
    recipe = FittedRecipe.from_dict(recipe.to_dict())
    assert recipe.apply(pl.DataFrame({"x": ["02/03/2025", "31/01/2025"]}))["x"].to_list() == [date(2025, 2, 3), None]


def test_a_column_of_dates_stays_and_one_of_numbers_is_refused() -> None:
    assert after([date(2025, 1, 1)], "parse_date") == [date(2025, 1, 1)]
    with pytest.raises(InvalidInput) as refused:
        after([20250101], "parse_date")
    assert (refused.value.code, refused.value.column) == ("column_kind_unfit", "x")


def test_words_for_yes_and_no_are_read_whatever_their_case() -> None:
    assert after(["Yes", " no", "Y", "maybe", None], "parse_boolean") == [True, False, True, None, None]
    assert after([1, 0, 2], "parse_boolean") == [True, False, None]
    assert after([1.0, 0.5], "parse_boolean") == [True, None]
    assert after(["ja", "nein"], "parse_boolean", true_values=["Ja"], false_values=["Nein"]) == [True, False]


def test_a_word_cannot_mean_both() -> None:
    with pytest.raises(InvalidInput) as refused:
        after(["x"], "parse_boolean", true_values=["X"], false_values=["x "])
    assert refused.value.fix == "'x' would mean both yes and no."
