from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from narrative.core.errors import Canceled, InternalError, InvalidInput, LimitExceeded
from narrative.engine import children
from narrative.engine.children import ChildLimits, run_child

GIGABYTE = 1024**3


@pytest.fixture(autouse=True)
def _trust_test_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TRUSTED_PACKAGES", ("narrative.", "tests."))


def call(name: str, payload: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    limits = options.pop("limits", ChildLimits(memory_bytes=GIGABYTE, cpu_seconds=20, wall_seconds=20))
    return run_child(f"tests.fixtures.child_functions:{name}", payload or {}, limits=limits, **options)


def gone_within_two_seconds(pids: list[int]) -> bool:
    """Whether the processes end; the system may take a moment to bury a process after its kill."""
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=2)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive if process.is_running())


def test_a_child_returns_its_value_and_its_progress_in_order() -> None:
    seen: list[dict[str, Any]] = []
    assert call("add", {"a": 2, "b": 3}, on_progress=seen.append) == {"sum": 5}
    assert seen == [{"share": 0.5}, {"share": 1.0}]


def test_a_typed_refusal_arrives_with_row_column_and_fix() -> None:
    with pytest.raises(InvalidInput) as caught:
        call("refuse")
    assert (caught.value.code, caught.value.row, caught.value.column) == ("bad_cell", 7, "age")


def test_more_memory_than_allowed_is_a_limit_not_a_crash() -> None:
    limits = ChildLimits(memory_bytes=GIGABYTE, cpu_seconds=20, wall_seconds=20)
    with pytest.raises(LimitExceeded) as caught:
        call("hoard", {"bytes": 4 * GIGABYTE}, limits=limits)
    assert caught.value.code == "upload_too_complex"


def test_without_the_limit_the_same_request_succeeds() -> None:
    # The negative control of the test above: it is the limit that stops the child.
    limits = ChildLimits(memory_bytes=12 * GIGABYTE, cpu_seconds=60, wall_seconds=60)
    assert call("hoard", {"bytes": 2 * GIGABYTE}, limits=limits) == {"size": 2 * GIGABYTE}


def test_time_that_runs_out_is_a_limit() -> None:
    with pytest.raises(LimitExceeded):
        call("spin", limits=ChildLimits(memory_bytes=GIGABYTE, cpu_seconds=20, wall_seconds=0.7))
    with pytest.raises(LimitExceeded):
        call("spin", limits=ChildLimits(memory_bytes=GIGABYTE, cpu_seconds=1, wall_seconds=20))


def test_an_abort_is_a_limit_and_the_parent_lives() -> None:
    with pytest.raises(LimitExceeded):
        call("abort")


def test_a_bug_in_the_child_is_ours_and_its_message_stays_inside() -> None:
    with pytest.raises(InternalError) as caught:
        call("crash")
    assert "secret detail" not in caught.value.message


def test_cancel_ends_the_child_and_its_children_within_two_seconds() -> None:
    pids: list[int] = []
    started: list[float] = []

    def note(progress: dict[str, Any]) -> None:
        pids.extend(progress["pids"])
        started.append(time.monotonic())

    with pytest.raises(Canceled):
        call("wait", on_progress=note, should_stop=lambda: bool(pids))
    assert time.monotonic() - started[0] < 2
    assert gone_within_two_seconds(pids)


def test_an_exception_of_the_caller_ends_the_child_too() -> None:
    pids: list[int] = []

    def fail(progress: dict[str, Any]) -> None:
        pids.extend(progress["pids"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call("wait", on_progress=fail)
    assert pids
    assert gone_within_two_seconds(pids)


def test_no_secret_of_the_environment_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARRATIVE_SECRET", "x" * 40)
    assert "NARRATIVE_SECRET" not in call("environment")["names"]


def test_a_function_outside_the_trusted_packages_is_never_called() -> None:
    with pytest.raises(ValueError, match="os:system"):
        run_child("os:system", {}, limits=ChildLimits(GIGABYTE, 5, 5))


def test_temporary_files_are_made_where_the_caller_sweeps_and_are_gone_afterwards(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def look(progress: dict[str, Any]) -> None:
        seen.append([path.name for path in tmp_path.iterdir()])

    call("add", {"a": 1, "b": 1}, on_progress=look, folder=tmp_path)
    assert all(len(names) == 1 and names[0].startswith("narrative-child-") for names in seen)
    assert seen
    assert list(tmp_path.iterdir()) == []
