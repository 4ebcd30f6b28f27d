"""Results on the disk: complete or not there, also when the disk is full or two runs write at once."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.files import atomic_file, usable_folder, write_atomically
from narrative.engine.tables import write_table
from tests.fixtures.bundles import write_small


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_arrive_as_given(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "Grüße\n")
    write_atomically(tmp_path / "b", b"\r\n")
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == ("Grüße\n".encode(), b"\r\n")
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("report.html", lambda path: write_atomically(path, "new")),
        ("table.csv", lambda path: write_table(pl.DataFrame({"a": [1]}), path)),
        ("model.narrative", write_small),
    ],
    ids=["text", "table", "bundle"],
)
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InvalidInput, match="no space left on device") as caught:
        write(path)
    assert caught.value.code == "out_not_writable"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == [path.name]


def test_whatever_else_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def half() -> None:
        with atomic_file(tmp_path / "a") as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert names(tmp_path) == []


def test_two_runs_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            for _ in range(20):
                usable_folder(tmp_path)
                write_atomically(tmp_path / "report.html", str(number) * 1_000)
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(set((tmp_path / "report.html").read_text())) == 1


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="file/below") as caught:
        usable_folder(tmp_path / "file" / "below")
    assert caught.value.code == "out_not_writable"
