"""Text larger than memory: the same table as from reading it as a whole, and damage found in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables import ReadLimits, ReadOptions
from narrative.engine.tables import large as module
from narrative.engine.tables.delimited import read_carefully
from narrative.engine.tables.large import store_large
from narrative.engine.tables.store import LEAST_WHOLE, is_large, read_in_pieces, store_large_table
from narrative.engine.tables.stored import StoredTable
from tests.engine.tables.test_regular import REGULAR, table, text_of, with_cell

SAME = sorted(set(REGULAR) - {"quoted empty cells"})
HEADER = text_of(table()).partition(b"\n")[0]
NO_CASES: dict[str, bytes] = {
    "a header in the middle": text_of(table()).replace(b"\n1203,", b"\n" + HEADER + b"\n1203,"),
    "many headers": text_of(table()) + (HEADER + b"\n" + text_of(table()[1:41])) * 5,
    "a total that says so": text_of(table()) + b"Total,,,,\n",
    "a sum without a word": text_of(table()) + f",{sum(float(row[1]) for row in table()[1:])},,,\n".encode(),
    "a total between blank rows": text_of(table()) + b",,,,\nTotal,,,,\n,,,,\n,,,,\n",
    "a last row that only looks like a total": text_of(table()) + b"7,7.5,Total,2019-02-03,true\n",
    "a header, a total and a name missing": text_of(table()).replace(b",flag\n", b",\n", 1) + b"Total,,,,\n",
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrative.engine.tables.regular.HEAD_BYTES", 25_000)
    monkeypatch.setattr(module._Job, "piece_bytes", 4_096)


def stored(content: bytes, folder: Path, **options: Any) -> tuple[StoredTable, dict[str, Any]]:
    path, work = folder / "t.csv", folder / "work"
    path.write_bytes(content)
    work.mkdir(exist_ok=True)
    payload = {
        "path": str(path),
        "name": "t.csv",
        "out": str(folder / "t.parquet"),
        "folder": str(work),
        "options": ReadOptions(**options).model_dump(),
        "limits": ReadLimits().model_dump(),
    }
    answer = store_large(payload, lambda _: None)
    return StoredTable(folder / "t.parquet"), answer["report"]


@pytest.mark.parametrize("name", SAME)
def test_the_table_is_the_one_that_reading_as_a_whole_gives(name: str, tmp_path: Path) -> None:
    found, report = stored(REGULAR[name], tmp_path)
    whole = read_carefully(tmp_path / "t.csv", "t.csv", ReadOptions(), ReadLimits(), 1)
    assert found.lazy().collect().equals(whole.frame)
    assert (report["n_rows"], report["n_columns"]) == whole.frame.shape
    for field in ("encoding", "delimiter", "decimal", "header", "odd_cells", "bad_rows"):
        assert report[field] == whole.report[field], field


@pytest.mark.parametrize("name", NO_CASES)
@pytest.mark.parametrize("kept", [False, True])
def test_rows_that_are_no_cases_are_left_out_as_in_a_small_file(name: str, kept: bool, tmp_path: Path) -> None:
    options: dict[str, Any] = {"total_rows": "keep"} if kept else {}
    found, report = stored(NO_CASES[name], tmp_path, **options)
    whole = read_carefully(tmp_path / "t.csv", "t.csv", ReadOptions(**options), ReadLimits(), 1)
    assert found.lazy().collect().equals(whole.frame)
    for field in ("n_bad_rows", "bad_rows", "repairs", "warnings", "odd_cells", "guesses"):
        assert report[field] == whole.report[field], field
    if not kept and "looks" not in name:
        assert report["bad_rows"], "the case tests nothing"


def test_damaged_records_are_left_out_and_named_by_line(tmp_path: Path) -> None:
    rows = table()
    lines = text_of(rows).split(b"\n")
    lines[700] = b"1,2"
    lines[900] = b"1,2,3,4,5,6,7"
    lines[1_000] += b",,"
    lines[1_100] = lines[1_100].replace(b",", b"\xff,", 1)
    lines[1_200] = b""
    found, report = stored(b"\n".join(lines), tmp_path)
    assert [row["line"] for row in report["bad_rows"]] == [701, 901]
    assert report["n_bad_rows"] == 2
    assert found.height == len(rows) - 1 - 3
    assert any("Windows-1252" in repair for repair in report["repairs"])
    assert any("cut off" in repair for repair in report["repairs"])
    assert [(cell["line"], cell["value"]) for cell in report["odd_cells"]] == [(1_101, "1099ÿ")]


def test_an_odd_cell_is_named_by_line_behind_records_of_several_lines(tmp_path: Path) -> None:
    rows = with_cell(1_400, 1, "about 5")
    rows[10][2] = "two\nlines"
    _, report = stored(text_of(rows), tmp_path)
    assert [(cell["line"], cell["value"]) for cell in report["odd_cells"]] == [(1_402, "about 5")]


def test_a_table_of_mostly_damaged_rows_is_refused(tmp_path: Path) -> None:
    content = text_of(table()) + b"1,2\n" * 4_000
    with pytest.raises(InvalidInput) as caught:
        stored(content, tmp_path)
    assert caught.value.code == "mostly_bad_rows"
    assert caught.value.row == 1_502


def test_what_only_memory_can_read_is_refused_with_a_way_on(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded) as caught:
        stored(text_of(table()).decode().encode("utf-16"), tmp_path)
    assert "UTF-8" in str(caught.value.fix)


@pytest.mark.slow
def test_what_pieces_cannot_give_is_left_to_reading_as_a_whole_where_memory_is_there(tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "t.parquet"
    path.write_bytes(text_of(table()).decode().encode("utf-16"))
    assert read_in_pieces(path, out, options=ReadOptions(), limits=ReadLimits()) is None
    with pytest.raises(LimitExceeded, match="cannot be read in pieces"):
        read_in_pieces(path, out, options=ReadOptions(), limits=tight(path))


def tight(path: Path) -> ReadLimits:
    """Limits under which a file is larger than memory, at which a child can start all the same."""
    limits = ReadLimits()
    pad = limits.memory_bytes // LEAST_WHOLE + 1 - path.stat().st_size
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + pad)  # sparse: it takes no disk
    return limits


def test_a_kind_that_the_user_named_is_kept(tmp_path: Path) -> None:
    found, _ = stored(REGULAR["plain"], tmp_path, kinds={"number": "text"})
    assert found.schema["number"] == pl.String
    assert found["number"].to_list()[:3] == ["0", "1", "2"]


@pytest.mark.slow
def test_through_the_limited_child(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text_of(table()) * 1)
    limits = ReadLimits(memory_bytes=1_000)
    assert is_large(path, limits)
    assert not is_large(path)
    imported = store_large_table(path, tmp_path / "t.parquet", limits=ReadLimits())
    assert imported.table.shape == (1_500, 5)
    assert imported.report.format == "csv"
    assert [item.name for item in tmp_path.iterdir() if item.is_dir()] == []
