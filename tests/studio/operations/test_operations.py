"""Health of the parts, and jobs as the page lists them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import Unavailable
from narrative.studio.operations import service as operations
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_healthy_program_says_so_to_anybody(studio: StudioApp) -> None:
    anyone = studio.anyone()
    assert anyone.raw("GET", "/health/live").json() == {"status": "alive"}
    assert anyone.raw("GET", "/health/ready").json()["status"] == "ready"
    health = anyone.raw("GET", "/health")
    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    assert set(health.json()["components"]) == {"metadata", "blobs", "jobs"}


def test_a_store_that_fails_is_named_and_live_stays_alive(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> dict[str, Any]:
        raise Unavailable("storage_full", "The disk is full.")

    monkeypatch.setattr(
        studio.parts.services[operations.OperationsService], "_checks", {"metadata": fail, "blobs": dict, "jobs": dict}
    )
    anyone = studio.anyone()
    health = anyone.raw("GET", "/health")
    assert health.status_code == 503
    assert health.json()["components"]["metadata"]["detail"]["code"] == "storage_full"
    assert anyone.raw("GET", "/health/ready").status_code == 503
    assert anyone.raw("GET", "/health/live").status_code == 200


def test_a_store_that_does_not_answer_costs_one_limit_however_many_ask(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "CHECK_SECONDS", 0.2)
    asked, release = [], threading.Event()

    def hang() -> dict[str, Any]:
        asked.append(1)
        release.wait(20)
        return {}

    monkeypatch.setattr(
        studio.parts.services[operations.OperationsService], "_checks", {"metadata": hang, "blobs": hang, "jobs": hang}
    )
    clock = studio.parts.platform.clock
    started = clock.monotonic()
    answers = [studio.anyone().raw("GET", "/health") for _ in range(3)]
    assert clock.monotonic() - started < 1.5
    release.set()
    assert [answer.status_code for answer in answers] == [503] * 3
    assert len(asked) == 3  # one look at each part, not one per caller


def test_jobs_are_listed_by_project_and_state(studio: StudioApp) -> None:
    one = studio.owner.upload(b"a,b\n1,2\n").json()
    studio.owner.upload(b"a,b\n1,2\n")
    listed = studio.owner.get("/jobs", params={"project_id": one["project"]["id"], "state": "open"}).json()["items"]
    assert [job["id"] for job in listed] == [one["job"]["id"]]
    studio.owner.post(f"/jobs/{one['job']['id']}/cancel")
    assert len(studio.owner.get("/jobs", params={"state": "open"}).json()["items"]) == 1
    assert [job["id"] for job in studio.owner.get("/jobs", params={"state": "canceled"}).json()["items"]] == [
        one["job"]["id"]
    ]


def test_a_waiting_job_is_canceled_at_once_and_asking_twice_is_fine(studio: StudioApp) -> None:
    started = studio.owner.upload(b"a,b\n1,2\n").json()
    for _ in range(2):
        assert studio.owner.post(f"/jobs/{started['job']['id']}/cancel").json()["state"] == "canceled"
    dataset = studio.owner.get(f"/datasets/{started['dataset']['id']}").json()
    assert dataset["state"] == "failed"
    assert dataset["error"]["code"] == "canceled"


def test_viewers_may_look_at_jobs_but_not_stop_them(studio: StudioApp) -> None:
    started = studio.owner.upload(b"a,b\n1,2\n").json()
    viewer = studio.member("viewer")
    assert viewer.get(f"/jobs/{started['job']['id']}").status_code == 200
    assert viewer.post(f"/jobs/{started['job']['id']}/cancel").status_code == 403
