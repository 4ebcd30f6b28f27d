"""What SQLite and the disk say, in the names of our error family; the cause is kept."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

from narrative.core.errors import Conflict, LimitExceeded, NarrativeError, Unavailable

_UNIQUE: Final = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_DISK: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM}


@contextlib.contextmanager
def meaning() -> Iterator[None]:
    """Give failures inside the block their names; what is a fault of ours passes as it is."""
    try:
        yield
    except sqlite3.Error as error:
        named = translate(error)
        if named is None:
            raise
        raise named from error


@contextlib.contextmanager
def disk_meaning() -> Iterator[None]:
    """The same for failures of the file system itself."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise full() from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise denied() from error
        raise failed(errno.errorcode.get(error.errno or 0, "unknown")) from error


def translate(error: sqlite3.Error) -> NarrativeError | None:
    """The named form of a SQLite error, None when it is a fault of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in _UNIQUE:
        return Conflict("already_exists", "There is such a record already.")
    primary = code & 0xFF  # the lower byte is the kind, the rest a detail
    if primary in _DISK:
        return failed(error.sqlite_errorname)
    make = _MEANINGS.get(primary)
    return None if make is None else make()


def busy() -> NarrativeError:
    return Unavailable("metadata_busy", "The metadata store is busy.", fix="Try again in a moment.")


def full() -> NarrativeError:
    return Unavailable(
        "storage_full", "There is no room left where metadata is stored.", fix="Free some space, then try again."
    )


def denied() -> NarrativeError:
    return Unavailable(
        "metadata_not_writable",
        "The metadata file may not be written.",
        fix="Give this program's user the right to write the data folder and everything in it.",
    )


def damaged() -> NarrativeError:
    return Unavailable(
        "metadata_damaged",
        "The metadata file is damaged.",
        fix="Stop the program, keep a copy of the file for rescue, and restore the latest backup of the data folder.",
    )


def failed(name: str) -> NarrativeError:
    return Unavailable(
        "metadata_failed",
        f"The disk that holds the metadata reports a failure ({name}).",
        fix="Try again; if it stays, look at the disk and at the limits for open files and memory.",
    )


def closed() -> NarrativeError:
    return Unavailable("metadata_closed", "The metadata store is shutting down.", fix="Try again in a moment.")


def too_large() -> NarrativeError:
    return LimitExceeded("document_too_large", "The record is too large to be stored.")


_MEANINGS: Final[dict[int, Callable[[], NarrativeError]]] = {
    sqlite3.SQLITE_BUSY: busy,
    sqlite3.SQLITE_LOCKED: busy,
    sqlite3.SQLITE_PROTOCOL: busy,
    sqlite3.SQLITE_FULL: full,
    sqlite3.SQLITE_CORRUPT: damaged,
    sqlite3.SQLITE_NOTADB: damaged,
    sqlite3.SQLITE_READONLY: denied,
    sqlite3.SQLITE_PERM: denied,
    sqlite3.SQLITE_AUTH: denied,
    sqlite3.SQLITE_TOOBIG: too_large,
}
