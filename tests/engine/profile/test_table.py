"""The profile of a whole table: quality, duplicates, and tables that are hardly any."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.profile import TableProfile, profile_table
from narrative.engine.profile.quality import WEIGHTS
from narrative.engine.profile.table import duplicate_rows

RANDOM = np.random.default_rng(9)


def clean(n_rows: int = 200) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "age": RANDOM.integers(18, 80, n_rows),
            "height": RANDOM.normal(170, 8, n_rows).clip(150, 190),
            "city": RANDOM.choice(["Ghent", "Graz", "Lyon"], n_rows),
        }
    )


def test_a_clean_table_keeps_all_points() -> None:
    profile = profile_table(clean())
    assert profile.quality.score == pytest.approx(100.0)
    assert set(profile.quality.dimensions) == set(WEIGHTS)
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert profile.findings == []


def test_quality_falls_by_the_weights_of_the_formula() -> None:
    """A quarter of one of three columns missing costs 40 % · 25 / 3 points, by hand."""
    frame = clean().with_columns(pl.when(pl.int_range(200) % 4 == 0).then(None).otherwise(pl.col("city")).alias("city"))
    profile = profile_table(frame)
    assert profile.quality.score == pytest.approx(100 - 0.40 * 25 / 3)
    assert profile.column("city").quality == pytest.approx(90.0)
    assert profile.column("city").quality_losses == {"completeness": pytest.approx(10.0)}
    assert "40 %" in profile.quality.formula


def test_a_repeated_half_costs_uniqueness() -> None:
    frame = clean(100)
    profile = profile_table(pl.concat([frame, frame]))
    assert profile.duplicate_rows == 100
    assert profile.quality.dimensions["uniqueness"] == pytest.approx(50.0)


def test_duplicates_are_counted_as_polars_counts_them_exactly() -> None:
    frame = pl.DataFrame(
        {"a": RANDOM.integers(0, 6, 400), "b": [["x", "y", None][i] for i in RANDOM.integers(0, 3, 400)]}
    )
    assert duplicate_rows(frame) == frame.height - frame.n_unique()
    assert duplicate_rows(frame.with_columns(i=pl.int_range(400))) == 0


def test_the_profile_survives_json() -> None:
    frame = clean().with_columns(left=pl.Series(["yes", "no"] * 100))
    profile = profile_table(frame, target="left")
    assert TableProfile.model_validate_json(profile.model_dump_json()) == profile
    assert profile.column("age").target_association is not None
    assert profile.column("left").target_association is None


def test_changing_one_value_changes_the_profile() -> None:
    frame = clean()
    other = frame.with_columns(pl.when(pl.int_range(200) == 7).then(79).otherwise(pl.col("age")).alias("age"))
    assert profile_table(frame).content_hash != profile_table(other).content_hash


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": [1]}),
        pl.DataFrame({"a": ["x"], "b": [None]}),
        pl.DataFrame({"a": [None, None]}),
        pl.DataFrame({"a": pl.Series([], dtype=pl.Float64)}),
        pl.DataFrame({"a": [float("nan"), float("inf")], "b": [1.0, 2.0]}),
        pl.DataFrame({"a": ["", " "], "b": ["ä", "\u0000"]}),
        pl.DataFrame({f"c{i}": [i, i + 1] for i in range(300)}),
    ],
)
def test_odd_tables_get_a_profile(frame: pl.DataFrame) -> None:
    profile = profile_table(frame)
    assert 0 <= profile.quality.score <= 100
    assert len(profile.columns) == frame.width
    assert "NaN" not in profile.model_dump_json()


def test_the_input_is_never_changed() -> None:
    frame = clean()
    before = frame.clone()
    profile_table(frame)
    assert frame.equals(before)


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        profile_table(pl.DataFrame())
    assert caught.value.code == "empty_file"
