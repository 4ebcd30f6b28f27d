"""Failures of the disk under the names of our error families."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Final

from narrative.core.errors import NotFound, Unavailable

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def meaning(*, reading: bool = False) -> Iterator[None]:
    """Give failures of the disk the names of our error family, and keep the cause."""
    try:
        yield
    except OSError as error:
        if reading and isinstance(error, FileNotFoundError):
            raise NotFound("blob_not_found", "The stored file does not exist.") from error
        if error.errno in _FULL:
            raise Unavailable(
                "storage_full", "There is no room left where files are stored.", fix="Free some space, then try again."
            ) from error
        if error.errno in _DENIED:
            raise Unavailable(
                "storage_not_writable",
                "The folder where files are stored may not be written.",
                fix="Give this program's user the right to write there.",
            ) from error
        raise Unavailable(
            "storage_failed",
            f"The disk that stores files reports a failure ({errno.errorcode.get(error.errno or 0, 'unknown')}).",
            fix="Try again; if it stays, look at the disk.",
        ) from error
