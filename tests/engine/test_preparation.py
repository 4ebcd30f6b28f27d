from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import SystemClock
from narrative.engine.alignment import kinds_of
from narrative.engine.candidates.base import View
from narrative.engine.preparation import MAX_DERIVED, automatic_recipe
from narrative.engine.recipe import FittedRecipe
from narrative.engine.steps.base import FitContext
from narrative.engine.types import ColumnKind
from tests.fixtures.frames import mixed, profile_of, target_of

VIEWS: tuple[View, ...] = get_args(View)


def prepared(frame: pl.DataFrame, view: View, **kinds: ColumnKind) -> tuple[FittedRecipe, np.ndarray[Any, Any]]:
    recipe = automatic_recipe(profile_of(frame, **kinds), target="target", problem="binary", view=view)
    recipe.validate(frame.schema)
    target = pl.Series("target", [("low", "high")[row % 2] for row in range(frame.height)])
    fitted, matrix, _ = recipe.fit_matrix(frame, FitContext(target, "binary"))
    return fitted, matrix


def ids(n: int) -> list[str]:
    return [f"customer {i:05}" for i in range(n)]


@pytest.mark.parametrize("view", VIEWS)
def test_a_mixed_table_is_prepared(view: View) -> None:
    frame = mixed()
    fitted, matrix = prepared(frame, view, note="text", gone="empty")
    assert set(fitted.input_columns) == set(frame.columns) - {"gone"}
    assert np.isnan(matrix).any() == (view == "trees")
    assert np.isnan(fitted.matrix(frame)).any() == (view == "trees")


def test_the_linear_view_is_scaled_and_bounded() -> None:
    fitted, matrix = prepared(mixed(), "linear", note="text", gone="empty")
    place = fitted.feature_names.index("amount")
    assert matrix[:, place].mean() == pytest.approx(0.0, abs=1e-12)
    wild = mixed().with_columns(pl.lit(1e300).alias("amount"))
    assert np.abs(fitted.matrix(wild)).max() <= 8.0


@pytest.mark.parametrize("view", VIEWS)
def test_an_identifier_is_never_used(view: View) -> None:
    frame = mixed().with_columns(pl.Series("id", ids(60)))
    fitted, _ = prepared(frame, view, id="identifier", note="text", gone="empty")
    assert "id" not in fitted.sources.values()


@pytest.mark.parametrize("view", VIEWS)
def test_a_category_with_many_levels_does_not_explode(view: View) -> None:
    random = np.random.default_rng(2)
    frame = pl.DataFrame({"street": random.choice(ids(450), 600), "age": random.normal(size=600)})
    fitted, _ = prepared(frame, view)
    assert "street target" in fitted.feature_names
    assert len(fitted.feature_names) <= 4


@pytest.mark.parametrize("view", VIEWS)
def test_hundreds_of_odd_columns_stay_within_the_limit(view: View) -> None:
    random = np.random.default_rng(2)
    words = ids(9)
    hours = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(900)]  # noqa: DTZ001
    frame = pl.DataFrame(
        {f"c{i}": random.choice(words, 900) for i in range(120)}
        | {f"t{i}": [f"{a} {b}" for a, b in random.choice(words, (900, 2))] for i in range(60)}
        | {f"d{i}": hours for i in range(40)}
    )
    texts: dict[str, ColumnKind] = {f"t{i}": "text" for i in range(60)}
    fitted, _ = prepared(frame, view, **texts)
    # Marks of gaps come on top in the linear view, but this table has none.
    assert 100 <= len(fitted.feature_names) <= MAX_DERIVED + 60


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("frame", "kinds"),
    [
        (pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}), {}),
        (pl.DataFrame({"x": ["a", "b", "a", "b"]}), {}),
        (pl.DataFrame({"x": ids(4)}), {"x": "identifier"}),
        (pl.DataFrame({"x": [None] * 4}), {"x": "empty"}),
        (pl.DataFrame({"x": [None] * 4}), {"x": "decimal"}),
        (pl.DataFrame({"x": [None] * 4}, schema={"x": pl.String}), {"x": "category"}),
        (pl.DataFrame({"x": [None] * 4}, schema={"x": pl.Date}), {"x": "date"}),
        (pl.DataFrame({"x": ["some words here", "more words", None, "7"], "z": [*"abcd"]}), {"x": "text", "z": "text"}),
        (pl.DataFrame({"x": [True, False, None, True]}), {}),
        (pl.DataFrame({"x": [5, 5, 5, 5]}), {"x": "constant"}),
        (pl.DataFrame({"x": [float("inf"), float("nan"), 1.0, 2.0]}), {}),
        (pl.DataFrame({"x": ["2024-01-01", "2024-05-01", None, "soon"]}), {"x": "date"}),
        (pl.DataFrame({"x=a": ["b", "c", "b", "c"], "x": ["a", "a", "d", "d"], "x=a=b": [1, 2, 3, 4]}), {}),
    ],
)  # fmt: skip
def test_any_odd_table_can_be_prepared(frame: pl.DataFrame, kinds: dict[str, ColumnKind], view: View) -> None:
    fitted, matrix = prepared(frame, view, **kinds)
    assert matrix.shape == (frame.height, len(fitted.feature_names))
    assert fitted.matrix(frame).shape == matrix.shape
    assert not np.isinf(matrix).any()


@pytest.mark.parametrize("view", VIEWS)
def test_kinds_alone_are_enough(view: View) -> None:
    frame = mixed()
    recipe = automatic_recipe(kinds_of(frame.schema), target="target", problem="regression", view=view)
    fitted = recipe.fit(frame, FitContext(target_of(frame, "regression"), "regression"))
    assert fitted.matrix(frame).shape[0] == 60


def test_many_classes_stay_affordable() -> None:
    random = np.random.default_rng(3)
    frame = pl.DataFrame({f"c{i}": random.choice(ids(100), 500) for i in range(20)})
    target = pl.Series("target", [f"class {i}" for i in random.integers(0, 26, 500)])
    recipe = automatic_recipe(profile_of(frame), target="target", problem="multiclass", view="trees")
    fitted, _, _ = recipe.fit_matrix(frame, FitContext(target, "multiclass"))
    assert len(fitted.feature_names) <= MAX_DERIVED


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("view", VIEWS)
def test_time_grows_with_columns_and_not_with_their_square(view: View) -> None:
    clock = SystemClock()

    def seconds(n_columns: int) -> float:
        numbers = np.random.default_rng(0).normal(size=(50, n_columns))
        frame = pl.DataFrame(numbers, schema=[f"x{i}" for i in range(n_columns)])
        started = clock.monotonic()
        fitted, _ = prepared(frame, view)
        fitted.matrix(frame)
        return clock.monotonic() - started

    few = min(seconds(1_000) for _ in range(3))
    # Four times the columns: 4 if it grows with them, 16 if with their square.
    assert seconds(4_000) < 10 * few + 0.5
