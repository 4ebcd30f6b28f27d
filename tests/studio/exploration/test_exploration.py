"""Explorations over HTTP: a job, a result that stays, a column in a new version, a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.fixtures.studio_app import StudioApp, studio_app


def table() -> bytes:
    """200 days, two groups of rows, one row that is far out."""
    rng = np.random.default_rng(1)
    own = rng.integers(0, 2, 200)
    size = rng.normal(size=200) + 8 * own
    frame = pl.DataFrame(
        {
            "day": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 7, 18), "1d", eager=True),
            "size": size,
            "weight": rng.normal(size=200) + 8 * own,
            "kind": np.array(["small", "large"])[own],
        }
    )
    return (
        frame.with_columns(pl.when(pl.int_range(200) == 77).then(99.0).otherwise("size").alias("size"))
        .write_csv()
        .encode()
    )


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


@pytest.fixture
def dataset(studio: StudioApp) -> str:
    made = str(studio.owner.upload(table(), "parcels.csv").json()["dataset"]["id"])
    studio.work()
    return made


def explored(studio: StudioApp, dataset: str, body: dict[str, Any]) -> dict[str, Any]:
    started = studio.owner.post(f"/datasets/{dataset}/explorations", json=body)
    assert started.status_code == 202, started.text
    studio.work()
    found: dict[str, Any] = studio.owner.get(f"/datasets/{dataset}/explorations/{body['kind']}").json()
    return found


@pytest.mark.slow
def test_groups_are_found_kept_and_made_a_column(studio: StudioApp, dataset: str) -> None:
    empty = studio.owner.get(f"/datasets/{dataset}/explorations/groups").json()
    assert (empty["job"], empty["groups"], empty["is_current"]) == (None, None, False)
    found = explored(studio, dataset, {"kind": "groups"})
    assert found["job"]["state"] == "completed"
    assert found["groups"]["story"]["headline"]["text"] == "200 rows form 2 groups."
    assert found["is_current"] is True
    assert studio.owner.post(f"/datasets/{dataset}/explorations/groups/column").status_code == 202
    studio.work()
    after = studio.owner.get(f"/datasets/{dataset}").json()
    assert (after["state"], after["version"]["number"], after["version"]["n_columns"]) == ("ready", 2, 5)
    assert studio.owner.get(f"/datasets/{dataset}/explorations/groups").json()["is_current"] is False
    again = studio.owner.post(f"/datasets/{dataset}/explorations/groups/column")
    assert again.json()["code"] == "exploration_out_of_date"


@pytest.mark.slow
def test_unusual_rows_carry_the_line_of_the_file(studio: StudioApp, dataset: str) -> None:
    found = explored(studio, dataset, {"kind": "unusual", "alarm_rate": 0.02})["unusual"]
    assert (found["rows"][0]["row"], found["rows"][0]["line"]) == (77, 79)
    assert found["rows"][0]["reasons"][0]["sentence"]["text"].startswith("size is 99;")
    for project in studio.owner.get("/projects").json()["items"]:
        assert studio.owner.delete(f"/projects/{project['id']}").status_code == 204
    assert studio.owner.delete(f"/datasets/{dataset}").status_code == 204
    assert studio.owner.get(f"/datasets/{dataset}/explorations/unusual").status_code == 404


@pytest.mark.slow
def test_a_forecast_is_kept_and_downloaded_and_a_refusal_is_plain(studio: StudioApp, dataset: str) -> None:
    body = {"kind": "forecast", "target": "weight", "time": "day", "horizon": 3}
    none = studio.owner.get(f"/datasets/{dataset}/forecast-file")
    assert none.json()["code"] == "exploration_not_found"
    found = explored(studio, dataset, body)
    assert found["columns"] == {"targets": ["size", "weight"], "times": ["day"], "series": ["kind"]}
    assert len(found["forecast"]["forecasts"]) == 3
    csv = studio.owner.get(f"/datasets/{dataset}/forecast-file")
    assert csv.text.splitlines()[0] == "day,forecast,lower_90,upper_90"
    parquet = studio.owner.get(f"/datasets/{dataset}/forecast-file", params={"form": "parquet"})
    assert pl.read_parquet(io.BytesIO(parquet.content)).height == 3
    refused = explored(studio, dataset, body | {"horizon": 300})
    assert refused["job"]["error"]["code"] == "series_too_short"
    assert len(refused["forecast"]["forecasts"]) == 3


@pytest.mark.slow
def test_the_same_is_not_looked_for_twice_at_once(studio: StudioApp, dataset: str) -> None:
    first = studio.owner.post(f"/datasets/{dataset}/explorations", json={"kind": "groups"})
    second = studio.owner.post(f"/datasets/{dataset}/explorations", json={"kind": "groups", "number": 3})
    assert second.json()["code"] == "exploration_running"
    job = first.json()["job"]["id"]
    assert studio.owner.post(f"/jobs/{job}/cancel").status_code < 300
    studio.work()
    assert studio.owner.get(f"/datasets/{dataset}/explorations/groups").json()["job"]["state"] == "canceled"
