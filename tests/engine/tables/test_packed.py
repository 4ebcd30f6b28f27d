"""Compressed files and archives: the table inside, and everything that only looks like one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError
from narrative.engine.tables import ReadLimits, ReadOptions
from narrative.engine.tables.child import parse
from tests.fixtures.workbooks import zipped

TABLE = b"a,b\n1,x\n2,y\n"
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def read(content: bytes, name: str, tmp_path: Path, options: dict[str, Any] | None = None, **limits: Any) -> Any:
    """Frame and report, as the child gives them."""
    path, out = tmp_path / "blob", tmp_path / "out"
    path.write_bytes(content)
    payload = {
        "path": str(path),
        "name": name,
        "out": str(out),
        "lines_out": str(out) + ".lines",
        "options": ReadOptions(**(options or {})).model_dump(),
        "limits": ReadLimits(**limits).model_dump(),
    }
    answer = parse(payload, lambda _: None)
    return pl.read_parquet(out), answer["report"]


def refusal(content: bytes, name: str, tmp_path: Path, **given: Any) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        read(content, name, tmp_path, **given)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("ending", PACK)
def test_a_packed_text_is_read_like_the_text(tmp_path: Path, ending: str) -> None:
    frame, report = read(PACK[ending](TABLE), f"t.csv.{ending}", tmp_path)
    plain, told = read(TABLE, "t.csv", tmp_path)
    assert frame.equals(plain)
    assert report["compression"] == {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}[ending]
    assert report["guesses"] == told["guesses"]
    assert report["size_bytes"] == len(PACK[ending](TABLE))


def test_typed_files_are_read_from_packed_ones_too(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"a": [1, 2]}).write_parquet(buffer)
    frame, report = read(gzip.compress(buffer.getvalue()), "t.parquet.gz", tmp_path)
    assert (frame.rows(), report["format"]) == ([(1,), (2,)], "parquet")


def test_parts_of_a_gzip_file_are_joined(tmp_path: Path) -> None:
    frame, _ = read(gzip.compress(TABLE) + gzip.compress(b"3,z\n"), "t.csv.gz", tmp_path)
    assert frame.height == 3


def test_the_only_table_of_an_archive_is_read(tmp_path: Path) -> None:
    content = zipped({"__MACOSX/._t.csv": b"\0\1", "readme.md": b"hello", "data/t.csv": TABLE, "empty.csv": b""})
    frame, report = read(content, "t.zip", tmp_path)
    assert frame.height == 2
    assert (report["member"], report["compression"]) == ("data/t.csv", "zip")
    assert report["guesses"][0]["confidence"] == 1.0
    assert report["questions"] == []


def test_of_several_tables_the_largest_is_read_and_the_others_are_offered(tmp_path: Path) -> None:
    content = zipped({"small.csv": b"q\n1\n", "big.csv": TABLE, "book.json": b"[]"})
    frame, report = read(content, "t.zip", tmp_path)
    assert frame.columns == ["a", "b"]
    assert [part["name"] for part in report["members"]] == ["small.csv", "big.csv", "book.json"]
    question = report["questions"][0]
    assert (question["name"], question["assumed"], len(question["choices"])) == ("member", "big.csv", 3)
    frame, report = read(content, "t.zip", tmp_path, options={"member": "small.csv"})
    assert (frame.columns, report["questions"]) == (["q"], [])
    error = refusal(content, "t.zip", tmp_path, options={"member": "none.csv"})
    assert error.code == "member_unknown"
    assert "'big.csv'" in str(error.fix)


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "/etc/t.csv", "..\\..\\t.csv", "C:\\t.csv", "a/../../t.csv"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    error = refusal(zipped({"good.csv": TABLE, name: TABLE}), "t.zip", tmp_path)
    assert error.code == "archive_unsafe"
    assert not (tmp_path.parent / "t.csv").exists()


def test_members_without_a_name_are_passed_over(tmp_path: Path) -> None:
    content = bytearray(zipped({"x": TABLE, "t.csv": TABLE}))
    for mark, length in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        place = content.index(mark)
        content[place + length] = 0
        content[place + length + 2] = 1  # the letter becomes one byte of extra data
    frame, report = read(bytes(content), "t.zip", tmp_path)
    assert (frame.height, report["member"]) == (2, "t.csv")


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("t.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refusal(buffer.getvalue(), "t.zip", tmp_path).code == "archive_unsafe"


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("t.csv")
        member.size = len(TABLE)
        archive.addfile(member, io.BytesIO(TABLE))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv.gz.gz", gzip.compress(gzip.compress(TABLE))),
        ("t.zip", zipped({"t.zip": zipped({"t.csv": TABLE})})),
        ("t.tgz", gzip.compress(_tar())),
        ("t.csv.gz", gzip.compress(bz2.compress(TABLE))),
    ],
)
def test_archives_in_archives_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    error = refusal(content, name, tmp_path)
    assert (error.code, isinstance(error, InvalidInput)) == ("archive_nested", True)


def test_an_encrypted_archive_is_named(tmp_path: Path) -> None:
    content = bytearray(zipped({"t.csv": TABLE}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    assert refusal(bytes(content), "t.zip", tmp_path).code == "password_protected"


@pytest.mark.parametrize("ending", PACK)
def test_cut_files_are_damaged(tmp_path: Path, ending: str) -> None:
    whole = PACK[ending](b"".join(b"%d,%d\n" % (i, i * i) for i in range(5_000)))
    assert refusal(whole[: len(whole) // 2], f"t.csv.{ending}", tmp_path).code == "archive_damaged"


def test_an_archive_whose_member_lies_about_its_size_is_damaged(tmp_path: Path) -> None:
    content = bytearray(zipped({"t.csv": TABLE * 1_000}))
    for mark, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(mark) + size
        content[place : place + 4] = (5).to_bytes(4, "little")
    assert refusal(bytes(content), "t.zip", tmp_path).code == "archive_damaged"


@pytest.mark.parametrize("ending", PACK)
def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path, ending: str) -> None:
    error = refusal(PACK[ending](b"\0" * 80_000_000), f"t.csv.{ending}", tmp_path)
    assert isinstance(error, LimitExceeded)
    assert error.context["value"] <= 70_000_000
    assert error.context["limit"] >= 64 * 1024 * 1024


def test_a_limit_on_unpacked_bytes_is_kept(tmp_path: Path) -> None:
    content = gzip.compress(TABLE * 100_000)
    error = refusal(content, "t.csv.gz", tmp_path, max_unpacked_bytes=1_000_000)
    assert error.context["limit"] == 1_000_000
    assert read(content, "t.csv.gz", tmp_path)[0].height > 100_000  # control: within the limit it is read


@pytest.mark.parametrize("ending", PACK)
def test_packed_files_named_like_text_are_told_what_they_are(tmp_path: Path, ending: str) -> None:
    error = refusal(PACK[ending](TABLE), "t.csv", tmp_path)
    assert error.code == "not_a_table"
    assert "archive" in error.message


def test_text_named_like_an_archive_is_read_and_told(tmp_path: Path) -> None:
    frame, report = read(TABLE, "t.csv.gz", tmp_path)
    assert frame.height == 2
    assert "plain text" in report["repairs"][0]
