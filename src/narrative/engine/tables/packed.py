"""Compressed files and archives: one table out of them, in bounded time, memory and space, under a name of our own.

What a packed file says about its size is not believed; bytes are counted while they are unpacked.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.magic import DAMAGE
from narrative.engine.tables.types import Choice, Guess, Part, Question, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted

CHUNK_BYTES: Final = 1 << 20
MOST_MEMBERS: Final = 10_000
MOST_LISTED: Final = 200
SMALL_BYTES: Final = 64 * 1024 * 1024
"""Up to here every ratio is believed: a short table of equal rows packs very well."""
MOST_RATIO: Final = 500
"""Above, a file that unpacks to more than this many times its size was made to. Source: deflate ends at 1,032."""
PACKED_NAMES: Final = (".gz", ".gzip", ".bz2", ".xz", ".lzma", ".zst", ".zip", ".7z", ".rar", ".tar", ".tgz")
TABLE_NAMES: Final = (
    ".csv", ".tsv", ".txt", ".tab", ".dat", ".data", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".feather",
    ".arrow", ".arrows", ".ipc", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods",
)  # fmt: skip
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Unpacked:
    """The table's own file, its name for people, and what is said about where it was."""

    path: Path
    label: str
    compression: str
    member: str | None = None
    members: list[Part] = field(default_factory=list)
    guess: Guess | None = None
    question: Question | None = None

    def report(self) -> dict[str, object]:
        """Fields of the import report that only a packed file has."""
        return {
            "compression": self.compression,
            "member": self.member,
            "members": [part.model_dump() for part in self.members],
        }


def unpack(
    path: Path, label: str, compression: str, *, folder: Path, options: ReadOptions, limits: ReadLimits
) -> Unpacked:
    """Write the table of a packed file to a file in ``folder``.

    Args:
        label: the packed file's name for people; the table's name without the ending of the packing follows from it.
        compression: "gzip", "bzip2", "xz" or "zip".

    Raises:
        InvalidInput: ``archive_damaged``, ``archive_unsafe`` (names that lead outside), ``password_protected``,
            ``member_unknown``, ``empty_file``, ``not_a_table``.
        LimitExceeded: ``upload_too_complex`` with limit and value.
    """
    out = folder / "unpacked"
    try:
        if compression == "zip":
            return _unzip(path, out, options, limits)
        with _opened(path, compression) as stream:
            _copy(stream, out, path.stat().st_size, limits)
    except DAMAGE as error:
        raise InvalidInput(
            "archive_damaged",
            f"The {compression} file is damaged or was cut off.",
            fix="Download or pack the file again, or send the table unpacked.",
        ) from error
    own = PurePosixPath(label)
    name = own.stem if own.suffix.lower() in PACKED_NAMES else label
    return Unpacked(out, f"{name}.tar" if own.suffix.lower() == ".tgz" else name, compression)


def _opened(path: Path, compression: str) -> io.BufferedIOBase:
    if compression == "gzip":
        return gzip.GzipFile(path)
    return bz2.BZ2File(path) if compression == "bzip2" else lzma.LZMAFile(path)


def _copy(stream: io.BufferedIOBase | IO[bytes], out: Path, packed_bytes: int, limits: ReadLimits) -> None:
    """Unpack in pieces, and stop at the limits."""
    total = 0
    with out.open("wb") as target:
        while piece := stream.read(CHUNK_BYTES):
            total += len(piece)
            check_unpacked(total, packed_bytes, limits)
            target.write(piece)


def check_unpacked(total: int, packed_bytes: int, limits: ReadLimits) -> None:
    """Stop what unpacks to too much. Raises ``LimitExceeded('upload_too_complex')``."""
    most = limits.max_unpacked_bytes
    if total > SMALL_BYTES:
        most = min(most, max(SMALL_BYTES, MOST_RATIO * packed_bytes))
    if total > most:
        raise LimitExceeded(
            "upload_too_complex",
            f"The packed file of {packed_bytes:,} bytes unpacks to more than {most:,} bytes.",
            fix="Send the table unpacked, or in smaller files.",
            limit=most,
            value=total,
        )


def _unzip(path: Path, out: Path, options: ReadOptions, limits: ReadLimits) -> Unpacked:
    with zipfile.ZipFile(path) as archive:
        members = _tables(archive)
        chosen, guess = _choose(members, options)
        try:
            with archive.open(chosen) as stream:
                _copy(stream, out, chosen.compress_size, limits)
        except RuntimeError as error:  # zipfile's word for a part with a password
            raise InvalidInput(
                "password_protected",
                "The archive is protected by a password.",
                fix="Unpack it, and send the table itself.",
            ) from error
    parts = [Part(name=one.filename, size_bytes=one.file_size) for one in members[:MOST_LISTED]]
    question = _question(parts, chosen.filename) if len(parts) > 1 and options.member is None else None
    return Unpacked(out, PurePosixPath(chosen.filename).name, "zip", chosen.filename, parts, guess, question)


def _tables(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Members that may be tables, after the whole list was looked at for what no honest archive holds."""
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise LimitExceeded(
            "upload_too_complex",
            f"The archive has {len(listed):,} members; at most {MOST_MEMBERS:,} can be looked at.",
            fix="Send the table itself, or an archive with fewer files.",
            limit=MOST_MEMBERS,
            value=len(listed),
        )
    for one in listed:
        if _leads_outside(one):
            raise InvalidInput(
                "archive_unsafe",
                f"The archive has a member named {one.filename[:80]!r}, which would lead outside of its folder.",
                fix="Pack the table again, or send it unpacked.",
            )
    named = [one for one in listed if one.filename]
    files = [one for one in named if not one.is_dir() and one.file_size and not _is_clutter(one.filename)]
    tables = [one for one in files if PurePosixPath(one.filename).suffix.lower() in TABLE_NAMES]
    found = tables or files
    if not found:
        raise InvalidInput("empty_file", "The archive holds no file with content.", fix="Pack the table again.")
    return found


def _leads_outside(one: zipfile.ZipInfo) -> bool:
    name = one.orig_filename.replace("\\", "/")
    is_link = stat.S_ISLNK(one.external_attr >> 16)
    return is_link or name.startswith("/") or ".." in name.split("/") or _DRIVE.match(name) is not None or "\0" in name


def _is_clutter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)


def _choose(members: list[zipfile.ZipInfo], options: ReadOptions) -> tuple[zipfile.ZipInfo, Guess]:
    """The member that was asked for, else the largest."""
    names = [one.filename for one in members]
    if options.member is not None:
        if options.member not in names:
            raise InvalidInput(
                "member_unknown",
                f"The archive has no table {options.member[:80]!r}.",
                fix=f"The tables are: {', '.join(repr(name[:80]) for name in names[:20])}.",
            )
        chosen, confidence, evidence = members[names.index(options.member)], 1.0, "you said so"
    elif len(members) == 1:
        chosen, confidence, evidence = members[0], 1.0, "the only table in the archive"
    else:
        chosen = max(members, key=lambda one: one.file_size)
        confidence, evidence = 0.5, f"the largest of {counted(len(members), 'table')} in the archive"
    return chosen, Guess(name="member", value=chosen.filename, confidence=confidence, evidence=evidence)


def _question(parts: list[Part], assumed: str) -> Question:
    return Question(
        name="member",
        text="Which table of the archive do you want?",
        choices=[Choice(value=part.name, text=f"{part.name} ({part.size_bytes or 0:,} bytes)") for part in parts],
        assumed=assumed,
        effect="Only one table is read; the others stay in the archive.",
    )


def nested(description: str) -> InvalidInput:
    """The refusal of an archive inside an archive."""
    return InvalidInput(
        "archive_nested",
        f"The packed file holds {description}, which would have to be unpacked again.",
        fix="Unpack it, and send the table itself or packed once.",
    )
