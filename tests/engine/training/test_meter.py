"""Progress is work that was really done, and the time left follows the speed of this machine."""

from __future__ import annotations

import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.engine.training import machine
from narrative.engine.training.machine import available_memory_bytes, busy_factor, scheduled_seconds
from narrative.engine.training.meter import Meter


def meter(planned: float = 10.0, seconds: float = 100.0) -> tuple[Meter, ManualClock]:
    clock = ManualClock()
    return Meter(Deadline(clock, seconds), planned), clock


def test_a_slow_machine_needs_longer_for_what_is_left() -> None:
    made, clock = meter()
    made.finished(estimated=2.0, measured=6.0)
    clock.advance(6.0)
    assert made.share == pytest.approx(0.2)
    assert made.seconds_left == pytest.approx(24.0)


def test_the_time_left_never_passes_the_deadline() -> None:
    made, clock = meter(seconds=8.0)
    made.finished(estimated=1.0, measured=5.0)
    clock.advance(5.0)
    assert made.seconds_left == pytest.approx(3.0)
    clock.advance(10.0)
    assert made.seconds_left == 0.0


def test_a_running_fit_counts_by_its_share_and_skipped_work_is_not_waited_for() -> None:
    made, _ = meter()
    made.running(estimated=4.0, share=0.5)
    assert made.share == pytest.approx(0.2)
    made.finished(estimated=4.0, measured=4.0)
    made.skipped(estimated=6.0)
    assert made.share == 1.0


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
