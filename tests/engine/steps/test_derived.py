"""conditional, cyclical_encode, date_difference, interaction and group_aggregate, against hand calculation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec

SALES = pl.DataFrame(
    {
        "shop": ["a", "a", "b", None, "b"],
        "year": [1, 2, 1, 1, 1],
        "sold": [10.0, 20.0, 5.0, 7.0, None],
        "price": [2, 0, 4, None, 1],
    }
)


def fitted(frame: pl.DataFrame, type_: str, **params: Any) -> FittedRecipe:
    recipe = Recipe([StepSpec(type=type_, params=params)])
    recipe.validate(frame.schema)
    return recipe.fit(frame)


def last(frame: pl.DataFrame, type_: str, **params: Any) -> list[Any]:
    return fitted(frame, type_, **params).apply(frame).to_series(-1).to_list()


@pytest.mark.parametrize(
    ("operation", "columns", "expected"),
    [
        ("sum", ["sold", "price", "year"], [13.0, 22.0, 10.0, None, None]),
        ("difference", ["sold", "price"], [8.0, 20.0, 1.0, None, None]),
        ("product", ["sold", "price"], [20.0, 0.0, 20.0, None, None]),
        ("ratio", ["sold", "price"], [5.0, None, 1.25, None, None]),
    ],
)
def test_columns_are_calculated_with(operation: str, columns: list[str], expected: list[float | None]) -> None:
    assert last(SALES, "interaction", columns=columns, operation=operation) == expected


def test_a_calculated_feature_needs_all_its_columns_even_when_they_are_removed() -> None:
    recipe = Recipe(
        [
            StepSpec(type="interaction", params={"columns": ["sold", "price"], "name": "both"}),
            StepSpec(type="select_columns", params={"columns": ["both"]}),
        ]
    )
    assert recipe.fit(SALES).input_columns == ["sold", "price"]


def test_a_ratio_takes_two_columns() -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(SALES, "interaction", columns=["sold", "price", "year"], operation="ratio")
    assert refused.value.fix == "ratio takes two columns, not 3."


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("count", [2.0, 2.0, 2.0, 1.0, 2.0]),
        ("mean", [15.0, 15.0, 5.0, 7.0, 5.0]),
        ("sum", [30.0, 30.0, 5.0, 7.0, 5.0]),
        ("min", [10.0, 10.0, 5.0, 7.0, 5.0]),
        ("max", [20.0, 20.0, 5.0, 7.0, 5.0]),
        ("median", [15.0, 15.0, 5.0, 7.0, 5.0]),
        ("std", [50**0.5, 50**0.5, None, None, None]),
        ("distinct", [2.0, 2.0, 1.0, 1.0, 1.0]),
    ],
)
def test_each_row_gets_the_statistic_of_its_group(statistic: str, expected: list[float | None]) -> None:
    found = last(SALES, "group_aggregate", by=["shop"], column="sold", statistic=statistic)
    assert found == pytest.approx(expected)


def test_groups_of_several_columns_are_told_apart_and_unseen_ones_are_noted() -> None:
    recipe = fitted(SALES, "group_aggregate", by=["shop", "year"], column="sold", statistic="sum", name="s")
    recipe = FittedRecipe.from_dict(recipe.to_dict())
    rows = pl.DataFrame({"shop": ["a", "b", "c", None], "year": [2, 2, 1, 1]})
    assert recipe.apply(rows)["s"].to_list() == [20.0, None, None, 7.0]
    assert recipe.notes(rows) == ["2 rows belong to a group of 'shop' and 'year' that was not there before."]
    counts = fitted(SALES, "group_aggregate", by=["shop"], statistic="count", name="n")
    assert counts.apply(rows)["n"].to_list() == [2.0, 2.0, 0.0, 1.0]


def test_a_group_is_described_by_training_rows_only() -> None:
    recipe = fitted(SALES.head(2), "group_aggregate", by=["shop"], column="sold", name="m")
    assert recipe.apply(SALES.with_columns(sold=pl.lit(1e6)))["m"].to_list() == [15.0, 15.0, None, None, None]


def test_the_mean_of_text_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(SALES, "group_aggregate", by=["year"], column="shop")
    assert (refused.value.code, refused.value.column) == ("column_kind_unfit", "shop")


TIMES = pl.DataFrame(
    {
        "start": [date(2024, 2, 28), date(2025, 1, 1), None],
        "end": [datetime(2024, 3, 1, 12), datetime(2024, 12, 31), datetime(2025, 1, 1)],  # noqa: DTZ001
    }
)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("days", [2.5, -1.0, None]), ("hours", [60.0, -24.0, None]), ("weeks", [2.5 / 7, -1 / 7, None])],
)
def test_time_between_two_dates_counts_leap_days_and_may_be_negative(unit: str, expected: list[float | None]) -> None:
    assert last(TIMES, "date_difference", start="start", end="end", unit=unit) == pytest.approx(expected)


def test_time_to_a_fixed_day_reads_text_dates() -> None:
    born = pl.DataFrame({"born": ["2000-01-01", "soon", None]})
    assert last(born, "date_difference", start="born", until="2001-01-01") == [366.0, None, None]


def test_midnight_and_the_hour_before_are_close_on_the_circle() -> None:
    hours = pl.DataFrame({"h": [0.0, 6.0, 12.0, 23.0, None]})
    found = fitted(hours, "cyclical_encode", columns=["h"], period=24).apply(hours)
    assert found["h sine"].to_list() == pytest.approx([0.0, 1.0, 0.0, -0.258819, None], abs=1e-6)
    assert found["h cosine"].to_list() == pytest.approx([1.0, 0.0, -1.0, 0.965926, None], abs=1e-6)


def test_parts_of_a_date_begin_at_the_start_of_their_cycle() -> None:
    days = pl.DataFrame({"d": [date(2024, 1, 1), date(2024, 7, 4)]})  # a Monday and a Thursday
    found = fitted(days, "cyclical_encode", columns=["d"]).apply(days)
    assert found["d month cosine"].to_list() == pytest.approx([1.0, -1.0])
    assert found["d weekday sine"].to_list() == pytest.approx([0.0, 0.433884], abs=1e-6)  # sin(2 pi 3 / 7)


def test_numbers_need_a_period() -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(SALES, "cyclical_encode", columns=["sold"])
    assert refused.value.code == "column_kind_unfit"


def case(column: str, operator: str, *values: Any, value: Any = None) -> dict[str, Any]:
    return {"conditions": [{"column": column, "operator": operator, "values": list(values)}], "value": value}


def test_the_first_case_that_fits_decides() -> None:
    cases = [
        case("sold", "is_missing", value="unknown"),
        case("sold", "at_least", 10, value="good"),
        case("sold", "at_least", 7),
    ]
    found = last(SALES, "conditional", name="how", cases=cases, otherwise="bad")
    assert found == ["good", "good", "bad", None, "unknown"]
    assert last(SALES, "conditional", name="n", cases=[case("shop", "equals", "a", value=1)], otherwise=0.5) == [
        1.0, 1.0, 0.5, 0.5, 0.5,
    ]  # fmt: skip
    assert last(SALES, "conditional", name="b", cases=[case("shop", "equals", "a", value=True)])[:3] == [
        True,
        True,
        None,
    ]


@pytest.mark.parametrize(
    ("cases", "otherwise", "code"),
    [
        ([case("sold", "less", 1, value="a")], 2, "step_parameter_invalid"),
        ([case("sold", "less", 1)], None, "step_parameter_invalid"),
        ([case("sold", "less", "x", value=1)], None, "value_unfit"),
        ([case("shp", "equals", "a", value=1)], None, "column_unknown"),
    ],
)
def test_cases_that_cannot_work_are_refused(cases: list[dict[str, Any]], otherwise: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(SALES, "conditional", name="x", cases=cases, otherwise=otherwise)
    assert refused.value.code == code
