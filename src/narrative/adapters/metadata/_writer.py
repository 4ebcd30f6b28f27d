"""One writing connection shared by all threads of a process, with group commit.

An fsync costs milliseconds, the statements before it microseconds.  So a thread that finds others waiting leaves the
transaction open for them; the last one (or the 64th) commits for all.  Nobody is answered before the common commit is
on the disk, and when it fails everybody in it fails.  Each piece of work runs inside its own savepoint, so one that
raises takes nothing of the others with it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from narrative.adapters.metadata import _failures
from narrative.core.errors import NarrativeError

T = TypeVar("T")

TURN_SECONDS: Final = 5.0
_MOST_PER_COMMIT: Final = 64
_OVERSEE_SECONDS: Final = 0.05


class _Group:
    """The pieces of work that share one commit."""

    def __init__(self) -> None:
        self.size = 0
        self.done = threading.Event()
        self.failure: NarrativeError | None = None


class SharedWriter:
    """Runs pieces of work one after the other, each durable or without any trace."""

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], turn_seconds: float = TURN_SECONDS) -> None:
        self._open = open_connection
        self._turn_seconds = turn_seconds
        self._connection: sqlite3.Connection | None = open_connection()
        self._turn = threading.Lock()
        self._group: _Group | None = None
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        self._thread = threading.local()
        self._closed = False

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` returned, once it is durable.

        Raises:
            Unavailable: ``metadata_busy`` after 5 s of waiting, ``storage_full`` and its kin; nothing was written.
        """
        if getattr(self._thread, "working", False):
            raise RuntimeError("This thread has a unit of work open already: write through that one.")
        group = self._enter()
        self._thread.working = True
        failure: BaseException | None = None
        try:
            outcome = self._isolated(group, work)
        except BaseException as error:  # noqa: BLE001  # raised below, once the fate of the transaction is known
            failure = error
        finally:
            self._thread.working = False
            self._leave(group)
        self._await_commit(group)
        if group.failure is not None:
            raise group.failure
        if failure is not None:
            raise failure
        return outcome

    def close(self) -> None:
        """Finish what is open; later work is refused with ``Unavailable('metadata_closed')``."""
        with self._turn:
            if self._group is not None:
                self._commit(self._group)
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _enter(self) -> _Group:
        """Take the turn, inside a transaction: an open one that others left, or a new one."""
        with self._waiting_lock:
            self._waiting += 1
        try:
            taken = self._turn.acquire(timeout=self._turn_seconds)
        finally:
            with self._waiting_lock:
                self._waiting -= 1
        if not taken:
            raise _failures.busy()
        try:
            if self._group is None:
                self._begin()
                self._group = _Group()
            self._group.size += 1
        except BaseException:
            self._turn.release()
            raise
        return self._group

    def _begin(self) -> None:
        if self._closed:
            raise _failures.closed()
        with _failures.meaning():
            self._live().execute("BEGIN IMMEDIATE")

    def _live(self) -> sqlite3.Connection:
        """The connection; a new one after the last was given up."""
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _isolated(self, group: _Group, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._live()
        with _failures.meaning():
            try:
                connection.execute("SAVEPOINT work")
                outcome = work(connection)
                connection.execute("RELEASE work")
            except BaseException as error:
                self._undo(group, connection, error)
                raise
        return outcome

    def _undo(self, group: _Group, connection: sqlite3.Connection, error: BaseException) -> None:
        """Take back one piece of work; where SQLite gave up the whole transaction, everybody in it fails."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK TO work")
                connection.execute("RELEASE work")
                return
        except sqlite3.Error as second:
            error = second
        self._give_up(group, _named(error))

    def _leave(self, group: _Group) -> None:
        try:
            if self._group is group and (self._waiting == 0 or group.size >= _MOST_PER_COMMIT):
                self._commit(group)
        finally:
            self._turn.release()

    def _await_commit(self, group: _Group) -> None:
        """Wait for the one who commits; do it oneself when those that were waiting gave up."""
        while not group.done.wait(_OVERSEE_SECONDS):
            if self._turn.acquire(timeout=_OVERSEE_SECONDS):
                try:
                    if self._group is group:
                        self._commit(group)
                finally:
                    self._turn.release()

    def _commit(self, group: _Group) -> None:
        try:
            self._live().execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(group, _named(error))
            return
        self._group = None
        group.done.set()

    def _give_up(self, group: _Group, failure: NarrativeError) -> None:
        """Nothing of the group was written. The next one gets a new connection: after a failed fsync nobody can say
        what this one believes to be on the disk."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                connection.close()
        except sqlite3.Error as error:
            failure.add_note(f"and then, while rolling back: {error}")
        finally:
            self._group = None
            group.failure = failure
            group.done.set()


def _named(error: BaseException) -> NarrativeError:
    """Why a whole group was given up."""
    if isinstance(error, NarrativeError):
        return error
    named = _failures.translate(error) if isinstance(error, sqlite3.Error) else None
    return named or _failures.failed(type(error).__name__)
