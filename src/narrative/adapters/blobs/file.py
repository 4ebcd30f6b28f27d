"""Blobs on a disk: ``<root>/<tenant>/<first two letters>/<sha256>``, written so that a crash never shows half a file.

The order is what makes it durable: write a temporary file, fsync it, rename it to the name of its content, fsync the
folder, and only then return the name, which the caller may put into a document (Pillai et al., "All File Systems Are
Not Created Equal", OSDI 2014).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from narrative.adapters.blobs._assembling import ASSEMBLING, Assembling
from narrative.adapters.blobs._failures import meaning
from narrative.adapters.loading import path_of
from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Conflict, NarrativeError, NotFound
from narrative.core.files import FileSystem, LocalFileSystem
from narrative.core.ids import new_id
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Tenant

_TENANT: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_SHA256: Final = re.compile(r"^[0-9a-f]{64}$")
_PIECE_BYTES: Final = 1024 * 1024
_INCOMING: Final = "incoming"
_REMEMBERED: Final = 4096

_Verified = tuple[int, int, int, int]


class FileBlobStore:
    """A blob store in a folder of this machine; several processes may use the same folder."""

    def __init__(self, root: Path, clock: Clock | None = None, files: FileSystem | None = None) -> None:
        self._root = root
        self._clock = clock or SystemClock()
        self._files = files or LocalFileSystem()
        self._verified: dict[Path, _Verified] = {}
        self._lock = threading.Lock()
        with meaning():
            self._files.make_folder(root)

    @classmethod
    def from_url(cls, url: str, clock: Clock | None = None) -> FileBlobStore:
        """Open ``file:///absolute/path``; the folder is made when it is missing."""
        return cls(path_of(url), clock)

    def put(self, tenant: Tenant, content: Iterable[bytes]) -> BlobRef:
        with self.writer(tenant) as writer:
            for piece in content:
                writer.write(piece)
            return writer.commit()

    def put_file(self, tenant: Tenant, path: Path) -> BlobRef:
        with meaning(), path.open("rb") as stream:
            return self.put(tenant, iter(lambda: stream.read(_PIECE_BYTES), b""))

    def writer(self, tenant: Tenant) -> FileBlobWriter:
        return FileBlobWriter(self._folder(tenant), self._files)

    def place(self, tenant: Tenant, name: str, offset: int, piece: bytes) -> None:
        self._assembling(tenant, name).place(offset, piece)

    def placed(self, tenant: Tenant, name: str, *, start: int, length: int) -> Iterator[bytes]:
        return self._assembling(tenant, name).read(start, length)

    def assemble(self, tenant: Tenant, name: str, size_bytes: int, accept: Callable[[BlobRef], object]) -> BlobRef:
        return self._assembling(tenant, name).finish(size_bytes, accept, lambda sha256: self._path(tenant, sha256))

    def discard(self, tenant: Tenant, name: str) -> bool:
        return self._assembling(tenant, name).discard()

    def open(self, tenant: Tenant, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if start < 0 or (length is not None and length < 0):
            raise ValueError((start, length))
        path = self._existing(tenant, sha256)
        return self._pieces(path, sha256, start, length)

    def local_path(self, tenant: Tenant, sha256: str) -> Path:
        path = self._existing(tenant, sha256)
        with meaning(reading=True):
            state = path.stat()
            # What was verified is remembered until the file changes in any way the system can tell.
            stamp = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
            with self._lock:
                if self._verified.get(path) == stamp:
                    return path
            with self._files.open(path) as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            raise _damaged(sha256)
        with self._lock:
            while len(self._verified) >= _REMEMBERED:
                del self._verified[next(iter(self._verified))]
            self._verified[path] = stamp
        return path

    def exists(self, tenant: Tenant, sha256: str) -> bool:
        return _SHA256.fullmatch(sha256) is not None and self._path(tenant, sha256).is_file()

    def delete(self, tenant: Tenant, sha256: str) -> bool:
        if not self.exists(tenant, sha256):
            return False
        path = self._path(tenant, sha256)
        with meaning():
            try:
                self._files.remove(path)
            except FileNotFoundError:
                return False
            self._files.sync_folder(path.parent)
        return True

    def list(self, tenant: Tenant, *, older_than_seconds: float | None = None) -> Iterator[BlobRef]:
        latest = math.inf if older_than_seconds is None else self._clock.now().timestamp() - older_than_seconds
        for path in sorted(self._folder(tenant).glob("[0-9a-f][0-9a-f]/*")):
            if _SHA256.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # deleted since the folder was read
                    state = path.stat()
                    if state.st_mtime <= latest:
                        yield BlobRef(path.name, state.st_size)

    def sweep(self, *, older_than_seconds: float = 86_400.0) -> int:
        removed = 0
        now = self._clock.now().timestamp()
        for path in (*self._root.glob(f"*/{_INCOMING}/*"), *self._root.glob(f"*/{ASSEMBLING}/*")):
            with meaning(), contextlib.suppress(FileNotFoundError):  # its writer finished, or another sweep was faster
                if now - path.stat().st_mtime >= older_than_seconds:
                    self._files.remove(path)
                    removed += 1
        return removed

    def ping(self) -> Mapping[str, Any]:
        with meaning():
            space = os.statvfs(self._root)
            if not os.access(self._root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "not writable")
        return {"technology": "disk", "free_bytes": space.f_bavail * space.f_frsize}

    def _folder(self, tenant: Tenant) -> Path:
        # Workspace ids are made by the server; anything else here is a fault of ours and stops before the disk.
        if not _TENANT.fullmatch(tenant.workspace_id):
            raise ValueError(tenant)
        return self._root / tenant.workspace_id

    def _assembling(self, tenant: Tenant, name: str) -> Assembling:
        return Assembling(self._folder(tenant), name, self._files)

    def _path(self, tenant: Tenant, sha256: str) -> Path:
        return self._folder(tenant) / sha256[:2] / sha256

    def _existing(self, tenant: Tenant, sha256: str) -> Path:
        if not self.exists(tenant, sha256):
            raise NotFound("blob_not_found", "The stored file does not exist.")
        return self._path(tenant, sha256)

    def _pieces(self, path: Path, sha256: str, start: int, length: int | None) -> Iterator[bytes]:
        digest = hashlib.sha256() if start == 0 and length is None else None
        with meaning(reading=True), self._files.open(path) as stream:
            stream.seek(start)
            left = length
            while left is None or left > 0:
                piece = stream.read(_PIECE_BYTES if left is None else min(_PIECE_BYTES, left))
                if not piece:
                    break
                if left is not None:
                    left -= len(piece)
                if digest is not None:
                    digest.update(piece)
                yield piece
        if digest is not None and digest.hexdigest() != sha256:
            raise _damaged(sha256)


class FileBlobWriter:
    """A blob in the making; see :class:`narrative.ports.blobs.BlobWriter`."""

    def __init__(self, folder: Path, files: FileSystem) -> None:
        self._folder = folder
        self._files = files
        self._digest = hashlib.sha256()
        self._size = 0
        self._path: Path | None = folder / _INCOMING / new_id("part")
        with meaning():
            files.make_folder(folder / _INCOMING)
            self._descriptor: int | None = files.create(self._path)

    def write(self, piece: bytes) -> None:
        if self._descriptor is None:
            raise ValueError("The writer is closed.")
        with meaning():
            self._files.write(self._descriptor, piece)
        self._digest.update(piece)
        self._size += len(piece)

    def commit(self) -> BlobRef:
        if self._descriptor is None or self._path is None:
            raise ValueError("The writer is closed.")
        name = self._digest.hexdigest()
        target = self._folder / name[:2] / name
        with meaning():
            self._files.sync(self._descriptor)
            descriptor, self._descriptor = self._descriptor, None
            self._files.close(descriptor)
            self._files.make_folder(target.parent)
            # An equal blob is replaced by its twin: readers keep the old file, and a damaged one is healed.
            self._files.rename(self._path, target)
            self._path = None
            self._files.sync_folder(target.parent)
        return BlobRef(name, self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Best effort on purpose: the failure that brought us here is the one to report; `sweep` removes leftovers.
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                self._files.close(descriptor)
        if self._path is not None:
            path, self._path = self._path, None
            with contextlib.suppress(OSError):
                self._files.remove(path)


def _damaged(sha256: str) -> NarrativeError:
    return Conflict(
        "artifact_integrity",
        "A stored file is damaged: its content does not match its name.",
        fix="Restore it from a backup, or make it again.",
        sha256=sha256,
    )
