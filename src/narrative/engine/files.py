"""Results on the disk of a person: each file is there completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from narrative.core.errors import InvalidInput

_LONGEST_NAME = 50


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A file of its own to write into, which takes the place of ``path`` at the end, once it is on the disk.

    Raises:
        InvalidInput: ``out_not_writable``; ``path`` is as it was and nothing is left beside it.
    """
    temporary = path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.part")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise not_writable(path.name, error) from error
    finally:
        with contextlib.suppress(OSError):  # the failure that brought us here is the one to report
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a whole file, text in UTF-8. Raises ``InvalidInput('out_not_writable')``."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def usable_folder(folder: Path) -> Path:
    """Make a folder for results and try it, before any long work. Raises ``InvalidInput('out_not_writable')``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{secrets.token_hex(6)}.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise not_writable(str(folder), error) from error
    return folder


def not_writable(name: str, error: OSError) -> InvalidInput:
    """What a person is told of a disk that is full, or of a place that may not be written."""
    return InvalidInput(
        "out_not_writable",
        f"'{name}' cannot be written ({(error.strerror or 'no access').lower()}).",
        fix="Choose another place, for example with --out, or free some space.",
    )
