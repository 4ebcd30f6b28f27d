"""Steps that make other rows: sort, pivot, unpivot, append, join."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.effects import carry_out, effect_of
from narrative.engine.preview import applied, apply_recipe, preview
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.tables.stored import StoredTable
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
    _, after = apply_recipe(Recipe(steps), SALES, allow_data_loss=True)
    assert after.rows() == [("A", 10.0, 12.0, 2.0)]
    with pytest.raises(InvalidInput, match="67% of the rows") as caught:
        apply_recipe(Recipe(steps), SALES)
    assert caught.value.code == "data_loss_unconfirmed"


LOG = pl.DataFrame(
    {
        "shop": ["A"] * 8 + ["B", "C"],
        "what": ["sum"] * 10,
        "value": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, None, 9.0, 10.0],
        "note": ["n"] * 10,
        "by": ["x"] * 10,
    }
)
TOWNS = pl.DataFrame({"shop": ["B", "C"], "town": ["Rome", "Bern"]})


def share(part: int, whole: int) -> Any:
    return pytest.approx(part / whole)


@pytest.mark.parametrize(
    ("type", "params", "rows", "cells"),
    [
        ("sort_rows", {"columns": ["value"]}, 0.0, 0.0),
        ("append", {"table": "v2"}, 0.0, 0.0),
        ("join", {"table": "v2", "keys": ["shop"]}, 0.0, 0.0),
        # Two rows find a partner; of the 49 cells that hold something, the ten of these stay.
        ("join", {"table": "v2", "keys": ["shop"], "how": "inner"}, share(8, 10), share(39, 49)),
        # Of seven values of shop A one is shown; the row without a value loses none. 'note' and 'by' are not taken.
        ("pivot", {"by": ["shop"], "names_from": "what", "values_from": "value"}, share(6, 10), share(49 - 11, 49)),
        # A sum is made of all its values.
        (
            "pivot",
            {"by": ["shop"], "names_from": "what", "values_from": "value", "summary": "sum"},
            0.0,
            share(20, 49),
        ),
        ("unpivot", {"columns": ["value", "note"]}, 0.0, 0.0),
        # The row without a value goes, and its three other cells with it.
        ("unpivot", {"columns": ["value"], "drop_missing": True}, share(1, 10), share(4, 49)),
    ],
)
def test_what_steps_that_make_other_rows_take_away_is_measured(
    type: str, params: dict[str, Any], rows: float, cells: float
) -> None:
    recipe = Recipe([StepSpec(type=type, params=params)])
    fitted = recipe.fit(LOG, FitContext(tables={"v2": TOWNS}))
    after, rows_lost, cells_lost = applied(fitted, LOG)
    assert (rows_lost, cells_lost) == (rows, cells)
    assert after.equals(fitted.apply(LOG, training=True))
    assert effect_of(fitted, LOG).loss.needs_confirmation == (max(rows_lost, cells_lost) > 0.5)


def test_losses_before_and_after_other_rows_are_taken_together() -> None:
    steps = [
        StepSpec(type="filter_rows", params={"conditions": [{"column": "value", "operator": "less", "values": [7]}]}),
        StepSpec(type="sort_rows", params={"columns": ["value"]}),
        StepSpec(type="sample_rows", params={"share": 0.5}),
    ]
    _, rows_lost, _ = applied(Recipe(steps).fit(LOG), LOG)
    assert rows_lost == share(7, 10)


def test_carrying_out_a_join_that_loses_most_rows_asks_first(tmp_path: Path) -> None:
    LOG.write_parquet(tmp_path / "log.parquet")
    TOWNS.write_parquet(tmp_path / "towns.parquet")
    recipe = Recipe([StepSpec(type="join", params={"table": "v2", "keys": ["shop"], "how": "inner"})])
    tables, out = {"v2": str(tmp_path / "towns.parquet")}, tmp_path / "out.parquet"
    with pytest.raises(InvalidInput, match="80% of the rows") as caught:
        carry_out(recipe, StoredTable(tmp_path / "log.parquet"), out, tables=tables)
    assert caught.value.code == "data_loss_unconfirmed"
    assert not out.exists()
    done = carry_out(recipe, StoredTable(tmp_path / "log.parquet"), out, tables=tables, allow_data_loss=True)
    assert (done.rows_lost, done.n_after) == (share(8, 10), 2)
