"""Ctrl-C: once asks the work to stop and keep the best so far, twice leaves at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether the person asked to stop; call it like ``should_stop()``."""

    def __init__(self) -> None:
        self.is_asked = False

    def __call__(self) -> bool:
        return self.is_asked


@contextmanager
def stop_on_interrupt(say: Callable[[], None]) -> Iterator[StopRequest]:
    """Turn the first SIGINT or SIGTERM into a request; a second one raises ``KeyboardInterrupt``.

    Args:
        say: called at the first signal, to tell the person that it was heard.
    """
    request = StopRequest()

    def heard(_signal: int, _frame: FrameType | None) -> None:
        if request.is_asked:
            raise KeyboardInterrupt
        request.is_asked = True
        say()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
