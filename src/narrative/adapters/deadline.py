"""A limit on the whole time of a conversation over the network, also with a server that drips byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from narrative.core.errors import NarrativeError


class Deadline:
    """Shuts the connections it watches from outside when time is up; a time limit of a socket only ends silence.

    Args:
        seconds: from entering on.
        too_slow: makes the failure, of the seconds.
    """

    def __init__(self, seconds: float, too_slow: Callable[[float], NarrativeError]) -> None:
        self._seconds = seconds
        self._too_slow = too_slow
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_over = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def watch(self, connection: socket.socket) -> None:
        """From now on, time may end this connection, too, also after it was wrapped in TLS.

        TLS takes the connection over before it shakes hands, and what it was taken from can shut nothing any more: so
        a copy of its descriptor is kept, which leads to the same connection.
        """
        with self._lock:
            self._sockets.append(connection.dup())
        if self._is_over:
            self._strike()

    def failure(self, otherwise: NarrativeError) -> NarrativeError:
        """What to raise for a connection that broke: time was up, or something else."""
        return self._too_slow(self._seconds) if self._is_over else otherwise

    def check(self) -> None:
        """Raises when time is up."""
        if self._is_over:
            raise self._too_slow(self._seconds)

    @contextlib.contextmanager
    def blamed(self) -> Iterator[None]:
        """Whatever fails in here after time was up failed because of that: drivers make many things of a shut door."""
        try:
            yield
        except Exception:
            if self._is_over:
                raise self._too_slow(self._seconds) from None
            raise

    def _strike(self) -> None:
        with self._lock:
            self._is_over = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):  # the other side left already
                    connection.shutdown(socket.SHUT_RDWR)
