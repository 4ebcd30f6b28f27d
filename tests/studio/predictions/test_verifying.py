"""A past answer computed again: equal, or told what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from narrative.studio.predictions.entities import StoredPrediction
from narrative.studio.predictions.repository import PredictionRepository
from narrative.studio.projects.service import ProjectService
from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def trained(studio: StudioApp) -> tuple[str, str]:
    """Ids of a project and a prediction that was asked for together with another row."""
    project_id, model_id, version_id = studio.trained()
    answers = studio.owner.post(
        f"/models/{model_id}/versions/{version_id}/predict", json={"data": [{"city": "Rome"}, ROW]}
    ).json()
    return project_id, answers["predictions"][1]["prediction_id"]


def verify(studio: StudioApp, prediction_id: str, inputs: dict[str, Any]) -> Any:
    return studio.owner.post(f"/predictions/{prediction_id}/verify", json={"inputs": inputs})


def test_the_same_inputs_give_the_recorded_answer_and_nothing_is_counted(
    studio: StudioApp, trained: tuple[str, str]
) -> None:
    project_id, prediction_id = trained
    projects = studio.parts.services.of(ProjectService)
    before = projects.get(studio.tenant, project_id).predictions
    told = verify(studio, prediction_id, dict(reversed(ROW.items()))).json()
    assert (told["equal"], told["differences"]) == (True, [])
    assert told["recomputed"] == told["recorded"]
    assert told["recorded"] == studio.owner.get(f"/predictions/{prediction_id}").json()["output"]
    assert projects.get(studio.tenant, project_id).predictions == before


def test_other_inputs_are_refused(studio: StudioApp, trained: tuple[str, str]) -> None:
    answer = verify(studio, trained[1], ROW | {"city": "Rome" if ROW["city"] != "Rome" else "Oslo"})
    assert (answer.status_code, answer.json()["code"]) == (422, "inputs_differ")


def test_a_record_that_was_altered_is_told_value_by_value(studio: StudioApp, trained: tuple[str, str]) -> None:
    records = PredictionRepository(studio.parts.platform.store)
    output = records.get(studio.tenant, trained[1]).output
    label, share = next(iter(output["probabilities"].items()))
    altered = output | {"probabilities": output["probabilities"] | {label: 0.25}}

    def alter(to: dict[str, Any]) -> None:
        def change(known: StoredPrediction) -> StoredPrediction:
            return known.with_(output=to)

        studio.parts.platform.store.atomic(lambda unit: records.change(unit, studio.tenant, trained[1], change))

    alter(altered)
    told = verify(studio, trained[1], ROW).json()
    alter(output)
    assert told["equal"] is False
    assert told["differences"] == [f"The probability of {label} was recorded as 0.25 and is now {share}."]
