"""Workbooks of every kind: which sheet, which header, which cells, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables import ReadLimits, ReadOptions
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.magic import workbook_kind
from narrative.engine.tables.workbook import read_workbook
from narrative.engine.tables.workbook_parts import scan_workbook
from tests.fixtures.workbooks import (
    ods,
    ods_cell,
    ods_rows,
    old_workbook,
    with_entities,
    with_macros,
    with_parts,
)

Sheet = Any


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Parsed]:
    def make(fill: Callable[[Sheet, Any], None] | bytes, options: ReadOptions | None = None, **limits: Any) -> Parsed:
        path = tmp_path / "book"
        if isinstance(fill, bytes):
            path.write_bytes(fill)
        else:
            path.write_bytes(made(fill))
        return read_workbook(path, options or ReadOptions(), ReadLimits(**limits), workbook_kind(path))

    return make


def made(fill: Callable[[Sheet, Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active, book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows_of(*rows: list[Any]) -> Callable[[Sheet, Any], None]:
    def fill(sheet: Sheet, _: Any) -> None:
        for row in rows:
            sheet.append(row)

    return fill


def test_all_sheets_are_listed_with_their_sizes_and_hidden_ones_are_passed_over(read: Any) -> None:
    def fill(sheet: Sheet, book: Any) -> None:
        sheet.title, sheet.sheet_state = "secret", "hidden"
        sheet.append(["x"])
        sheet.append([1])
        book.create_sheet("a & b").append(["h", "i"])
        book["a & b"].append([1, 2])
        book.create_sheet("blank")

    parsed = read(fill)
    assert parsed.frame.columns == ["h", "i"]
    found = [(part["name"], part["n_rows"], part["n_columns"], part["is_hidden"]) for part in parsed.report["sheets"]]
    assert found == [("secret", 2, 1, True), ("a & b", 2, 2, False), ("blank", 0, 0, False)]
    assert "'secret'" in parsed.report["repairs"][0]
    named = read(fill, ReadOptions(sheet="secret"))
    assert named.frame.rows() == [(1,)]
    assert "hidden" in named.report["warnings"][0]
    with pytest.raises(InvalidInput) as caught:
        read(fill, ReadOptions(sheet="blank"))
    assert caught.value.code == "empty_file"


def test_a_workbook_of_hidden_sheets_only_is_read_and_told(read: Any) -> None:
    def fill(sheet: Sheet, book: Any) -> None:
        sheet.title = "cover"
        book.create_sheet("data").append(["a"])
        book["data"].append([7])
        book["data"].sheet_state = "hidden"

    parsed = read(fill)
    assert (parsed.report["sheet"], parsed.frame.rows()) == ("data", [(7,)])
    assert "hidden" in parsed.report["warnings"][0]


def test_header_lines_under_merged_names_are_joined(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        sheet.append(["Region", "2023", None, "2024", None])
        sheet.append([None, "Q1", "Q2", "Q1", "Q2"])
        sheet.append(["North", 1, 2, 3, 4])
        sheet.append(["South", 5, 6, 7, 8])
        for place in ("A1:A2", "B1:C1", "D1:E1"):
            sheet.merge_cells(place)

    parsed = read(fill)
    assert parsed.frame.columns == ["Region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"]
    assert parsed.frame.rows() == [("North", 1, 2, 3, 4), ("South", 5, 6, 7, 8)]
    assert "joined" in " ".join(parsed.report["repairs"])
    assert parsed.lines.tolist() == [3, 4]
    kept = read(fill, ReadOptions(header=False))
    assert kept.frame.height == 4


def test_a_value_merged_over_rows_belongs_to_each_of_them(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        for row in (["country", "city"], ["DE", "Bonn"], [None, "Köln"], [None, "Ulm"], ["CH", "Bern"], [None, "Biel"]):
            sheet.append(row)
        sheet.merge_cells("A2:A4")

    parsed = read(fill)
    assert parsed.frame["country"].to_list() == ["DE", "DE", "DE", "CH", None]  # the last is empty, not merged
    assert "2 further rows" in " ".join(parsed.report["repairs"])


def test_a_title_merged_over_the_whole_table_is_no_group_of_names(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        for row in (["Sales of May", None, None], ["name", "amount", "day"], ["A", 1, "2024-01-01"]):
            sheet.append(row)
        sheet.merge_cells("A1:C1")

    assert read(fill).frame.columns == ["name", "amount", "day"]


def test_error_cells_are_missing_and_listed_with_row_and_column(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        for row in (["name", "ratio"], ["A", 0.5], ["B", "#DIV/0!"], ["C", 1.5], ["#N/A", 2.0]):
            sheet.append(row)

    parsed = read(fill)
    assert parsed.frame["ratio"].to_list() == [0.5, None, 1.5, 2.0]
    odd = [(cell["line"], cell["column"], cell["value"]) for cell in parsed.report["odd_cells"]]
    assert odd == [(3, "ratio", "#DIV/0!"), (5, "name", "#N/A")]
    assert parsed.report["n_odd_cells"] == 2
    assert any("1 cell of column 'ratio' holds an error" in text for text in parsed.report["warnings"])


def test_columns_shown_as_percent_are_told(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        for cells in (["name", "rate", "share"], ["A", 0.5, 0.25], ["B", 0.75, 1]):
            sheet.append(cells)
        for row in (2, 3):
            sheet.cell(row=row, column=2).number_format = "0.00%"

    notes = [text for text in read(fill).report["repairs"] if "percent" in text]
    assert len(notes) == 1
    assert "'rate'" in notes[0]


def test_bare_day_numbers_become_dates_only_where_the_name_speaks_of_a_date(read: Any) -> None:
    parsed = read(rows_of(["order date", "amount"], [45_322, 45_322], [45_323, 45_000]))
    assert parsed.frame["order date"].to_list() == [dt.date(2024, 1, 31), dt.date(2024, 2, 1)]
    assert parsed.frame["amount"].to_list() == [45_322, 45_000]
    assert "day numbers" in " ".join(parsed.report["repairs"])


def test_rows_of_the_sheet_are_counted_as_its_program_counts_them(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        sheet["B3"], sheet["C3"] = "n", "m"
        for number, value in ((4, 1), (5, 2), (9, 3)):
            sheet.cell(row=number, column=2).value = value
            sheet.cell(row=number, column=3).value = f"x{value}"

    parsed = read(fill)
    assert parsed.frame.rows() == [(1, "x1"), (2, "x2"), (3, "x3")]
    assert parsed.lines.tolist() == [4, 5, 9]


def test_macros_are_said_to_have_stayed_unused(read: Any) -> None:
    parsed = read(with_macros(made(rows_of(["a"], [1]))))
    assert parsed.frame.rows() == [(1,)]
    assert "not run" in " ".join(parsed.report["repairs"])


def test_an_old_workbook_is_read(read: Any) -> None:
    parsed = read(old_workbook())
    assert parsed.frame.rows() == [("A", 1.5, dt.date(2024, 1, 31)), ("B", -2.0, dt.date(2024, 2, 1))]
    found = [(part["name"], part["n_rows"], part["is_hidden"]) for part in parsed.report["sheets"]]
    assert found == [("Sales", 3, False), ("Notes", 2, True)]


def test_an_opendocument_spreadsheet_is_read(read: Any) -> None:
    percent = '<table:table-cell office:value-type="percentage" office:value="0.5"/>'
    date = '<table:table-cell office:value-type="date" office:date-value="2024-01-31"/>'
    rows = ods_rows([["a", "b", "c"]]) + (
        f'<table:table-row table:number-rows-repeated="2">{percent}{date}{ods_cell("x")}</table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    parsed = read(ods({"Empty": "", "Data": rows}))
    assert parsed.frame.rows() == [(0.5, dt.date(2024, 1, 31), "x")] * 2
    assert parsed.report["sheet"] == "Data"
    assert [part["n_rows"] for part in parsed.report["sheets"]] == [0, 3]


def test_repeats_that_fill_memory_are_refused(read: Any) -> None:
    cell = ods_cell(1, 'table:number-columns-repeated="10000"')
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    with pytest.raises(LimitExceeded) as caught:
        read(ods({"Data": row}))
    assert caught.value.code == "upload_too_complex"
    assert caught.value.context["value"] == 10_000_000_000


def test_a_password_is_named(read: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(old_workbook(protected=True))
    assert caught.value.code == "password_protected"
    assert "password" in str(caught.value.fix)


def test_entities_are_refused_before_anything_is_read(read: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(with_entities(made(rows_of(["a"], [1]))))
    assert caught.value.code == "archive_unsafe"


def test_a_far_away_cell_is_refused_with_limit_and_value(read: Any) -> None:
    def fill(sheet: Sheet, _: Any) -> None:
        sheet["A1"], sheet["XFD1048576"] = "a", 1

    with pytest.raises(LimitExceeded) as caught:
        read(fill)
    assert caught.value.context["value"] == 1_048_576 * 16_384
    assert caught.value.context["limit"] < 100_000_000


def test_formatted_but_empty_cells_far_away_do_not_matter(read: Any) -> None:
    """Control: real workbooks often carry formats down to the last row."""

    def fill(sheet: Sheet, _: Any) -> None:
        sheet["A1"], sheet["A2"] = "a", 1
        sheet["XFD1048576"].number_format = "0%"

    assert read(fill).frame.rows() == [(1,)]


def test_a_table_of_texts_that_lies_about_its_length_is_refused(read: Any) -> None:
    def with_count(count: int) -> bytes:
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        texts = f'<sst xmlns="{space}" count="1" uniqueCount="{count}"><si><t>a</t></si></sst>'
        return with_parts(
            made(rows_of(["a"], [1])), lambda parts: parts.update({"xl/sharedStrings.xml": texts.encode()})
        )

    with pytest.raises(LimitExceeded) as caught:
        read(with_count(4_000_000_000))
    assert caught.value.context["value"] == 4_000_000_000
    assert read(with_count(1)).frame.height == 1  # control


def test_markup_made_to_be_slow_to_search_is_searched_fast(tmp_path: Path) -> None:
    """Each pattern stops at the next angle bracket: a megabyte of open tags is looked at once, not a million times."""

    def spoil(parts: dict[str, bytes]) -> None:
        parts["xl/worksheets/sheet1.xml"] = b"<c " * 300_000 + b"<c " + b"r=" * 300_000 + b"a" * 500_000

    path = tmp_path / "book.xlsx"
    path.write_bytes(with_parts(made(rows_of(["a"], [1])), spoil))
    started = time.process_time()
    scan_workbook(path, ReadLimits())
    assert time.process_time() - started < 10
