"""A small XLSX writer: one sheet, typed cells, nothing that could run.

Source: ECMA-376 Part 1 (Office Open XML), sections 18.3 (worksheets) and 18.8 (styles): the least that spreadsheet
programs accept.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import polars as pl

from narrative.core.errors import LimitExceeded

MOST_ROWS: Final = 1_048_575
MOST_COLUMNS: Final = 16_384
LONGEST_CELL: Final = 32_767
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - worksheets know no time zone
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DATE, _MOMENT, _HEADER, _QUOTED = 1, 2, 3, 4

_PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
    '<Relationship Id="rId2" Target="styles.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>',
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="5"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/><xf quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write_workbook(frame: pl.DataFrame, path: Path) -> None:
    """Write one sheet named "Table" with a bold header; equal tables give equal bytes.

    Text that looks like a formula is stored as text with the quote-prefix style, so no program runs it and none
    changes it. Raises ``LimitExceeded('upload_too_complex')`` beyond what a worksheet can hold.
    """
    _check(frame)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _PARTS.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), _XML + content, zipfile.ZIP_DEFLATED)
        part = zipfile.ZipInfo("xl/worksheets/sheet1.xml", _STAMP)
        part.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(part, "w", force_zip64=True) as stream:
            for piece in _sheet(frame):
                stream.write(piece.encode("utf-8"))


def _check(frame: pl.DataFrame) -> None:
    for value, limit, unit in ((frame.height, MOST_ROWS, "rows"), (frame.width, MOST_COLUMNS, "columns")):
        if value > limit:
            raise LimitExceeded(
                "upload_too_complex",
                f"A worksheet holds at most {limit:,} {unit}; the table has {value:,}.",
                fix="Write it as CSV or Parquet.",
                limit=limit,
                value=value,
            )
    for series in frame.select(pl.selectors.string()):
        longest = series.str.len_chars().max()
        if isinstance(longest, int) and longest > LONGEST_CELL:
            raise LimitExceeded(
                "upload_too_complex",
                f"A cell of column {series.name!r} has {longest:,} characters; a worksheet holds {LONGEST_CELL:,}.",
                column=series.name,
                fix="Write it as CSV or Parquet.",
                limit=LONGEST_CELL,
                value=longest,
            )


def _sheet(frame: pl.DataFrame) -> Iterator[str]:
    yield f'{_XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    yield '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView>'
    yield "</sheetViews><sheetData><row>"
    yield "".join(_text(name, _HEADER) for name in frame.columns)
    yield "</row>"
    for chunk in frame.iter_slices(10_000):
        yield "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in chunk.iter_rows())
    yield "</sheetData></worksheet>"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>"
    if isinstance(value, dt.datetime):
        return f'<c s="{_MOMENT}"><v>{(value - _EPOCH) / dt.timedelta(days=1)!r}</v></c>'
    if isinstance(value, dt.date):
        return f'<c s="{_DATE}"><v>{(value - _EPOCH.date()).days}</v></c>'
    text = str(value)
    return _text(text, _QUOTED if text[:1] in {"=", "+", "-", "@", "\t", "\r", "'"} else 0)


def _text(text: str, style: int) -> str:
    legal = _ILLEGAL.sub(lambda match: f"_x{ord(match.group()):04X}_", text)
    mark = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{mark}><is><t xml:space="preserve">{escape(legal)}</t></is></c>'
