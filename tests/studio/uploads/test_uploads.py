"""Uploads in chunks: what was acknowledged is safe, what is repeated has one effect, what is too much is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from narrative.core.clock import ManualClock
from narrative.core.errors import LimitExceeded, Unavailable
from narrative.ports.metadata import Query, Tenant
from narrative.studio.datasets.service import DatasetService
from narrative.studio.slots import Slots
from narrative.studio.uploads.limits import too_many_chunks
from narrative.studio.uploads.service import UploadService
from tests.fixtures.studio_app import Client, StudioApp, studio_app

CHUNK = 5 * 1024**2
CONTENT = b"".join(f"{number},{number * 7919 % 104729}\n".encode() for number in range(1_000_000))[: 2 * CHUNK + 1_000]
SHA256 = hashlib.sha256(CONTENT).hexdigest()
DAY = 24 * 3600


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def studio(tmp_path: Path, clock: ManualClock) -> Iterator[StudioApp]:
    with studio_app(tmp_path, clock) as made:
        yield made


def begin(client: Client, content: bytes = CONTENT, **more: Any) -> httpx.Response:
    body = {"filename": "numbers.csv", "size_bytes": len(content), **more}
    return client.post("/upload/chunked/init", json=body)


def piece(number: int, content: bytes = CONTENT) -> bytes:
    return content[number * CHUNK : (number + 1) * CHUNK]


def send(client: Client, upload_id: str, number: int, body: bytes | None = None, digest: str = "") -> httpx.Response:
    body = piece(number) if body is None else body
    headers = {"Content-Type": "application/octet-stream"}
    headers["Content-Digest"] = digest or f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    return client.put(f"/upload/chunked/{upload_id}/chunk/{number}", content=body, headers=headers)


def complete(client: Client, upload_id: str) -> httpx.Response:
    return client.post(f"/upload/chunked/{upload_id}/complete")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_chunks_sent_in_any_order_become_a_dataset_with_equal_bytes(studio: StudioApp) -> None:
    upload = begin(studio.owner, sha256=SHA256).json()
    assert (upload["n_chunks"], upload["chunk_bytes"], upload["missing"]) == (3, CHUNK, [{"first": 0, "last": 2}])
    for number in (2, 0):
        answer = send(studio.owner, upload["id"], number)
        assert answer.json() == {
            "number": number, "size_bytes": len(piece(number)), "sha256": hashlib.sha256(piece(number)).hexdigest(),
        }  # fmt: skip
    seen = studio.owner.get(f"/upload/chunked/{upload['id']}/resume").json()
    assert (seen["missing"], seen["received_bytes"]) == ([{"first": 1, "last": 1}], CHUNK + 1_000)
    assert code(complete(studio.owner, upload["id"])) == (409, "upload_incomplete")
    send(studio.owner, upload["id"], 1)
    done = complete(studio.owner, upload["id"])
    assert done.status_code == 202, done.text
    assert done.json()["dataset"]["original_filename"] == "numbers.csv"
    assert studio.parts.platform.blobs.local_path(studio.tenant, SHA256).read_bytes() == CONTENT
    after = studio.owner.get(f"/upload/chunked/{upload['id']}/resume").json()
    assert (after["state"], after["missing"], after["dataset_id"]) == ("completed", [], done.json()["dataset"]["id"])


def test_clients_that_post_everything_are_understood(studio: StudioApp) -> None:
    upload_id = begin(studio.owner, b"a\n1\n").json()["id"]
    octets = {"Content-Type": "application/octet-stream"}
    path = f"/upload/chunked/{upload_id}"
    assert studio.owner.post(f"{path}/chunk/0", content=b"a\n1\n", headers=octets).status_code == 200
    assert studio.owner.post(f"{path}/resume").json()["n_received"] == 1
    assert complete(studio.owner, upload_id).status_code == 202


def test_completing_twice_makes_one_dataset(studio: StudioApp) -> None:
    upload_id = begin(studio.owner, b"a\n1\n").json()["id"]
    send(studio.owner, upload_id, 0, b"a\n1\n")
    first, second = complete(studio.owner, upload_id).json(), complete(studio.owner, upload_id).json()
    assert [first[part]["id"] for part in first] == [second[part]["id"] for part in second]
    assert len(studio.owner.get("/datasets").json()["items"]) == 1
    assert code(send(studio.owner, upload_id, 0, b"a\n1\n")) == (409, "upload_completed")


def test_a_completion_that_died_after_naming_the_bytes_is_taken_up(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = begin(studio.owner, b"a\n1\n").json()["id"]
    send(studio.owner, upload_id, 0, b"a\n1\n")

    def die(*_: Any, **__: Any) -> None:
        raise Unavailable("storage_failed", "The power went.")

    with monkeypatch.context() as patched:
        patched.setattr(DatasetService, "record_file", die)
        assert complete(studio.owner, upload_id).status_code == 503
    assert complete(studio.owner, upload_id).status_code == 202
    assert len(studio.owner.get("/datasets").json()["items"]) == 1


def test_a_chunk_sent_again_changes_nothing_and_other_content_is_refused(studio: StudioApp) -> None:
    upload_id = begin(studio.owner).json()["id"]
    assert send(studio.owner, upload_id, 1).json() == send(studio.owner, upload_id, 1).json()
    assert code(send(studio.owner, upload_id, 1, bytes(CHUNK))) == (409, "chunk_differs")
    for number in (0, 2):
        send(studio.owner, upload_id, number)
    assert complete(studio.owner, upload_id).status_code == 202
    assert studio.parts.platform.blobs.exists(studio.tenant, SHA256)


@pytest.mark.parametrize(
    ("number", "body", "digest", "expected"),
    [
        (0, piece(0)[:-1], "", (422, "chunk_size_wrong")),
        (2, piece(2) + b"x", "", (413, "body_too_large")),
        (3, b"", "", (422, "chunk_unknown")),
        (0, piece(0), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", (422, "chunk_checksum")),
        (0, piece(0), "sha-256=:bm90IGEgaGFzaA==:", (422, "content_digest_unreadable")),
        (0, piece(0), "md5=:AAAA:", (422, "content_digest_unreadable")),
    ],
)
def test_a_chunk_that_is_not_what_it_should_be_is_not_taken(
    studio: StudioApp, number: int, body: bytes, digest: str, expected: tuple[int, str]
) -> None:
    upload_id = begin(studio.owner).json()["id"]
    assert code(send(studio.owner, upload_id, number, body, digest)) == expected
    assert studio.owner.get(f"/upload/chunked/{upload_id}/resume").json()["n_received"] == 0


def test_a_file_that_is_not_the_announced_one_is_refused(studio: StudioApp) -> None:
    upload_id = begin(studio.owner, b"a\n1\n", sha256="0" * 64).json()["id"]
    send(studio.owner, upload_id, 0, b"a\n1\n")
    assert code(complete(studio.owner, upload_id)) == (422, "upload_checksum")
    assert studio.owner.get("/datasets").json()["items"] == []


@pytest.mark.parametrize("announced", [SHA256, None])
def test_damage_on_the_disk_costs_the_damaged_chunks_only(
    studio: StudioApp, tmp_path: Path, announced: str | None
) -> None:
    upload_id = begin(studio.owner, sha256=announced).json()["id"]
    for number in range(3):
        send(studio.owner, upload_id, number)
    (file,) = (tmp_path / "data" / "blobs").glob("*/assembling/*")
    with file.open("r+b") as stream:
        stream.seek(CHUNK + 5)
        stream.write(b"!!!!!!!!")
    answer = complete(studio.owner, upload_id)
    assert code(answer) == (409, "upload_damaged")
    assert "in chunk 1." in answer.json()["detail"]
    seen = studio.owner.get(f"/upload/chunked/{upload_id}/resume").json()
    assert seen["missing"] == [{"first": 1, "last": 1}]
    send(studio.owner, upload_id, 1)
    assert complete(studio.owner, upload_id).status_code == 202
    assert studio.parts.platform.blobs.exists(studio.tenant, SHA256)


def test_an_upload_lives_for_a_day_and_leaves_nothing(studio: StudioApp, clock: ManualClock, tmp_path: Path) -> None:
    service = studio.parts.services.of(UploadService)
    upload_id = begin(studio.owner).json()["id"]
    send(studio.owner, upload_id, 0)
    clock.advance(DAY - 1)
    assert service.sweep() == 0
    assert studio.member("owner").get(f"/upload/chunked/{upload_id}/resume").status_code == 200
    clock.advance(2)
    assert code(studio.member("owner").get(f"/upload/chunked/{upload_id}/resume")) == (404, "upload_not_found")
    assert service.sweep() == 1
    assert list((tmp_path / "data" / "blobs").glob("*/assembling/*")) == []
    later = (clock.now() + timedelta(days=9)).isoformat()
    assert studio.parts.platform.store.find_everywhere("upload_chunks", Query(where=[("expires_at", "<", later)])) == []


def test_an_upload_given_up_leaves_nothing(studio: StudioApp, tmp_path: Path) -> None:
    upload_id = begin(studio.owner).json()["id"]
    send(studio.owner, upload_id, 0)
    assert studio.owner.delete(f"/upload/chunked/{upload_id}").status_code == 204
    assert code(studio.owner.get(f"/upload/chunked/{upload_id}/resume")) == (404, "upload_not_found")
    assert list((tmp_path / "data" / "blobs").glob("*/assembling/*")) == []


def test_giving_up_a_complete_upload_keeps_the_dataset(studio: StudioApp) -> None:
    upload_id = begin(studio.owner, b"a\n1\n").json()["id"]
    send(studio.owner, upload_id, 0, b"a\n1\n")
    complete(studio.owner, upload_id)
    assert studio.owner.delete(f"/upload/chunked/{upload_id}").status_code == 204
    assert studio.parts.platform.blobs.exists(studio.tenant, hashlib.sha256(b"a\n1\n").hexdigest())


def test_bytes_of_a_deleted_dataset_do_not_live_on_in_its_upload(studio: StudioApp) -> None:
    upload_id = begin(studio.owner, b"a\n1\n").json()["id"]
    send(studio.owner, upload_id, 0, b"a\n1\n")
    made = complete(studio.owner, upload_id).json()
    studio.parts.platform.queue.cancel(studio.tenant, made["job"]["id"])
    assert studio.owner.delete(f"/projects/{made['project']['id']}").status_code == 204
    studio.owner.delete(f"/datasets/{made['dataset']['id']}")
    assert not studio.parts.platform.blobs.exists(studio.tenant, hashlib.sha256(b"a\n1\n").hexdigest())
    assert code(complete(studio.owner, upload_id)) == (404, "dataset_not_found")


def test_an_empty_or_too_large_file_is_refused_before_the_first_byte(tmp_path: Path) -> None:
    with studio_app(tmp_path, upload_limit_bytes=1024**2) as studio:
        assert code(begin(studio.owner, b"")) == (422, "empty_file")
        assert code(begin(studio.owner, bytes(1024**2 + 1))) == (413, "upload_too_large")
        assert begin(studio.owner, bytes(1024**2)).status_code == 201


def test_a_person_starts_at_most_so_many_uploads_a_minute_however_they_are_sent(
    tmp_path: Path, clock: ManualClock
) -> None:
    with studio_app(tmp_path, clock, uploads_per_minute=3) as studio:
        assert begin(studio.owner).status_code == 201
        clock.advance(20)
        assert studio.owner.upload(b"a\n1\n").status_code == 202
        assert begin(studio.owner).status_code == 201
        for refused in (begin(studio.owner), studio.owner.upload(b"a\n1\n")):
            assert code(refused) == (429, "too_many_uploads")
            assert refused.headers["retry-after"] == "40"
        assert begin(studio.member("editor")).status_code == 201
        clock.advance(40)
        assert begin(studio.owner).status_code == 201


def test_a_workspace_has_a_bounded_number_of_uploads_and_bytes_under_way(tmp_path: Path) -> None:
    with studio_app(
        tmp_path, open_uploads=2, upload_limit_bytes=30 * 1024**2, open_upload_bytes=30 * 1024**2
    ) as studio:
        first = begin(studio.owner).json()["id"]
        assert code(begin(studio.owner, bytes(25 * 1024**2))) == (413, "upload_quota")
        assert begin(studio.member("editor")).status_code == 201
        assert code(begin(studio.owner, b"a")) == (429, "too_many_open_uploads")
        assert begin(studio.stranger()).status_code == 201
        studio.owner.delete(f"/upload/chunked/{first}")
        assert begin(studio.owner, b"a").status_code == 201


def test_a_disk_without_room_is_said_before_the_first_byte(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(studio.parts.platform.blobs), "ping", lambda _: {"free_bytes": len(CONTENT) - 1})
    assert code(begin(studio.owner)) == (503, "storage_full")


def test_only_so_many_chunks_are_held_at_once() -> None:
    slots, one, two, three = Slots(2, 3, too_many_chunks), Tenant("one"), Tenant("two"), Tenant("three")
    with slots.hold(one), slots.hold(one):
        with pytest.raises(LimitExceeded), slots.hold(one):
            pass
        with slots.hold(two), pytest.raises(LimitExceeded), slots.hold(three):
            pass
        with slots.hold(two):
            pass
    with slots.hold(one):
        pass


def test_ten_chunks_at_once_and_the_same_chunk_twice_arrive_whole(studio: StudioApp) -> None:
    content = CONTENT * 5
    upload_id = begin(studio.owner, content).json()["id"]
    numbers = [*range(-(-len(content) // CHUNK)), 3, 3]
    with ThreadPoolExecutor(10) as senders:
        answers = list(
            senders.map(lambda number: send(studio.owner, upload_id, number, piece(number, content)), numbers)
        )
    assert {answer.status_code for answer in answers} == {200}
    with ThreadPoolExecutor(3) as senders:
        done = list(senders.map(lambda _: complete(studio.owner, upload_id), range(3)))
    assert {answer.status_code for answer in done} <= {202, 409}
    final = complete(studio.owner, upload_id)
    assert final.json()["dataset"]["id"] == next(answer for answer in done if answer.is_success).json()["dataset"]["id"]
    assert studio.parts.platform.blobs.exists(studio.tenant, hashlib.sha256(content).hexdigest())
    assert len(studio.owner.get("/datasets").json()["items"]) == 1
