"""Versions of models are accepted or rejected by people, with a note."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def _evaluation(studio: StudioApp, project_id: str) -> dict[str, Any]:
    """The stage as the workflow bar shows it."""
    stages = studio.owner.get(f"/projects/{project_id}").json()["stages"]
    return next(stage for stage in stages if stage["id"] == "model_evaluation")


def test_a_decision_is_kept_with_its_note_and_who_made_it(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}"
    assert studio.owner.get(path).json()["decision"] is None
    answer = studio.owner.put(f"{path}/decision", json={"state": "accepted", "note": " good enough for the mailing "})
    assert answer.status_code == 200
    decision = studio.owner.get(path).json()["decision"]
    assert decision == answer.json()["decision"]
    assert (decision["state"], decision["note"]) == ("accepted", "good enough for the mailing")
    assert decision["decided_by"]
    assert decision["decided_at"]


def test_a_rejected_version_opens_its_stage_again_until_that_is_taken_back(studio: StudioApp) -> None:
    project_id, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}/decision"
    assert _evaluation(studio, project_id)["state"] == "done"
    studio.owner.put(path, json={"state": "rejected", "note": "too weak for women"})
    stage = _evaluation(studio, project_id)
    assert stage["state"] == "current"
    assert "rejected" in stage["reason"]
    studio.owner.put(path, json={"state": None})
    assert _evaluation(studio, project_id)["state"] == "done"


def test_a_decision_about_an_older_version_leaves_the_stage_of_the_present_one(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    studio.trained_again(project_id, model_id, seed=12)
    studio.owner.put(f"/models/{model_id}/versions/{first}/decision", json={"state": "rejected"})
    assert _evaluation(studio, project_id)["state"] == "done"


def test_a_viewer_does_not_decide_and_other_words_are_refused(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}/decision"
    assert studio.member("viewer").put(path, json={"state": "accepted"}).status_code == 403
    assert studio.owner.put(path, json={"state": "perhaps"}).status_code == 422
    assert studio.owner.get(path.removesuffix("/decision")).json()["decision"] is None
