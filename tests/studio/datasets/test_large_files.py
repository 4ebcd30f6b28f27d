"""A file larger than the memory allowed is imported and profiled like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.tables import store
from narrative.studio.datasets.work import import_file, profile_file


def run(function: Any, folder: Path, **payload: Any) -> Any:
    folder.mkdir()
    return function({"folder": str(folder)} | payload, lambda _: None)


@pytest.mark.slow
def test_a_large_file_gets_the_same_table_profile_and_stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    n = 30_000
    pl.DataFrame(
        {
            "value": random.normal(5, 1, n).round(3),
            "word": random.choice(["a", "b", "c"], n),
            "day": (np.datetime64("2024-01-01") + np.arange(n) % 300),
            "paid": random.random(n) < 0.5,
        }
    ).write_csv(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open("a") as file:
        file.write("1,2\n")
    common = {"path": str(tmp_path / "t.csv"), "name": "t.csv", "options": {}, "salt": "s"}
    large = run(import_file, tmp_path / "large", **common, limits={"memory_bytes": 1_000_000})
    usual = run(import_file, tmp_path / "usual", **common, limits={"memory_bytes": 2 << 30})
    assert large["content_hash"] == usual["content_hash"]
    assert large["kinds"] == usual["kinds"]
    assert large["report"]["n_bad_rows"] == usual["report"]["n_bad_rows"] == 1
    for name in ("stories.json", "bad_rows.csv"):
        assert (tmp_path / "large" / name).read_text() == (tmp_path / "usual" / name).read_text()
    assert pl.read_parquet(tmp_path / "large" / "table.parquet").equals(
        pl.read_parquet(tmp_path / "usual" / "table.parquet")
    )
    monkeypatch.setattr(store, "MOST_CELLS_IN_MEMORY", 1_000)
    table = str(tmp_path / "large" / "table.parquet")
    answer = run(profile_file, tmp_path / "profile", path=table, target="paid", problem="auto")
    assert answer["problem"] == "binary"
    assert json.loads((tmp_path / "profile" / "profile.json").read_text())["target"] == "paid"
