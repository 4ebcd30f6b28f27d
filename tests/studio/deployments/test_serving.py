"""From a draft to what is live: rehearsal, override, swap, rollback, and that every answer is of one version."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import LimitExceeded
from narrative.http.identity import Role
from narrative.studio.deployments import rehearsing_work
from narrative.studio.deployments.rehearsing import Rehearser
from narrative.studio.deployments.service import DeploymentService
from tests.fixtures.bundles import write_small
from tests.fixtures.studio_app import ROW, StudioApp, rehearsed_here, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def failing(payload: dict[str, Any]) -> dict[str, Any]:
    found = rehearsed_here(payload)
    broken = {
        "id": "huge",
        "title": "A table of 20,000 rows",
        "outcome": "failed",
        "text": "Only 3 rows were answered.",
    }
    return found | {"passed": False, "cases": [broken, *found["cases"]]}


def fail_rehearsals(studio: StudioApp) -> None:
    studio.parts.services.of(DeploymentService).rehearser = Rehearser(studio.parts.platform, failing)


def made(studio: StudioApp, name: str = "people", **given: object) -> dict[str, Any]:
    project_id, _, version_id = studio.trained(name)
    body = {"project_id": project_id, "model_version_id": version_id, "name": name, **given}
    answer = studio.owner.post("/deployments", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def two_versions(studio: StudioApp) -> tuple[dict[str, Any], str, str]:
    """A live deployment, a later version of its model and the path that calls it."""
    deployment = made(studio)
    second = studio.trained_again(deployment["project_id"], deployment["model_id"], seed=12)
    return deployment, second, f"/production/v1/models/{deployment['id']}/predict"


# ---------------------------------------------------------------------- rehearsal
def test_one_click_rehearses_and_puts_live(studio: StudioApp) -> None:
    deployment = made(studio)
    assert deployment["state"] == "live"
    assert deployment["rehearsal"]["passed"] is True
    assert deployment["rehearsal"]["p95_ms"] > 0
    assert deployment["size_bytes"] > 0
    cases = {case["id"]: case for case in deployment["rehearsal"]["cases"]}
    assert {"missing", "renamed", "case", "texts", "category", "empty", "huge"} <= set(cases)
    assert cases["case"]["outcome"] == "answered"
    assert "was read as" in cases["case"]["text"]
    assert (cases["too-many"]["outcome"], cases["empty"]["outcome"]) == ("refused", "refused")
    assert [event["kind"] for event in deployment["events"]] == ["live"]


def test_a_draft_only_rehearsed_waits_and_answers_nobody(studio: StudioApp) -> None:
    deployment = made(studio, go_live=False)
    assert (deployment["state"], deployment["state_text"]) == ("rehearsed", "rehearsed and not live yet")
    project = studio.owner.get(f"/projects/{deployment['project_id']}").json()
    assert project["deployment_id"] is None
    refused = studio.owner.post(f"/production/v1/models/{deployment['id']}/predict", json={"data": [ROW]})
    assert (refused.status_code, refused.json()["code"]) == (409, "deployment_not_live")
    assert studio.owner.post(f"/deployments/{deployment['id']}/pause").json()["code"] == "deployment_not_live"
    live = studio.owner.post(f"/deployments/{deployment['id']}/go-live", json={}).json()
    assert live["state"] == "live"


def test_a_failed_rehearsal_leaves_a_draft_and_only_an_owner_overrides_it_with_a_note(studio: StudioApp) -> None:
    fail_rehearsals(studio)
    deployment = made(studio)
    assert deployment["state"] == "draft"
    path = f"/deployments/{deployment['id']}/go-live"
    for client, note in ((studio.owner, " "), (studio.member("operator"), "I know")):
        refused = client.post(path, json={"note": note})
        assert (refused.status_code, refused.json()["code"]) == (409, "rehearsal_failed")
        assert "Only 3 rows were answered" in refused.json()["detail"]
        assert "owner" in refused.json()["fix"]
    live = studio.owner.post(path, json={"note": "Big tables never come."}).json()
    assert live["state"] == "live"
    assert live["events"][0]["kind"] == "override"
    assert live["events"][0]["note"] == "Big tables never come."
    assert live["events"][0]["by"] == "Owner"


def test_a_draft_can_be_rehearsed_again_and_retired(studio: StudioApp) -> None:
    fail_rehearsals(studio)
    deployment = made(studio, "first")
    studio.parts.services.of(DeploymentService).rehearser = Rehearser(studio.parts.platform, rehearsed_here)
    assert studio.owner.post(f"/deployments/{deployment['id']}/rehearse").json()["state"] == "rehearsed"
    assert studio.owner.delete(f"/deployments/{deployment['id']}").status_code == 204
    assert studio.owner.get(f"/deployments/{deployment['id']}").json()["state"] == "retired"


def test_a_model_that_ends_its_process_has_failed(studio: StudioApp) -> None:
    def too_large(_: dict[str, Any]) -> dict[str, Any]:
        raise LimitExceeded("work_too_large", "It needs more memory than a child may take.")

    studio.parts.services.of(DeploymentService).rehearser = Rehearser(studio.parts.platform, too_large)
    deployment = made(studio)
    assert deployment["state"] == "draft"
    assert deployment["rehearsal"]["cases"][0]["text"] == "It needs more memory than a child may take."


@pytest.mark.parametrize("broken", ["lost", "different", "crash"])
def test_a_model_that_loses_rows_changes_answers_or_breaks_down_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    bundle = write_small(tmp_path / "small.narrative", "binary")
    usual = rehearsing_work._answers

    def spoiled(predictor: Any, rows: list[dict[str, Any]]) -> Any:
        answers = usual(predictor, rows)
        if "narrative_unknown" not in rows[0]:
            return answers
        if broken == "crash":
            raise ZeroDivisionError
        items = answers.items[1:] if broken == "lost" else [*answers.items[1:], answers.items[0]]
        return type(answers)(items, answers.repairs)

    monkeypatch.setattr(rehearsing_work, "_answers", spoiled)
    found = rehearsing_work.rehearse_bundle({"bundle": str(bundle)}, lambda _: None)
    assert next(case["id"] for case in found["cases"] if case["outcome"] == "failed") == "extra"
    assert found["passed"] is False


@pytest.mark.slow
def test_the_rehearsal_of_production_runs_in_a_child(studio: StudioApp) -> None:
    studio.parts.services.of(DeploymentService).rehearser = Rehearser(studio.parts.platform)
    deployment = made(studio)
    assert (deployment["state"], deployment["rehearsal"]["passed"]) == ("live", True)


# ---------------------------------------------------------------------- swap and rollback
def test_a_swap_changes_the_version_of_the_next_answer_and_a_rollback_changes_it_back(studio: StudioApp) -> None:
    deployment, second, path = two_versions(studio)
    first = deployment["model_version_id"]
    before = studio.owner.post(path, json={"data": [ROW]}).json()
    swapped = studio.owner.post(
        f"/deployments/{deployment['id']}/swap", json={"model_version_id": second, "note": "Newer data"}
    ).json()
    assert (swapped["model_version_id"], swapped["version_number"], swapped["rollback_to"]) == (second, 2, first)
    after = studio.owner.post(path, json={"data": [ROW]}).json()
    assert [before["model_version"], after["model_version"]] == [first, second]
    assert before["probabilities"] != after["probabilities"]
    back = studio.owner.post(f"/deployments/{deployment['id']}/rollback", json={}).json()
    assert (back["model_version_id"], back["rollback_to"]) == (first, None)
    assert studio.owner.post(path, json={"data": [ROW]}).json()["probabilities"] == before["probabilities"]
    assert [event["kind"] for event in back["events"]] == ["rollback", "swap", "live"]
    assert back["events"][1]["note"] == "Newer data"
    assert studio.owner.get(f"/models/{deployment['model_id']}").json()["live_version_id"] == first


def test_a_model_is_rolled_back_by_its_own_address(studio: StudioApp) -> None:
    deployment, second, _ = two_versions(studio)
    studio.owner.post(f"/deployments/{deployment['id']}/swap", json={"model_version_id": second})
    back = studio.owner.post(f"/models/{deployment['model_id']}/rollback", json={}).json()
    assert back["model_version_id"] == deployment["model_version_id"]


def test_what_cannot_be_swapped_or_rolled_back_says_why(studio: StudioApp) -> None:
    deployment, second, _ = two_versions(studio)
    other = made(studio, "other")
    path = f"/deployments/{deployment['id']}"
    swap = {"model_version_id": other["model_version_id"]}
    assert studio.owner.post(f"{path}/swap", json=swap).json()["code"] == "version_of_other_model"
    assert studio.owner.post(f"{path}/rollback", json={}).json()["code"] == "nothing_to_roll_back"
    never = {"model_version_id": second}
    assert studio.owner.post(f"{path}/rollback", json=never).json()["code"] == "nothing_to_roll_back"
    fail_rehearsals(studio)
    assert studio.owner.post(f"{path}/swap", json=never).json()["code"] == "rehearsal_failed"
    assert studio.owner.get(path).json()["model_version_id"] == deployment["model_version_id"]
    studio.owner.delete(path)
    assert studio.owner.post(f"{path}/swap", json=never | {"note": "x"}).json()["code"] == "deployment_retired"


def test_a_viewer_and_an_editor_may_not_deploy(studio: StudioApp) -> None:
    deployment, second, _ = two_versions(studio)
    path = f"/deployments/{deployment['id']}"
    roles: tuple[Role, ...] = ("viewer", "editor")
    for role in roles:
        client = studio.member(role)
        bodies: dict[str, Any] = {"swap": {"model_version_id": second}, "rollback": {}, "go-live": {}, "rehearse": None}
        for action, body in bodies.items():
            assert client.post(f"{path}/{action}", json=body).status_code == 403


def test_what_is_served_or_would_be_rolled_back_to_cannot_be_deleted(studio: StudioApp) -> None:
    deployment, second, _ = two_versions(studio)
    first, versions = deployment["model_version_id"], f"/models/{deployment['model_id']}/versions"
    assert "is served by" in studio.owner.delete(f"{versions}/{first}").json()["detail"]
    studio.owner.post(f"/deployments/{deployment['id']}/swap", json={"model_version_id": second})
    assert "would roll back to" in studio.owner.delete(f"{versions}/{first}").json()["detail"]
    studio.owner.delete(f"/deployments/{deployment['id']}")
    assert studio.owner.delete(f"{versions}/{first}").status_code == 204


def test_while_versions_are_swapped_every_answer_is_of_exactly_one_of_them(studio: StudioApp) -> None:
    deployment, second, path = two_versions(studio)
    first = deployment["model_version_id"]
    expected = {}
    for version in (first, second):
        found = studio.owner.post(f"/models/{deployment['model_id']}/versions/{version}/predict", json={"data": [ROW]})
        expected[version] = found.json()["predictions"][0]["probabilities"]
    answers, done = [], threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers.append(studio.owner.post(path, json={"data": [ROW]}))

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    for place in range(30):
        if place % 2:
            answer = studio.owner.post(f"/deployments/{deployment['id']}/rollback", json={})
        else:
            answer = studio.owner.post(f"/deployments/{deployment['id']}/swap", json={"model_version_id": second})
        assert answer.status_code == 200, answer.text
    done.set()
    for caller in callers:
        caller.join()
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert answer.json()["probabilities"] == [expected[answer.json()["model_version"]]]
    assert studio.owner.get(f"/deployments/{deployment['id']}").json()["calls_total"] == len(answers)


def test_a_version_whose_file_was_altered_is_refused_and_the_one_before_goes_on_answering(studio: StudioApp) -> None:
    deployment, second, call = two_versions(studio)
    platform = studio.parts.platform
    stored = platform.store.get(studio.tenant, "model_versions", second)
    assert stored is not None
    path = platform.blobs.local_path(studio.tenant, stored["bundle_sha256"])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    swap = studio.owner.post(f"/deployments/{deployment['id']}/swap", json={"model_version_id": second})
    assert (swap.status_code, swap.json()["code"]) == (409, "artifact_integrity")
    answer = studio.owner.post(call, json={"data": [ROW]})
    assert answer.status_code == 200
    assert answer.json()["model_version"] == deployment["model_version_id"] != second
