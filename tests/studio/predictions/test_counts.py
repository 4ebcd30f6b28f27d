"""What was answered is counted once, however often the same call comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.studio.deployments.calls import CallService
from narrative.studio.deployments.service import DeploymentService
from narrative.studio.projects.service import ProjectService
from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_call_that_died_after_its_write_is_counted_once(studio: StudioApp) -> None:
    """Its record never got its answer, so the same call is done again with the ids of the first."""
    deployment_id, _ = studio.deployed()
    deployments = studio.parts.services.of(DeploymentService)
    calls = studio.parts.services.of(CallService)
    who = Identity("api_key", "key_1", "user_1", "Somebody", studio.workspace.id, "operator")

    def call(operation: str) -> tuple[int, int, int]:
        calls.call(who, Ids(operation), deployment_id, [ROW, ROW], with_reasons=False)
        shown = deployments.get(studio.tenant, deployment_id)
        facts = studio.parts.services.of(ProjectService).get(studio.tenant, shown.project_id).predictions
        assert facts is not None
        return shown.calls_total, shown.rows_total, facts.n_single

    assert call("idem_" + "a" * 20) == (1, 2, 2)
    assert call("idem_" + "a" * 20) == (1, 2, 2)
    assert call("idem_" + "b" * 20) == (2, 4, 4)


def test_an_answer_that_nobody_asked_for_is_recorded_but_does_not_count_as_a_case(studio: StudioApp) -> None:
    project_id, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}/predict"

    def ask(**more: bool) -> tuple[str, str | None]:
        prediction = studio.owner.post(path, json={"data": [ROW], **more}).json()["predictions"][0]
        stages = studio.owner.get(f"/projects/{project_id}").json()["stages"]
        stage = next(stage for stage in stages if stage["id"] == "prediction")
        record = studio.owner.get(f"/predictions/{prediction['prediction_id']}")
        assert record.status_code == 200
        return stage["state"], stage["fact"]

    assert ask(counted=False) == ("current", None)
    assert ask() == ("done", "1 case")
