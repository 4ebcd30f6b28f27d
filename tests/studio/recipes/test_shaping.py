"""Steps that make the table training starts from: they leave the recipe once, and going back brings their table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from narrative.studio.datasets.repository import VersionRepository
from tests.fixtures.studio_app import StudioApp, studio_app

pytestmark = pytest.mark.slow
SORT = {"type": "sort_rows", "params": {"columns": ["amount"], "descending": True}, "id": "sort"}
TRIM = {"type": "trim_whitespace", "params": {"columns": ["city"]}, "id": "trim"}
FILL = {"type": "impute", "params": {"columns": ["age"]}, "id": "fill"}


def table(n_rows: int = 60) -> bytes:
    lines = [f"c{row:04},{row % 9 or ''},{('Rome', ' Rome', 'Paris')[row % 3]},{row * 1.5}" for row in range(n_rows)]
    return ("id,age,city,amount\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture
def project(studio: StudioApp) -> str:
    made = studio.owner.upload(table(), "people.csv").json()["project"]["id"]
    studio.work()
    return str(made)


def save(studio: StudioApp, project: str, *steps: dict[str, Any]) -> None:
    saved = studio.owner.put(f"/projects/{project}/recipe", json={"steps": list(steps)})
    assert saved.status_code == 200, saved.text


def begin(studio: StudioApp, project: str) -> str:
    started = studio.owner.post(f"/projects/{project}/recipe/apply", json={})
    assert started.status_code == 202, started.text
    return str(started.json()["job"]["id"])


def finish(studio: StudioApp, job_id: str) -> str:
    """Id of the version that was made."""
    studio.work()
    job = studio.owner.get(f"/jobs/{job_id}").json()
    assert job["state"] == "completed", job
    return str(job["result"]["version_id"])


def ids(studio: StudioApp, project: str) -> list[str]:
    return [step["id"] for step in studio.owner.get(f"/projects/{project}/recipe").json()["steps"]]


def present(studio: StudioApp, project: str) -> str:
    return str(studio.owner.get(f"/projects/{project}").json()["dataset_version_id"])


def test_steps_that_were_changed_meanwhile_stay_and_only_those_carried_out_leave(
    studio: StudioApp, project: str
) -> None:
    save(studio, project, SORT, FILL)
    job = begin(studio, project)
    save(studio, project, TRIM, SORT, FILL)
    made = finish(studio, job)
    assert present(studio, project) == made
    assert ids(studio, project) == ["trim", "fill"]


def test_another_step_that_took_the_id_of_one_that_was_carried_out_stays(studio: StudioApp, project: str) -> None:
    save(studio, project, SORT, FILL)
    job = begin(studio, project)
    save(studio, project, {**TRIM, "id": "sort"}, FILL)
    finish(studio, job)
    assert ids(studio, project) == ["sort", "fill"]


def test_the_steps_of_a_held_version_leave_when_it_is_accepted(studio: StudioApp, project: str) -> None:
    rule = {"type": "value_range", "params": {"column": "amount", "high": 10}}
    studio.owner.put(f"/projects/{project}/data-checks", json={"checks": [rule]})
    save(studio, project, SORT, FILL)
    before = present(studio, project)
    made = finish(studio, begin(studio, project))
    assert (present(studio, project), ids(studio, project)) == (before, ["sort", "fill"])
    save(studio, project, TRIM, SORT, FILL)
    accepted = studio.owner.post(f"/projects/{project}/data-checks/accept")
    assert accepted.status_code == 200, accepted.text
    assert (present(studio, project), ids(studio, project)) == (made, ["trim", "fill"])
    states = studio.owner.get(f"/projects/{project}/recipe/history").json()["states"]
    assert states[-1]["what"] == "Carried out 1 step: the table has 60 rows now"


def test_a_held_file_that_is_accepted_leaves_the_steps_alone(studio: StudioApp, project: str) -> None:
    rule = {"type": "value_range", "params": {"column": "amount", "high": 10}}
    studio.owner.put(f"/projects/{project}/data-checks", json={"checks": [rule]})
    save(studio, project, SORT, FILL)
    before = present(studio, project)
    studio.owner.upload(table(70), "people.csv", project=project)
    studio.work()
    assert studio.owner.post(f"/projects/{project}/data-checks/accept").status_code == 200
    assert present(studio, project) != before
    assert ids(studio, project) == ["sort", "fill"]


def test_undoing_a_step_does_not_undo_the_file_that_came_meanwhile(studio: StudioApp, project: str) -> None:
    save(studio, project, TRIM)
    studio.owner.upload(table(70), "people.csv", project=project)
    studio.work()
    save(studio, project, TRIM, FILL)
    newest = present(studio, project)
    for what in ("undo", "undo", "redo", "redo"):
        assert studio.owner.post(f"/projects/{project}/recipe/{what}").status_code == 200
        assert present(studio, project) == newest


def test_undo_and_redo_cross_the_table_that_steps_became(studio: StudioApp, project: str) -> None:
    save(studio, project, SORT)
    dataset = studio.owner.get(f"/projects/{project}").json()["dataset_id"]
    studio.owner.post(f"/datasets/{dataset}/reimport", json={"options": {"odd_cells": "keep"}})
    studio.work()
    base = present(studio, project)
    made = finish(studio, begin(studio, project))
    save(studio, project, TRIM)
    for what, steps, version in (
        ("undo", [], made), ("undo", ["sort"], base), ("redo", [], made), ("redo", ["trim"], made),
    ):  # fmt: skip
        assert studio.owner.post(f"/projects/{project}/recipe/{what}").status_code == 200
        assert (ids(studio, project), present(studio, project)) == (steps, version)
    first = studio.owner.get(f"/projects/{project}/recipe/history").json()["states"][0]["id"]
    gone = studio.owner.post(f"/projects/{project}/recipe/history/go", json={"state_id": first})
    assert gone.status_code == 200, gone.text
    assert (ids(studio, project), present(studio, project)) == ([], base)


def test_undo_is_refused_while_the_file_is_read_and_when_the_table_is_not_stored(
    studio: StudioApp, project: str
) -> None:
    save(studio, project, SORT)
    dataset, base = studio.owner.get(f"/projects/{project}").json()["dataset_id"], present(studio, project)
    made = finish(studio, begin(studio, project))
    versions = VersionRepository(studio.parts.platform.store)
    studio.parts.platform.blobs.delete(studio.tenant, versions.get(studio.tenant, base).table_sha256)
    answer = studio.owner.post(f"/projects/{project}/recipe/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "version_not_stored")
    studio.owner.post(f"/lineage/{dataset}/reproduce", json={})
    studio.work()
    started = studio.owner.post(f"/datasets/{dataset}/reimport", json={"options": {"odd_cells": "keep"}})
    assert started.status_code == 202, started.text
    answer = studio.owner.post(f"/projects/{project}/recipe/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "import_running")
    assert (ids(studio, project), present(studio, project)) == ([], made)
