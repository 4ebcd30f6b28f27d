"""What a file really is, by its first bytes: names and extensions are only labels."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Final, Literal

Content = Literal[
    "text", "json", "parquet", "feather", "arrow_stream", "workbook", "protected_workbook",
    "gzip", "bzip2", "xz", "zip", "sqlite", "other", "empty",
]  # fmt: skip

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a bitmap picture"),
    (b"%PDF", "a PDF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"FEA1", "a Feather file of the first version"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"{\\rtf", "a rich-text document"),
    (b"RIFF", "a sound or video file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened"),
)
_KINDS: Final[tuple[tuple[re.Pattern[bytes], Content, str], ...]] = (
    (re.compile(rb"PAR1"), "parquet", "a Parquet file"),
    (re.compile(rb"ARROW1"), "feather", "an Arrow (Feather) file"),
    (re.compile(rb"\xff\xff\xff\xff..[\0-\7]\0", re.DOTALL), "arrow_stream", "an Arrow stream"),
    (re.compile(rb"\x1f\x8b\x08"), "gzip", "a gzip archive"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"), "bzip2", "a bzip2 archive"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz", "an xz archive"),
    (re.compile(rb"SQLite format 3\x00"), "sqlite", "an SQLite database"),
    (re.compile(rb".{257}ustar", re.DOTALL), "other", "a tar archive"),
)
DAMAGE: Final = (
    OSError,
    EOFError,
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
)
"""What the readers of archives raise when one is damaged or is of a kind they do not know."""
_SHORT: Final = frozenset({b"BM", b"MZ", b"ORC", b"ID3"})
"""Signatures that could also begin a text; believed only beside control characters."""
_JSON: Final = re.compile(rb'\[\s*[\[{]|\{\s*"[^"]*"\s*:')
_CONTROL: Final = frozenset(range(32)) - {9, 10, 11, 12, 13, 26, 27}


def look(path: Path) -> tuple[Content, str]:
    """What the file holds, and its name for people (empty for text)."""
    with path.open("rb") as stream:
        head = stream.read(65_536)
    if not head:
        return "empty", "an empty file"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _old_office(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, head)
    return _by_beginning(head) or (("other", "a binary file") if is_binary(head) else _markup(head))


def _by_beginning(head: bytes) -> tuple[Content, str] | None:
    for pattern, content, name in _KINDS:
        if pattern.match(head):
            return content, name
    for signature, name in _SIGNATURES:
        if head.startswith(signature) and (signature not in _SHORT or is_binary(head)):
            return "other", name
    return None


def _markup(head: bytes) -> tuple[Content, str]:
    start = head[:2_000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        return "other", "a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "other", "an XML document"
    if _JSON.match(start):
        return "json", "a JSON document"
    return "text", ""


def is_binary(head: bytes) -> bool:
    """Whether bytes hold too many control characters for text of any kind (UTF-16 and UTF-32 are text).

    >>> is_binary(b"a,b\\n1,2"), is_binary(bytes(range(256)))
    (False, True)
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    controls = sum(1 for byte in head if byte in _CONTROL)
    nul = head.count(0)
    if nul > 0.2 * len(head) and controls - nul <= 0.01 * len(head):
        return nul > 0.9 * len(head)  # zeros at every second place are UTF-16; a file of nothing but zeros is not text
    return controls > max(3, 0.02 * len(head)) and controls - nul > 0.005 * len(head)


def _zip(path: Path, head: bytes) -> tuple[Content, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:10_000]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype")
                if b"opendocument.spreadsheet" in kind:
                    return "workbook", "an OpenDocument spreadsheet"
    except (*DAMAGE, RuntimeError):
        is_workbook = any(name in head for name in (b"[Content_Types].xml", b"xl/", b"opendocument"))
        return ("workbook" if is_workbook else "zip"), "a damaged archive"
    if any(name.startswith("xl/") for name in names):
        return "workbook", "an Excel workbook"
    if any(name.startswith("word/") for name in names):
        return "other", "a Word document"
    if any(name.startswith("ppt/") for name in names):
        return "other", "a PowerPoint presentation"
    return "zip", "a ZIP archive"


def workbook_kind(path: Path) -> str:
    """What kind of workbook a file is that :func:`look` took for one: xls, ods or xlsx."""
    with path.open("rb") as stream:
        if stream.read(4) == b"\xd0\xcf\x11\xe0":
            return "xls"
    return "ods" if "OpenDocument" in look(path)[1] else "xlsx"


def _old_office(path: Path) -> tuple[Content, str]:
    content = path.read_bytes()[: 64 * 1024 * 1024]
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "protected_workbook", "a workbook with a password"
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return "workbook", "an Excel workbook"
    if "WordDocument".encode("utf-16-le") in content:
        return "other", "an old Word document"
    return "other", "an old Office document"
