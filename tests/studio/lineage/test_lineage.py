"""Lineage under its fixed addresses; every version is built again from the raw file with the same hash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.datasets.repository import VersionRepository
from tests.fixtures.studio_app import StudioApp, studio_app

ROWS = 120
RECIPES: list[list[dict[str, Any]]] = [
    [{"type": "impute", "params": {"columns": ["age"], "method": method}}] for method in ("mean", "median")
] + [
    [{"type": "trim_whitespace", "params": {"columns": ["city"]}}, {"type": "drop_missing", "params": {}}],
    [{"type": "encode", "params": {"columns": ["city"], "method": "target"}}],
    [{"type": "sample_rows", "params": {"share": 0.5, "seed": 3}}],
]


def table() -> bytes:
    ages = ["" if row % 7 == 0 else str((row % 40) ** 2) for row in range(ROWS)]
    cities = ("Rome", " Rome", "Paris")
    lines = [f"{ages[row]},{cities[row % 3]},{row % 2}" for row in range(ROWS)]
    return ("age,city,bought\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def dataset(studio: StudioApp) -> str:
    """A dataset with six versions: the file as it was read, and five made of it."""
    made = studio.owner.upload(table(), "people.csv").json()
    project = made["project"]["id"]
    studio.work()
    studio.owner.put(f"/projects/{project}/target", json={"target": "bought"})
    studio.work()
    for steps in RECIPES:
        saved = studio.owner.put(f"/projects/{project}/recipe", json={"steps": steps})
        assert saved.status_code == 200, saved.text
        started = studio.owner.post(f"/projects/{project}/recipe/apply", json={"allow_data_loss": True})
        assert started.status_code == 202, started.text
        studio.work()
        job = studio.owner.get(f"/jobs/{started.json()['job']['id']}").json()
        assert job["state"] == "completed", job
    return str(made["dataset"]["id"])


def reproduce(studio: StudioApp, dataset: str) -> dict[str, Any]:
    started = studio.owner.post(f"/lineage/{dataset}/reproduce", json={})
    assert started.status_code == 202, started.text
    studio.work()
    job = studio.owner.get(f"/jobs/{started.json()['job']['id']}").json()
    assert job["state"] == "completed", job
    return dict(job["result"])


@pytest.mark.slow
def test_lineage_names_versions_steps_and_people(studio: StudioApp, dataset: str) -> None:
    told = studio.owner.get(f"/lineage/{dataset}").json()
    assert told["dataset"]["file"] == "people.csv"
    assert told["dataset"]["schema"]["bought"]
    assert [version["kind"] for version in told["versions"]] == ["imported", *["prepared"] * 5]
    assert [len(version["hash"]) for version in told["versions"]] == [64] * 6
    first = told["versions"][0]["version_id"]
    assert {item["parent_version"] for item in told["lineage"]} == {first}
    step = told["lineage"][0]["transformations"][0]
    assert (step["type"], step["parameters"]["method"]) == ("impute", "mean")
    assert step["step_id"]
    assert step["timestamp"]
    assert step["user"]


@pytest.mark.slow
def test_the_graph_has_no_cycle_and_answers_filters(studio: StudioApp, dataset: str) -> None:
    graph = studio.owner.get(f"/lineage/{dataset}/graph").json()
    places = {node["id"]: place for place, node in enumerate(graph["nodes"])}
    assert all(places[line["source"]] < places[line["target"]] for line in graph["relationships"])
    assert [node["kind"] for node in graph["nodes"]] == ["raw", *["version"] * 6]
    assert [node["is_current"] for node in graph["nodes"]] == [False, True, *[False] * 5]
    assert len(graph["steps"]) == 6
    of_type = studio.owner.get(f"/lineage/{dataset}/graph", params={"type": "encode"}).json()
    assert [node["label"] for node in of_type["nodes"]] == ["Version 5"]
    made = graph["nodes"][3]["created_at"]
    later = studio.owner.get(f"/lineage/{dataset}/graph", params={"from": made}).json()
    assert [node["label"] for node in later["nodes"]] == ["Version 3", "Version 4", "Version 5", "Version 6"]
    earlier = studio.owner.get(f"/lineage/{dataset}/graph", params={"to": made}).json()
    assert len(earlier["nodes"]) == 4
    nobody = studio.owner.get(f"/lineage/{dataset}/graph", params={"user": "Nobody"}).json()
    assert (nobody["nodes"], nobody["relationships"]) == ([], [])
    mine = studio.owner.get(f"/lineage/{dataset}/graph", params={"user": graph["users"][0]}).json()
    assert len(mine["nodes"]) == 7


@pytest.mark.slow
def test_every_table_that_was_deleted_is_built_again_with_its_hash(studio: StudioApp, dataset: str) -> None:
    versions = VersionRepository(studio.parts.platform.store).where(studio.tenant, [("dataset_id", "=", dataset)])
    for version in versions:
        studio.parts.platform.blobs.delete(studio.tenant, version.table_sha256)
    plan = studio.owner.get(f"/lineage/{dataset}/reproduce").json()
    assert (plan["can_reproduce"], plan["n_missing"], len(plan["actions"])) == (True, 6, 6)
    made = versions[0].id
    answer = studio.owner.post(f"/versions/{made}/restore")
    assert (answer.status_code, answer.json()["code"]) == (409, "version_not_stored")
    told = reproduce(studio, dataset)
    assert (told["all_equal"], told["n_restored"]) == (True, 6)
    assert all(line["hash"] == line["expected_hash"] for line in told["versions"])
    after = studio.owner.get(f"/lineage/{dataset}/reproduce").json()
    assert (after["n_missing"], {action["bytes_intact"] for action in after["actions"]}) == (0, {True})


@pytest.mark.slow
def test_a_version_whose_steps_were_altered_does_not_get_its_hash(studio: StudioApp, dataset: str) -> None:
    """The negative control: what is built is compared, not believed."""
    store = studio.parts.platform.store
    found = studio.owner.get(f"/lineage/{dataset}").json()["lineage"][0]
    from narrative.studio.versions.repository import LineageRepository, lineage_id

    lineage = LineageRepository(store)
    known = lineage.get(studio.tenant, lineage_id(found["child_version"]))

    def altered(entity: Any) -> Any:
        step = entity.transformations[0].model_copy(update={"parameters": {"columns": ["age"], "method": "median"}})
        return entity.with_(transformations=[step])

    store.atomic(lambda unit: lineage.change(unit, studio.tenant, known.id, altered))
    told = reproduce(studio, dataset)
    assert told["all_equal"] is False
    assert [line["number"] for line in told["versions"] if not line["equal"]] == [2]
    store.atomic(
        lambda unit: lineage.change(
            unit, studio.tenant, known.id, lambda entity: entity.with_(transformations=known.transformations)
        )
    )


@pytest.mark.slow
def test_what_cannot_be_built_is_said_before_it_is_tried(studio: StudioApp) -> None:
    made = studio.owner.upload(table(), "gone.csv").json()
    studio.work()
    dataset = made["dataset"]["id"]
    from narrative.studio.datasets.repository import DatasetRepository

    raw = DatasetRepository(studio.parts.platform.store).get(studio.tenant, dataset).raw_sha256
    studio.parts.platform.blobs.delete(studio.tenant, str(raw))
    plan = studio.owner.get(f"/lineage/{dataset}/reproduce").json()
    assert (plan["can_reproduce"], plan["actions"][0]["obstacle"]) == (False, "its file was deleted.")
    answer = studio.owner.post(f"/lineage/{dataset}/reproduce", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "lineage_broken")


def test_models_and_deployments_are_in_the_graph(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed("served")
    project = studio.owner.get(f"/deployments/{deployment_id}").json()["project_id"]
    dataset = studio.owner.get(f"/projects/{project}").json()["dataset_id"]
    graph = studio.owner.get(f"/lineage/{dataset}/graph").json()
    assert [node["kind"] for node in graph["nodes"]] == ["raw", "version", "experiment", "model", "deployment"]
    assert [line["kind"] for line in graph["relationships"]] == ["read", "trained_on", "gave", "serves"]


@pytest.mark.slow
def test_a_version_is_a_script_that_makes_it_of_the_file_again(studio: StudioApp, dataset: str, tmp_path: Path) -> None:
    listed = studio.owner.get("/versions", params={"dataset_id": dataset}).json()["items"]
    made = next(version for version in listed if version["number"] == 4)
    script = studio.owner.get(f"/versions/{made['version_id']}/script")
    assert script.headers["content-disposition"] == 'attachment; filename="version_4.py"'
    (tmp_path / "version_4.py").write_text(script.text, encoding="utf-8")
    (tmp_path / "people.csv").write_bytes(table())
    ran = subprocess.run(
        [sys.executable, "version_4.py", "people.csv"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, made["hash"] in ran.stdout) == (0, True), ran.stdout + ran.stderr
    first = next(version for version in listed if version["number"] == 1)
    answer = studio.owner.get(f"/versions/{first['version_id']}/script")
    assert (answer.status_code, answer.json()["code"]) == (409, "script_not_possible")


@pytest.mark.slow
def test_no_script_is_written_that_could_not_make_the_version(studio: StudioApp, dataset: str) -> None:
    """Neither where the import hid a column, nor where the version it was made of was deleted."""
    store = studio.parts.platform.store
    versions = VersionRepository(store)
    listed = studio.owner.get("/versions", params={"dataset_id": dataset}).json()["items"]
    made, first = (next(item["version_id"] for item in listed if item["number"] == number) for number in (4, 1))
    known = versions.get(studio.tenant, first)
    hidden = {"name": "city", "treatment": "hash", "decided": True}
    report = {**known.report, "personal": [hidden]}
    store.atomic(lambda unit: versions.change(unit, studio.tenant, first, lambda item: item.with_(report=report)))
    answer = studio.owner.get(f"/versions/{made}/script")
    assert (answer.status_code, answer.json()["code"]) == (409, "script_not_possible")
    assert "column city of personal data was hidden while the file was read" in answer.text
    store.atomic(lambda unit: versions.change(unit, studio.tenant, first, lambda item: item.with_(report=known.report)))
    assert studio.owner.get(f"/versions/{made}/script").status_code == 200
    store.atomic(lambda unit: versions.delete(unit, studio.tenant, first))
    answer = studio.owner.get(f"/versions/{made}/script")
    assert (answer.status_code, answer.json()["code"]) == (409, "script_not_possible")
    assert "a version it was made of was deleted" in answer.text
    store.atomic(lambda unit: versions.insert(unit, studio.tenant, known))


@pytest.mark.slow
def test_what_steps_learned_goes_with_their_version(studio: StudioApp, dataset: str) -> None:
    """The file of it may hold values of the table, such as categories."""
    from narrative.studio.datasets.service import DatasetService
    from narrative.studio.versions.repository import LineageRepository, lineage_id

    store = studio.parts.platform.store
    versions = VersionRepository(store).where(studio.tenant, [("dataset_id", "=", dataset), ("number", "=", 6)])
    known = LineageRepository(store).get(studio.tenant, lineage_id(versions[0].id))
    records = studio.parts.services.of(DatasetService)._records
    blobs = store.atomic(lambda unit: records._forget_version(unit, studio.tenant, versions[0]))
    assert known.fitted_sha256 in blobs
    assert LineageRepository(store).find(studio.tenant, known.id) is None
    assert studio.owner.get(f"/lineage/{dataset}/graph").status_code == 200
