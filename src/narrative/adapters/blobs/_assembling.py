"""A file that arrives in pieces, in any order, from several processes, before it becomes a blob.

Pieces are written at their place in one file, so that nothing is copied when it is complete: the file is read once for
its hash and renamed.  Writers hold a shared lock of the system on the file, the one who finishes it an exclusive one,
so that nobody can write into a file that has its final name; the system gives the lock of a killed process back.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from narrative.adapters.blobs._failures import meaning
from narrative.core.errors import Conflict, NotFound
from narrative.core.files import FileSystem
from narrative.ports.blobs import BlobRef

ASSEMBLING: Final = "assembling"
_NAME: Final = re.compile(r"^[a-z]{2,8}_[0-9a-z]{20}$")
_PIECE_BYTES: Final = 1024 * 1024


class Assembling:
    """One file in the making, in the folder of its tenant."""

    def __init__(self, folder: Path, name: str, files: FileSystem) -> None:
        # Names are ids made by the server; anything else here is a fault of ours and stops before the disk.
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        self._folder = folder / ASSEMBLING
        self._path = self._folder / name
        self._files = files

    def place(self, offset: int, piece: bytes) -> None:
        """Write a piece at its place; it is on the disk when this returns.

        Raises:
            Conflict: ``assembly_closed``, the file was finished in this moment.
            Unavailable: the disk is full or broken.
        """
        with meaning():
            self._files.make_folder(self._folder)
            with self._opened(fcntl.LOCK_SH) as descriptor:
                self._files.write_at(descriptor, offset, piece)
                self._files.sync(descriptor)
            self._files.sync_folder(self._folder)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """A part of what was placed. Raises ``NotFound('blob_not_found')``."""
        with meaning(reading=True), self._files.open(self._path) as stream:
            stream.seek(start)
            while length > 0 and (piece := stream.read(min(_PIECE_BYTES, length))):
                length -= len(piece)
                yield piece

    def finish(self, size_bytes: int, accept: Callable[[BlobRef], object], path_of: Callable[[str], Path]) -> BlobRef:
        """Make a blob of the file; see :meth:`narrative.ports.blobs.BlobStore.assemble`."""
        if not self._path.exists():
            raise NotFound("blob_not_found", "The stored file does not exist.")
        with contextlib.ExitStack() as held:
            with meaning(reading=True):
                descriptor = held.enter_context(self._opened(fcntl.LOCK_EX))
                ref = BlobRef(self._hash(), os.fstat(descriptor).st_size)
            if ref.size_bytes != size_bytes:
                raise Conflict("assembly_incomplete", "Parts of the file are missing.", fix="Send the missing parts.")
            accept(ref)
            with meaning():
                target = path_of(ref.sha256)
                self._files.make_folder(target.parent)
                os.utime(descriptor)  # upkeep counts the age of a blob from here, not from its last piece
                self._files.sync(descriptor)
                self._files.rename(self._path, target)
                self._files.sync_folder(target.parent)
        return ref

    def discard(self) -> bool:
        """Remove what was placed; whether there was anything."""
        with meaning():
            try:
                self._files.remove(self._path)
            except FileNotFoundError:
                return False
            self._files.sync_folder(self._folder)
        return True

    def _hash(self) -> str:
        with self._files.open(self._path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @contextlib.contextmanager
    def _opened(self, lock: int) -> Iterator[int]:
        descriptor = self._files.open_to_place(self._path)
        try:
            fcntl.flock(descriptor, lock)
            if not self._is(descriptor):
                raise Conflict("assembly_closed", "This file is complete already.", fix="Load it again as a new file.")
            yield descriptor
        finally:
            with meaning():
                self._files.close(descriptor)

    def _is(self, descriptor: int) -> bool:
        """Whether the name still means the file that was opened; while we waited it may have become a blob."""
        mine = os.fstat(descriptor)
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return (mine.st_ino, mine.st_dev) == (named.st_ino, named.st_dev)
