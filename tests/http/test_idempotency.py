"""The same POST sent twice has one effect and one answer, whatever happened in between."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from narrative.adapters.metadata.sqlite import SQLiteMetadataStore
from narrative.core.clock import ManualClock
from narrative.core.errors import Conflict, InvalidInput, Unavailable
from narrative.http import routing
from narrative.http.idempotency import LEASE, Answer, IdempotencyStore, Ids, stored_answer
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant
from tests.fixtures.plain_app import Calls, plain_app, signed_in
from tests.fixtures.studio_app import Client

Plain = tuple[Client, Calls]
TENANT = Tenant("work_1")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Plain]:
    with plain_app(tmp_path) as made:
        yield made


def keyed(key: str, role: str = "editor") -> dict[str, str]:
    return signed_in(role) | {"Idempotency-Key": key}


def test_the_same_key_and_body_give_the_same_answer_and_one_effect(plain: Plain) -> None:
    client, calls = plain
    first = client.post("/things", json={"name": "x"}, headers=keyed("a"))
    second = client.post("/things", json={"name": "x"}, headers=keyed("a"))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert len(calls.made) == 1


def test_without_a_key_each_call_has_its_effect(plain: Plain) -> None:
    client, calls = plain
    for _ in range(2):
        client.post("/things", json={"name": "x"}, headers=signed_in("editor"))
    assert len(set(calls.made)) == 2


@pytest.mark.parametrize(("path", "body"), [("/things", {"name": "y"}), ("/things?x=1", {"name": "x"})])
def test_the_same_key_for_another_request_is_refused(plain: Plain, path: str, body: dict[str, str]) -> None:
    client, calls = plain
    client.post("/things", json={"name": "x"}, headers=keyed("a"))
    answer = client.post(path, json=body, headers=keyed("a"))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(calls.made) == 1


def test_the_same_key_of_another_person_is_another_key(plain: Plain) -> None:
    client, calls = plain
    for role in ("editor", "owner", "editor@work_2"):
        assert client.post("/things", json={"name": "x"}, headers=keyed("a", role)).status_code == 201
    assert len(set(calls.made)) == 3


def test_a_refused_request_may_be_corrected_and_sent_again_with_its_key(plain: Plain) -> None:
    client, calls = plain
    assert client.post("/things", json={"nome": "x"}, headers=keyed("a")).status_code == 422
    assert client.post("/things", json={"name": "x"}, headers=keyed("a")).status_code == 201
    assert len(calls.made) == 1


def test_after_a_fault_the_key_works_and_makes_what_it_would_have_made(plain: Plain) -> None:
    client, calls = plain
    calls.raises = RuntimeError("power")
    assert client.post("/things", json={"name": "x"}, headers=keyed("a")).status_code == 500
    calls.raises = None
    assert client.post("/things", json={"name": "x"}, headers=keyed("a")).status_code == 201


def test_a_file_sent_twice_is_compared_by_its_content(plain: Plain) -> None:
    client, calls = plain
    headers = keyed("a") | {"Content-Type": "application/octet-stream"}
    first = client.post("/files", content=b"one" * 100_000, headers=headers)
    again = client.post("/files", content=b"one" * 100_000, headers=headers)
    other = client.post("/files", content=b"two" * 100_000, headers=headers)
    assert first.json() == again.json()
    assert other.json()["code"] == "idempotency_key_reused"
    assert len(calls.made) == 1


async def slow_file() -> AsyncIterator[bytes]:
    for _ in range(10):
        await anyio.sleep(0.02)
        yield b"x"


FILE = {"Content-Type": "application/octet-stream"}


def test_a_sign_of_life_that_failed_is_sent_again_and_costs_nobody_the_answer(
    plain: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[str] = []

    def busy(self: IdempotencyStore, tenant: Tenant, operation: str, owner: str) -> None:
        beats.append(owner)
        raise Unavailable("metadata_busy", "Busy.")

    monkeypatch.setattr(routing, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(IdempotencyStore, "extend", busy)
    client, calls = plain
    answer = client.post("/files", content=slow_file(), headers=keyed("a") | FILE)
    assert answer.status_code == 200
    assert len(calls.made) == 1
    assert len(beats) > 1


def test_a_secret_is_not_stored_and_not_shown_again(plain: Plain, tmp_path: Path) -> None:
    client, calls = plain
    assert client.post("/secrets", headers=keyed("a", "owner")).json() == {"secret": "do-not-store"}
    again = client.post("/secrets", headers=keyed("a", "owner"))
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_secret_shown")
    assert len(calls.made) == 1
    assert all(b"do-not-store" not in file.read_bytes() for file in tmp_path.glob("metadata.db*"))


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\t"])
def test_a_key_that_is_none_is_refused(plain: Plain, key: str) -> None:
    answer = plain[0].post("/things", json={"name": "x"}, headers=keyed(key))
    assert answer.json()["code"] == "invalid_idempotency_key"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[IdempotencyStore, ManualClock]]:
    clock = ManualClock()
    metadata = SQLiteMetadataStore(tmp_path / "metadata.db", clock)
    yield IdempotencyStore(metadata, clock), clock
    metadata.close()


def test_while_the_first_call_runs_the_second_is_told_to_wait(store: tuple[IdempotencyStore, ManualClock]) -> None:
    records, clock = store
    assert records.begin(TENANT, "idem_1", "POST /x", "call_1") is None
    with pytest.raises(Conflict, match="still running"):
        records.begin(TENANT, "idem_1", "POST /x", "call_2")
    clock.advance(LEASE.total_seconds() - 1)
    records.extend(TENANT, "idem_1", "call_1")
    clock.advance(LEASE.total_seconds() - 1)
    with pytest.raises(Conflict):
        records.begin(TENANT, "idem_1", "POST /x", "call_2")


def test_after_a_crash_the_next_call_takes_over_and_the_dead_one_cannot_answer(
    store: tuple[IdempotencyStore, ManualClock],
) -> None:
    records, clock = store
    records.begin(TENANT, "idem_1", "POST /x", "call_1")
    clock.advance(LEASE.total_seconds() + 1)
    assert records.begin(TENANT, "idem_1", "POST /x", "call_2") is None
    records.finish(TENANT, "idem_1", "call_1", "h", Answer(200, "application/json", b'"dead"'))
    records.finish(TENANT, "idem_1", "call_2", "h", Answer(201, "application/json", b'"alive"'))
    found = records.begin(TENANT, "idem_1", "POST /x", "call_3")
    assert found is not None
    assert stored_answer(found, "h").body == b'"alive"'


@pytest.mark.parametrize("path", ["/things", "/files"])
def test_after_a_crash_the_key_still_belongs_to_the_body_it_was_sent_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    clock = ManualClock()
    headers = keyed("a") | {"Content-Type": "application/json" if path == "/things" else FILE["Content-Type"]}
    with plain_app(tmp_path, clock) as (client, calls):
        with monkeypatch.context() as crash:
            crash.setattr(IdempotencyStore, "finish", lambda *_: None)
            first = client.post(path, content=b'{"name": "x"}', headers=headers)
        for _ in range(2):
            clock.advance(LEASE.total_seconds() + 1)
            other = client.post(path, content=b'{"name": "y"}', headers=headers)
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert len(calls.made) == 1
        again = client.post(path, content=b'{"name": "x"}', headers=headers)
        assert again.json() == first.json()


def test_answers_are_forgotten_after_a_day(store: tuple[IdempotencyStore, ManualClock]) -> None:
    records, clock = store
    records.begin(TENANT, "idem_1", "POST /x", "call_1")
    records.finish(TENANT, "idem_1", "call_1", "h", Answer(200, "application/json", b"1"))
    clock.advance(24 * 3600 - 1)
    assert records.sweep() == 0
    clock.advance(2)
    assert records.begin(TENANT, "idem_1", "POST /y", "call_2") is None
    clock.advance(24 * 3600 + 1)
    assert records.sweep() == 1


def test_all_forgotten_answers_are_deleted_however_many(
    store: tuple[IdempotencyStore, ManualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.http.idempotency.SWEPT_AT_ONCE", 2)
    records, clock = store
    for number in range(5):
        records.begin(TENANT, f"idem_{number}", "POST /x", "call_1")
    clock.advance(24 * 3600 + 1)
    assert records.sweep() == 5
    assert records.sweep() == 0


def test_a_retried_operation_makes_the_same_ids_in_the_same_order() -> None:
    first, second, other = Ids("idem_1"), Ids("idem_1"), Ids("idem_2")
    made = [first("data"), first("proj"), first("data")]
    assert made == [second("data"), second("proj"), second("data")]
    assert len({*made, other("data"), Ids()("data"), Ids()("data")}) == 6


def test_of_many_simultaneous_calls_exactly_one_does_the_work(store: tuple[IdempotencyStore, ManualClock]) -> None:
    records, _ = store
    outcomes: list[str] = []

    def call(number: int) -> None:
        try:
            records.begin(TENANT, "idem_1", "POST /x", f"call_{number}")
        except Conflict as error:
            outcomes.append(error.code)
        else:
            outcomes.append("works")

    threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["idempotency_in_progress"] * 11 + ["works"]


def test_an_operation_belongs_to_one_person_in_one_workspace(store: tuple[IdempotencyStore, ManualClock]) -> None:
    records, _ = store
    one = Identity("session", "s", "user_1", "n", "work_1", "editor")
    two = Identity("session", "s", "user_1", "n", "work_2", "editor")
    assert records.operation(one, "a") != records.operation(two, "a")
    with pytest.raises(InvalidInput):
        records.operation(one, "\x00")
