"""Every route there is, found in the route table: closed to strangers, and silent about what belongs to others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from narrative.bootstrap import slice_routers
from narrative.core.ids import new_id
from narrative.http.app import routes_only
from narrative.http.policy import policy_of
from narrative.studio.ensembles.entities import Ensemble
from narrative.studio.ensembles.repository import EnsembleRepository
from narrative.studio.schedules.entities import Schedule
from narrative.studio.schedules.repository import ScheduleRepository
from narrative.studio.schedules.rules import Rule
from tests.fixtures.studio_app import ROW, Client, StudioApp, studio_app

ROUTES = [
    (method, route)
    for route in routes_only(slice_routers()).routes
    if isinstance(route, APIRoute) and not policy_of(route).public
    for method in sorted(route.methods or ())
]
NAMES = [f"{method} {route.path}" for method, route in ROUTES]
PREFIXES = {
    "dataset_version_id": "dver", "state_id": "rst", "saved_recipe_id": "rcp",
    "project_id": "proj", "dataset_id": "data", "experiment_id": "exp", "model_id": "model", "version_id": "mver",
    "ensemble_id": "ens",
    "batch_id": "batch", "prediction_id": "pred", "deployment_id": "depl", "key_id": "key", "job_id": "job",
    "upload_id": "upl", "check_id": "dchk", "schedule_id": "sched",
    "definition_id": "fdef",
}  # fmt: skip
DROP = {"type": "drop_columns", "params": {"columns": ["city"]}}
BODIES: dict[str, Any] = {
    "POST /api/v1/projects": {"dataset_id": "{dataset_id}"},
    "PATCH /api/v1/projects/{project_id}": {"name": "Mine now"},
    "PUT /api/v1/projects/{project_id}/target": {"target": "amount"},
    "PUT /api/v1/projects/{project_id}/data-checks": {"checks": []},
    "POST /api/v1/projects/{project_id}/questions": {"question": "How many rows are there?"},
    "PUT /api/v1/projects/{project_id}/recipe": {"steps": []},
    "POST /api/v1/projects/{project_id}/recipe/steps": {"type": "drop_columns", "params": {"columns": ["city"]}},
    "POST /api/v1/transformations/recipes": {"project_id": "{project_id}", "name": "x"},
    "POST /api/v1/transformations/recipes/{saved_recipe_id}/apply": {"project_id": "{project_id}"},
    "POST /api/v1/transformations/preview": {"dataset_id": "{dataset_id}", "transformation_steps": []},
    "POST /api/v1/transformations/apply": {"dataset_id": "{dataset_id}", "transformation_steps": []},
    "POST /api/v1/transformations/pipeline/apply": {"dataset_id": "{dataset_id}", "transformation_steps": []},
    "POST /api/v1/datasets/{dataset_id}/process": {},
    "POST /api/v1/datasets/{dataset_id}/features/generate": {},
    "POST /api/v1/transformations/validate": {"dataset_id": "{dataset_id}", "transformation_steps": []},
    "POST /api/v1/transformations/auto-clean": {"dataset_id": "{dataset_id}"},
    "POST /api/v1/transformations/recipes/import": {"name": "x", "recipe": {"version": 1, "steps": []}},
    "PATCH /api/v1/projects/{project_id}/recipe/steps/{step_id}": {"enabled": False},
    "POST /api/v1/projects/{project_id}/recipe/history/go": {"state_id": "{state_id}"},
    "PATCH /api/v1/projects/{project_id}/recipe/branches/{branch_id}": {"name": "Mine"},
    "POST /api/v1/projects/{project_id}/recipe/preview": {},
    "POST /api/v1/projects/{project_id}/recipe/validate": {"steps": []},
    "PUT /api/v1/projects/{project_id}/recipe/quality-note": {"note": "Mine"},
    "POST /api/v1/projects/{project_id}/recipe/apply": {},
    "POST /api/v1/versions/{dataset_version_id}/pin": {},
    "PUT /api/v1/models/{model_id}/versions/{version_id}/decision": {"state": "accepted"},
    "PUT /api/v1/models/{model_id}/versions/{version_id}/pin": {},
    "POST /api/v1/lineage/{dataset_id}/reproduce": {},
    "POST /api/v1/projects/{project_id}/experiments": {},
    "POST /api/v1/experiments/compare": {"ids": ["{experiment_id}", "{experiment_id}"]},
    "POST /api/v1/experiments/{experiment_id}/ensembles": {"kind": "stacking", "members": ["ridge", "xgboost"]},
    "POST /api/v1/projects/{project_id}/features/ideas": {},
    "POST /api/v1/projects/{project_id}/features/selection": {},
    "POST /api/v1/projects/{project_id}/features/leaks": {},
    "PUT /api/v1/projects/{project_id}/features/removed": {"columns": ["city"]},
    "POST /api/v1/projects/{project_id}/features/definitions/{definition_id}/use": {},
    "POST /api/v1/features/definitions": {"name": "Mine", "steps": [DROP]},
    "POST /api/v1/datasets/{dataset_id}/reimport": {},
    "POST /api/v1/models/{model_id}/versions/{version_id}/card/check": {"card": {}},
    "POST /api/v1/models/{model_id}/versions/{version_id}/predict": {"data": [ROW]},
    "POST /api/v1/models/{model_id}/versions/{version_id}/what-if": {"row": ROW, "changes": {"city": "Rome"}},
    "POST /api/v1/predictions/{prediction_id}/verify": {"inputs": ROW},
    "POST /api/v1/upload/chunked/init": {"filename": "x.csv", "size_bytes": 1, "project": "{project_id}"},
    "POST /api/v1/sources/text": {"text": "a", "project": "{project_id}"},
    "POST /api/v1/sources/url": {"url": "https://example.org/x.csv", "project": "{project_id}"},
    "POST /api/v1/sources/query": {"database_url": "postgresql://a@b/c", "query": "x", "project": "{project_id}"},
    "POST /api/v1/sources/object": {"address": "s3://sales/x.csv", "project": "{project_id}"},
    "POST /api/v1/datasets/{dataset_id}/refresh": {},
    "POST /api/v1/scheduler/jobs": {"dataset_id": "{dataset_id}", "rule": {"every": "day"}},
    "PUT /api/v1/scheduler/jobs/{schedule_id}": {"rule": {"every": "day"}},
    "POST /api/v1/datasets/{dataset_id}/combine": {"dataset_id": "{dataset_id}", "how": "append"},
    "POST /api/v1/datasets/{dataset_id}/combine/plan": {"dataset_id": "{dataset_id}", "how": "append"},
    "POST /api/v1/datasets/{dataset_id}/explorations": {"kind": "groups"},
    "POST /api/v1/deployments/{deployment_id}/go-live": {},
    "POST /api/v1/deployments/{deployment_id}/swap": {"model_version_id": "{version_id}"},
    "POST /api/v1/deployments/{deployment_id}/rollback": {},
    "POST /api/v1/models/{model_id}/rollback": {},
    "POST /api/v1/deployments": {"project_id": "{project_id}", "model_version_id": "{version_id}", "name": "x"},
    "POST /api/v1/production/v1/models/{model_id}/predict": {"data": [ROW]},
    "POST /api/v1/production/api-keys": {"name": "x", "deployment_id": "{deployment_id}"},
}
QUERIES = {
    "POST /api/v1/datasets/upload": {"filename": "x.csv", "project": "{project_id}"},
    "POST /api/v1/predictions/batches": {"filename": "x.csv", "model_version_id": "{version_id}"},
    "PUT /api/v1/upload/chunked/{upload_id}/chunk/{number}": {},
    "POST /api/v1/upload/chunked/{upload_id}/chunk/{number}": {},
    "GET /api/v1/datasets/{dataset_id}/comparison": {"filter": "[]"},
    "GET /api/v1/transformations/recipes/{saved_recipe_id}/mapping": {"project_id": "{project_id}"},
    "GET /api/v1/versions": {"dataset_id": "{dataset_id}"},
    "GET /api/v1/versions/compare": {"before": "{dataset_version_id}", "after": "{dataset_version_id}"},
    "GET /api/v1/events": {"topics": "project:{project_id},job:{job_id}"},
}
OWN_THINGS_ONLY = {
    "GET /api/v1/projects", "GET /api/v1/datasets", "GET /api/v1/models", "GET /api/v1/deployments", "GET /api/v1/jobs",
    "GET /api/v1/predictions/batches", "GET /api/v1/production/api-keys", "GET /api/v1/auth/session",
    "POST /api/v1/auth/sign-out", "POST /api/v1/auth/links", "POST /api/v1/datasets/samples",
    "GET /api/v1/transformations/types", "GET /api/v1/transformations/recipes",
    "GET /api/v1/transformations/recipes/popular", "POST /api/v1/transformations/recipes/import",
    "GET /api/v1/experiments",
    "GET /api/v1/catalog/candidates", "GET /api/v1/catalog/metrics",
    "GET /api/v1/catalog/steps", "GET /api/v1/catalog/samples",
    "GET /api/v1/sources/connections", "GET /api/v1/scheduler/jobs",
    "GET /api/v1/features/definitions", "POST /api/v1/features/definitions",
}  # fmt: skip
"""Routes that name nothing: they can only answer about the caller's own workspace."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def theirs(studio: StudioApp) -> dict[str, str]:
    """Ids of one of everything, in the first workspace."""
    deployment_id, _ = studio.deployed()
    deployment = studio.owner.get(f"/deployments/{deployment_id}").json()
    version = {"model_id": deployment["model_id"], "version_id": deployment["model_version_id"]}
    project = studio.owner.get(f"/projects/{deployment['project_id']}").json()
    answered = studio.owner.post(
        f"/models/{version['model_id']}/versions/{version['version_id']}/predict", json={"data": [ROW]}
    ).json()
    batch = studio.owner.post(
        "/predictions/batches",
        params={"filename": "x.csv", "model_version_id": version["version_id"]},
        content=b"city\nOslo\n",
        headers={"Content-Type": "application/octet-stream"},
    ).json()
    step = {"type": "trim_whitespace", "params": {"columns": ["note"]}}
    studio.owner.post(f"/projects/{project['id']}/recipe/steps", json=step)
    saved = studio.owner.post("/transformations/recipes", json={"project_id": project["id"], "name": "Mine"})
    address = f"/transformations/recipes/{saved.json()['id']}/apply"
    assert studio.owner.post(address, json={"project_id": project["id"]}).status_code == 200
    upload = studio.owner.post("/upload/chunked/init", json={"filename": "x.csv", "size_bytes": 4}).json()
    return version | {
        "upload_id": upload["id"],
        "number": "0",
        "kind": "groups",
        "project_id": project["id"],
        "dataset_id": project["dataset_id"],
        "experiment_id": project["experiment_id"],
        "ensemble_id": combined(studio, project["id"], project["experiment_id"]),
        "deployment_id": deployment_id,
        "prediction_id": answered["predictions"][0]["prediction_id"],
        "batch_id": batch["batch"]["id"],
        "job_id": batch["job"]["id"],
        "key_id": studio.owner.get("/production/api-keys").json()["items"][0]["id"],
        "stage_id": "model_training",
        "check_id": "check_1",
        "dataset_version_id": project["dataset_version_id"],
        "state_id": studio.owner.get(f"/projects/{project['id']}/recipe/history").json()["states"][-1]["id"],
        "step_id": "step_1",
        "saved_recipe_id": saved.json()["id"],
        "branch_id": "branch_1",
        "definition_id": defined(studio),
        "idea_id": "idea_0",
        "schedule_id": scheduled(studio, project["dataset_id"]),
    }


def combined(studio: StudioApp, project_id: str, experiment_id: str) -> str:
    """An ensemble somebody asked for."""
    ensemble = Ensemble(
        id=new_id("ens"),
        created_at=studio.parts.platform.now(),
        project_id=project_id,
        experiment_id=experiment_id,
        config={"kind": "stacking", "members": ["ridge", "xgboost"]},
        job_id=new_id("job"),
        state="completed",
        finished_at=studio.parts.platform.now(),
    )
    ensembles = EnsembleRepository(studio.parts.platform.store)
    return studio.parts.platform.store.atomic(lambda unit: ensembles.insert(unit, studio.tenant, ensemble)).id


def defined(studio: StudioApp) -> str:
    """A saved feature."""
    body = {"name": "Without the city", "steps": [DROP]}
    return str(studio.owner.post("/features/definitions", json=body).json()["id"])


def scheduled(studio: StudioApp, dataset_id: str) -> str:
    """A schedule as if the dataset had come from an address."""
    schedule = Schedule(
        id=new_id("sched"),
        created_at=studio.parts.platform.now(),
        dataset_id=dataset_id,
        rule=Rule(every="day"),
        next_at="2999-01-01",
    )
    schedules = ScheduleRepository(studio.parts.platform.store)
    return studio.parts.platform.store.atomic(lambda unit: schedules.insert(unit, studio.tenant, schedule)).id


def call(client: Client, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    """A well-formed request to a route, naming these ids wherever it names anything."""
    name = f"{method} {path}"

    def fill(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], text)

    given: dict[str, Any] = {"params": {key: fill(value) for key, value in QUERIES.get(name, {}).items()}}
    if name in BODIES:
        given["json"] = json.loads(
            re.sub(r'"\{(\w+)\}"', lambda found: json.dumps(ids[found[1]]), json.dumps(BODIES[name]))
        )
    elif name in QUERIES and method in ("POST", "PUT"):
        given |= {"content": b"a\n1\n", "headers": {"Content-Type": "application/octet-stream"}}
    return client.raw(method, fill(path), **given)


@pytest.mark.parametrize(("method", "route"), ROUTES, ids=NAMES)
def test_without_credentials_the_answer_is_401(
    studio: StudioApp, theirs: dict[str, str], method: str, route: APIRoute
) -> None:
    answer = call(studio.anyone(), method, route.path, theirs)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"]


@pytest.fixture(scope="module")
def stranger(studio: StudioApp) -> Client:
    return studio.stranger()


NAMING = [(method, route) for method, route in ROUTES if f"{method} {route.path}" not in OWN_THINGS_ONLY]


@pytest.mark.parametrize(("method", "route"), NAMING, ids=[f"{method} {route.path}" for method, route in NAMING])
def test_what_belongs_to_another_workspace_does_not_exist(
    studio: StudioApp, stranger: Client, theirs: dict[str, str], method: str, route: APIRoute
) -> None:
    named = {
        "stage_id": "model_training", "kind": "groups", "number": "0", "step_id": "step_1", "branch_id": "branch_1",
        "idea_id": "idea_0",
    }  # fmt: skip
    nothing = {name: new_id(PREFIXES[name]) for name in PREFIXES} | named
    foreign = call(stranger, method, route.path, theirs)
    missing = call(stranger, method, route.path, nothing)
    assert (foreign.status_code, missing.status_code) == (404, 404), foreign.text
    assert comparable(foreign) == comparable(missing)


def comparable(answer: httpx.Response) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key not in ("instance", "request_id")}


@pytest.mark.parametrize(
    "path",
    sorted(
        name.removeprefix("GET /api/v1")
        for name in OWN_THINGS_ONLY
        if "GET" in name and not re.search("auth|catalog|connections|types", name)
    ),
)
def test_lists_show_nothing_of_others(studio: StudioApp, stranger: Client, theirs: dict[str, str], path: str) -> None:
    assert studio.owner.get(path).json()["items"]
    assert stranger.get(path).json()["items"] == []


def test_a_stranger_has_changed_nothing(studio: StudioApp, theirs: dict[str, str]) -> None:
    project = studio.owner.get(f"/projects/{theirs['project_id']}").json()
    assert project["name"] == "people"
    assert studio.owner.get(f"/deployments/{theirs['deployment_id']}").json()["state"] == "live"
    assert studio.owner.get(f"/jobs/{theirs['job_id']}").json()["state"] == "queued"


@pytest.mark.parametrize("bad", ["../etc", "proj_", "PROJ_1", "proj_" + "u" * 20, "x" * 300, "%00", "'; drop table"])
def test_what_cannot_be_an_id_is_not_found_like_any_other(studio: StudioApp, bad: str) -> None:
    answer = studio.owner.get(f"/projects/{bad}/stories/data_loading")
    assert answer.status_code == 404


def test_a_key_for_one_deployment_calls_only_that(studio: StudioApp, theirs: dict[str, str]) -> None:
    other, _ = studio.deployed("other")
    key = studio.owner.post(
        "/production/api-keys", json={"name": "narrow", "deployment_id": theirs["deployment_id"]}
    ).json()["key"]
    program = studio.anyone(**{"X-API-Key": key})
    assert program.post(f"/production/v1/models/{theirs['deployment_id']}/predict", json={"data": [ROW]}).is_success
    answer = program.post(f"/production/v1/models/{other}/predict", json={"data": [ROW]})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


def test_the_walk_visits_every_route_and_exempts_only_what_names_nothing() -> None:
    assert len(ROUTES) > 40
    assert set(NAMES) >= OWN_THINGS_ONLY
    assert not [name for name in OWN_THINGS_ONLY if "{" in name]
