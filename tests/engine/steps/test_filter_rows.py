"""filter_rows: which rows each comparison keeps, and what cannot be asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.step_specs import resolved

ROWS = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "age": [17, 18, 65, None],
        "rate": [0.5, 1.5, None, 2.5],
        "city": ["Oslo", "Rome", None, "Osaka"],
        "day": [date(2025, 1, 1), date(2025, 1, 2), None, date(2026, 1, 1)],
        "paid": [True, False, None, True],
    }
)


def left(*conditions: dict[str, Any], **more: Any) -> list[int]:
    spec = StepSpec(type="filter_rows", params={"conditions": list(conditions), **more})
    fitted = Recipe([spec]).fit(ROWS)
    assert fitted.apply(ROWS).height == ROWS.height  # nothing goes at prediction time
    return fitted.apply(ROWS, training=True)["id"].to_list()


@pytest.mark.parametrize(
    ("column", "operator", "values", "expected"),
    [
        ("age", "equals", [18], [2]),
        ("age", "equals", [18.0], [2]),
        ("age", "not_equals", [18], [1, 3, 4]),
        ("age", "less", [18], [1]),
        ("age", "at_most", [18], [1, 2]),
        ("age", "greater", [17.5], [2, 3]),
        ("age", "between", [17, 18], [1, 2]),
        ("rate", "at_least", [1.5], [2, 4]),
        ("rate", "one_of", [0.5, 2.5, 9], [1, 4]),
        ("rate", "not_one_of", [0.5], [2, 3, 4]),
        ("city", "contains", ["os"], []),
        ("city", "starts_with", ["Os"], [1, 4]),
        ("city", "ends_with", ["me"], [2]),
        ("city", "one_of", ["Rome", "Paris"], [2]),
        ("city", "is_missing", [], [3]),
        ("city", "is_present", [], [1, 2, 4]),
        ("day", "less", ["2025-01-02"], [1]),
        ("day", "between", ["2025-01-02", "2026-12-31"], [2, 4]),
        ("day", "one_of", ["2025-01-01"], [1]),
        ("paid", "equals", [True], [1, 4]),
    ],
)
def test_each_comparison_keeps_its_rows(column: str, operator: str, values: list[Any], expected: list[int]) -> None:
    asked = {"column": column, "operator": operator, "values": values}
    if expected:
        assert left(asked) == expected
    assert left(asked, mode="remove") == [row for row in ROWS["id"].to_list() if row not in expected]


def test_conditions_join_by_all_or_any() -> None:
    grown, oslo = (
        {"column": "age", "operator": "at_least", "values": [18]},
        {"column": "city", "operator": "starts_with", "values": ["Os"]},
    )
    assert left(grown, oslo, match="any") == [1, 2, 3, 4]
    assert left(grown, {"column": "city", "operator": "is_present"}) == [2]


@pytest.mark.parametrize(
    ("column", "operator", "values"),
    [
        ("age", "equals", ["18"]),
        ("age", "less", [True]),
        ("age", "contains", ["1"]),
        ("city", "less", ["a"]),
        ("city", "equals", [3]),
        ("day", "less", ["1.2.2025"]),
        ("day", "less", [2025]),
        ("paid", "equals", ["yes"]),
    ],
)
def test_a_value_of_another_type_is_refused_with_column_and_value(
    column: str, operator: str, values: list[Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        left({"column": column, "operator": operator, "values": values})
    assert (refused.value.code, refused.value.column) == ("value_unfit", column)


@pytest.mark.parametrize(
    ("operator", "values", "says"),
    [("between", [1], "2 values, not 1"), ("equals", [], "1 value, not 0"), ("one_of", [], "at least one")],
)
def test_the_number_of_values_is_checked(operator: str, values: list[Any], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        left({"column": "age", "operator": operator, "values": values})
    assert refused.value.code == "step_parameter_invalid"
    assert says in str(refused.value.fix)


def test_no_row_left_is_an_error() -> None:
    with pytest.raises(InvalidInput) as refused:
        left({"column": "age", "operator": "greater", "values": [100]})
    assert refused.value.code == "no_rows_left"


def test_the_step_says_what_it_asks() -> None:
    spec = StepSpec(
        type="filter_rows",
        params={
            "conditions": [
                {"column": "age", "operator": "between", "values": [18, 30]},
                {"column": "city", "operator": "one_of", "values": ["Oslo", "Rome"]},
            ]
        },
    )
    step, params = resolved(spec)
    assert step.says(params) == (
        "Keeps only training rows where 'age' is between 18 and 30 and 'city' is one of 'Oslo' or 'Rome'."
    )
