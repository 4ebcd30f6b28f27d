"""Data checks of a project: proposed, saved, enforced on each new version; what breaks them is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.data_checks.service import DataCheckService
from narrative.studio.projects.entities import Project
from tests.fixtures.studio_app import StudioApp, studio_app

HEAD = b"order,price,city\n"
GOOD = HEAD + b"".join(f"A-{n:04d},{10 + n % 30},{'Oslo' if n % 3 else 'Bern'}\n".encode() for n in range(90))
BAD = HEAD + b"".join(
    f"A-{n:04d},{-5 if n in (4, 40) else 10 + n % 30},{'Oslo' if n % 3 else 'Bern'}\n".encode() for n in range(90)
)
PRICE = {"type": "value_range", "params": {"column": "price", "low": 0}}
CITY = {"type": "allowed_values", "params": {"column": "city", "values": ["Oslo", "Bern"]}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def loaded(studio: StudioApp, content: bytes = GOOD) -> str:
    project_id: str = studio.owner.upload(content, "orders.csv").json()["project"]["id"]
    assert studio.work() >= 1
    return project_id


def checks(studio: StudioApp, project_id: str) -> dict[str, Any]:
    return dict(studio.owner.get(f"/projects/{project_id}/data-checks").json())


def load_stage(studio: StudioApp, project_id: str) -> dict[str, Any]:
    return dict(studio.owner.get(f"/projects/{project_id}").json()["stages"][0])


def test_rules_are_saved_run_and_their_rows_listed(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/data-checks"
    assert checks(studio, project_id)["checks"] == []
    rule = {"type": "not_missing", "params": {"column": "city"}}
    saved = studio.owner.put(address, json={"checks": [rule]}).json()
    assert [(item["id"], item["sentence"]) for item in saved["checks"]] == [("check_1", "city is never missing.")]
    found = studio.owner.post(f"{address}/run").json()["results"][0]
    assert not found["passed"]
    csv = studio.owner.get(f"{address}/check_1/rows.csv")
    lines = csv.text.strip().splitlines()
    assert len(lines) == 1 + found["n_failed"]
    assert [int(line.split(",")[0]) for line in lines[1:][:3]] == [row["row"] for row in found["rows"][:3]]
    assert studio.owner.get(f"{address}/check_9/rows.csv").json()["code"] == "data_check_not_found"


def test_a_rule_that_does_not_fit_is_refused_and_nothing_is_saved(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/data-checks"
    wrong = studio.owner.put(address, json={"checks": [{"type": "not_missing", "params": {"column": "citty"}}]})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["fix"]) == (
        422,
        "data_check_column",
        "Did you mean 'city'?",
    )
    assert checks(studio, project_id)["checks"] == []
    assert studio.owner.post(f"{address}/accept").json()["code"] == "no_held_version"
    assert studio.owner.post(f"{address}/dismiss").json()["code"] == "no_held_version"


def test_viewers_read_and_do_not_change(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    viewer = studio.member("viewer")
    assert viewer.get(f"/projects/{project_id}/data-checks").status_code == 200
    assert viewer.put(f"/projects/{project_id}/data-checks", json={"checks": []}).status_code == 403


@pytest.mark.slow
def test_a_version_that_breaks_a_rule_is_held_until_somebody_takes_it(studio: StudioApp) -> None:
    project_id = loaded(studio)
    address = f"/projects/{project_id}/data-checks"
    proposed = studio.owner.get(f"{address}/proposals").json()["items"]
    assert {"value_range", "not_missing", "allowed_values", "unique", "row_count"} <= {
        item["type"] for item in proposed
    }
    studio.owner.put(address, json={"checks": [PRICE, CITY]})
    before = studio.owner.get(f"/projects/{project_id}").json()

    studio.owner.upload(BAD, "orders.csv", project=project_id)
    assert studio.work() >= 1
    after = studio.owner.get(f"/projects/{project_id}").json()
    assert (after["dataset_id"], after["dataset_version_id"]) == (before["dataset_id"], before["dataset_version_id"])
    state = checks(studio, project_id)
    assert state["held"]["n_broken"] == 1
    broken = next(result for result in state["results"] if not result["passed"])
    assert [row["row"] for row in broken["rows"]] == [5, 41]
    assert broken["rows"][0]["cells"] == {"price": "-5"}
    assert load_stage(studio, project_id)["fact"] == "new version held"
    rows = studio.owner.get(f"{address}/{broken['id']}/rows.csv").text.splitlines()
    assert rows[1].startswith("5,A-0004,")

    taken = studio.owner.post(f"{address}/accept").json()
    assert taken["held"] is None
    now = studio.owner.get(f"/projects/{project_id}").json()
    assert now["dataset_version_id"] == state["held"]["version_id"] != before["dataset_version_id"]
    assert load_stage(studio, project_id)["fact"] == "90 rows"


@pytest.mark.slow
def test_a_version_that_obeys_is_taken_and_a_held_one_can_be_left(studio: StudioApp) -> None:
    project_id = loaded(studio)
    address = f"/projects/{project_id}/data-checks"
    studio.owner.put(address, json={"checks": [PRICE, CITY]})
    first = studio.owner.get(f"/projects/{project_id}").json()
    studio.owner.upload(GOOD + b"A-0099,12,Oslo\n", "orders.csv", project=project_id)
    studio.work()
    second = studio.owner.get(f"/projects/{project_id}").json()
    assert second["dataset_version_id"] != first["dataset_version_id"]
    assert all(result["passed"] for result in checks(studio, project_id)["results"])

    dataset_id = second["dataset_id"]
    studio.owner.post(f"/datasets/{dataset_id}/reimport", json={"options": {"delimiter": ";"}})
    studio.work()
    held = checks(studio, project_id)["held"]
    assert held["dataset_id"] == dataset_id
    assert studio.owner.get(f"/datasets/{dataset_id}").json()["version"]["id"] == second["dataset_version_id"]
    assert studio.owner.post(f"{address}/dismiss").json()["held"] is None
    kept = studio.owner.get(f"/projects/{project_id}").json()
    assert kept["dataset_version_id"] == second["dataset_version_id"]
    assert kept["held_version_id"] is None


@pytest.mark.slow
def test_without_the_gate_the_broken_version_would_be_taken(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what holds a version is the gate."""
    project_id = loaded(studio)
    studio.owner.put(f"/projects/{project_id}/data-checks", json={"checks": [PRICE]})

    def never(*_: Any) -> int:
        return 0

    monkeypatch.setattr(DataCheckService, "holds", never)
    before = studio.owner.get(f"/projects/{project_id}").json()["dataset_version_id"]
    studio.owner.upload(BAD, "orders.csv", project=project_id)
    studio.work()
    assert studio.owner.get(f"/projects/{project_id}").json()["dataset_version_id"] != before


def test_deleting_a_project_deletes_its_rules(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    studio.owner.put(
        f"/projects/{project_id}/data-checks", json={"checks": [{"type": "not_missing", "params": {"column": "city"}}]}
    )
    service = studio.parts.services.of(DataCheckService)
    found: tuple[Project, Any] = service.get(studio.tenant, project_id)
    assert found[1] is not None
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
    from narrative.studio.data_checks.repository import DataCheckRepository, checks_id

    assert DataCheckRepository(studio.parts.platform.store).find(studio.tenant, checks_id(project_id)) is None
