"""Projects: what people may change, and when a project may go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import Conflict, NotFound
from narrative.core.ids import new_id
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Query, UnitOfWork
from narrative.studio.predictions.predictors import PredictorCache
from narrative.studio.predictions.service import PredictionService
from narrative.studio.projects.service import ProjectService
from tests.fixtures.studio_app import ROW, StudioApp, studio_app

BYTES = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_project_can_be_renamed_and_asked_another_question(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    changed = studio.owner.patch(
        f"/projects/{project_id}", json={"name": " Leavers ", "question": "Who leaves?"}
    ).json()
    assert (changed["name"], changed["question"]) == ("Leavers", "Who leaves?")
    assert changed["rev"] > 1


def test_a_change_to_what_somebody_else_changed_is_refused(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    seen = studio.owner.get(f"/projects/{project_id}").json()["rev"]
    assert studio.owner.patch(
        f"/projects/{project_id}", json={"name": "A"}, headers={"If-Match": f'"{seen}"'}
    ).is_success
    late = studio.owner.patch(f"/projects/{project_id}", json={"name": "B"}, headers={"If-Match": f'"{seen}"'})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert studio.owner.get(f"/projects/{project_id}").json()["name"] == "A"


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": "x" * 121}, {"owner": "me"}, {"tenant": "work_x"}, {"stages": []}, {"id": "proj_x"}]
)
def test_fields_that_are_not_for_people_cannot_be_set(studio: StudioApp, body: dict[str, object]) -> None:
    _, project_id = studio.loaded()
    assert studio.owner.patch(f"/projects/{project_id}", json=body).status_code == 422


def test_a_project_goes_with_everything_that_was_made_in_it(studio: StudioApp) -> None:
    project_id, model_id, version_id = studio.trained()
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
    for path in (
        f"/projects/{project_id}",
        f"/projects/{project_id}/stories/model_training",
        f"/models/{model_id}",
        f"/models/{model_id}/versions/{version_id}",
    ):
        assert studio.owner.get(path).status_code == 404
    assert studio.owner.get("/datasets").json()["items"]


def test_a_live_project_stays_until_its_deployment_is_paused(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed()
    project_id = studio.owner.get(f"/deployments/{deployment_id}").json()["project_id"]
    refused = studio.owner.delete(f"/projects/{project_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "project_is_live")
    studio.owner.post(f"/deployments/{deployment_id}/pause")
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204


def test_a_live_deployment_keeps_its_project_whatever_became_of_later_ones(studio: StudioApp) -> None:
    first, _ = studio.deployed("first")
    shown = studio.owner.get(f"/deployments/{first}").json()
    project_id = shown["project_id"]
    more = {"project_id": project_id, "model_version_id": shown["model_version_id"], "name": "second"}
    second = studio.owner.post("/deployments", json=more).json()["id"]
    studio.owner.post(f"/deployments/{second}/pause")
    refused = studio.owner.delete(f"/projects/{project_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "project_is_live")
    assert studio.owner.get(f"/deployments/{first}").json()["state"] == "live"
    studio.owner.delete(f"/deployments/{first}")
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204


def test_work_that_begins_in_the_moment_of_the_deletion_keeps_the_project(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id, project_id = studio.loaded()
    atomic = studio.parts.platform.store.atomic

    def after_another_request(work: Callable[[UnitOfWork], object]) -> object:
        monkeypatch.undo()
        assert studio.owner.post(f"/datasets/{dataset_id}/reimport", json={}).status_code == 202
        return atomic(work)

    monkeypatch.setattr(studio.parts.platform.store, "atomic", after_another_request)
    with pytest.raises(Conflict, match="running"):
        studio.parts.services.of(ProjectService).delete(studio.tenant, project_id)
    assert studio.owner.get(f"/projects/{project_id}").status_code == 200


def test_a_project_with_running_work_stays(studio: StudioApp) -> None:
    project_id = studio.owner.upload(b"a,b\n1,2\n").json()["project"]["id"]
    assert studio.owner.delete(f"/projects/{project_id}").json()["code"] == "project_is_busy"


def test_everything_goes_however_much_there_is_and_predictions_follow_in_batches(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    shown = studio.owner.get(f"/deployments/{deployment_id}").json()
    project_id, store = shown["project_id"], studio.parts.platform.store
    dataset_id = studio.owner.get(f"/projects/{project_id}").json()["dataset_id"]
    path = f"/production/v1/models/{deployment_id}/predict"
    assert studio.anyone(**{"X-API-Key": key}).post(path, json={"data": [ROW]}).is_success
    content, params = b"a,b\n1,2\n", {"filename": "x.csv", "model_version_id": shown["model_version_id"]}
    batch = studio.owner.post("/predictions/batches", params=params, content=content, headers=BYTES).json()
    studio.parts.platform.queue.cancel(studio.tenant, batch["job"]["id"])
    studio.owner.post(f"/deployments/{deployment_id}/pause")
    of_project = ("experiments", "models", "model_versions", "deployments", "batches")
    of_dataset = ("dataset_versions", "profiles")
    for collection in (*of_project, *of_dataset, "predictions"):
        multiply(studio, collection, 600)

    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
    assert {name: store.count(studio.tenant, name, Query()) for name in of_project} == dict.fromkeys(of_project, 0)
    assert studio.owner.delete(f"/datasets/{dataset_id}").status_code == 204
    assert {name: store.count(studio.tenant, name, Query()) for name in of_dataset} == dict.fromkeys(of_dataset, 0)
    assert studio.work() == 1
    assert store.count(studio.tenant, "predictions", Query()) == 0


def test_an_answer_in_the_moment_of_the_deletion_is_refused_and_leaves_no_record(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_id, model_id, version_id = studio.trained()
    load = PredictorCache.get

    def meanwhile(cache: PredictorCache, *which: Any) -> object:
        loaded = load(cache, *which)
        assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
        return loaded

    monkeypatch.setattr(PredictorCache, "get", meanwhile)
    who = Identity("session", "sess_1", "user_1", "Somebody", studio.workspace.id, "editor")
    with pytest.raises(NotFound):
        studio.parts.services.of(PredictionService).predict(who, Ids(), model_id, version_id, [ROW], with_reasons=False)
    assert studio.parts.platform.store.count(studio.tenant, "predictions", Query()) == 0


def multiply(studio: StudioApp, collection: str, n: int) -> None:
    """Copy the one document of a collection so many times."""
    store = studio.parts.platform.store
    [known] = store.find(studio.tenant, collection, Query())
    prefix = known["id"].partition("_")[0]
    unique = [{"number": n + 2} if "number" in known else {"taken_name": None} for n in range(n)]
    copies = [{**known, **differs, "id": new_id(prefix)} for differs in unique]

    def insert(unit: UnitOfWork) -> None:
        for copy in copies:
            unit.insert(studio.tenant, collection, copy)

    store.atomic(insert)


def test_a_second_project_on_a_table_starts_with_its_profile(studio: StudioApp) -> None:
    dataset_id, _ = studio.loaded()
    made = studio.owner.post("/projects", json={"dataset_id": dataset_id, "name": "Again"}).json()
    stages = {stage["id"]: stage["state"] for stage in made["stages"]}
    assert (stages["data_loading"], stages["data_profiling"]) == ("done", "current")


def test_a_table_in_use_is_not_deleted(studio: StudioApp) -> None:
    dataset_id, project_id = studio.loaded()
    assert studio.owner.delete(f"/datasets/{dataset_id}").json()["code"] == "dataset_in_use"
    studio.owner.delete(f"/projects/{project_id}")
    assert studio.owner.delete(f"/datasets/{dataset_id}").status_code == 204
    assert studio.owner.get(f"/datasets/{dataset_id}").status_code == 404


def test_another_browser_continues_at_the_same_point(studio: StudioApp) -> None:
    project_id, _, _ = studio.trained()
    link = studio.owner.post("/auth/links").json()
    other = studio.sign_in(link["address"])
    assert other.get(f"/projects/{project_id}").json() == studio.owner.get(f"/projects/{project_id}").json()
