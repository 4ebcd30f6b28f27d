"""Bytes go with the last document that names them, never before, and never from under somebody's feet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.core.errors import Unavailable
from narrative.http.idempotency import Ids
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Query
from narrative.studio.datasets.service import DatasetService
from narrative.studio.kept_blobs import check_stored, release_blobs
from narrative.studio.predictions.service import PredictionService
from tests.fixtures.studio_app import StudioApp, studio_app

FILE = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(FILE).hexdigest()


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


def test_every_field_that_names_a_blob_is_declared(studio: StudioApp) -> None:
    assert set(studio.parts.platform.blob_fields) == {
        ("datasets", "raw_sha256"),
        ("dataset_versions", "table_sha256"),
        ("dataset_versions", "bad_rows_sha256"),
        ("profiles", "profile_sha256"),
        ("model_versions", "bundle_sha256"),
        ("model_versions", "report_sha256"),
        ("model_versions", "detail_sha256"),
        ("batches", "raw_sha256"),
        ("batches", "result_sha256"),
        ("batches", "bad_rows_sha256"),
    }
