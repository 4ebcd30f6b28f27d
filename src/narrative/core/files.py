"""The few file operations that durability rests on, as a parameter: tests pass one that fails at the n-th call."""

from __future__ import annotations

import os
from io import BufferedReader
from pathlib import Path
from typing import Protocol


class FileSystem(Protocol):
    """Operations raise ``OSError`` as the system does; whoever calls them gives the failure a meaning."""

    def make_folder(self, path: Path) -> None:
        """Create it and its parents (mode 0700), durably; nothing when it exists."""

    def create(self, path: Path) -> int:
        """A descriptor for writing a new file (mode 0600). Raises ``FileExistsError`` when there is one."""

    def open_to_place(self, path: Path) -> int:
        """A descriptor for writing anywhere in a file (mode 0600), which is made when there is none."""

    def write(self, descriptor: int, piece: bytes) -> None:
        """Append all of it."""

    def write_at(self, descriptor: int, offset: int, piece: bytes) -> None:
        """Write all of it at a place; what lies before it and was never written reads as zeros."""

    def sync(self, descriptor: int) -> None:
        """Return once the file's content is on the disk."""

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""

    def rename(self, source: Path, target: Path) -> None:
        """Move inside one file system, atomically, replacing what is there."""

    def sync_folder(self, path: Path) -> None:
        """Return once the folder's names are on the disk."""

    def remove(self, path: Path) -> None:
        """Unlink a file."""

    def open(self, path: Path) -> BufferedReader:
        """Read a file."""


class LocalFileSystem:
    """The file system of the machine."""

    def make_folder(self, path: Path) -> None:
        if path.is_dir():
            return
        self.make_folder(path.parent)
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            return
        self.sync_folder(path.parent)

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def open_to_place(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write_at(self, descriptor: int, offset: int, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            n_written = os.pwrite(descriptor, rest, offset)
            rest, offset = rest[n_written:], offset + n_written

    def write(self, descriptor: int, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        source.rename(target)

    def sync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        path.unlink()

    def open(self, path: Path) -> BufferedReader:
        return path.open("rb")
