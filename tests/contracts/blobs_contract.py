"""What every blob store must do. An adapter's test inherits :class:`BlobStoreContract` and supplies ``url``."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.adapters.loading import open_blobs
from narrative.core.errors import Conflict, NotFound
from narrative.ports.blobs import BlobRef, BlobStore
from narrative.ports.metadata import Tenant
from tests.contracts.metadata_contract import in_threads
from tests.fixtures.processes import close, start

ONE, TWO = Tenant("ws_one"), Tenant("ws_two")
CONTENT = bytes(range(256)) * 9_000  # 2.3 MB: several pieces
NOT_THERE = "0" * 64
PARTS = "upl_0123456789abcdefghjk"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class BlobStoreContract:
    """Inherit, and define a fixture ``url`` that names a new, empty store."""

    @pytest.fixture
    def store(self, url: str) -> BlobStore:
        return open_blobs(url)

    # ------------------------------------------------------------------ content
    @pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "one byte", "large"])
    def test_a_blob_is_named_by_its_content_and_comes_back_equal(self, store: BlobStore, content: bytes) -> None:
        pieces = [content[at : at + 100_000] for at in range(0, len(content), 100_000)]
        ref = store.put(ONE, pieces)
        assert ref == BlobRef(sha256(content), len(content))
        assert b"".join(store.open(ONE, ref.sha256)) == content
        assert store.local_path(ONE, ref.sha256).read_bytes() == content
        assert store.exists(ONE, ref.sha256)

    def test_equal_content_is_stored_once(self, store: BlobStore) -> None:
        assert store.put(ONE, [b"ab", b"c"]) == store.put(ONE, [b"a", b"bc"])
        assert list(store.list(ONE)) == [BlobRef(sha256(b"abc"), 3)]

    def test_a_local_file_is_stored_as_a_copy(self, store: BlobStore, tmp_path: Path) -> None:
        file = tmp_path / "table.bin"
        file.write_bytes(CONTENT)
        ref = store.put_file(ONE, file)
        file.write_bytes(b"changed")
        assert b"".join(store.open(ONE, ref.sha256)) == CONTENT

    def test_pieces_may_arrive_over_time(self, store: BlobStore) -> None:
        with store.writer(ONE) as writer:
            for piece in (b"one ", b"", b"two"):
                writer.write(piece)
            assert list(store.list(ONE)) == []
            ref = writer.commit()
        assert ref == BlobRef(sha256(b"one two"), 7)
        with pytest.raises(ValueError, match="closed"):
            writer.write(b"more")
        with pytest.raises(ValueError, match="closed"):
            writer.commit()

    # ------------------------------------------------------------------ assembling
    def test_pieces_placed_in_any_order_become_a_blob(self, store: BlobStore) -> None:
        for at in (2_000_000, 0, 1_000_000, 2_000_000):
            store.place(ONE, PARTS, at, CONTENT[at : at + 1_000_000])
        assert b"".join(store.placed(ONE, PARTS, start=999_999, length=2)) == CONTENT[999_999:1_000_001]
        assert list(store.list(ONE)) == []
        noted: list[BlobRef] = []
        ref = store.assemble(ONE, PARTS, len(CONTENT), noted.append)
        assert [ref] == noted == list(store.list(ONE)) == [BlobRef(sha256(CONTENT), len(CONTENT))]
        assert store.local_path(ONE, ref.sha256).read_bytes() == CONTENT
        with pytest.raises(NotFound):
            store.assemble(ONE, PARTS, len(CONTENT), noted.append)

    def test_what_is_refused_or_incomplete_stays_as_it_was_placed(self, store: BlobStore) -> None:
        def refuse(_: BlobRef) -> None:
            raise Conflict("other_content", "Not what was promised.")

        store.place(ONE, PARTS, 0, b"abc")
        with pytest.raises(Conflict, match="promised"):
            store.assemble(ONE, PARTS, 3, refuse)
        with pytest.raises(Conflict) as caught:
            store.assemble(ONE, PARTS, 4, lambda _: None)
        assert caught.value.code == "assembly_incomplete"
        assert list(store.list(ONE)) == []
        store.place(ONE, PARTS, 3, b"d")
        assert store.assemble(ONE, PARTS, 4, lambda _: None).sha256 == sha256(b"abcd")

    def test_assembling_heeds_the_tenant_and_can_be_given_up(self, store: BlobStore) -> None:
        store.place(ONE, PARTS, 0, b"abc")
        assert not store.discard(TWO, PARTS)
        with pytest.raises(NotFound):
            store.assemble(TWO, PARTS, 3, lambda _: None)
        assert store.discard(ONE, PARTS)
        with pytest.raises(NotFound):
            store.assemble(ONE, PARTS, 3, lambda _: None)
        assert store.sweep(older_than_seconds=0.0) == 0

    def test_pieces_placed_by_many_threads_are_all_there(self, store: BlobStore) -> None:
        starts = range(0, len(CONTENT), 100_000)

        def place(number: int) -> None:
            for at in starts[number::8]:
                store.place(ONE, PARTS, at, CONTENT[at : at + 100_000])

        in_threads(8, place)
        assert store.assemble(ONE, PARTS, len(CONTENT), lambda _: None).sha256 == sha256(CONTENT)

    @pytest.mark.parametrize("name", ["", "../up_00000000000000000000", "upl_1", "UPL_00000000000000000000"])
    def test_only_names_of_the_server_are_taken(self, store: BlobStore, name: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            store.place(ONE, name, 0, b"x")

    def test_what_is_not_committed_leaves_nothing(self, store: BlobStore) -> None:
        with store.writer(ONE) as writer:
            writer.write(CONTENT)

        def broken() -> Iterator[bytes]:
            yield CONTENT
            raise ConnectionError("the client left")

        with pytest.raises(ConnectionError):
            store.put(ONE, broken())
        assert list(store.list(ONE)) == []
        assert store.sweep(older_than_seconds=0.0) == 0

    @pytest.mark.parametrize(
        ("start_at", "length"),
        [(0, 10), (5, 0), (1_048_570, 20), (2_303_990, 100), (2_304_000, 5), (9_999_999, 5), (7, None)],
    )
    def test_a_range_is_exactly_those_bytes(self, store: BlobStore, start_at: int, length: int | None) -> None:
        ref = store.put(ONE, [CONTENT])
        end = None if length is None else start_at + length
        assert b"".join(store.open(ONE, ref.sha256, start=start_at, length=length)) == CONTENT[start_at:end]

    def test_a_negative_range_is_refused(self, store: BlobStore) -> None:
        ref = store.put(ONE, [b"abc"])
        for bounds in ({"start": -1}, {"length": -1}):
            with pytest.raises(ValueError, match="-1"):
                store.open(ONE, ref.sha256, **bounds)

    def test_the_list_names_every_blob_with_its_size(self, store: BlobStore) -> None:
        refs = [store.put(ONE, [b"x" * size]) for size in (1, 20, 300)]
        assert sorted(store.list(ONE), key=lambda ref: ref.size_bytes) == refs

    def test_the_list_can_be_limited_to_blobs_of_some_age(self, store: BlobStore) -> None:
        ref = store.put(ONE, [b"abc"])
        assert list(store.list(ONE, older_than_seconds=0.0)) == [ref]
        assert list(store.list(ONE, older_than_seconds=3_600.0)) == []

    def test_a_deleted_blob_is_gone(self, store: BlobStore) -> None:
        ref = store.put(ONE, [b"abc"])
        assert store.delete(ONE, ref.sha256) is True
        assert store.delete(ONE, ref.sha256) is False
        assert not store.exists(ONE, ref.sha256)
        assert list(store.list(ONE)) == []

    # ------------------------------------------------------------------ strangers
    def test_tenants_never_see_each_other(self, store: BlobStore) -> None:
        ref = store.put(ONE, [b"abc"])
        assert not store.exists(TWO, ref.sha256)
        assert list(store.list(TWO)) == []
        assert store.delete(TWO, ref.sha256) is False
        for read in (store.open, store.local_path):
            with pytest.raises(NotFound) as caught:
                read(TWO, ref.sha256)
            assert caught.value.code == "blob_not_found"
        store.put(TWO, [b"abc"])
        store.delete(TWO, ref.sha256)
        assert store.exists(ONE, ref.sha256)

    @pytest.mark.parametrize(
        "name",
        [NOT_THERE, "", ".", "..", "../../etc/passwd", "/etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n",
         "0" * 62 + "/x", "\0" * 64, "incoming", "%2e%2e", "é" * 64],
    )  # fmt: skip
    def test_any_other_name_does_not_exist(self, store: BlobStore, name: str) -> None:
        assert not store.exists(ONE, name)
        assert store.delete(ONE, name) is False
        for read in (store.open, store.local_path):
            with pytest.raises(NotFound):
                read(ONE, name)

    @pytest.mark.parametrize("name", ["", "..", ".", "a/b", "/etc", "A", "a\0b", "a" * 65, "-a", "a\n"])
    def test_a_tenant_that_we_did_not_name_is_stopped(self, store: BlobStore, name: str) -> None:
        with pytest.raises(ValueError, match="Tenant"):
            store.put(Tenant(name), [b"x"])
        with pytest.raises(ValueError, match="Tenant"):
            store.exists(Tenant(name), NOT_THERE)

    # ------------------------------------------------------------------ races and durability
    def test_threads_that_store_equal_and_other_content_all_succeed(self, store: BlobStore) -> None:
        def work(number: int) -> None:
            for round_ in range(5):
                own = store.put(ONE, [b"own", str((number, round_)).encode()])
                common = store.put(ONE, [b"common", str(round_).encode()])
                assert store.local_path(ONE, own.sha256).is_file()
                assert b"".join(store.open(ONE, common.sha256)) == b"common" + str(round_).encode()

        assert in_threads(6, work) == []
        assert len(list(store.list(ONE))) == 6 * 5 + 5

    def test_what_was_acknowledged_survives_kill_9_and_no_half_has_a_name(self, store: BlobStore, url: str) -> None:
        writer = start("tests.fixtures.store_processes", "put", url)
        assert writer.stdout is not None
        try:
            acknowledged = [writer.stdout.readline().strip() for _ in range(40)]
            writer.send_signal(signal.SIGKILL)
            acknowledged += writer.stdout.read().split()
        finally:
            close(writer)
        for name in acknowledged:
            store.local_path(ONE, name)  # verifies the content
        stored = [ref.sha256 for ref in store.list(ONE)]
        assert set(acknowledged) <= set(stored)
        for name in stored:
            store.local_path(ONE, name)

    def test_health_names_the_technology(self, store: BlobStore) -> None:
        assert store.ping()["technology"]
