from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from narrative.core.errors import InvalidInput
from narrative.engine.preview import apply_recipe, preview
from narrative.engine.recipe import Recipe, StepSpec
from tests.fixtures.frames import mixed


def recipe(*steps: tuple[str, dict[str, Any]]) -> Recipe:
    return Recipe([StepSpec(type=name, params=params) for name, params in steps])


TABLE = pl.DataFrame({"a": [1.0, None, 3.0, 5.0], "city": [" x", "y", None, "x"]})


def test_a_preview_says_what_would_happen() -> None:
    shown = preview(recipe(("drop_missing", {"columns": ["a"]}), ("trim_whitespace", {}), ("encode", {})), TABLE)
    assert (shown.rows_dropped, shown.columns_added, shown.columns_removed) == (
        1,
        ["city=x", "city is missing"],
        ["city"],
    )
    assert shown.cells_changed == 0
    assert shown.rows_lost_share == 0.25
    assert not shown.is_sampled


def test_changed_cells_are_counted() -> None:
    assert preview(recipe(("impute", {"method": "mean"}), ("trim_whitespace", {})), TABLE).cells_changed == 2


def test_a_preview_of_a_sample_shows_rows_exactly_as_they_will_be() -> None:
    frame = mixed(200).with_row_index("row").cast({"row": pl.Int64})
    steps = recipe(
        ("impute", {"columns": ["amount"]}), ("scale", {"columns": ["amount"]}), ("encode", {"columns": ["city"]})
    )
    shown = preview(steps, frame, n=20)
    _, whole = apply_recipe(steps, frame)
    assert shown.is_sampled
    assert shown.after.height == 20
    assert_frame_equal(shown.after, whole.filter(pl.col("row").is_in(shown.after["row"].implode())), check_exact=True)
    assert shown.warnings == ["Shown are 20 of 200 rows; statistics come from all rows."]


def test_a_table_of_gaps_is_warned_about_first() -> None:
    shown = preview(recipe(("missing_indicator", {})), pl.DataFrame({"x": [None, None]}))
    assert shown.warnings[0].startswith("Every value is missing")


@pytest.mark.parametrize(
    "steps",
    [
        (("drop_missing", {}),),
        (("select_columns", {"columns": ["rare"]}),),
        (("drop_columns", {"columns": ["rare", "b"]}),),
    ],
)
def test_losing_more_than_half_needs_a_confirmation(steps: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    frame = pl.DataFrame({"rare": [1.0, None, None, None], "b": [1, 2, 3, 4], "c": [1, 2, 3, 4]})
    with pytest.raises(InvalidInput) as caught:
        apply_recipe(recipe(*steps), frame)
    assert caught.value.code == "data_loss_unconfirmed"
    _, after = apply_recipe(recipe(*steps), frame, allow_data_loss=True)
    assert after.height >= 1


def test_columns_made_into_others_are_not_lost() -> None:
    frame = pl.DataFrame({"city": ["a", "b"], "zip": ["1", "2"], "n": [1, 2]})
    _, after = apply_recipe(recipe(("encode", {})), frame)
    assert after.width == 5
