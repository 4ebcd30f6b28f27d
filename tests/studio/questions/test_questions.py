"""Questions over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.frames import mixed
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_viewer_asks_and_every_number_of_the_answer_names_its_formula_and_data(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    answer = studio.member("viewer").post(f"/projects/{project_id}/questions", json={"question": "average amount?"})
    assert answer.status_code == 200
    body = answer.json()
    fact = next(fact for fact in body["facts"] if fact["id"] == "v")
    assert fact["value"] == pytest.approx(mixed()["amount"].drop_nans().mean())
    assert (fact["formula"], len(fact["source"])) == ("question.statistic", 64)
    assert {part["fact"] for part in body["sentences"][0]["parts"] if "fact" in part} >= {"v", "n"}


def test_what_is_not_understood_comes_back_with_questions_that_are(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    address = f"/projects/{project_id}/questions"
    body = studio.owner.post(address, json={"question": "who will win?"}).json()
    assert (body["is_answered"], len(body["nearest"])) == (False, 3)
    assert studio.owner.post(address, json={"question": body["nearest"][0]}).json()["is_answered"]


def test_before_there_is_a_table_there_is_nothing_to_ask(studio: StudioApp) -> None:
    project_id = studio.owner.upload(b"a,b\n1,2\n").json()["project"]["id"]
    answer = studio.owner.post(f"/projects/{project_id}/questions", json={"question": "how many rows?"})
    assert (answer.status_code, answer.json()["code"]) == (409, "dataset_not_ready")
    assert studio.owner.post(f"/projects/{project_id}/questions", json={"question": ""}).status_code == 422


def test_a_table_too_large_for_an_answer_at_once_is_not_read(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, project_id = studio.loaded()
    monkeypatch.setattr("narrative.studio.questions.service.MOST_CELLS", 10)
    body = studio.owner.post(f"/projects/{project_id}/questions", json={"question": "average amount?"}).json()
    assert (body["is_answered"], "too large" in body["reason"]) == (False, True)
