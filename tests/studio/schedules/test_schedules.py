"""What is due starts once, whoever looks and whatever was missed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from narrative.bootstrap import Parts, build
from narrative.core.clock import ManualClock
from narrative.core.errors import LimitExceeded
from narrative.ports.metadata import Query, UnitOfWork
from narrative.settings import load_settings
from narrative.studio.schedules import service as module
from narrative.studio.schedules.repository import ScheduleRepository
from narrative.studio.schedules.service import ScheduleService
from tests.adapters.egress.test_guarded import TABLE, send, serving
from tests.fixtures.studio_app import StudioApp, studio_app

DAILY = {"every": "day", "at": "06:00", "time_zone": "UTC"}
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = 3_600.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def studio(tmp_path: Path, clock: ManualClock) -> Iterator[StudioApp]:
    with studio_app(tmp_path, clock, egress_allow="127.0.0.1") as made:
        yield made


@pytest.fixture
def dataset_id(studio: StudioApp) -> str:
    """One that came from an address and was never read, which a schedule does not mind."""
    with serving() as web:
        answer = studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/people.csv"})
    job = answer.json()["job"]["id"]
    studio.parts.platform.queue.cancel(studio.tenant, job)
    return str(answer.json()["dataset"]["id"])


def scheduled(studio: StudioApp, dataset_id: str, **rule: Any) -> dict[str, Any]:
    answer = studio.owner.post("/scheduler/jobs", json={"dataset_id": dataset_id, "rule": rule or DAILY})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def refreshes(parts: Parts, studio: StudioApp) -> list[str]:
    jobs = parts.platform.queue.find(studio.tenant, type="sources.refresh", limit=500)
    return sorted(str(job.idempotency_key).partition("@")[2][:16] for job in jobs)


def start(parts: Parts) -> int:
    return parts.services.of(ScheduleService).start_due()


def test_each_time_is_started_once_and_the_next_one_is_planned(
    studio: StudioApp, dataset_id: str, clock: ManualClock
) -> None:
    made = scheduled(studio, dataset_id)
    assert (made["in_words"], made["next_at"][:16]) == ("every day at 06:00 (UTC)", "2026-11-24T06:00")
    assert start(studio.parts) == 0
    clock.advance(18 * HOUR + 1)
    assert [start(studio.parts) for _ in range(3)] == [1, 0, 0]
    clock.advance(24 * HOUR)
    assert start(studio.parts) == 1
    assert refreshes(studio.parts, studio) == ["2026-11-24T06:00", "2026-11-25T06:00"]
    now = studio.owner.get(f"/scheduler/jobs/{made['id']}").json()
    assert (now["next_at"][:16], now["last_run"]["state"]) == ("2026-11-26T06:00", "queued")
    assert now["last_run"]["late_seconds"] == 1


def test_of_times_that_were_missed_one_is_made_up_for(studio: StudioApp, dataset_id: str, clock: ManualClock) -> None:
    made = scheduled(studio, dataset_id, every="hour", at="00:30")
    clock.advance(50 * HOUR)
    assert [start(studio.parts) for _ in range(3)] == [1, 0, 0]
    now = studio.owner.get(f"/scheduler/jobs/{made['id']}").json()
    assert (now["next_at"][:16], now["last_run"]["late_seconds"]) == ("2026-11-25T14:30", int(49.5 * HOUR))


def together(parts: list[Parts]) -> int:
    """Several processes look at the same moment."""
    barrier, counts = threading.Barrier(len(parts)), []

    def look(each: Parts) -> None:
        barrier.wait()
        counts.append(start(each))

    threads = [threading.Thread(target=look, args=(each,)) for each in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


@pytest.fixture
def processes(studio: StudioApp, clock: ManualClock) -> Iterator[list[Parts]]:
    """Four others on the same stores."""
    others = [build(load_settings({}, data_dir=studio.parts.settings.data_dir), clock) for _ in range(4)]
    yield others
    for other in others:
        other.close()


def test_of_several_processes_that_look_together_one_starts(
    studio: StudioApp, dataset_id: str, clock: ManualClock, processes: list[Parts]
) -> None:
    scheduled(studio, dataset_id, every="hour", at="00:00")
    for _ in range(20):
        clock.advance(HOUR)
        assert together(processes) == 1
    assert len(refreshes(studio.parts, studio)) == len(set(refreshes(studio.parts, studio))) == 20


def test_without_the_key_and_the_look_inside_the_write_several_would_start(
    studio: StudioApp, dataset_id: str, clock: ManualClock, processes: list[Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a scheduler that only looks before it writes starts one time more than once."""
    scheduled(studio, dataset_id, every="hour", at="00:00")
    both = threading.Barrier(len(processes))

    def careless(self: ScheduleService) -> int:
        query = Query(where=[("next_at", "<=", self._platform.now())])
        found = self._platform.store.find_everywhere("schedules", query)
        both.wait()
        for tenant, document in found:
            self._platform.queue.enqueue(tenant, "sources.refresh", {"dataset_id": document["dataset_id"]})
        return len(found)

    monkeypatch.setattr(module.ScheduleService, "start_due", careless)
    clock.advance(HOUR)
    assert together(processes) == 4


def test_a_write_that_breaks_leaves_neither_job_nor_next_time(
    studio: StudioApp, dataset_id: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(studio, dataset_id)
    clock.advance(19 * HOUR)

    def break_off(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module.ScheduleService, "_next", break_off)
        with pytest.raises(KeyboardInterrupt):
            start(studio.parts)
    assert refreshes(studio.parts, studio) == []
    assert start(studio.parts) == 1


@pytest.mark.parametrize("fault", [{"rule": {**DAILY, "time_zone": "Gone/Zone"}}, {"rule": {**DAILY, "every": "moon"}}])
def test_schedules_that_cannot_be_read_do_not_keep_others_from_starting(
    studio: StudioApp,
    dataset_id: str,
    clock: ManualClock,
    fault: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)  # as many as stand before the good one: each look would end with them
    good = studio.parts.platform.store.get(studio.tenant, "schedules", scheduled(studio, dataset_id)["id"])
    assert good is not None

    def insert(unit: UnitOfWork, document: dict[str, Any]) -> None:
        unit.insert(studio.tenant, "schedules", document)

    others = [letter for letter in "012" if letter != good["id"][-1]]
    for n in range(2):
        bad = {
            **good,
            **fault,
            "id": good["id"][:-1] + others[n],
            "dataset_id": f"other{n}",
            "next_at": f"2026-11-23T13:0{n}",
        }
        bad.pop("rev", None)
        studio.parts.platform.store.atomic(partial(insert, document=bad))
    clock.advance(18 * HOUR + 1)
    assert [start(studio.parts) for _ in range(3)] == [1, 0, 0]
    assert refreshes(studio.parts, studio) == ["2026-11-24T06:00"]
    told = [record for record in caplog.records if record.getMessage() == "schedules.not_started"]
    assert len(told) == 2  # once each, not at every look


def test_a_failure_of_one_schedule_does_not_keep_others_from_starting(
    studio: StudioApp, dataset_id: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(studio, dataset_id)
    with serving() as web:
        answer = studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/others.csv"})
    scheduled(studio, str(answer.json()["dataset"]["id"]))
    clock.advance(18 * HOUR + 1)
    queue = studio.parts.platform.queue
    refused: list[str] = []

    def enqueue(tenant: Any, kind: str, payload: dict[str, Any], enqueue: Any = queue.enqueue, **given: Any) -> Any:
        if not refused:
            refused.append(payload["dataset_id"])
            raise LimitExceeded("too_many_jobs", "So many wait.", fix="Wait.")
        return enqueue(tenant, kind, payload, **given)

    monkeypatch.setattr(queue, "enqueue", enqueue)
    assert [start(studio.parts) for _ in range(3)] == [1, 1, 0]


def test_a_paused_schedule_starts_nothing_and_makes_up_for_nothing(
    studio: StudioApp, dataset_id: str, clock: ManualClock
) -> None:
    address = f"/scheduler/jobs/{scheduled(studio, dataset_id)['id']}"
    assert studio.owner.post(f"{address}/pause").json()["next_at"] is None
    clock.advance(48 * HOUR)
    assert start(studio.parts) == 0
    weekly = {"every": "week", "weekday": "friday", "at": "07:00", "time_zone": "UTC"}
    assert studio.owner.put(address, json={"rule": weekly}).json()["next_at"] is None
    assert studio.owner.post(f"{address}/pause", json={"paused": False}).json()["next_at"][:16] == "2026-11-27T07:00"
    assert studio.owner.post(f"{address}/resume").json()["state"] == "active"
    assert start(studio.parts) == 0
    assert studio.owner.delete(address).status_code == 204
    assert studio.owner.get(address).json()["code"] == "schedule_not_found"


def test_what_is_known_of_a_source_and_its_schedule_goes_with_the_dataset(studio: StudioApp, dataset_id: str) -> None:
    scheduled(studio, dataset_id)
    for project in studio.owner.get("/projects").json()["items"]:
        assert studio.owner.delete(f"/projects/{project['id']}").status_code == 204
    assert studio.owner.delete(f"/datasets/{dataset_id}").status_code == 204
    store = studio.parts.platform.store
    assert [store.find(studio.tenant, name, Query()) for name in ("sources", "schedules")] == [[], []]


def test_only_operators_schedule_one_schedule_a_table_and_nothing_that_needs_a_secret(
    studio: StudioApp, dataset_id: str
) -> None:
    body = {"dataset_id": dataset_id, "rule": DAILY}
    assert studio.member("editor").post("/scheduler/jobs", json=body).status_code == 403
    scheduled(studio, dataset_id)
    again = studio.owner.post("/scheduler/jobs", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "schedule_exists")
    assert len(studio.owner.get("/scheduler/jobs", params={"dataset_id": dataset_id}).json()["items"]) == 1
    with serving() as web:
        url = f"http://127.0.0.1:{web.port}/people.csv?token=hunter2"
        secret = studio.owner.post("/sources/url", json={"url": url}).json()["dataset"]["id"]
    refused = studio.owner.post("/scheduler/jobs", json={**body, "dataset_id": secret})
    assert (refused.status_code, refused.json()["code"]) == (422, "schedule_needs_secret")
    assert "NARRATIVE_CONNECTIONS" in refused.json()["fix"]
    assert (
        studio.owner.post("/scheduler/jobs", json={**body, "rule": {"every": "day", "at": "25:00"}}).status_code == 422
    )


def test_there_are_only_so_many(studio: StudioApp, dataset_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_WORKSPACE", 0)
    answer = studio.owner.post("/scheduler/jobs", json={"dataset_id": dataset_id, "rule": DAILY})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_schedules")


@pytest.mark.slow
def test_what_is_due_is_fetched_and_read_without_anybody_there(tmp_path: Path) -> None:
    body = [TABLE]
    with studio_app(tmp_path, egress_allow="127.0.0.1") as studio, serving(lambda to: send(to, 200, body[0])) as web:
        answer = studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/people.csv"})
        dataset_id = answer.json()["dataset"]["id"]
        studio.work()
        made, schedules = scheduled(studio, dataset_id), ScheduleRepository(studio.parts.platform.store)

        def run(day: int) -> tuple[str, str, int]:
            """The outcome of the source, the state of the last run, and the number of the version, after a due time."""
            past = f"2020-01-{day:02}T00:00:00.000000+00:00"
            studio.parts.platform.store.atomic(
                lambda unit: schedules.change(unit, studio.tenant, made["id"], lambda known: known.with_(next_at=past))
            )
            start(studio.parts)
            studio.work()
            source = studio.owner.get(f"/datasets/{dataset_id}/source").json()
            state = studio.owner.get(f"/scheduler/jobs/{made['id']}").json()["last_run"]["state"]
            return source["outcome"], state, studio.owner.get(f"/datasets/{dataset_id}").json()["version"]["number"]

        assert run(1) == ("same", "completed", 1)
        body[0] = TABLE + b"3,4\n"
        assert run(1) == ("same", "completed", 1)  # that time was started already
        assert run(2) == ("loaded", "completed", 2)
        body[0] = b"%PDF-1.7 no table"
        assert run(3) == ("failed", "completed", 2)


@pytest.mark.parametrize(
    ("rule", "readable", "said"),
    [({**DAILY, "time_zone": "Gone/Zone"}, True, "Gone/Zone"), ({**DAILY, "every": "moon"}, False, "cannot be read")],
)
def test_a_schedule_that_cannot_be_read_stands_in_the_list_with_the_others(
    studio: StudioApp, dataset_id: str, rule: dict[str, Any], readable: bool, said: str
) -> None:
    schedule_id = scheduled(studio, dataset_id)["id"]

    def damage(unit: UnitOfWork) -> None:
        known = unit.get(studio.tenant, ScheduleRepository.spec.name, schedule_id)
        assert known is not None
        unit.replace(studio.tenant, ScheduleRepository.spec.name, {**known, "rule": rule}, rev=known["rev"])

    studio.parts.platform.store.atomic(damage)
    (listed,) = studio.owner.get("/scheduler/jobs").json()["items"]
    assert (listed["id"], listed["rule"] is not None) == (schedule_id, readable)
    assert said in listed["problem"]
    assert studio.owner.post(f"/scheduler/jobs/{schedule_id}/pause", json={}).json()["state"] == "paused"
    refused = studio.owner.post(f"/scheduler/jobs/{schedule_id}/resume")
    assert (refused.status_code, refused.json()["code"]) == (422, "schedule_unreadable")
    changed = studio.owner.put(f"/scheduler/jobs/{schedule_id}", json={"rule": DAILY}).json()
    assert (changed["problem"], changed["rule"]["at"]) == (None, "06:00")
    assert studio.owner.post(f"/scheduler/jobs/{schedule_id}/resume").json()["state"] == "active"
