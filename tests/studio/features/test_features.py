"""The features stage over HTTP: searches in a child process, decisions in the recipe, definitions used again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def csv(n_rows: int = 700) -> bytes:
    """A product drives the answer; a column of noise; a column that is filled once the answer is known."""
    random = np.random.default_rng(3)
    width, height, noise = random.normal(size=n_rows), random.normal(size=n_rows), random.normal(size=n_rows)
    yes = width * height + 0.2 * random.normal(size=n_rows) > 0
    refund = np.where(yes, random.integers(20, 900, n_rows).astype(str), "")
    lines = [
        f"{1000 + i},{width[i]:.4f},{height[i]:.4f},{noise[i]:.4f},{refund[i]},{'yes' if yes[i] else 'no'}"
        for i in range(n_rows)
    ]
    return "\n".join(["order_id,width,height,noise,refund,bought", *lines]).encode()


def ready(studio: StudioApp) -> str:
    """A project with a read table and a target."""
    project_id = studio.owner.upload(csv()).json()["project"]["id"]
    studio.work()
    chosen = studio.owner.put(f"/projects/{project_id}/target", json={"target": "bought"})
    assert chosen.status_code < 300, chosen.text
    studio.work()
    return str(project_id)


def searched(studio: StudioApp, project_id: str, what: str, **body: Any) -> dict[str, Any]:
    address = f"/projects/{project_id}/features/{what}"
    started = studio.owner.post(address, json=body)
    assert started.status_code == 202, started.text
    studio.work()
    view = studio.owner.get(address).json()
    assert view["job"]["state"] == "completed", view["job"]
    return dict(view)


@pytest.mark.slow
def test_the_three_searches_end_in_decisions_that_the_next_training_uses(studio: StudioApp) -> None:
    project_id = ready(studio)
    address = f"/projects/{project_id}/features"
    board = studio.owner.get(address).json()
    assert board["task"] == "Predicts whether bought is yes or no."
    assert {role["column"]: role["role"] for role in board["roles"]}["bought"] == "target"
    assert {role["column"]: role["role"] for role in board["roles"]}["order_id"] == "key"

    leaks = searched(studio, project_id, "leaks", budget_seconds=1_800)["report"]
    proven = [suspect for suspect in leaks["suspects"] if suspect["verdict"] == "proven"]
    assert [suspect["columns"] for suspect in proven] == [["refund"]]
    proof = proven[0]["proofs"][0]
    assert proof["score_with"] > proof["score_without"]
    story = studio.owner.get(f"/projects/{project_id}/stories/feature_engineering").json()
    assert story["headline"]["text"] == "refund flatters the score: that is proven."

    assert studio.owner.put(f"{address}/removed", json={"columns": ["refund"]}).json()["removed"] == ["refund"]
    ideas = searched(studio, project_id, "ideas", budget_seconds=600)
    best = ideas["report"]["ideas"][0]
    assert best["formula"] in {"width × height", "height × width"}
    assert best["gain"] > 0
    accepted = studio.owner.post(f"{address}/ideas/{best['id']}/accept").json()
    assert [feature["columns"] for feature in accepted["created"]] == [best["columns"]]
    assert studio.owner.get(f"{address}/ideas").json()["accepted"] == [best["id"]]
    assert studio.owner.get(f"{address}/ideas").json()["is_stale"]
    steps = studio.owner.get(f"/projects/{project_id}/recipe").json()["steps"]
    assert [step["type"] for step in steps] == ["interaction", "drop_columns"]

    selection = searched(studio, project_id, "selection", budget_seconds=600)["report"]
    kept = [choice["column"] for choice in selection["choices"] if choice["kept"]]
    assert best["formula"] in kept
    assert "noise" not in kept
    assert "refund" not in {choice["column"] for choice in selection["choices"]}
    assert {method["name"] for method in selection["methods"]} == {"correlation", "information", "elimination", "noise"}
    assert studio.owner.put(f"{address}/removed", json={"columns": []}).json()["removed"] == []


def test_before_there_is_a_target_a_search_is_refused(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    board = studio.owner.get(f"/projects/{project_id}/features").json()
    assert (board["can_search"], board["target"]) == (False, None)
    for what in ("ideas", "selection", "leaks"):
        refused = studio.owner.post(f"/projects/{project_id}/features/{what}", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "target_not_chosen")
        view = studio.owner.get(f"/projects/{project_id}/features/{what}").json()
        assert (view["job"], view["report"], view["is_stale"]) == (None, None, False)


def test_one_search_of_a_kind_runs_at_a_time_and_a_cancel_frees_the_place(studio: StudioApp) -> None:
    project_id = with_target(studio)
    address = f"/projects/{project_id}/features/ideas"
    job = studio.owner.post(address, json={}).json()["job"]
    assert studio.owner.post(address, json={}).json()["code"] == "search_running"
    assert studio.owner.post(f"/jobs/{job['id']}/cancel").status_code < 300
    assert studio.owner.post(address, json={}).status_code == 202


def test_an_idea_that_no_search_had_is_not_accepted(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    answer = studio.owner.post(f"/projects/{project_id}/features/ideas/idea_0/accept")
    assert (answer.status_code, answer.json()["code"]) == (404, "idea_not_found")


def test_a_definition_gets_versions_and_is_used_again_under_other_names(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    columns = [role["column"] for role in studio.owner.get(f"/projects/{project_id}/features").json()["roles"]]
    step = {"type": "group_aggregate", "params": {"by": ["group"], "statistic": "count", "name": "rows alike"}}
    body = {"name": "Rows alike", "text": "How many rows share a group.", "steps": [step]}
    first = studio.owner.post("/features/definitions", json=body).json()
    assert (first["version"], first["columns"]) == (1, ["group"])
    assert studio.owner.post("/features/definitions", json=body).json()["id"] == first["id"]
    second = studio.owner.post("/features/definitions", json={**body, "text": "Another text."}).json()
    assert second["version"] == 2
    assert [item["version"] for item in studio.owner.get("/features/definitions").json()["items"]] == [2, 1]
    address = f"/projects/{project_id}/features/definitions/{first['id']}/use"
    assert studio.owner.post(address, json={}).json()["code"] == "column_unknown"
    used = studio.owner.post(address, json={"columns": {"group": columns[0]}}).json()
    assert [feature["columns"] for feature in used["created"]] == [[columns[0]]]


def test_nobody_else_sees_searches_or_definitions(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    step = {"type": "drop_columns", "params": {"columns": ["city"]}}
    saved = studio.owner.post("/features/definitions", json={"name": "Mine", "steps": [step]}).json()
    stranger = studio.stranger()
    for what in ("", "/ideas", "/selection", "/leaks"):
        assert stranger.get(f"/projects/{project_id}/features{what}").status_code == 404
    assert stranger.get(f"/features/definitions/{saved['id']}").status_code == 404
    assert stranger.get("/features/definitions").json()["items"] == []


def with_target(studio: StudioApp) -> str:
    """A loaded project whose target is chosen without a job."""
    _, project_id = studio.loaded()
    studio._choose_target(project_id)  # the fixture's own way
    return project_id
