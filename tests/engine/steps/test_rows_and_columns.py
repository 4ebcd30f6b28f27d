"""drop_missing, drop_missing_threshold, drop_columns, select_columns, missing_indicator, group_rare_categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.steps.group_rare_categories import GroupRareCategories, GroupRareParams

GAPS = pl.DataFrame({"a": [1.0, None, 3.0, None], "b": [1.0, 2.0, None, None], "c": [1.0, 2.0, 3.0, 4.0]})


def after(frame: pl.DataFrame, *, training: bool, type: str, **params: Any) -> pl.DataFrame:
    fitted = Recipe([StepSpec(type=type, params=params)]).fit(frame)
    return fitted.apply(frame, training=training)


def test_rows_with_gaps_leave_training_and_stay_at_prediction_time() -> None:
    assert after(GAPS, training=True, type="drop_missing")["c"].to_list() == [1.0]
    assert after(GAPS, training=True, type="drop_missing", columns=["a"])["c"].to_list() == [1.0, 3.0]
    assert after(GAPS, training=False, type="drop_missing").height == 4


@pytest.mark.parametrize(("threshold", "left"), [(0.0, ["c"]), (0.49, ["c"]), (0.5, ["a", "b", "c"])])
def test_columns_above_the_threshold_go_and_those_at_it_stay(threshold: float, left: list[str]) -> None:
    found = after(GAPS, training=False, type="drop_missing_threshold", threshold=threshold)
    assert found.columns == left


@pytest.mark.parametrize(("threshold", "left"), [(0.0, [1.0]), (0.4, [1.0, 2.0, 3.0]), (0.7, [1.0, 2.0, 3.0, 4.0])])
def test_rows_above_the_threshold_leave_training(threshold: float, left: list[float]) -> None:
    arguments: dict[str, Any] = {"type": "drop_missing_threshold", "axis": "rows", "threshold": threshold}
    assert after(GAPS, training=True, **arguments)["c"].to_list() == left
    assert after(GAPS, training=False, **arguments).height == 4


def test_the_target_and_row_positions_follow_dropped_rows() -> None:
    frame = GAPS.with_columns(pl.Series("city", ["x", "x", "y", "y"]))
    recipe = Recipe(
        [
            StepSpec(type="drop_missing", params={"columns": ["a"]}),
            StepSpec(type="encode", params={"method": "target", "smoothing": 0}),
        ]
    )
    fitted, matrix, rows = recipe.fit_matrix(frame, FitContext(pl.Series("y", [5.0, 99.0, 7.0, 99.0]), "regression"))
    assert rows.tolist() == [0, 2]
    assert len(matrix) == 2
    assert fitted.apply(frame)["city target"].to_list() == [5.0, 5.0, 7.0, 7.0]


def test_columns_are_chosen_in_the_order_given() -> None:
    assert after(GAPS, training=False, type="select_columns", columns=["c", "a"]).columns == ["c", "a"]
    assert after(GAPS, training=False, type="drop_columns", columns=["b"]).columns == ["a", "c"]


def test_gaps_are_marked_where_training_had_them() -> None:
    found = after(GAPS, training=False, type="missing_indicator")
    assert found.columns == ["a", "b", "c", "a is missing", "b is missing"]
    assert found["a is missing"].to_list() == [0.0, 1.0, 0.0, 1.0]


def grouped(values: Sequence[str | None], new: Sequence[str | None], **params: Any) -> list[str | None]:
    step, checked = GroupRareCategories(), GroupRareParams(**params)
    state = step.fit(pl.DataFrame({"x": values}), checked, FitContext())
    return step.apply(pl.LazyFrame({"x": new}), checked, state).collect()["x"].to_list()


def test_rare_categories_get_one_name_and_unseen_ones_become_missing() -> None:
    values = ["a"] * 8 + ["b", "c"]
    assert grouped(values, ["a", "b", "c", "new", None], min_share=0.2) == ["a", "other", "other", None, None]


def test_a_single_rare_category_keeps_its_name() -> None:
    assert grouped(["a"] * 9 + ["b"], ["b"], min_share=0.2) == ["b"]


def test_beyond_the_most_categories_the_rarest_are_grouped() -> None:
    values = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]
    assert grouped(values, ["a", "b", "c", "d"], min_share=0, max_levels=2, label="rest") == ["a", "b", "rest", "rest"]
