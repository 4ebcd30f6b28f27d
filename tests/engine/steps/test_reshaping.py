"""Steps that make other rows: sort, pivot, unpivot, append, join."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.preview import apply_recipe, preview
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.training.user_steps import check_steps

SALES = pl.DataFrame(
    {"shop": ["A", "A", "B", "B", "C"], "year": [2024, 2025, 2024, 2025, 2025], "sum": [10.0, 12.0, 7.0, None, 5.0]}
)


def made(frame: pl.DataFrame, type: str, tables: dict[str, pl.DataFrame] | None = None, **params: Any) -> pl.DataFrame:
    return apply_recipe(Recipe([StepSpec(type=type, params=params)]), frame, FitContext(tables=tables or {}))[1]


def test_rows_are_sorted_with_missing_values_last() -> None:
    assert made(SALES, "sort_rows", columns=["sum"], descending=True)["sum"].to_list() == [12.0, 10.0, 7.0, 5.0, None]
    assert made(SALES, "sort_rows", columns=["year", "sum"])["shop"].to_list() == ["B", "A", "C", "A", "B"]


def test_rows_become_columns() -> None:
    wide = made(SALES, "pivot", by=["shop"], names_from="year", values_from="sum")
    assert wide.to_dict(as_series=False) == {
        "shop": ["A", "B", "C"], "2024": [10.0, 7.0, None], "2025": [12.0, None, 5.0],
    }  # fmt: skip
    counts = made(SALES, "pivot", by=["shop"], names_from="year", values_from="sum", summary="count")
    assert counts["2025"].to_list() == [1, 0, 1]


def test_a_pivot_with_too_many_columns_is_refused() -> None:
    frame = pl.DataFrame({"a": [1] * 600, "b": list(range(600)), "c": [1.0] * 600})
    with pytest.raises(InvalidInput, match="600 different values"):
        made(frame, "pivot", by=["a"], names_from="b", values_from="c")


def test_columns_become_rows_and_go_back() -> None:
    wide = made(SALES, "pivot", by=["shop"], names_from="year", values_from="sum")
    long = made(wide, "unpivot", columns=["2024", "2025"], names_to="year", values_to="sum")
    assert long.rows()[:3] == [("A", "2024", 10.0), ("A", "2025", 12.0), ("B", "2024", 7.0)]
    assert made(wide, "unpivot", columns=["2024", "2025"], drop_missing=True).height == 4
    mixed = made(SALES, "unpivot", columns=["shop", "year"])
    assert mixed["value"].to_list()[:2] == ["A", "2024"]


def test_tables_are_appended_and_joined_by_their_version() -> None:
    other = pl.DataFrame({"shop": ["A", "B", "B"], "town": ["Oslo", "Rome", "Bern"]})
    joined = made(SALES, "join", {"v2": other}, table="v2", keys=["shop"])
    assert joined["town"].to_list() == ["Oslo", "Oslo", "Rome", "Bern", "Rome", "Bern", None]
    assert made(SALES, "join", {"v2": other}, table="v2", keys=["shop"], how="inner").height == 6
    longer = made(SALES, "append", {"v2": other}, table="v2")
    assert (longer.height, longer.columns) == (8, ["shop", "year", "sum", "town"])


def test_a_table_that_is_not_at_hand_is_named() -> None:
    with pytest.raises(InvalidInput, match="'v9' is not at hand") as caught:
        made(SALES, "append", table="v9")
    assert caught.value.code == "step_table_missing"


def test_training_refuses_steps_that_make_other_rows_and_says_what_to_do() -> None:
    steps = [StepSpec(type="sort_rows", params={"columns": ["sum"]}, id="s1")]
    with pytest.raises(InvalidInput, match="makes other rows") as caught:
        check_steps(steps, {"shop": "category", "year": "integer", "sum": "decimal"}, None)
    assert "new version of the data" in (caught.value.fix or "")
    switched_off = [step.model_copy(update={"enabled": False}) for step in steps]
    check_steps(switched_off, {"shop": "category", "year": "integer", "sum": "decimal"}, None)


def test_a_preview_of_other_rows_says_how_many_there_are() -> None:
    shown = preview(
        Recipe([StepSpec(type="pivot", params={"by": ["shop"], "names_from": "year", "values_from": "sum"})]), SALES
    )
    assert shown.warnings == ["The steps make 3 rows out of 5."]
    assert shown.columns_added == ["2024", "2025"]


def test_steps_after_other_rows_work_on_what_there_is_then() -> None:
    steps = [
        StepSpec(type="pivot", params={"by": ["shop"], "names_from": "year", "values_from": "sum"}),
        StepSpec(type="formula", params={"name": "growth", "formula": "[2025] - [2024]"}),
        StepSpec(type="drop_missing", params={"columns": ["growth"]}),
    ]
    _, after = apply_recipe(Recipe(steps), SALES)
    assert after.rows() == [("A", 10.0, 12.0, 2.0)]
