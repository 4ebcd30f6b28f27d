"""The twin of a search: shown with its account, given as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.studio.experiments.repository import ExperimentRepository
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_search_without_a_twin_says_so_and_one_with_it_gives_its_file_and_its_account(studio: StudioApp) -> None:
    project_id, _, _ = studio.trained()
    experiment_id = studio.owner.get(f"/projects/{project_id}/experiments").json()["items"][0]["id"]
    missing = studio.owner.get(f"/experiments/{experiment_id}/twin")
    assert missing.status_code == 404
    assert missing.json()["code"] == "no_twin"
    platform = studio.parts.platform
    stored = platform.blobs.put(studio.tenant, [b"a model file"])
    repository = ExperimentRepository(platform.store)
    known = repository.get(studio.tenant, experiment_id)
    account = {**(known.result or {}), "twin": {"sentence": "It takes less.", "worse": 0.01}}
    changed = {"twin_sha256": stored.sha256, "result": account}
    platform.store.atomic(
        lambda unit: repository.change(unit, studio.tenant, experiment_id, lambda item: item.with_(**changed))
    )
    assert studio.owner.get(f"/experiments/{experiment_id}/twin").content == b"a model file"
    shown = studio.owner.get(f"/experiments/{experiment_id}").json()
    assert shown["result"]["twin"]["sentence"] == "It takes less."
