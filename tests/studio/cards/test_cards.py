"""The card of a version over HTTP: signed for the workspace, the same each time, and checked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.engine.pipeline import write_papers
from tests.fixtures import studio_app as app_fixture
from tests.fixtures.outcomes import outcome
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudioApp]:
    """A studio whose models have all their papers."""

    def with_papers(path: Path, problem: str, seed: int) -> Path:
        made = outcome("binary", seed=seed)
        folder = path.parent / f"papers-{seed}"
        folder.mkdir(exist_ok=True)
        return write_papers(folder, made.result, made.frame, name="people", imported=made.imported).bundle.path

    monkeypatch.setattr(app_fixture, "write_small", with_papers)
    with studio_app(tmp_path) as made:
        yield made


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_viewer_reads_the_same_card_each_time(studio: StudioApp, form: str) -> None:
    _, model_id, version_id = studio.trained()
    viewer, path = studio.member("viewer"), f"/models/{model_id}/versions/{version_id}/card?format={form}"
    first, second = viewer.get(path), viewer.get(path)
    assert first.status_code == 200
    assert first.content == second.content
    assert "HMAC-SHA256" in first.text
    assert "sandbox" in first.headers["Content-Security-Policy"]


def test_a_card_of_this_version_is_found_sound_and_a_changed_one_is_not(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}/card"
    card = studio.owner.get(f"{path}?format=json").json()
    sound = studio.owner.post(f"{path}/check", json={"card": card}).json()
    assert sound == {"ok": True, "differences": []}
    changed = studio.owner.post(f"{path}/check", json={"card": {**card, "limits": []}}).json()
    assert changed["ok"] is False
    assert len(changed["differences"]) == 3  # by its hash, by the model file, by the signature


def test_a_card_of_another_version_differs(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    second = studio.trained_again(project_id, model_id, seed=12)
    card = studio.owner.get(f"/models/{model_id}/versions/{first}/card?format=json").json()
    told = studio.owner.post(f"/models/{model_id}/versions/{second}/card/check", json={"card": card}).json()
    assert told["ok"] is False
    assert "model_sha256" in told["differences"][0]


def test_what_is_no_card_is_refused(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    answer = studio.owner.post(f"/models/{model_id}/versions/{version_id}/card/check", json={"card": {"format": 1}})
    assert (answer.status_code, answer.json()["code"]) == (422, "card_unreadable")


def test_cards_of_others_are_not_there(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    path = f"/models/{model_id}/versions/{version_id}/card"
    stranger = studio.stranger()
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/check", json={"card": {}}).status_code == 404
