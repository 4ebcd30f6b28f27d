"""Workers are killed and paused at random moments: nothing is lost, nothing doubled, every job ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from narrative.background.queue import Queue
from tests.fixtures.crew import ONE, Crew
from tests.fixtures.fault_worker import LEASE_SECONDS

MakeCrew = Callable[..., Crew]


@pytest.fixture
def make_crew(tmp_path: Path) -> Iterator[MakeCrew]:
    crews: list[Crew] = []

    def make(**options: Any) -> Crew:
        crews.append(Crew(tmp_path / str(len(crews)), **options))
        return crews[-1].ready()

    yield make
    for crew in crews:
        crew.end()


def strike(crew: Crew, n_faults: int, n_jobs: int) -> None:
    """Spread so many faults over the work."""
    for _ in range(n_jobs):
        crew.enqueue()
    for number in range(n_faults):
        moment = time.monotonic() + crew.random.uniform(0.0, 0.25)
        crew.wait(lambda until=moment: time.monotonic() >= until and bool(crew.running() or crew.all_ended()))  # type: ignore[misc]  # bound at once
        if crew.all_ended() or number % 4 == 0:
            crew.enqueue()
        crew.fault()


def test_nothing_is_lost_and_nothing_doubled(make_crew: MakeCrew) -> None:
    crew = make_crew(seed=7)
    strike(crew, n_faults=8, n_jobs=12)
    crew.check()


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("seed", [1, int.from_bytes(os.urandom(3), "big")])
def test_nothing_is_lost_and_nothing_doubled_in_a_hundred_faults(make_crew: MakeCrew, seed: int) -> None:
    print(f"seed {seed}")
    crew = make_crew(seed=seed, n_workers=3)
    strike(crew, n_faults=100, n_jobs=120)
    crew.check()
    assert max(crew.takeovers) <= LEASE_SECONDS + 5.0
    print(f"{len(crew.job_ids)} jobs, slowest takeover {max(crew.takeovers):.2f} s")


def paused_past_its_lease(crew: Crew) -> str:
    """One worker is stopped in the middle of a job, another does it, and then the first wakes."""
    job_id = crew.enqueue(steps=20, deaf=True)
    crew.wait(lambda: bool(crew.running()))
    first = crew.holder(crew.queue.get(ONE, job_id))
    first.send_signal(signal.SIGSTOP)
    try:
        crew.wait(lambda: crew.queue.get(ONE, job_id).state == "completed")
        assert crew.effects()[job_id] == 1
        assert crew.queue.get(ONE, job_id).fence == 2
    finally:
        first.send_signal(signal.SIGCONT)
    crew.wait(lambda: "jobs.fence_lost" in crew.log.read_text() or crew.effects()[job_id] > 1)
    return job_id


def test_a_worker_that_wakes_after_its_lease_has_no_effect(make_crew: MakeCrew) -> None:
    crew = make_crew()
    paused_past_its_lease(crew)
    crew.check()


def test_the_control_without_the_fence_the_same_pause_doubles_the_effect(make_crew: MakeCrew) -> None:
    crew = make_crew(fenced=False)
    job_id = paused_past_its_lease(crew)
    assert crew.effects()[job_id] == 2
    with pytest.raises(AssertionError):
        crew.check()


def test_after_a_kill_another_takes_over_without_waiting_for_the_lease(make_crew: MakeCrew) -> None:
    crew = make_crew()
    job_id = crew.enqueue(steps=60)
    crew.wait(lambda: bool(crew.running()))
    crew.kill(crew.holder(crew.queue.get(ONE, job_id)))
    crew.wait(lambda: crew.queue.get(ONE, job_id).fence == 2)
    assert crew.queue.get(ONE, job_id).attempt == 2
    crew.check()


def test_a_job_that_kills_its_worker_every_time_ends_with_the_reason(make_crew: MakeCrew) -> None:
    crew = make_crew()
    job_id = crew.enqueue(steps=500)
    for attempt in (1, 2, 3):
        crew.wait(lambda attempt=attempt: crew.queue.get(ONE, job_id).attempt == attempt)  # type: ignore[misc]  # bound at once
        crew.kill(crew.holder(crew.queue.get(ONE, job_id)))
    crew.wait(lambda: crew.queue.get(ONE, job_id).has_ended)
    job = crew.queue.get(ONE, job_id)
    assert (job.state, (job.error or {})["code"]) == ("failed", "worker_lost")
    crew.check()


# ---------------------------------------------------------------------- stop, and children
def is_running(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def child_job(queue: Queue, function: str, **arguments: object) -> str:
    return queue.enqueue(ONE, "things.child", {"function": function, "arguments": arguments}).id


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_however_a_worker_ends_its_children_end_too_and_the_job_goes_back(make_crew: MakeCrew, number: int) -> None:
    crew = make_crew(n_workers=1)
    job_id = child_job(crew.queue, "wait")
    crew.wait(lambda: "pids" in crew.queue.get(ONE, job_id).progress)
    pids = crew.queue.get(ONE, job_id).progress["pids"]
    assert all(is_running(pid) for pid in pids)
    [worker] = crew.workers
    began = time.monotonic()
    worker.send_signal(number)
    worker.wait(timeout=10)
    assert time.monotonic() - began < 5.0
    crew.wait(lambda: not any(is_running(pid) for pid in pids), seconds=5)
    job = crew.queue.get(ONE, job_id)
    if number == signal.SIGTERM:
        assert (job.state, job.attempt) == ("queued", 0)
    else:
        assert (job.state, job.attempt) == ("running", 1)  # until another worker looks


def test_a_child_that_runs_out_of_memory_or_dies_fails_its_job_and_the_next_one_runs(make_crew: MakeCrew) -> None:
    crew = make_crew(n_workers=1)
    jobs = [
        child_job(crew.queue, "hoard", bytes=8 * 1024**3),
        child_job(crew.queue, "abort"),
        child_job(crew.queue, "crash"),
        child_job(crew.queue, "add", a=2, b=3),
    ]
    crew.wait(crew.all_ended)
    ended = [crew.queue.get(ONE, job_id) for job_id in jobs]
    assert [job.state for job in ended] == ["failed", "failed", "failed", "completed"]
    assert (ended[0].error or {})["code"] == "out_of_memory"
    assert "secret detail" not in (ended[2].error or {})["message"]
    assert ended[3].result == {"sum": 5}
    assert crew.workers[0].poll() is None
