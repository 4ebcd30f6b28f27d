"""Two versions of a table in words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.engine.versions import Comparison, compare_tables


@pytest.fixture
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    n = 500
    return pl.DataFrame(
        {
            "id": [f"c{row:04}" for row in range(n)],
            "age": rng.integers(20, 60, n),
            "city": rng.choice(["Rome", "Paris"], n),
            "income": np.round(rng.normal(100, 10, n), 2),
        }
    )


def kinds(told: Comparison) -> set[str]:
    return {change.kind for change in told.changes}


def test_equal_tables_are_equal(frame: pl.DataFrame) -> None:
    told = compare_tables(frame, frame)
    assert told.equal
    assert told.headline == "The same 500 rows in the same columns."
    assert told.changes == []


def test_rows_are_told_apart_by_their_key(frame: pl.DataFrame) -> None:
    later = frame.tail(490).with_columns(
        pl.when(pl.col("id") == "c0100").then(99).otherwise(pl.col("age")).alias("age")
    )
    later = pl.concat([later, later.head(3).with_columns(("n" + pl.col("id")).alias("id"))])
    told = compare_tables(frame, later)
    assert told.matched_by == ["id"]
    assert (told.rows_lost, told.rows_added, told.rows_changed, told.rows_same) == (10, 3, 1, 489)
    assert told.headline == "3 rows added, 10 rows lost, 1 row changed."
    changed = next(change for change in told.changes if change.kind == "rows_changed")
    assert changed.examples == ["age: 1 cell"]


def test_without_a_key_whole_rows_are_counted(frame: pl.DataFrame) -> None:
    rows = frame.select("age", "city")
    told = compare_tables(rows, pl.concat([rows.head(490), rows.head(5)]))
    assert (told.matched_by, told.rows_changed) == ([], None)
    assert told.rows_lost - told.rows_added == 5


def test_columns_types_categories_and_gaps_are_told(frame: pl.DataFrame) -> None:
    later = frame.with_columns(
        pl.when(pl.int_range(500) < 50).then(pl.lit("Oslo")).otherwise(pl.col("city")).alias("city"),
        pl.when(pl.int_range(500) < 100).then(None).otherwise(pl.col("income")).alias("income"),
        pl.col("age").cast(pl.String).alias("age"),
        pl.lit(1).alias("new"),
    ).drop("id")
    told = compare_tables(frame, later)
    assert kinds(told) >= {"column_added", "column_lost", "type_changed", "categories_new", "missing_changed"}
    new = next(change for change in told.changes if change.kind == "categories_new")
    assert (new.examples, new.sentence) == (["Oslo"], "1 new category in 'city', in 50 rows (10%).")
    gaps = next(change for change in told.changes if change.kind == "missing_changed")
    assert gaps.sentence == "Empty cells in 'income': 0.0% before, 20% after."


def test_a_shift_is_told_and_chance_is_not(frame: pl.DataFrame) -> None:
    rng = np.random.default_rng(6)
    again = frame.with_columns(
        pl.Series("age", rng.integers(20, 60, 500)),
        pl.Series("income", np.round(rng.normal(100, 10, 500), 2)),
    )
    assert "values_shifted" not in kinds(compare_tables(frame, again))
    shifted = again.with_columns(pl.col("income") + 20)
    change = next(c for c in compare_tables(frame, shifted).changes if c.kind == "values_shifted")
    assert change.column == "income"
    assert change.facts["after"] == pytest.approx(float(shifted["income"].mean()))  # type: ignore[arg-type]
    assert "higher" in change.sentence


def test_what_a_model_relies_on_comes_first(frame: pl.DataFrame) -> None:
    later = frame.with_columns(pl.col("income") + 12, pl.col("age") + 20)
    plain = [change.column for change in compare_tables(frame, later).changes if change.kind == "values_shifted"]
    assert plain == ["age", "income"]
    ranked = compare_tables(frame, later, importance={"income": 1.0}).changes
    assert [change.column for change in ranked if change.kind == "values_shifted"] == ["income", "age"]
