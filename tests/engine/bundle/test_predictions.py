"""What predictions say of themselves, and which rows their warnings count."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from narrative.engine.types import Problem
from tests.fixtures.bundles import PROBLEMS, small_bundle
from tests.fixtures.frames import mixed

ROWS = mixed()[10:40]


def test_warnings_count_no_row_that_is_left_out(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path, "binary")
    rows = ROWS.with_columns(pl.lit("Atlantis").alias("city"))
    counts = pl.Series("count", ["1"] * 28 + ["many", "lots"])
    whole = bundle.predict(rows)
    assert whole.warnings == [
        "30 rows have a category of 'city' the model has not seen ('Atlantis'): it counts as missing."
    ]
    part = bundle.predict(rows.with_columns(counts))
    assert len(part.bad_rows) == 2
    assert part.warnings == [
        "28 rows have a category of 'city' the model has not seen ('Atlantis'): it counts as missing."
    ]
    assert sorted(part.row_warnings) == list(range(28))


def test_a_warning_that_only_rows_left_out_would_get_is_not_given(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path, "binary")
    rows = ROWS.with_columns(
        pl.when(pl.int_range(30) == 0).then(pl.lit("Atlantis")).otherwise("city").alias("city"),
        pl.when(pl.int_range(30) == 0).then(pl.lit("many")).otherwise(pl.lit("1")).alias("count"),
    )
    found = bundle.predict(rows)
    assert len(found.bad_rows) == 1
    assert found.warnings == []


@pytest.mark.parametrize("problem", PROBLEMS)
def test_predictions_show_themselves_in_one_short_line(tmp_path: Path, problem: Problem) -> None:
    found = small_bundle(tmp_path, problem).predict(ROWS)
    text = repr(found)
    assert text.startswith("<Predictions of 30 rows: ")
    assert len(text) < 120
    assert "array" not in text
    if problem != "regression":
        label = found.classes[0]
        assert f"{label}: {found.answers.count(label)}" in text
