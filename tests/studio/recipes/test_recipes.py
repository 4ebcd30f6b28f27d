"""The recipe of a project: steps that are checked, saved, undone and trained with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app

DROP = {"type": "drop_columns", "params": {"columns": ["city"]}}
TRIM = {"type": "trim_whitespace", "params": {"columns": ["note"]}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def stage(studio: StudioApp, project_id: str) -> dict[str, Any]:
    project = studio.owner.get(f"/projects/{project_id}").json()
    return next(item for item in project["stages"] if item["id"] == "data_preparation")


def test_the_button_of_a_finding_adds_its_step_once_and_undo_takes_it_back(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/recipe"
    assert studio.owner.get(address).json()["steps"] == []
    added = studio.owner.post(f"{address}/steps", json=DROP)
    assert added.status_code == 201
    assert [step["columns"] for step in added.json()["steps"]] == [["city"]]
    assert added.json()["steps"][0]["title"] == "Remove columns"
    again = studio.owner.post(f"{address}/steps", json=DROP).json()
    assert (len(again["steps"]), again["rev"]) == (1, added.json()["rev"])
    assert stage(studio, project_id)["fact"] == "1 step"
    undone = studio.owner.post(f"{address}/undo").json()
    assert (undone["steps"], undone["can_undo"]) == ([], False)
    assert studio.owner.post(f"{address}/undo").json()["code"] == "nothing_to_undo"


def test_all_steps_are_saved_or_none(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/recipe"
    saved = studio.owner.put(address, json={"steps": [DROP, TRIM]}).json()
    assert [step["id"] for step in saved["steps"]] == ["step_1", "step_2"]
    wrong = {"type": "drop_columns", "params": {"columns": ["citty"]}}
    refused = studio.owner.put(address, json={"steps": [TRIM, wrong]})
    assert (refused.status_code, refused.json()["code"]) == (422, "column_unknown")
    assert refused.json()["fix"] == "Did you mean 'city'?"
    assert studio.owner.get(address).json() == saved


def test_a_step_that_is_taken_out_leaves_the_others_their_ids(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/recipe"
    steps = studio.owner.put(address, json={"steps": [DROP, TRIM]}).json()["steps"]
    kept = {key: steps[1][key] for key in ("id", "type", "params")}
    added = studio.owner.put(address, json={"steps": [kept, DROP]}).json()["steps"]
    assert [(step["id"], step["type"]) for step in added] == [("step_2", "trim_whitespace"), ("step_1", "drop_columns")]


def test_a_change_of_something_else_is_not_overwritten(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/recipe"
    rev = studio.owner.get(address).json()["rev"]
    studio.owner.put(address, json={"steps": [DROP]})
    late = studio.owner.put(address, json={"steps": [TRIM]}, headers={"If-Match": str(rev)})
    assert late.status_code == 412


def test_no_step_before_there_is_a_table(studio: StudioApp) -> None:
    project_id = studio.owner.upload(b"a,b\n1,2\n").json()["project"]["id"]
    answer = studio.owner.post(f"/projects/{project_id}/recipe/steps", json=DROP)
    assert (answer.status_code, answer.json()["code"]) == (409, "dataset_not_ready")


def test_training_takes_the_steps_and_a_model_trained_without_them_is_out_of_date(studio: StudioApp) -> None:
    project_id, _, _ = studio.trained()
    address = f"/projects/{project_id}/recipe"
    assert studio.owner.get(address).json()["is_trained"]
    changed = studio.owner.post(f"{address}/steps", json=DROP).json()
    assert not changed["is_trained"]
    assert stage(studio, project_id)["state"] == "out_of_date"
    started = studio.owner.post(f"/projects/{project_id}/experiments", json={"budget_seconds": 5}).json()
    assert [step["type"] for step in started["experiment"]["steps"]] == ["drop_columns"]
    target = {"type": "drop_columns", "params": {"columns": ["target"]}}
    assert studio.owner.post(f"{address}/steps", json=target).json()["code"] == "step_on_target"


def test_a_viewer_reads_the_steps_and_may_not_change_them(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    viewer = studio.member("viewer")
    assert viewer.get(f"/projects/{project_id}/recipe").status_code == 200
    assert viewer.post(f"/projects/{project_id}/recipe/steps", json=DROP).status_code == 403


def test_codes_of_masked_values_are_those_of_no_other_project(studio: StudioApp) -> None:
    mask = {"type": "mask_values", "params": {"columns": ["city"], "method": "hash"}}
    salts = []
    for name in ("one", "two"):
        _, project_id = studio.loaded(name)
        address = f"/projects/{project_id}/recipe/steps"
        first = studio.owner.post(address, json=mask).json()["steps"]
        again = studio.owner.post(address, json=mask).json()["steps"]
        assert first == again
        salts.append(first[0]["params"]["salt"])
    assert all(len(salt) == 32 for salt in salts)
    assert salts[0] != salts[1]
