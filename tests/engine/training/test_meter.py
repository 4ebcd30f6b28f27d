"""The time left is that of the budget unless the search is about to end; estimates follow the speed of this machine."""

from __future__ import annotations

import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.engine.training import machine
from narrative.engine.training.machine import available_memory_bytes, busy_factor, scheduled_seconds
from narrative.engine.training.meter import Meter


def meter(seconds: float = 100.0, *, tail: float = 0.0, elapsed: float = 0.0) -> tuple[Meter, ManualClock]:
    clock = ManualClock()
    return Meter(Deadline(clock, seconds), tail=tail, elapsed=elapsed), clock


def test_a_run_that_fills_its_time_has_left_what_the_clock_says_and_what_follows() -> None:
    made, clock = meter(90.0, tail=5.0, elapsed=5.0)
    assert made.seconds_left == 95.0
    clock.advance(20.0)
    assert made.seconds_left == 75.0
    assert made.share == pytest.approx(25 / 95)
    clock.advance(80.0)
    assert made.seconds_left == 5.0
    assert made.share == 1.0


def test_a_search_that_is_about_to_end_says_so_but_never_promises_more_than_there_is() -> None:
    made, clock = meter(100.0)
    clock.advance(40.0)
    made.foreseen = 10.0
    assert made.seconds_left == 10.0
    assert made.share == pytest.approx(0.8)
    made.foreseen = 500.0
    assert made.seconds_left == 60.0


def test_no_speed_is_claimed_before_anything_was_measured() -> None:
    made, _ = meter()
    made.finished(estimated=0.2, measured=0.3)
    assert made.speed == 1.0


def test_loading_a_library_for_a_tiny_fit_does_not_make_the_machine_slow() -> None:
    made, _ = meter()
    made.finished(estimated=0.01, measured=2.0)
    assert made.speed == 1.0
    made.finished(estimated=1.0, measured=2.0)
    assert made.speed == pytest.approx(2.0)


def test_the_machine_says_how_much_memory_is_free_and_how_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert available_memory_bytes() > 50 * 1024**2
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    cases = [
        (0.1, (0.0, 0.0), 1.0),
        (5.0, (0.0, 0.0), 2.5),
        (80.0, (0.1, 0.0), 4.0),
        (80.0, (1.0, 0.0), 2.0),  # a long queue that was never met
        (80.0, (1.0, 9.0), 4.0),
        (0.1, (1.0, 3.0), 2.0),
    ]
    for load, scheduled, factor in cases:
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, load, load))
        monkeypatch.setattr(machine, "scheduled_seconds", lambda scheduled=scheduled: scheduled)
        assert busy_factor() == pytest.approx(factor)


def test_the_system_says_how_long_this_process_ran_and_waited() -> None:
    ran, waited = scheduled_seconds()
    assert ran >= 0.0
    assert waited >= 0.0
