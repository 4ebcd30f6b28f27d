"""Files on disk keep the blob contract, and what is their own: order of operations, damage, leftovers."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from narrative.adapters.blobs._assembling import Assembling
from narrative.adapters.blobs.file import FileBlobStore
from narrative.adapters.loading import open_blobs
from narrative.core.clock import ManualClock
from narrative.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from narrative.core.files import LocalFileSystem
from narrative.ports.metadata import Tenant
from tests.contracts.blobs_contract import CONTENT, PARTS, BlobStoreContract
from tests.fixtures.faulty_files import FaultyFileSystem

ONE = Tenant("ws_one")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "blobs"


@pytest.fixture
def url(root: Path) -> str:
    return f"file://{root}"


class TestFileBlobStore(BlobStoreContract):
    pass


def test_folders_and_files_belong_to_this_user_alone(root: Path) -> None:
    store = FileBlobStore(root)
    path = store.local_path(ONE, store.put(ONE, [b"abc"]).sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (root.parent, root, path.parent.parent, path.parent)} == {
        0o700
    }


def test_content_is_on_the_disk_before_its_name_and_the_name_before_the_answer(root: Path) -> None:
    files = FaultyFileSystem()
    FileBlobStore(root, files=files).put(ONE, [b"abc"])
    steps = [step for step in files.log if step != "make_folder"]
    assert steps == ["create", "write", "sync", "close", "rename", "sync_folder"]


def test_a_piece_is_on_the_disk_before_it_is_acknowledged_and_a_whole_before_its_name(root: Path) -> None:
    files = FaultyFileSystem()
    store = FileBlobStore(root, files=files)
    files.log.clear()
    store.place(ONE, PARTS, 0, b"abc")
    assert files.log == ["make_folder", "open_to_place", "write_at", "sync", "close", "sync_folder"]
    files.log.clear()
    store.assemble(ONE, PARTS, 3, lambda _: files.log.append("accepted"))
    steps = ["open_to_place", "open", "accepted", "make_folder", "sync", "rename", "sync_folder", "close"]
    assert files.log == steps


class Slow(LocalFileSystem):
    """Something else happens between opening a file and writing into it."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile

    def open_to_place(self, path: Path) -> int:
        descriptor = super().open_to_place(path)
        self.meanwhile()
        return descriptor


def test_a_piece_that_comes_late_cannot_change_a_blob(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = FileBlobStore(root)
    late = FileBlobStore(root, files=Slow(lambda: honest.assemble(ONE, PARTS, 3, lambda _: None)))
    honest.place(ONE, PARTS, 0, b"abc")
    with pytest.raises(Conflict) as caught:
        late.place(ONE, PARTS, 0, b"xyz")
    assert caught.value.code == "assembly_closed"
    (ref,) = honest.list(ONE)
    assert honest.local_path(ONE, ref.sha256).read_bytes() == b"abc"

    # The control: without looking again after the lock, the blob no longer matches its name.
    monkeypatch.setattr(Assembling, "_is", lambda *_: True)
    honest.place(ONE, PARTS, 0, b"abc")
    late.place(ONE, PARTS, 0, b"xyz")
    with pytest.raises(Conflict) as caught:
        honest.local_path(ONE, ref.sha256)
    assert caught.value.code == "artifact_integrity"


def test_equal_length_damage_is_noticed_where_a_whole_file_is_read(root: Path) -> None:
    store = FileBlobStore(root)
    ref = store.put(ONE, [CONTENT])
    path = store.local_path(ONE, ref.sha256)
    path.write_bytes(CONTENT[:1000] + b"!" + CONTENT[1001:])
    with pytest.raises(Conflict) as caught:
        store.local_path(ONE, ref.sha256)
    assert caught.value.code == "artifact_integrity"
    with pytest.raises(Conflict):
        list(store.open(ONE, ref.sha256))


def test_storing_the_content_again_heals_the_damage(root: Path) -> None:
    store = FileBlobStore(root)
    ref = store.put(ONE, [CONTENT])
    store.local_path(ONE, ref.sha256).write_bytes(b"rotten")
    assert store.put(ONE, [CONTENT]) == ref
    assert store.local_path(ONE, ref.sha256).read_bytes() == CONTENT


def test_a_file_is_verified_once_until_it_changes(root: Path) -> None:
    files = FaultyFileSystem()
    store = FileBlobStore(root, files=files)
    ref = store.put(ONE, [b"abc"])
    for _ in range(3):
        path = store.local_path(ONE, ref.sha256)
    assert files.log.count("open") == 1
    changed_at = path.stat().st_mtime_ns
    path.write_bytes(b"abd")
    os.utime(path, ns=(changed_at, changed_at))  # whoever hides the change cannot hide the change of the inode
    with pytest.raises(Conflict):
        store.local_path(ONE, ref.sha256)


def test_a_name_in_another_tenants_folder_by_link_is_found_damaged(root: Path) -> None:
    store = FileBlobStore(root)
    ref = store.put(ONE, [b"abc"])
    path = store.local_path(ONE, ref.sha256)
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(Conflict):
        store.local_path(ONE, ref.sha256)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (errno.ENOSPC, "storage_full"),
        (errno.EDQUOT, "storage_full"),
        (errno.EIO, "storage_failed"),
        (errno.EMFILE, "storage_failed"),
        (errno.EROFS, "storage_not_writable"),
        (errno.EACCES, "storage_not_writable"),
    ],
)
def test_a_failure_of_the_disk_has_a_name_and_a_way_on(root: Path, code: int, name: str) -> None:
    FileBlobStore(root)
    store = FileBlobStore(root, files=FaultyFileSystem(fail_at=4, code=code))
    with pytest.raises(Unavailable) as caught:
        store.put(ONE, [b"abc"])
    assert caught.value.code == name
    assert caught.value.fix
    assert isinstance(caught.value.__cause__, OSError)


def test_a_file_that_vanishes_while_it_is_opened_was_not_found(root: Path) -> None:
    store = FileBlobStore(root)
    ref = store.put(ONE, [b"abc"])
    reading = store.open(ONE, ref.sha256)
    store.delete(ONE, ref.sha256)
    with pytest.raises(NotFound):
        next(reading)


def test_leftovers_are_swept_once_they_are_old(root: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    store = FileBlobStore(root, clock)
    kept = store.put(ONE, [b"kept"])
    leftover = root / "ws_one" / "incoming" / "part_x"
    leftover.write_bytes(b"half of somethi")
    assert store.sweep(older_than_seconds=3600) == 0
    later = FileBlobStore(root, ManualClock(clock.now() + timedelta(hours=2)))
    assert later.sweep(older_than_seconds=3600) == 1
    assert not leftover.exists()
    assert [ref.sha256 for ref in store.list(ONE)] == [kept.sha256]


@pytest.mark.parametrize("url", ["file://", "file://host/x", "file:relative", "file:///x?y", "s4://bucket"])
def test_an_address_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_blobs(url)
