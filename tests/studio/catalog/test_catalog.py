"""The catalog lists every plug-in that is there, with what the page needs to draw it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from narrative.core.plugins import discover
from narrative.engine.candidates.base import Candidate
from narrative.engine.steps.base import Step
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


def test_every_candidate_is_listed(studio: StudioApp) -> None:
    listed = studio.owner.get("/catalog/candidates").json()["items"]
    assert {item["name"] for item in listed} == set(discover("narrative.engine.candidates", Candidate))
    assert listed[0]["name"] == "baseline"


def test_every_step_is_listed_with_a_form(studio: StudioApp) -> None:
    listed = studio.owner.get("/catalog/steps").json()["items"]
    assert {item["name"] for item in listed} == set(discover("narrative.engine.steps", Step))
    assert all(item["parameters"]["type"] == "object" for item in listed)


def test_three_samples_ask_a_question_each(studio: StudioApp) -> None:
    listed = studio.owner.get("/catalog/samples").json()["items"]
    assert len(listed) == 3
    assert all(item["question"].endswith("?") for item in listed)


def test_a_sample_becomes_a_project_with_its_question(studio: StudioApp) -> None:
    started = studio.owner.post("/datasets/samples", json={"sample": "customer_churn"}).json()
    assert started["project"]["question"].endswith("?")
    assert started["job"]["state"] == "queued"


def test_an_unknown_sample_is_refused_with_the_known_ones(studio: StudioApp) -> None:
    answer = studio.owner.post("/datasets/samples", json={"sample": "../etc/passwd"})
    assert (answer.status_code, answer.json()["code"]) == (422, "sample_unknown")
    assert "customer_churn" in answer.json()["fix"]


def test_scores_that_may_rank_are_listed_with_their_meaning_and_where_they_are_usual(studio: StudioApp) -> None:
    listed = {item["name"]: item for item in studio.owner.get("/catalog/metrics").json()["items"]}
    assert {name: item["is_usual_for"] for name, item in listed.items() if item["is_usual_for"]} == {
        "roc_auc": ["binary"], "log_loss": ["multiclass"], "rmse": ["regression"],
    }  # fmt: skip
    assert listed["mae"]["problems"] == ["regression"]
    assert listed["mae"]["higher_is_better"] is False
    assert all(item["sentence"].endswith(".") for item in listed.values())
    assert "recall" not in listed  # flagging everything would win it
