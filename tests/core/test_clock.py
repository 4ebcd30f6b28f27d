from datetime import timedelta

from narrative.core.clock import Deadline, ManualClock, SystemClock


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock()
    start, tick = clock.now(), clock.monotonic()
    clock.sleep(2.5)
    assert clock.now() - start == timedelta(seconds=2.5)
    assert clock.monotonic() - tick == 2.5


def test_a_deadline_counts_down_and_passes() -> None:
    clock = ManualClock()
    deadline = Deadline(clock, 10)
    assert not deadline.passed()
    clock.advance(10)
    assert deadline.passed()
    assert deadline.remaining() == 0


def test_the_system_clock_gives_aware_utc_time() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
