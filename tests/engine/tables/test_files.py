"""Whole files through the parsing child: formats, refusals, limits, and writing back."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from narrative.core.errors import Canceled, InvalidInput, LimitExceeded, NarrativeError, NotFound
from narrative.engine.children import ChildLimits
from narrative.engine.tables import ReadLimits, ReadOptions, content_hash, read_table, write_table
from narrative.engine.tables.child import parse
from narrative.engine.tables.parquet import read_parquet
from narrative.engine.tables.workbook import read_workbook

FRAME = pl.DataFrame(
    {
        "whole": [1, 2, None],
        "number": [1.5, -2.0, None],
        "text": ["=1+1", "-x", "<ä&\x01"],
        "truth": [True, None, False],
        "day": [dt.date(2020, 1, 1), None, dt.date(1999, 12, 31)],
        "moment": [dt.datetime(2020, 1, 1, 10, 5, 1), None, dt.datetime(2001, 1, 1)],  # noqa: DTZ001
        "code": ["007", "1", None],
        "spaces": ["  a ", "b\nc", "d"],
    }
)


def parsed(path: Path, out: Path, **options: Any) -> pl.DataFrame:
    """What the child does, without the child: for the many cases in which its start would be most of the time."""
    payload = {
        "path": str(path),
        "name": path.name,
        "out": str(out),
        "lines_out": str(out) + ".lines",
        "options": ReadOptions().model_dump(),
        "limits": ReadLimits(**options).model_dump(),
    }
    parse(payload, lambda _: None)
    return pl.read_parquet(out)


def refused(path: Path, **options: Any) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        read_table(path, **options)
    assert caught.value.fix, caught.value.code
    assert "Traceback" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".jsonl"])
def test_a_table_survives_being_written_and_read(tmp_path: Path, suffix: str) -> None:
    frame = parsed(write_table(FRAME, tmp_path / f"t{suffix}"), tmp_path / "out")
    assert frame.schema == FRAME.schema
    assert frame.equals(FRAME)
    assert content_hash(frame) == content_hash(FRAME)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_formulas_are_neutralised_in_text_and_numbers_stay_numbers(tmp_path: Path, suffix: str) -> None:
    path = write_table(FRAME.rename({"whole": "=whole"}), tmp_path / f"t{suffix}")
    loaded = parsed(path, tmp_path / "out")
    assert loaded.columns[0] == "'=whole"
    assert loaded["text"].to_list() == ["'=1+1", "'-x", "<ä&\x01"]
    assert loaded["number"].to_list() == [1.5, -2.0, None]
    assert loaded.drop("text", "'=whole").equals(FRAME.drop("text", "whole"))


def test_neutralised_names_stay_different(tmp_path: Path) -> None:
    content = write_table(pl.DataFrame({"=a": [1], "'=a": [2]}), tmp_path / "t.csv").read_text()
    assert content == "'=a,'=a_2\n1,2\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_every_dangerous_beginning_is_neutralised(tmp_path: Path, start: str) -> None:
    content = write_table(pl.DataFrame({"a": [start + "cmd"]}), tmp_path / "t.csv").read_bytes()
    assert f"'{start}cmd".encode() in content


def test_a_workbook_holds_formulas_as_quoted_text(tmp_path: Path) -> None:
    """Judge: another library opens the file and sees text, not a formula."""
    path = write_table(FRAME, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cell = sheet.cell(row=2, column=3)
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    assert sheet.cell(row=2, column=5).value == dt.datetime(2020, 1, 1)  # noqa: DTZ001
    assert sheet.cell(row=2, column=1).value == 1


def test_equal_tables_give_equal_workbooks(tmp_path: Path) -> None:
    one, two = write_table(FRAME, tmp_path / "1.xlsx"), write_table(FRAME, tmp_path / "2.xlsx")
    assert one.read_bytes() == two.read_bytes()


def test_writing_leaves_the_old_file_when_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_text("old")
    with pytest.raises(LimitExceeded):
        write_table(pl.DataFrame({"a": ["x" * 40_000]}), path)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["t.xlsx"]


def test_unknown_formats_and_bad_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        write_table(FRAME, tmp_path / "t.doc")
    assert caught.value.code == "format_unknown"
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput) as caught:
        write_table(FRAME, tmp_path / "file" / "t.csv")
    assert caught.value.code == "out_not_writable"


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "no.csv")
    assert isinstance(error, NotFound)
    assert error.code == "file_not_found"
    assert refused(tmp_path).code == "not_a_table"


def _zip(content: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("t.csv", b"", "empty_file", "empty"),
        ("t.csv", b"\n" * 500_000, "empty_file", "no text"),
        ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not_a_table", "PNG"),
        ("t.csv", b"%PDF-1.7 ...", "not_a_table", "PDF"),
        ("t.csv", gzip.compress(b"a,b\n1,2\n", mtime=0), "not_a_table", "gzip"),
        ("t.csv", _zip({"a.csv": "a,b\n1,2\n"}), "not_a_table", "ZIP"),
        ("t.csv", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00" * 20, "not_a_table", "program"),
        ("t.csv", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00", "not_a_table", "pickle"),
        ("t.csv", b"<html><table><tr><td>1</td></tr></table></html>", "not_a_table", "web page"),
        ("t.csv", bytes(range(256)) * 4, "not_a_table", "binary"),
        ("t.csv", b"PAR1" + b"\x00" * 20 + b"PAR1", "not_a_table", "Parquet"),
        ("t.parquet", b"PAR1abc", "archive_damaged", "damaged"),
        ("t.parquet", b"a,b\n1,2\n", "archive_damaged", "Parquet"),
        ("t.xlsx", b"PK\x03\x04abcdef", "archive_damaged", "damaged"),
        ("t.json", b'[{"a": 1}, {"a": ', "not_a_table", "JSON"),
        ("t.jsonl", b'{"a": oops}\n{"a": 1}\n{"a": oops}\n', "mostly_bad_rows", "line 1"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, name: str, content: bytes, code: str, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        parsed(path, tmp_path / "out")
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.fix


def test_a_refusal_comes_back_from_the_child(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"")
    assert refused(tmp_path / "t.csv").code == "empty_file"


def test_text_named_like_a_workbook_is_read_and_told(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_text("a\tb\n1\t2\n")
    loaded = read_table(tmp_path / "t.xls")
    assert loaded.frame.rows() == [(1, 2)]
    assert "plain text" in loaded.report.repairs[0]


def test_json_records_become_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"a": 1, "b": "x"}, {"a": 2.5, "c": [1, 2]}]')
    assert parsed(tmp_path / "t.json", tmp_path / "out").rows() == [(1.0, "x", None), (2.5, None, "1, 2")]


@pytest.fixture
def workbook(tmp_path: Path) -> Any:
    def make(rows: list[list[Any]], sheets: dict[str, list[list[Any]]] | None = None) -> Path:
        book = openpyxl.Workbook()
        first = book.active
        assert first is not None
        for row in rows:
            first.append(row)
        for name, content in (sheets or {}).items():
            sheet = book.create_sheet(name)
            for row in content:
                sheet.append(row)
        book.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return make


def test_workbook_cells_keep_their_types(workbook: Any) -> None:
    day = dt.datetime(2024, 1, 31)  # noqa: DTZ001
    path = workbook(
        [["n", "x", "t", "d", "b", "z"], [1, 1.5, "a", day, True, "007"], [2, None, "N/A", day, False, "1"]]
    )
    frame = read_workbook(path, ReadOptions(), ReadLimits()).frame
    assert frame.dtypes == [pl.Int64, pl.Float64, pl.String, pl.Date, pl.Boolean, pl.String]
    assert frame.row(1) == (2, None, None, dt.date(2024, 1, 31), False, "1")


def test_the_first_sheet_with_data_is_read_unless_one_is_named(workbook: Any) -> None:
    path = workbook([], {"one": [["a"], [1]], "two": [["b"], [2]]})
    parsed = read_workbook(path, ReadOptions(), ReadLimits())
    assert (parsed.report["sheet"], parsed.frame.columns) == ("one", ["a"])
    assert read_workbook(path, ReadOptions(sheet="two"), ReadLimits()).frame.rows() == [(2,)]
    with pytest.raises(InvalidInput) as caught:
        read_workbook(path, ReadOptions(sheet="three"), ReadLimits())
    assert caught.value.code == "sheet_unknown"
    assert "'two'" in str(caught.value.fix)


def test_titles_above_a_sheets_table_are_set_aside(workbook: Any) -> None:
    path = workbook([["Sales of May"], [], ["name", "amount", "day"], ["A", 1, "2024-01-01"], ["B", "-", "2024-01-02"]])
    frame = read_workbook(path, ReadOptions(), ReadLimits()).frame
    assert frame.columns == ["name", "amount", "day"]
    assert frame["amount"].to_list() == [1, None]
    assert frame["day"].dtype == pl.Date


def test_a_workbook_with_a_header_only_is_refused(workbook: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_workbook(workbook([["a", "b"]]), ReadOptions(), ReadLimits())
    assert caught.value.code == "header_only"


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    error = refused(path, limits=ReadLimits(memory_bytes=2 * 1024**3))
    assert isinstance(error, LimitExceeded)
    assert error.code == "upload_too_complex"


def test_a_far_away_cell_ends_only_the_child(tmp_path: Path) -> None:
    """One cell at XFD1048576 makes readers reserve 17 billion cells; the library aborts its whole process."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "a", 1
    book.save(tmp_path / "far.xlsx")
    error = refused(tmp_path / "far.xlsx", limits=ReadLimits(memory_bytes=2 * 1024**3, wall_seconds=30))
    assert error.code == "upload_too_complex"


def test_a_parquet_file_that_hides_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    pl.DataFrame({"a": ["x" * 100_000]}).select(pl.col("a").repeat_by(2_000).explode()).write_parquet(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(LimitExceeded) as caught:
        read_parquet(path, ReadLimits(memory_bytes=300_000_000))
    assert caught.value.code == "upload_too_complex"
    assert caught.value.context["value"] > 200_000_000
    assert read_parquet(path, ReadLimits()).frame.height == 2_000  # control: the same file within the limit


def test_parquet_types_become_the_six_of_the_product(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "small": pl.Series([1, None], dtype=pl.Int8),
            "huge": pl.Series([2**63 + 5, 1], dtype=pl.UInt64),
            "single": pl.Series([1.5, float("nan")], dtype=pl.Float32),
            "category": pl.Series(["a", ""], dtype=pl.Categorical),
            "zoned": pl.Series([dt.datetime(2024, 1, 1, 12), None]).dt.replace_time_zone("Europe/Berlin"),  # noqa: DTZ001
            "list": [[1, 2], []],
            "raw": [b"\xff", b"y"],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    loaded = read_table(tmp_path / "t.parquet")
    assert loaded.frame.row(0) == (1, "9223372036854775813", 1.5, "a", dt.datetime(2024, 1, 1, 11), "1, 2")  # noqa: DTZ001
    assert loaded.frame.row(1)[2:5] == (None, None, None)
    assert "raw" in loaded.report.warnings[0]


def test_a_stopped_import_ends_with_canceled(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Canceled):
        read_table(tmp_path / "t.csv", should_stop=lambda: True)


def test_a_table_stays_in_its_file_only_where_that_is_asked_for(tmp_path: Path) -> None:
    source, kept = tmp_path / "some.csv", tmp_path / "kept" / "table.parquet"
    source.write_text("name,number\na,1\nb,2\n")
    kept.parent.mkdir()
    loaded = read_table(source, keep=kept)
    assert pl.read_parquet(kept).equals(loaded.frame)
    assert pl.read_parquet(kept).to_dicts() == [{"name": "a", "number": 1}, {"name": "b", "number": 2}]
    kept.unlink()
    assert read_table(source).frame.equals(loaded.frame)
    assert not list(kept.parent.iterdir())


def test_lines_of_the_source_come_back_from_the_child(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,"x\ny"\n2,z\n')
    loaded = read_table(tmp_path / "t.csv")
    assert loaded.lines is not None
    assert loaded.lines.to_list() == [2, 4]
    assert loaded.report.sha256 == "".join(loaded.report.sha256.split())
    (tmp_path / "u.csv").write_text("a,b\n1,x\n2,z\n")
    plain = read_table(tmp_path / "u.csv").lines
    assert plain is not None
    assert plain.to_list() == [2, 3]


def test_small_files_get_little_time_and_no_file_more_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def note(*_: Any, limits: ChildLimits, **__: Any) -> dict[str, Any]:
        given.append(limits.cpu_seconds)
        raise InvalidInput("empty_file", "noted")

    monkeypatch.setattr("narrative.engine.tables.read.run_child", note)
    for size in (10, 1_000_000, 100_000_000):
        with (tmp_path / "t.csv").open("wb") as file:
            file.truncate(size)
        with pytest.raises(InvalidInput):
            read_table(tmp_path / "t.csv")
    assert given == [24, 30, 300]
