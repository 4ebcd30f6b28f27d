"""Guards against row names and floods of features; definitions that give the same values everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.features.definitions import described, skew, with_columns
from narrative.engine.features.guards import feature_count, refuse_row_names, refuse_too_many, warn_of_many
from narrative.engine.features.intervals import corrected_interval
from narrative.engine.features.roles import roles, task_in_words
from narrative.engine.profile import profile_table
from narrative.engine.recipe import Recipe
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.user_steps import check_steps
from narrative.engine.types import ColumnKind

ONE_HOT = StepSpec(type="encode", params={"columns": ["order_id"], "method": "one_hot"}, id="s1")


def test_an_identifier_is_never_one_hot_encoded() -> None:
    kinds: dict[str, ColumnKind] = {"order_id": "identifier", "city": "category"}
    with pytest.raises(InvalidInput, match="order_id") as refused:
        check_steps([ONE_HOT], kinds, None)
    assert (refused.value.code, refused.value.column) == ("identifier_one_hot", "order_id")
    with pytest.raises(InvalidInput, match="order_id"):
        refuse_row_names([StepSpec(type="encode", params={"method": "one_hot"})], kinds)
    refuse_row_names([StepSpec(type="encode", params={"columns": ["city"], "method": "one_hot"})], kinds)
    drop = StepSpec(type="drop_columns", params={"columns": ["order_id"]})
    refuse_row_names([drop, StepSpec(type="encode", params={"method": "one_hot"})], kinds)
    refuse_row_names([ONE_HOT.model_copy(update={"enabled": False})], kinds)


def test_many_columns_warn_and_too_many_are_refused_until_some_are_taken_out() -> None:
    kinds: dict[str, ColumnKind] = {f"c{i}": "decimal" for i in range(1_001)}
    kinds["id"] = "identifier"
    assert feature_count([], kinds) == 1_001
    assert warn_of_many(100) is None
    assert "101 columns" in str(warn_of_many(101))
    with pytest.raises(InvalidInput) as refused:
        refuse_too_many([], kinds)
    assert refused.value.code == "too_many_features"
    refuse_too_many([StepSpec(type="drop_columns", params={"columns": ["c0"]})], kinds)


STEPS: list[dict[str, Any]] = [
    {"type": "group_aggregate", "params": {"by": ["shop"], "column": "price", "statistic": "mean", "name": "usual"}},
    {"type": "interaction", "params": {"columns": ["price", "usual"], "operation": "difference", "name": "away"}},
    {"type": "cyclical_encode", "params": {"columns": ["day"], "cycles": ["weekday", "month"]}},
    {"type": "text_statistics", "params": {"columns": ["shop"]}},
    {"type": "lag", "params": {"column": "price", "order": "day", "by": ["shop"], "name": "before"}},
    {"type": "rolling_window", "params": {"column": "price", "order": "day", "rows": 7, "name": "of late"}},
    {"type": "encode", "params": {"columns": ["shop"], "method": "target", "keep_original": True}},
]


def sales(n: int = 80) -> pl.DataFrame:
    random = np.random.default_rng(5)
    price: list[float | None] = random.gamma(2, 10, n).tolist()
    price[3] = None
    return pl.DataFrame(
        {
            "price": price,
            "shop": [f"shop {code}" for code in random.integers(0, 9, n)],
            "day": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), "1d", eager=True).head(n),
        }
    )


def test_a_feature_has_the_same_bits_in_training_and_in_serving() -> None:
    from narrative.engine.steps.base import FitContext

    frame = sales()
    target = pl.Series("target", np.random.default_rng(1).normal(size=frame.height))
    fitted = Recipe([StepSpec.model_validate(step) for step in STEPS]).fit(
        frame, FitContext(target=target, problem="regression")
    )
    later = sales(50).with_columns(shop=pl.Series([f"shop {i % 12}" for i in range(50)]))
    assert skew(fitted, later) == 0.0


def test_skew_is_seen_where_there_is_some() -> None:
    """Negative control: a recipe whose single rows come out differently."""

    class Broken:
        def matrix(self, frame: pl.DataFrame) -> np.ndarray:
            return np.full((frame.height, 1), float(frame.height))

    assert skew(Broken(), sales(10)) == 9.0  # type: ignore[arg-type]  # stands in for a fitted recipe


def test_a_definition_says_what_it_does_and_needs_and_takes_other_names() -> None:
    formula, columns = described(STEPS[:2])
    assert "mean of 'price'" in formula
    assert columns == ["shop", "price"]
    moved = with_columns(STEPS[:2], {"shop": "store", "price": "amount"})
    assert moved[0]["params"]["by"] == ["store"]
    assert moved[1]["params"]["columns"] == ["amount", "usual"]
    made = {"type": "formula", "params": {"name": "twice", "formula": "[price] * 2"}}
    assert with_columns([made], {"price": "amount"})[0]["params"]["formula"] == "[amount] * 2"
    with pytest.raises(InvalidInput) as refused:
        described([])
    assert refused.value.code == "feature_without_steps"


def test_the_interval_is_that_of_the_published_formula() -> None:
    """Worked by hand: mean 0.02, s = 0.01, five folds of a fifth each, t(4, 0.975) = 2.776445."""
    found = corrected_interval(np.array([0.01, 0.02, 0.03, 0.01, 0.03]), train_share=0.8)
    half = 2.776445 * 0.01 * np.sqrt(1 / 5 + 0.25)
    assert (found.mean, found.low, found.high) == pytest.approx((0.02, 0.02 - half, 0.02 + half), rel=1e-5)
    assert corrected_interval(np.array([0.5]), train_share=0.8).low == float("-inf")


def test_every_column_has_a_role_with_a_reason() -> None:
    frame = sales().with_columns(
        sale_id=pl.Series([f"S{i:04d}" for i in range(80)]), same=pl.lit("x"), sold=pl.Series(["yes", "no"] * 40)
    )
    found = {role.column: role for role in roles(profile_table(frame, target="sold"), "sold", removed=["price"])}
    assert {name: role.role for name, role in found.items()} == {
        "price": "ignore", "shop": "use", "day": "time", "sale_id": "key", "same": "ignore", "sold": "target",
    }  # fmt: skip
    assert (found["price"].can_use, found["sale_id"].can_use, found["sold"].can_use) == (True, False, False)
    assert all(role.reason.endswith(".") for role in found.values())
    assert task_in_words("regression", "price", []) == "Predicts the number price."
    assert task_in_words(None, None, []) == "No column to predict is chosen yet."
