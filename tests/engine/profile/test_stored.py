"""A table that stays in its file gets the profile that the same table in memory gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.profile import profile_table
from narrative.engine.profile.table import duplicate_rows
from narrative.engine.story import tell_profile
from narrative.engine.tables.content import content_hash
from narrative.engine.tables.stored import StoredTable

ROUNDED = {"memory_bytes", "correlation"}
"""What depends on how the rows lie in memory."""


@pytest.fixture
def frame() -> pl.DataFrame:
    random = np.random.default_rng(5)
    n = 900
    table = pl.DataFrame(
        {
            "value": random.normal(10, 2, n),
            "count": random.integers(0, 6, n),
            "word": random.choice(["red", "green", "blue"], n),
            "day": np.datetime64("2024-01-01") + np.arange(n) % 400,
            "paid": random.random(n) < 0.4,
        }
    ).with_columns(pl.when(pl.int_range(n) % 10 > 0).then(pl.col("value")).alias("value"))
    return pl.concat([table, table.head(40)])


@pytest.mark.parametrize("target", [None, "paid", "value"])
def test_the_profile_is_the_same(frame: pl.DataFrame, target: str | None, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "t.parquet")
    stored = StoredTable(tmp_path / "t.parquet")
    there, here = profile_table(stored, target=target), profile_table(frame, target=target)
    assert there.model_dump(exclude=ROUNDED) == here.model_dump(exclude=ROUNDED)
    assert there.correlation is not None
    assert here.correlation is not None
    assert np.allclose(np.asarray(there.correlation.matrix), np.asarray(here.correlation.matrix), rtol=1e-12)
    told = tell_profile(there, stored.as_frame())
    assert told.model_dump() == tell_profile(here, frame).model_dump()


def test_duplicates_and_content_are_found_without_the_whole_table(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "t.parquet")
    stored = StoredTable(tmp_path / "t.parquet")
    assert (stored.shape, len(stored), stored.columns) == (frame.shape, frame.height, frame.columns)
    assert duplicate_rows(stored) == duplicate_rows(frame) == frame.height - frame.n_unique()
    assert content_hash(stored) == content_hash(frame)
    assert pl.concat(list(stored.iter_slices(100))).equals(frame)
