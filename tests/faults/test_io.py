"""The n-th input or output fails, for every n until the work succeeds: typed, nothing half done, and a retry works."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from narrative.adapters.blobs.file import FileBlobStore
from narrative.adapters.metadata.sqlite import SQLiteMetadataStore
from narrative.background.handlers import JobContext, JobHandler, JobRegistry, Result
from narrative.background.jobs import JOBS
from narrative.background.queue import Queue
from narrative.background.worker import Worker
from narrative.core.errors import Unavailable
from narrative.ports.metadata import CollectionSpec, Query, Tenant, UnitOfWork
from tests.fixtures.faulty_files import FaultyFileSystem
from tests.fixtures.faulty_sqlite import StatementFaults

ONE = Tenant("ws_one")
CONTENT = b"0123456789" * 300_000


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EMFILE], ids=errno.errorcode.get)
def test_a_blob_is_whole_or_not_there_whatever_operation_fails(tmp_path: Path, code: int) -> None:
    n_failures = 0
    while True:
        root = tmp_path / str(n_failures)
        honest = FileBlobStore(root)
        files = FaultyFileSystem(fail_at=n_failures + 2, code=code)  # the first is made when the store is opened
        store = FileBlobStore(root, files=files)
        try:
            ref = store.put(ONE, [CONTENT[:1_000_000], CONTENT[1_000_000:]])
        except Unavailable:
            n_failures += 1
        else:
            break
        for left in honest.list(ONE):
            honest.local_path(ONE, left.sha256)
        assert honest.sweep(older_than_seconds=0.0) == 0
        assert b"".join(honest.open(ONE, store.put(ONE, [CONTENT]).sha256)) == CONTENT
    assert n_failures == 9  # make_folder, create, write, write, sync, close, make_folder, rename, sync_folder
    assert store.exists(ONE, ref.sha256)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EMFILE], ids=errno.errorcode.get)
def test_pieces_that_were_placed_survive_whatever_operation_fails_later(tmp_path: Path, code: int) -> None:
    parts, half = "upl_0123456789abcdefghjk", len(CONTENT) // 2
    n_failures = 0
    while True:
        root = tmp_path / str(n_failures)
        honest = FileBlobStore(root)
        honest.place(ONE, parts, 0, CONTENT[:half])
        store = FileBlobStore(root, files=FaultyFileSystem(fail_at=n_failures + 2, code=code))
        try:
            store.place(ONE, parts, half, CONTENT[half:])
            store.assemble(ONE, parts, len(CONTENT), lambda _: None)
        except Unavailable:
            n_failures += 1
        else:
            break
        for left in honest.list(ONE):
            assert honest.local_path(ONE, left.sha256).read_bytes() == CONTENT
        if not list(honest.list(ONE)):
            assert b"".join(honest.placed(ONE, parts, start=0, length=half)) == CONTENT[:half]
            honest.place(ONE, parts, half, CONTENT[half:])
            honest.assemble(ONE, parts, len(CONTENT), lambda _: None)
        assert [ref.size_bytes for ref in honest.list(ONE)] == [len(CONTENT)]
        assert honest.sweep(older_than_seconds=0.0) == 0
    # make_folder, open_to_place, write_at, sync, close, sync_folder; open_to_place, open, make_folder, sync, rename,
    # sync_folder, close
    assert n_failures == 13


def test_the_control_without_the_temporary_file_half_a_blob_is_seen(tmp_path: Path) -> None:
    class InPlace(FaultyFileSystem):
        """Writes at the final name from the start."""

        def create(self, path: Path) -> int:
            target = path.parents[1] / "00" / ("0" * 64)
            self.inner.make_folder(target.parent)
            return super().create(target)

    store = FileBlobStore(tmp_path, files=InPlace(fail_at=4))
    with pytest.raises(Unavailable):
        store.put(ONE, [CONTENT])
    assert [ref.size_bytes for ref in store.list(ONE)] == [len(CONTENT) // 2]


class Bench:
    """A store with faults, a queue on it and one kind of job."""

    def __init__(self, folder: Path) -> None:
        self.faults = StatementFaults()
        self.store = SQLiteMetadataStore(folder / "metadata.db", connect=self.faults.connect)
        self.store.ensure([JOBS, CollectionSpec("effects"), CollectionSpec("notes")])
        self.registry = JobRegistry([JobHandler("things.make", self.run)])
        self.queue = Queue(self.store, self.registry)

    def run(self, context: JobContext) -> Result:
        return Result({"made": True}, apply=self.effect)

    def effect(self, unit: UnitOfWork) -> None:
        unit.insert(ONE, "effects", {"id": f"e{len(unit.find(ONE, 'effects', Query()))}"})
        self.queue.enqueue(ONE, "things.make", {"next": True}, unit=unit)

    def n_effects(self) -> int:
        return self.store.count(ONE, "effects", Query())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.faults.arm(0, 0)
    bench.store.close()


def until_it_works(bench: Bench, code: int, call: Callable[[], object], untouched: Callable[[], bool]) -> int:
    """Fail statement 1, 2, 3 … of a call until it succeeds; how many failed. In between nothing may have changed."""
    for n_failures in range(1_000):
        bench.faults.arm(0, 0)
        bench.store.atomic(lambda unit: None)  # a connection that was given up is opened again before we count
        bench.faults.arm(n_failures + 1, code)
        try:
            call()
        except Unavailable:
            bench.faults.arm(0, 0)
            assert untouched(), bench.faults.seen
        else:
            return n_failures
    raise AssertionError("it never worked")


CODES = [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN]


@pytest.mark.parametrize("code", CODES)
def test_the_end_of_a_job_is_whole_or_not_there_whatever_statement_fails(bench: Bench, code: int) -> None:
    bench.queue.enqueue(ONE, "things.make", {})
    job = bench.queue.claim("quick", "w1")
    assert job is not None
    result = Result({"made": True}, apply=bench.effect)
    n_failures = until_it_works(
        bench,
        code,
        lambda: bench.queue.finish(job, result),
        lambda: bench.n_effects() == 0 and [j.state for j in bench.queue.find(ONE)] == ["running"],
    )
    assert n_failures >= 7  # begin, savepoint, read, find, insert, insert, update, release, commit
    bench.faults.arm(0, 0)
    assert bench.n_effects() == 1
    assert sorted(job.state for job in bench.queue.find(ONE)) == ["completed", "queued"]


@pytest.mark.parametrize("code", CODES)
def test_enqueue_and_claim_are_whole_or_not_there_whatever_statement_fails(bench: Bench, code: int) -> None:
    until_it_works(
        bench, code, lambda: bench.queue.enqueue(ONE, "things.make", {}), lambda: bench.queue.find(ONE) == []
    )
    until_it_works(
        bench,
        code,
        lambda: bench.queue.claim("quick", "w1"),
        lambda: [(job.state, job.fence) for job in bench.queue.find(ONE)] == [("queued", 0)],
    )
    bench.faults.arm(0, 0)
    assert [(job.state, job.fence) for job in bench.queue.find(ONE)] == [("running", 1)]


def test_a_worker_gets_through_a_statement_that_fails_anywhere_with_one_effect(tmp_path: Path) -> None:
    for fail_at in range(1, 40, 3):
        bench = Bench(tmp_path / str(fail_at))
        bench.queue.enqueue(ONE, "things.make", {})
        worker = Worker(bench.store, bench.registry, None, queue=bench.queue)
        bench.faults.arm(fail_at, sqlite3.SQLITE_IOERR_WRITE)
        n_done = 0
        while n_done == 0:
            try:
                job = bench.queue.claim("quick", "w1")
                assert job is not None
                worker._do(worker._admit(job, "quick"))
                n_done += 1
            except Unavailable:
                continue
        bench.faults.arm(0, 0)
        assert bench.n_effects() == 1
        assert sorted(job.state for job in bench.queue.find(ONE)) == ["completed", "queued"]
        bench.store.close()
