"""Bytes go with the last document that names them, never before, and never from under somebody's feet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrative.bootstrap import build_worker
from narrative.core.clock import ManualClock
from narrative.core.errors import Unavailable
from narrative.http.idempotency import Ids
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Query, Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService
from narrative.studio.documents import Repository
from narrative.studio.kept_blobs import BLOB_FIELD_END, check_stored, release_blobs, release_unnamed
from narrative.studio.predictions.service import PredictionService
from narrative.studio.workspaces.service import WorkspaceService
from tests.fixtures.studio_app import StudioApp, studio_app

FILE = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(FILE).hexdigest()
HASHES_OF_SECRETS = {"token_sha256", "key_sha256"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def n_blobs(studio: StudioApp) -> int:
    return len(list(studio.parts.platform.blobs.list(studio.tenant)))


def test_deleting_all_leaves_no_byte(studio: StudioApp) -> None:
    project_id, _, _ = studio.trained()
    dataset_id = studio.owner.get(f"/projects/{project_id}").json()["dataset_id"]
    before = n_blobs(studio)
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
    assert 0 < n_blobs(studio) < before
    assert studio.owner.delete(f"/datasets/{dataset_id}").status_code == 204
    assert n_blobs(studio) == 0


def test_content_that_another_dataset_shares_stays(studio: StudioApp) -> None:
    first, project_id = studio.loaded("one")
    studio.loaded("two")
    studio.owner.delete(f"/projects/{project_id}")
    studio.owner.delete(f"/datasets/{first}")
    assert studio.parts.platform.blobs.exists(studio.tenant, SHA256)


def test_what_is_named_is_not_released_whoever_asks(studio: StudioApp) -> None:
    studio.loaded()
    assert release_blobs(studio.parts.platform, studio.tenant, [SHA256]) == 0
    assert release_blobs(studio.parts.platform, studio.tenant, ["0" * 64]) == 0


def test_who_records_content_that_is_being_deleted_is_told_to_send_it_again(studio: StudioApp) -> None:
    with pytest.raises(Unavailable, match="deleted in this moment"):
        check_stored(studio.parts.platform, studio.tenant, [SHA256])


def test_nothing_is_recorded_of_a_file_whose_bytes_are_gone(studio: StudioApp) -> None:
    _, _, version_id = studio.trained()
    datasets, predictions = studio.parts.services.of(DatasetService), studio.parts.services.of(PredictionService)
    collections = ("datasets", "projects", "batches", "jobs")
    store = studio.parts.platform.store
    before = [store.count(studio.tenant, name, Query()) for name in collections]
    gone = BlobRef("0" * 64, 8)
    with pytest.raises(Unavailable, match="deleted in this moment"):
        datasets.record_file(studio.tenant, Ids(), gone, "a.csv", project_id=None)
    with pytest.raises(Unavailable, match="deleted in this moment"):
        predictions.record_batch(studio.tenant, Ids(), gone, "a.csv", version_id)
    assert [store.count(studio.tenant, name, Query()) for name in collections] == before


def test_upkeep_deletes_old_bytes_that_nothing_names_and_no_others(tmp_path: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    with studio_app(tmp_path, clock, leftover_seconds=3_600) as studio:
        studio.trained()
        other = Tenant(studio.parts.platform.store.atomic(lambda unit: workspaces(studio).create(unit, "Other")).id)
        blobs, kept = studio.parts.platform.blobs, n_blobs(studio)
        left = [blobs.put(tenant, [b"nobody names me"]) for tenant in (studio.tenant, other)]
        clock.advance(3_590)
        do_upkeep(studio)
        assert n_blobs(studio) == kept + 1
        clock.advance(20)
        late = blobs.put(studio.tenant, [b"neither me, but I am new"])
        os.utime(blobs.local_path(studio.tenant, late.sha256), times=(clock.now().timestamp(),) * 2)
        do_upkeep(studio)
        assert n_blobs(studio) == kept + 1
        assert blobs.exists(studio.tenant, late.sha256)
        assert not blobs.exists(studio.tenant, left[0].sha256)
        assert not blobs.exists(other, left[1].sha256)


def test_what_is_named_while_upkeep_looks_is_kept(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes to be named after the documents were read, before the bytes are deleted."""
    platform = studio.parts.platform
    platform.blobs.put(studio.tenant, [FILE])
    atomic = platform.store.atomic

    def after_an_upload(work: Callable[[UnitOfWork], object]) -> object:
        monkeypatch.undo()
        assert studio.owner.upload(FILE).status_code == 202
        return atomic(work)

    monkeypatch.setattr(platform.store, "atomic", after_an_upload)
    assert release_unnamed(platform, studio.tenant, older_than_seconds=0.0) == 0
    assert platform.blobs.exists(studio.tenant, SHA256)


def test_no_repository_keeps_a_field_that_names_a_blob_to_itself(studio: StudioApp) -> None:
    """An undeclared field would cost the bytes it names."""
    fields = {
        (repository.spec.name, name)
        for repository in Repository.__subclasses__()
        if repository.__module__.startswith("narrative.")
        for name in repository.entity.model_fields
        if name.endswith(BLOB_FIELD_END) and name not in HASHES_OF_SECRETS
    }
    assert fields == set(studio.parts.platform.blob_fields)


def workspaces(studio: StudioApp) -> WorkspaceService:
    return studio.parts.services.of(WorkspaceService)


def do_upkeep(studio: StudioApp) -> None:
    """As a worker does it at its start and every hour."""
    build_worker(studio.parts)._do_upkeep()


def test_every_field_that_names_a_blob_is_declared(studio: StudioApp) -> None:
    assert set(studio.parts.platform.blob_fields) == {
        ("datasets", "raw_sha256"),
        ("dataset_versions", "table_sha256"),
        ("dataset_versions", "bad_rows_sha256"),
        ("profiles", "profile_sha256"),
        ("model_versions", "bundle_sha256"),
        ("model_versions", "report_sha256"),
        ("model_versions", "detail_sha256"),
        ("uploads", "raw_sha256"),
        ("batches", "raw_sha256"),
        ("batches", "result_sha256"),
        ("batches", "bad_rows_sha256"),
        ("batches", "failing_sha256"),
        ("dataset_versions", "lines_sha256"),
        ("experiments", "record_sha256"),
        ("experiments", "twin_sha256"),
        ("dataset_versions", "raw_sha256"),
        ("transformation_lineage", "fitted_sha256"),
    }
