"""Prepared matrices: learned from training rows only, kept, screened, and free of columns that never come back."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from narrative.engine.candidates.base import View
from narrative.engine.profile import profile_table
from narrative.engine.recipe import FittedRecipe
from narrative.engine.training.splits import Fold
from narrative.engine.training.targets import code_target
from narrative.engine.training.views import Views, screened_columns
from tests.fixtures.training_tables import binary_table, regression_table


def views(frame: pl.DataFrame, name: str, window: Fold | None = None, max_columns: int = 500) -> Views:
    target = code_target(frame[name], "regression" if frame[name].dtype.is_float() else "binary")
    return Views(
        frame.drop(name),
        target,
        profile_table(frame, target=name),
        target_name=name,
        max_columns=max_columns,
        seed=1,
        window=window,
    )


def ignore(_scope: str, _view: View, _recipe: FittedRecipe) -> None:
    """Nobody wants the recipe."""


def test_rows_that_are_predicted_have_no_say_in_the_preparation() -> None:
    """Wild values and targets in the other rows change nothing in the training matrix."""
    frame, train, other = binary_table(200), np.arange(150), np.arange(150, 200)
    wild = frame.with_columns(
        signal=pl.when(pl.int_range(pl.len()) >= 150).then(1e6).otherwise("signal"),
        churn=pl.when(pl.int_range(pl.len()) >= 150).then(pl.lit("yes")).otherwise("churn"),
    )
    for view in ("linear", "trees"):
        plain = views(frame, "churn").get("fold_0", view, train, other, ignore)
        loud = views(wild, "churn").get("fold_0", view, train, other, ignore)
        assert np.array_equal(plain.train, loud.train, equal_nan=True)
        assert plain.recipe.to_dict() == loud.recipe.to_dict()


def test_matrices_are_made_once_and_the_recipe_is_handed_out_once() -> None:
    told: list[str] = []
    made = views(binary_table(100), "churn")
    rows = np.arange(80), np.arange(80, 100)
    first = made.get("fold_0", "trees", *rows, lambda scope, view, _recipe: told.append(f"{scope} {view}"))
    again = made.get("fold_0", "trees", *rows, lambda scope, view, _recipe: told.append(f"{scope} {view}"))
    assert first is again
    assert told == ["fold_0 trees"]


def test_old_matrices_are_given_up_when_memory_is_short() -> None:
    frame = binary_table(100)
    target = code_target(frame["churn"], "binary")
    small = Views(
        frame.drop("churn"),
        target,
        profile_table(frame, target="churn"),
        target_name="churn",
        max_columns=9,
        seed=1,
        cache_bytes=1,
    )
    told: list[str] = []
    for scope in ("fold_0", "fold_1", "fold_0"):
        small.get(scope, "trees", np.arange(80), np.arange(80, 100), lambda name, _view, _recipe: told.append(name))
    assert told == ["fold_0", "fold_1", "fold_0"]


def test_screening_keeps_what_goes_with_the_target() -> None:
    random = np.random.default_rng(1)
    frame = regression_table(300).with_columns(
        *(pl.Series(f"noise_{index}", random.normal(size=300)) for index in range(40)),
        wave=pl.col("price").map_batches(lambda values: (values > 60).cast(pl.String), return_dtype=pl.String),
        empty=pl.lit(None, dtype=pl.Float64),
    )
    target = code_target(frame["price"], "regression")
    kept = screened_columns(frame.drop("price"), target, np.arange(300), 5)
    assert {"size", "steps", "wave"} <= set(kept)
    assert "empty" not in kept
    assert len(kept) == 5
    assert screened_columns(frame.select("size", "noise"), target, np.arange(300), 5) == ["size", "noise"]


def test_features_whose_later_values_were_never_seen_before_are_left_out() -> None:
    n = 400
    frame = regression_table(n).with_columns(
        day=pl.Series([date(2023, 1, 1) + timedelta(days=index // 2) for index in range(n)]),
        counter=pl.int_range(n) * 3 + 1000,
    )
    window = Fold(np.arange(300), np.arange(300, n))
    made = views(frame, "price", window=window).get("all", "trees", np.arange(n), np.arange(0), ignore)
    names = " ".join(made.recipe.feature_names)
    assert "counter" not in names
    assert "1970" not in names
    assert "weekday" in names
    assert "size" in names
