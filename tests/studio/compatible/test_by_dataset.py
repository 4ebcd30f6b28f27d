"""The addresses of the contract that name a dataset: what they answer, and for which project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app

pytestmark = pytest.mark.slow
ROWS = [f"{('Bern', ' Oslo ')[row % 2]},{20 + row % 50},{row % 3}\n" for row in range(300)]
TABLE = "city,age,bought\n" + "".join(ROWS)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def dataset(studio: StudioApp) -> str:
    made = studio.owner.upload(TABLE.encode(), "people.csv").json()
    studio.work()
    return str(made["dataset"]["id"])


@pytest.mark.parametrize("path", ["/datasets/{}/schema", "/data/{}/schema"])
def test_the_schema_names_every_column_with_its_kind(studio: StudioApp, dataset: str, path: str) -> None:
    told = studio.owner.get(path.format(dataset)).json()
    assert (told["n_rows"], [column["name"] for column in told["columns"]]) == (300, ["city", "age", "bought"])
    assert told["columns"][1]["kind"] == "integer"


def test_figures_quality_and_rows_are_those_of_the_profile(studio: StudioApp, dataset: str) -> None:
    figures = studio.owner.get(f"/data/{dataset}/statistics").json()
    assert [column["name"] for column in figures["columns"]] == ["city", "age", "bought"]
    overview = studio.owner.get(f"/datasets/{dataset}/profile/overview").json()
    assert studio.owner.get(f"/data/{dataset}/quality").json() == overview["quality"]
    assert studio.owner.get(f"/data/{dataset}/preview", params={"limit": 2}).json()["total"] == 300


def test_a_workflow_is_that_of_the_newest_project_on_the_dataset(studio: StudioApp, dataset: str) -> None:
    first = studio.owner.get(f"/workflow/{dataset}").json()["id"]
    studio.owner.post("/projects", json={"dataset_id": dataset, "name": "Second"})
    assert studio.owner.get(f"/workflow/{dataset}").json()["name"] == "Second"
    assert studio.owner.get(f"/workflow/{dataset}", params={"project_id": first}).json()["id"] == first
    assert studio.owner.get(f"/workflow/{dataset}", params={"project_id": "proj_none"}).status_code == 404


def test_features_are_asked_for_by_dataset(studio: StudioApp, dataset: str) -> None:
    board = studio.owner.get(f"/datasets/{dataset}/features").json()
    assert [role["column"] for role in board["roles"]] == ["city", "age", "bought"]
    assert studio.owner.get(f"/datasets/{dataset}/features/suggestions").json()["report"] is None
    refused = studio.owner.post(f"/datasets/{dataset}/features/generate", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "target_not_chosen")


def test_steps_are_proposed_and_carried_out_without_a_project(studio: StudioApp, dataset: str) -> None:
    proposed = studio.owner.get(f"/transformations/suggestions/{dataset}").json()["items"]
    assert [item["code"] for item in proposed] == ["stray_spaces"]
    step = proposed[0]["step"]
    body = {
        "dataset_id": dataset,
        "transformation_steps": [{"transformation_type": step["type"], "parameters": step["params"]}],
    }
    made = []
    for path in ("/transformations/apply", "/transformations/pipeline/apply"):
        started = studio.owner.post(path, json=body | {"note": "Tidy"})
        assert started.status_code == 202, started.text
        studio.work()
        made.append(studio.owner.get(f"/jobs/{started.json()['job']['id']}").json()["result"])
    assert made[0]["version_id"] == made[1]["version_id"], "the same steps on the same table are one version"
    told = studio.owner.get(f"/versions/{made[0]['version_id']}/lineage").json()
    assert [version["number"] for version in told["versions"]] == [1, 2]
    assert [item["type"] for item in told["lineage"][0]["transformations"]] == ["trim_whitespace"]
    base = studio.owner.get(f"/versions/{told['versions'][0]['version_id']}/lineage").json()
    assert ([version["number"] for version in base["versions"]], base["lineage"]) == ([1], [])


def test_steps_that_make_other_rows_stand_beside_the_table_too(studio: StudioApp, dataset: str) -> None:
    before = studio.owner.get(f"/datasets/{dataset}/schema").json()["version_id"]
    body = {
        "dataset_id": dataset,
        "transformation_steps": [{"transformation_type": "sort_rows", "parameters": {"columns": ["age"]}}],
    }
    started = studio.owner.post("/transformations/apply", json=body).json()["job"]["id"]
    studio.work()
    done = studio.owner.get(f"/jobs/{started}").json()
    assert (done["state"], done["result"]["is_base"]) == ("completed", False)
    assert studio.owner.get(f"/datasets/{dataset}/schema").json()["version_id"] == before


def test_no_step_and_a_wrong_step_are_refused_at_once(studio: StudioApp, dataset: str) -> None:
    body = {"dataset_id": dataset, "transformation_steps": []}
    assert studio.owner.post("/transformations/apply", json=body).json()["code"] == "recipe_empty"
    wrong = [{"transformation_type": "scale", "column": "city", "parameters": {}}]
    answer = studio.owner.post("/transformations/apply", json=body | {"transformation_steps": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "column_kind_unfit")
