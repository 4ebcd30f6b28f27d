"""Deployments: a stable address, copyable calls that work, counts that are measured."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import Conflict
from narrative.studio.deployments.changes import percentile_95
from narrative.studio.deployments.samples import code_samples
from narrative.studio.predictions.predictors import PredictorCache
from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_live_deployment_answers_a_key_and_counts_the_calls(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    program = studio.anyone(**{"X-API-Key": key})
    for _ in range(3):
        answer = program.post(f"/production/v1/models/{deployment_id}/predict", json={"data": [ROW, ROW]}).json()
    assert answer["prediction_id"] == answer["prediction_ids"][0]
    assert len(answer["predictions"]) == len(answer["probabilities"]) == 2
    shown = studio.owner.get(f"/deployments/{deployment_id}").json()
    assert (shown["calls_total"], shown["rows_total"]) == (3, 6)
    assert shown["p95_ms"] > 0
    assert shown["last_call_at"]


def test_the_story_tells_the_calls_that_were_answered_up_to_now(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    project_id = studio.owner.get(f"/deployments/{deployment_id}").json()["project_id"]
    before = studio.owner.get(f"/projects/{project_id}/stories/deployment").json()
    assert any("no call yet" in sentence["text"] for sentence in before["found"])
    studio.anyone(**{"X-API-Key": key}).post(f"/production/v1/models/{deployment_id}/predict", json={"data": [ROW]})
    after = studio.owner.get(f"/projects/{project_id}/stories/deployment").json()
    assert any("1 call " in sentence["text"] for sentence in after["found"])
    assert not any("no call yet" in sentence["text"] for sentence in after["found"])


def test_the_answer_is_the_one_the_page_gives(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    shown = studio.owner.get(f"/deployments/{deployment_id}").json()
    page = studio.owner.post(
        f"/models/{shown['model_id']}/versions/{shown['model_version_id']}/predict", json={"data": [ROW]}
    ).json()["predictions"][0]
    program = studio.anyone(Authorization=f"Bearer {key}")
    served = program.post(
        f"/production/v1/models/{shown['model_id']}/predict", json={"data": [ROW], "include_reasons": True}
    ).json()
    assert served["probabilities"][0] == page["probabilities"]
    assert served["reasons"][0] == page["reasons"]


def test_what_is_not_asked_for_is_left_out(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    body = {"data": [ROW], "include_probabilities": False, "include_metadata": False}
    answer = (
        studio.anyone(**{"X-API-Key": key}).post(f"/production/v1/models/{deployment_id}/predict", json=body).json()
    )
    assert (answer["probabilities"], answer["metadata"], answer["reasons"]) == (None, None, None)


def test_a_paused_deployment_says_so_and_can_be_resumed(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    program, path = studio.anyone(**{"X-API-Key": key}), f"/production/v1/models/{deployment_id}/predict"
    assert studio.owner.post(f"/deployments/{deployment_id}/pause").json()["state"] == "paused"
    assert program.post(path, json={"data": [ROW]}).json()["code"] == "deployment_paused"
    assert program.get(f"/production/v1/models/{deployment_id}/info").json()["state"] == "paused"
    assert studio.owner.post(f"/deployments/{deployment_id}/resume").json()["state"] == "live"
    assert program.post(path, json={"data": [ROW]}).status_code == 200


def test_a_retired_deployment_stays_retired_and_frees_its_name(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed("churn")
    shown = studio.owner.get(f"/deployments/{deployment_id}").json()
    again = {"project_id": shown["project_id"], "model_version_id": shown["model_version_id"], "name": " CHURN "}
    assert studio.owner.post("/deployments", json=again).json()["code"] == "name_taken"
    assert studio.owner.delete(f"/deployments/{deployment_id}").status_code == 204
    assert studio.owner.post(f"/deployments/{deployment_id}/resume").json()["code"] == "deployment_retired"
    assert studio.owner.post("/deployments", json=again).status_code == 201


def test_the_model_knows_what_is_live(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed()
    shown = studio.owner.get(f"/deployments/{deployment_id}").json()
    assert studio.owner.get(f"/models/{shown['model_id']}").json()["live_version_id"] == shown["model_version_id"]
    studio.owner.post(f"/deployments/{deployment_id}/pause")
    assert studio.owner.get(f"/models/{shown['model_id']}").json()["live_version_id"] is None


def test_the_story_of_the_stage_is_told(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed("churn")
    project_id = studio.owner.get(f"/deployments/{deployment_id}").json()["project_id"]
    assert "churn" in studio.owner.get(f"/projects/{project_id}/stories/deployment").json()["headline"]["text"]


def test_the_contract_tells_a_caller_what_to_send(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    info = studio.anyone(**{"X-API-Key": key}).get(f"/production/v1/models/{deployment_id}/info").json()
    assert {column["name"] for column in info["contract"]["columns"]} == set(ROW) - {"gone"}  # it is always empty
    assert "vocabulary" not in info["contract"]


def test_a_damaged_model_can_be_seen_and_stopped(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment_id, _ = studio.deployed()
    before = studio.owner.get(f"/deployments/{deployment_id}").json()

    def damaged(*_: object) -> None:
        raise Conflict("artifact_integrity", "The bytes were altered.")

    monkeypatch.setattr(PredictorCache, "get", damaged)
    assert studio.owner.get("/deployments").json()["items"] == [before]
    assert studio.owner.post(f"/deployments/{deployment_id}/pause").json()["state"] == "paused"
    assert studio.owner.get(f"/projects/{before['project_id']}/stories/deployment").status_code == 200
    assert studio.owner.delete(f"/deployments/{deployment_id}").status_code == 204


def test_the_sample_row_is_typical_and_in_the_order_of_the_model(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    info = studio.anyone(**{"X-API-Key": key}).get(f"/production/v1/models/{deployment_id}/info").json()
    words = shlex.split(studio.owner.get(f"/deployments/{deployment_id}").json()["samples"]["curl"])
    row = json.loads(words[words.index("-d") + 1])["data"][0]
    columns = info["contract"]["columns"]
    assert list(row.items()) == [(column["name"], column["typical"]) for column in columns]
    assert list(row) != sorted(row)  # or the order would show nothing


AWKWARD: dict[str, Any] = {"it's": 'a "quote"', "$HOME": "`id`", "back\\slash": None, "naïve": 1.5}


def test_the_shell_sample_sends_exactly_the_row_whatever_stands_in_it() -> None:
    words = shlex.split(code_samples("http://127.0.0.1:8000/x", AWKWARD).curl)
    assert json.loads(words[words.index("-d") + 1]) == {"data": [AWKWARD]}
    assert "X-API-Key: $NARRATIVE_API_KEY" in words


def test_the_python_sample_is_python_and_holds_the_row() -> None:
    import ast

    tree = ast.parse(code_samples("http://127.0.0.1:8000/x", AWKWARD).python)
    bodies = [ast.literal_eval(node) for node in ast.walk(tree) if isinstance(node, ast.Dict) and len(node.keys) == 1]
    assert {"data": [AWKWARD]} in bodies


def test_no_sample_holds_a_key(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    shown = studio.owner.get(f"/deployments/{deployment_id}").text
    assert key not in shown
    assert "NARRATIVE_API_KEY" in shown


@pytest.mark.parametrize(("values", "expected"), [([], None), ([3.0], 3.0), (list(range(1, 101)), 95), ([1, 2], 2)])
def test_the_percentile_is_by_nearest_rank(values: list[float], expected: float | None) -> None:
    assert percentile_95(values) == expected
