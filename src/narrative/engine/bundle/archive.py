"""The archive of a bundle: named parts in one zip file, written byte-identical, read with every suspicion."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from narrative.core.errors import InvalidInput, LimitExceeded

PART_NAME: Final = re.compile(
    r"(?:manifest|contract|vocabulary|model|evaluation|importances|candidates|story|card|plan|lineage|checks|report)\.json"
    r"|recipes/(?:linear|trees)\.json"
    r"|learners/[0-9]{1,3}\.json"
    r"|learners/[0-9]{1,3}\.[a-z][a-z0-9_]{0,63}\.npy"
)
"""Every name a part may have; nothing in a bundle ever becomes a path."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_STORE_RATIO: Final = 50
"""Parts that shrink more than this are stored as they are, so that no honest bundle looks like an archive bomb."""
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OSError,
)


@dataclass(frozen=True)
class BundleLimits:
    """Bounds of what is read; passing one is ``bundle_too_large``."""

    archive_bytes: int = 1024**3
    parts: int = 2_000
    inflated_bytes: int = 2 * 1024**3
    json_bytes: int = 256 * 1024**2
    ratio: float = 200.0
    """Inflated to stored size of a part above 64 KB."""


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The archive of the parts: sorted, without times, so that equal parts give equal bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            content = parts[name]
            shrunk = len(zlib.compress(content, 6))
            stored = shrunk * _STORE_RATIO < len(content) or shrunk >= len(content)
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=6)
    return buffer.getvalue()


def unpack(path: Path, limits: BundleLimits) -> dict[str, bytes]:
    """The parts of an archive, fully in memory.

    Raises:
        InvalidInput: ``file_not_found``; ``bundle_unreadable`` for anything that is not an archive of allowed parts.
        LimitExceeded: ``bundle_too_large``.
    """
    if not path.is_file():
        raise InvalidInput(
            "file_not_found", f"There is no file '{path.name}'.", fix="Check the name of the model file."
        )
    size = path.stat().st_size
    if size > limits.archive_bytes:
        raise too_large("bytes", size, limits.archive_bytes)
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_all(archive, limits)
    except _FAULTS as error:
        raise unreadable("it is damaged, or not a model file at all") from error


def _read_all(archive: zipfile.ZipFile, limits: BundleLimits) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise too_large("parts", len(entries), limits.parts)
    parts: dict[str, bytes] = {}
    left = limits.inflated_bytes
    for entry in entries:
        _check_entry(entry, limits, already_there=entry.filename in parts)
        # The size in the header is a claim; only bytes that were really inflated count.
        cap = min(left, limits.json_bytes if entry.filename.endswith(".json") else left)
        with archive.open(entry) as stream:
            content = stream.read(cap + 1)
        if len(content) > cap:
            raise too_large("bytes when unpacked", len(content), cap)
        left -= len(content)
        parts[entry.filename] = content
    return parts


def _check_entry(entry: zipfile.ZipInfo, limits: BundleLimits, *, already_there: bool) -> None:
    # The name as stored, before zipfile cuts it at a NUL or turns backslashes: a part has exactly one name.
    name = entry.orig_filename
    if not PART_NAME.fullmatch(name) or name != entry.filename:
        raise unreadable(f"it holds '{name[:80]}', which is no part of a model file")
    if already_there:
        raise unreadable(f"it holds the part '{name}' twice")
    mode = entry.external_attr >> 16
    if entry.is_dir() or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
        raise unreadable(f"its part '{name}' is not a plain file")
    if entry.flag_bits & 0x1:
        raise unreadable(f"its part '{name}' is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise unreadable(f"its part '{name}' is compressed in an unknown way")
    if entry.file_size > 65_536 and entry.file_size > limits.ratio * max(1, entry.compress_size):
        raise too_large(
            f"times its stored size in '{name}'", entry.file_size // max(1, entry.compress_size), limits.ratio
        )


def unreadable(why: str) -> InvalidInput:
    """The error for a file that is no bundle."""
    return InvalidInput(
        "bundle_unreadable", f"The model file cannot be read: {why}.", fix="Download or write the model file again."
    )


def altered(part: str) -> InvalidInput:
    """The error for a part that is not what the manifest says."""
    return InvalidInput(
        "bundle_altered",
        f"The model file was changed after it was written: its part '{part}' is not the original.",
        fix="Use the original file, or train the model again.",
        part=part,
    )


def too_large(what: str, value: float, limit: float) -> LimitExceeded:
    """The error for a file beyond a limit."""
    return LimitExceeded(
        "bundle_too_large",
        f"The model file is too large: {value:,.0f} {what}, the limit is {limit:,.0f}.",
        fix="Use a smaller model, or a file from a source you trust.",
        limit=limit,
        value=value,
    )
