"""The operations that durability rests on."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from narrative.core.files import LocalFileSystem

files = LocalFileSystem()


def test_a_folder_is_made_with_its_parents_for_this_user_alone(tmp_path: Path) -> None:
    for _ in range(2):
        files.make_folder(tmp_path / "a" / "b")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "a", tmp_path / "a" / "b")} == {0o700}


def test_a_file_is_created_once_for_this_user_alone_and_written_whole(tmp_path: Path) -> None:
    descriptor = files.create(tmp_path / "f")
    files.write(descriptor, b"one ")
    files.write(descriptor, b"")
    files.write(descriptor, b"two")
    files.sync(descriptor)
    files.close(descriptor)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "f")
    with files.open(tmp_path / "f") as stream:
        assert stream.read() == b"one two"


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "old").write_bytes(b"old")
    files.rename(tmp_path / "new", tmp_path / "old")
    files.sync_folder(tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]
    files.remove(tmp_path / "old")
    assert list(tmp_path.iterdir()) == []
