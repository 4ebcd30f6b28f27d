"""Prediction files that break the data checks of their project are held, with their rows, until somebody says so."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.kept_blobs import release_unnamed
from tests.fixtures.studio_app import ROW, StudioApp, studio_app

RULES = [
    {"type": "value_range", "params": {"column": "amount", "low": 0}},
    {"type": "row_count", "params": {"low": 1_000}},
    {"type": "not_missing", "params": {"column": "note"}},
]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def file_of(amounts: list[float], column: str = "amount") -> bytes:
    """Rows the small model knows, without the column ``note``."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [name for name in ROW if name not in ("amount", "note")]
    writer.writerow([column, *names])
    for amount in amounts:
        writer.writerow([amount, *(ROW[name] for name in names)])
    return out.getvalue().encode()


def sent(studio: StudioApp, version_id: str, content: bytes) -> dict[str, Any]:
    """The prediction file after its job."""
    answer = studio.owner.post(
        "/predictions/batches",
        params={"model_version_id": version_id, "filename": "new.csv"},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 202, answer.text
    assert studio.work() == 1
    return dict(studio.owner.get(f"/predictions/batches/{answer.json()['batch']['id']}").json())


@pytest.mark.slow
def test_a_file_that_breaks_a_rule_is_held_with_its_rows_and_predicted_only_on_request(studio: StudioApp) -> None:
    project_id, _, version_id = studio.trained()
    obeyed = sent(studio, version_id, file_of([3.0, -4.0, 5.0]))
    assert (obeyed["state"], obeyed["checks"]) == ("completed", [])  # no rule yet
    saved = studio.owner.put(f"/projects/{project_id}/data-checks", json={"checks": RULES})
    assert saved.status_code == 200, saved.text

    held = sent(studio, version_id, file_of([3.0, -4.0, 5.0], column="Amount "))
    address = f"/predictions/batches/{held['id']}"
    assert (held["state"], held["predicted"], held["preview"]) == ("held", None, None)
    assert [(item["type"], item["passed"], [row["row"] for row in item["rows"]]) for item in held["checks"]] == [
        ("value_range", False, [2])
    ]  # the size of a table and a column that is not there say nothing about such a file
    rows = list(csv.reader(io.StringIO(studio.owner.get(f"{address}/failing-rows.csv").text)))
    assert [row[:3] for row in rows] == [["row", "data check", "Amount"], ["2", held["checks"][0]["sentence"], "-4.0"]]
    assert studio.owner.get(f"{address}/download").json()["code"] == "predictions_not_ready"

    assert studio.member("viewer").post(f"{address}/accept").status_code == 403
    assert studio.owner.post(f"{address}/accept").status_code == 202
    assert studio.owner.get(address).json()["state"] == "queued"
    assert studio.work() == 1
    done = studio.owner.get(address).json()
    assert (done["state"], done["predicted"]) == ("completed", 3)
    assert done["accepted_by"]
    assert done["accepted_at"]
    assert done["warnings"][0] == "It breaks 1 data check and was predicted on request."
    assert not done["checks"][0]["passed"]
    again = studio.owner.post(f"{address}/accept")
    assert (again.status_code, again.json()["code"]) == (409, "prediction_file_not_held")


@pytest.mark.slow
def test_a_file_that_obeys_is_predicted_and_says_what_was_checked(studio: StudioApp) -> None:
    project_id, _, version_id = studio.trained()
    studio.owner.put(f"/projects/{project_id}/data-checks", json={"checks": RULES})
    done = sent(studio, version_id, file_of([3.0, 4.0]))
    assert (done["state"], done["accepted_by"]) == ("completed", None)
    assert [item["passed"] for item in done["checks"]] == [True]
    missing = studio.owner.get(f"/predictions/batches/{done['id']}/failing-rows.csv")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_failing_rows")


@pytest.mark.slow
def test_a_file_as_it_was_sent_is_kept_only_as_long_as_it_may_be_predicted(studio: StudioApp) -> None:
    project_id, _, version_id = studio.trained()
    platform = studio.parts.platform
    obeyed, broken, unreadable = file_of([3.0, 4.0]), file_of([3.0, -4.0]), b"nothing,known\n1,2\n"

    def is_there(content: bytes) -> bool:
        release_unnamed(platform, studio.tenant, older_than_seconds=0.0)
        return platform.blobs.exists(studio.tenant, hashlib.sha256(content).hexdigest())

    done = sent(studio, version_id, obeyed)
    assert (done["state"], is_there(obeyed)) == ("completed", False)
    assert studio.owner.get(f"/predictions/batches/{done['id']}/download").status_code == 200
    assert (sent(studio, version_id, unreadable)["state"], is_there(unreadable)) == ("failed", False)

    studio.owner.put(f"/projects/{project_id}/data-checks", json={"checks": RULES})
    held = sent(studio, version_id, broken)
    assert (held["state"], is_there(broken)) == ("held", True)
    assert studio.owner.post(f"/predictions/batches/{held['id']}/accept").status_code == 202
    assert studio.work() == 1
    assert not is_there(broken)
