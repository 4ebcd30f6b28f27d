"""Versions of models: numbered, with a parent, kept while they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_versions_are_listed_newest_first_with_number_and_parent(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    second = studio.trained_again(project_id, model_id, seed=12)
    found = studio.owner.get(f"/models/{model_id}/versions").json()
    assert [(item["id"], item["number"], item["parent_id"]) for item in found] == [(second, 2, first), (first, 1, None)]
    assert {"score", "interval", "baseline_score", "trained_at", "pinned"} <= set(found[0])


def test_a_version_that_nothing_uses_is_deleted_with_its_bytes(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    studio.trained_again(project_id, model_id, seed=12)
    sha256 = studio.parts.platform.store.get(studio.tenant, "model_versions", first)["bundle_sha256"]  # type: ignore[index]
    assert studio.parts.platform.blobs.exists(studio.tenant, sha256)
    assert studio.owner.delete(f"/models/{model_id}/versions/{first}").status_code == 204
    assert studio.owner.get(f"/models/{model_id}/versions/{first}").status_code == 404
    assert not studio.parts.platform.blobs.exists(studio.tenant, sha256)


def test_the_present_model_of_a_project_stays(studio: StudioApp) -> None:
    _, model_id, version_id = studio.trained()
    answer = studio.owner.delete(f"/models/{model_id}/versions/{version_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "version_in_use")


def test_a_pinned_version_stays_until_it_is_unpinned(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    studio.trained_again(project_id, model_id, seed=12)
    path = f"/models/{model_id}/versions/{first}"
    assert studio.owner.put(f"{path}/pin", json={"pinned": True}).json()["pinned"] is True
    assert studio.owner.delete(path).json()["code"] == "version_pinned"
    assert studio.owner.put(f"{path}/pin", json={"pinned": False}).json()["pinned"] is False
    assert studio.owner.delete(path).status_code == 204


def test_only_an_owner_deletes_and_a_viewer_does_not_pin(studio: StudioApp) -> None:
    project_id, model_id, first = studio.trained()
    studio.trained_again(project_id, model_id, seed=12)
    path = f"/models/{model_id}/versions/{first}"
    assert studio.member("operator").delete(path).json()["code"] == "role_too_weak"
    assert studio.member("viewer").put(f"{path}/pin", json={}).status_code == 403
    assert studio.member("viewer").get(f"/models/{model_id}/versions").status_code == 200
