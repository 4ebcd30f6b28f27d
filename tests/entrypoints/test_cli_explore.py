"""``narrative groups | unusual | forecast``: said in words, given as JSON, written as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.entrypoints.conftest import Said


@pytest.fixture
def table(tmp_path: Path) -> str:
    rng = np.random.default_rng(1)
    own = rng.integers(0, 2, 200)
    frame = pl.DataFrame(
        {
            "day": [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in range(200)],
            "size": rng.normal(size=200) + 8 * own,
            "weight": rng.normal(size=200) + 8 * own,
            "kind": np.array(["small", "large"])[own],
        }
    )
    frame.write_csv(tmp_path / "parcels.csv")
    return str(tmp_path / "parcels.csv")


def test_groups_are_told_and_written_beside_the_rows(run: Callable[..., Said], table: str, tmp_path: Path) -> None:
    out = tmp_path / "grouped.csv"
    said = run("groups", table, "--out", str(out))
    assert said.out.startswith("200 rows form 2 groups.")
    assert "Typical weight: " in said.out
    assert pl.read_csv(out)["group"].n_unique() == 2


def test_unusual_rows_are_named_by_their_line(run: Callable[..., Said], table: str) -> None:
    data = run("unusual", table, "--alarm-rate", "0.02", "--json").json()
    assert data["n_unusual"] == 4
    assert all(row["line"] == row["row"] + 2 for row in data["rows"])
    assert "Line " in run("unusual", table, "--alarm-rate", "0.02").out


def test_forecasts_are_told_and_written(run: Callable[..., Said], table: str, tmp_path: Path) -> None:
    out = tmp_path / "ahead.parquet"
    said = run("forecast", table, "--target", "size", "--time", "day", "--horizon", "3", "--out", str(out))
    assert said.out.startswith("size next: ")
    ahead = pl.read_parquet(out)
    assert ahead.columns == ["day", "forecast", "lower_90", "upper_90"]
    assert ahead["day"].to_list() == [dt.date(2024, 7, 19), dt.date(2024, 7, 20), dt.date(2024, 7, 21)]


def test_a_format_nobody_can_write_is_refused_before_the_work(run: Callable[..., Said], table: str) -> None:
    said = run("groups", table, "--out", "groups.docx", "--json")
    assert said.error()["code"] == "format_unknown"
