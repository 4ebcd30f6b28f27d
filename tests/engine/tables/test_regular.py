"""The quick way of reading against the careful one: the same table, the same account, or no answer at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import LimitExceeded, NarrativeError
from narrative.engine.tables.delimited import Parsed, read_carefully
from narrative.engine.tables.pieces import IrregularError, _is_simply_quoted, examine, record_end, whole_records
from narrative.engine.tables.records import scan_records
from narrative.engine.tables.regular import read_regular
from narrative.engine.tables.types import ReadLimits, ReadOptions

ROWS = 1_500
PIECE = 4_096
Rows = list[list[str]]
WORDS = ["red", "green", "blue", "Grün", "violet or so"]


@pytest.fixture(autouse=True)
def a_short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is taken from less than the whole file."""
    monkeypatch.setattr("narrative.engine.tables.regular.HEAD_BYTES", 25_000)


def table(seed: int = 0, n_rows: int = ROWS) -> Rows:
    """Whole numbers, decimals, words, dates, truth values; some cells empty."""
    random = np.random.default_rng(seed)
    days = np.datetime64("2019-01-01") + np.arange(n_rows)
    rows = [
        [str(i), f"{random.normal(50, 20):.3f}", WORDS[int(random.integers(5))], str(days[i]), "true" if i % 3 else ""]
        for i in range(n_rows)
    ]
    return [["number", "value", "word", "day", "flag"], *rows]


def text_of(rows: Rows, *, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return buffer.getvalue().encode("utf-8")


def with_cell(row: int, column: int, cell: str) -> Rows:
    rows = table()
    rows[row][column] = cell
    return rows


def with_column(cell: Callable[[int], str]) -> Rows:
    rows = table()
    return [[*rows[0], "more"], *([*row, cell(index)] for index, row in enumerate(rows[1:]))]


REGULAR: dict[str, bytes] = {
    "plain": text_of(table()),
    "byte order mark": b"\xef\xbb\xbf" + text_of(table()),
    "line ends of Windows": text_of(table(), end="\r\n"),
    "semicolons": text_of(table(), delimiter=";"),
    "tabs": text_of(table(), delimiter="\t"),
    "everything quoted": text_of(table(), quoting=csv.QUOTE_ALL),
    "words quoted": text_of(table(), quoting=csv.QUOTE_NONNUMERIC),
    "no line end at the end": text_of(table()).rstrip(b"\n"),
    "blank lines at the end": text_of(table()) + b"\n\n",
    "lines before the header": b"Report of May\n\n" + text_of(table()),
    "no header": text_of(table()[1:]),
    "a name missing": text_of(table()).replace(b",flag\n", b",\n", 1),
    "line breaks in cells": text_of(with_column(lambda i: "two\nlines" if i % 7 == 0 else "one")),
    "delimiters and quotes in cells": text_of(with_column(lambda i: 'say "a, b"' if i % 5 == 0 else "x")),
    "a code far down": text_of(with_cell(ROWS - 40, 0, "007")),
    "a quoted code far down": text_of(table()).replace(b"\n1203,", b'\n"007",'),
    "a negative code": text_of(with_cell(ROWS - 40, 0, "-01")),
    "a telephone number": text_of(with_cell(ROWS - 40, 0, "+4915112345678")),
    "a blank in front of a number": text_of(with_cell(ROWS - 40, 0, " 12")),
    "a blank behind a number": text_of(with_cell(ROWS - 40, 0, "12 ")),
    "a word among numbers": text_of(with_cell(ROWS - 40, 1, "about 5")),
    "a marker among numbers": text_of(with_cell(ROWS - 40, 1, "n/a")),
    "a decimal among whole numbers": text_of(with_cell(ROWS - 40, 0, "1.5")),
    "infinity": text_of(with_cell(ROWS - 40, 1, "inf")),
    "not a number": text_of(with_cell(ROWS - 40, 1, "NaN")),
    "too many digits": text_of(with_cell(ROWS - 40, 0, "12345678901234567")),
    "far too many digits": text_of(with_cell(ROWS - 40, 0, "1" * 40)),
    "a large exponent": text_of(with_cell(ROWS - 40, 1, "1e400")),
    "an odd truth word": text_of(with_cell(ROWS - 40, 4, "tRuE")),
    "no truth word": text_of(with_cell(ROWS - 40, 4, "yes")),
    "a date that does not exist": text_of(with_cell(ROWS - 40, 3, "2019-02-30")),
    "a date in another notation": text_of(with_cell(ROWS - 40, 3, "3.2.2019")),
    "a code in the first row": text_of(with_cell(1, 0, "007")),
    "all codes": text_of(with_column(lambda i: f"{i:06d}")),
    "day before month": text_of(with_column(lambda i: f"{i % 28 + 1:02d}/{i % 12 + 1:02d}/2024")),
    "decimal commas": text_of(with_column(lambda i: f"{i},5"), delimiter=";"),
    "thousands": text_of(with_column(lambda i: f"{i * 1000:,}"), delimiter=";"),
    "an empty column": text_of(with_column(lambda _: "")),
    "a column empty for long": text_of(with_column(lambda i: "" if i < ROWS - 30 else "7")),
    "quoted empty cells": text_of(table(), quoting=csv.QUOTE_ALL).replace(b'"true"', b'""'),
    "rows of delimiters at the end": text_of(table()) + b",,,,\n" * 3,
    "zeros and signs": text_of(with_column(lambda i: ["0", "-0.5", "0.25", ".5", "5."][i % 5])),
}
IRREGULAR: dict[str, bytes] = {
    "a short row": text_of(table()) + b"1,2\n" + text_of(table())[:3_000].partition(b"\n")[2] + b"\n",
    "a long row": text_of(table()).replace(b"\n1203,", b"\n1203,1,2,3,"),
    "a short and a long row": text_of(table()).replace(b"\n1203,", b"\n1203,1,").replace(b"\n1204,", b"\n"),
    "a blank line": text_of(table()).replace(b"\n1203,", b"\n\n1203,"),
    "a stray quote": text_of(table()).replace(b"\n1203,", b'\n12"03,'),
    "an open quote": text_of(table()).replace(b"\n1203,", b'\n"1203,'),
    "a NUL": text_of(table()).replace(b"\n1203,", b"\n12\x0003,"),
    "a single carriage return": text_of(table()).replace(b"\n1203,", b"\n12\r03,"),
    "Latin-1": text_of(table()).decode().encode("cp1252"),
    "one broken byte": text_of(table()).replace(b"\n1203,", b"\n12\xff03,"),
    "UTF-16": text_of(table()).decode().encode("utf-16"),
    "a line that names the separator": b"sep=,\n" + text_of(table()),
    "one column": b"x\n" + b"5\n" * ROWS,
    "backslashes before quotes": text_of(table()).replace(b"red", rb'"r\"d"'),
}


def both(content: bytes, folder: Path) -> tuple[Parsed | None, Parsed | NarrativeError]:
    path = folder / "t.csv"
    path.write_bytes(content)
    quick = read_regular(path, "t.csv", ReadOptions(), ReadLimits(), 1, least_bytes=0, piece_bytes=PIECE)
    try:
        return quick, read_carefully(path, "t.csv", ReadOptions(), ReadLimits(), 1)
    except NarrativeError as error:
        return quick, error


@pytest.mark.parametrize("name", REGULAR)
def test_the_quick_way_gives_what_the_careful_way_gives(name: str, tmp_path: Path) -> None:
    quick, careful = both(REGULAR[name], tmp_path)
    assert quick is not None
    assert isinstance(careful, Parsed)
    assert quick.frame.schema == careful.frame.schema
    assert quick.frame.equals(careful.frame)
    assert quick.lines is not None
    assert careful.lines is not None
    assert quick.lines.tolist() == careful.lines.tolist()
    assert quick.report == careful.report


@pytest.mark.parametrize("name", IRREGULAR)
def test_damaged_files_are_left_to_the_careful_way(name: str, tmp_path: Path) -> None:
    quick, _ = both(IRREGULAR[name], tmp_path)
    assert quick is None


@pytest.mark.parametrize("seed", range(30))
def test_cells_of_every_kind_anywhere_never_part_the_two_ways(seed: int, tmp_path: Path) -> None:
    """Negative control below: the same comparison sees a single lost zero."""
    random = np.random.default_rng(seed)
    odd = [
        "007",
        "-00",
        "+5",
        " 5",
        "5 ",
        "n/a",
        "inf",
        "1e5",
        "1e999",
        "9" * 17,
        "1,5",
        "x",
        '"',
        "",
        "0",
        "-0.0",
        "é",
    ]
    rows = table(seed, 400)
    for _ in range(int(random.integers(1, 6))):
        rows[int(random.integers(1, 400))][int(random.integers(5))] = odd[int(random.integers(len(odd)))]
    quick, careful = both(text_of(rows, quoting=int(random.integers(2))), tmp_path)
    assert quick is not None
    assert isinstance(careful, Parsed)
    assert quick.frame.equals(careful.frame)
    assert quick.report == careful.report


def test_without_the_look_at_codes_a_leading_zero_would_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.engine.tables.pieces._columns", lambda *_: frozenset())
    quick, careful = both(REGULAR["a code far down"], tmp_path)
    assert quick is not None
    assert isinstance(careful, Parsed)
    assert quick.frame["number"].dtype == pl.Int64
    assert careful.frame["number"].dtype == pl.String


def test_pieces_end_where_records_end(tmp_path: Path) -> None:
    content = text_of(with_column(lambda i: "two\nlines" if i % 3 == 0 else "one"))
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    pieces = list(whole_records(path, 0, 777))
    assert b"".join(pieces) == content
    assert all(piece.count(b'"') % 2 == 0 for piece in pieces)


def test_no_record_ends_inside_a_quoted_cell() -> None:
    assert record_end(b'a,"b\nc') == 0
    assert record_end(b'x\na,"b\nc') == 2
    assert record_end(b'a,"b\nc"\n') == 8


def test_a_record_longer_than_a_piece_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"x" * 5_000 + b",y\n" + b"1,2\n" * 2_000)
    with pytest.raises(IrregularError):
        list(whole_records(path, 0, 1_000))


def test_too_many_cells_are_refused_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(REGULAR["plain"])
    with pytest.raises(LimitExceeded, match="cells"):
        read_regular(
            path, "t.csv", ReadOptions(), ReadLimits(max_cells=2_000), 1, least_bytes=0, piece_bytes=PIECE
        )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ['"a","b"\n"c","d"\n', '"a",1\r\n"",2\r\n', '1,"b c"\n2,"ü"\n', '"a",\n,"b"\n'],
)
def test_quotes_around_whole_cells_are_simple(text: str) -> None:
    data = text.encode()
    assert _is_simply_quoted(data, ",")
    piece = examine(data, ",", 2)
    assert (piece.n_rows, piece.n_lines, piece.lines, piece.has_quotes) == (2, 2, None, True)


@pytest.mark.parametrize(
    "text",
    [
        '"a,b",c\n', '"a\nb",c\n', '"a""b",c\n', '"""a""",c\n', 'a"b",c\n', '"a"b,c\n', '"a,c\n', '",",c\n',
        'a"b"c,d\n', '"a" ,b\n', ' "a",b\n', '"","""a"\n', '""a"",b\n',
    ],
)  # fmt: skip
def test_other_quotes_are_not_simple(text: str) -> None:
    assert not _is_simply_quoted(text.encode(), ",")


def test_what_is_simply_quoted_is_the_same_when_quotes_are_followed() -> None:
    random, n_simple = np.random.default_rng(0), 0
    for _ in range(20_000):
        data = b"".join(random.choice([b'"', b'"', b",", b"\n", b"a", b"\r\n"], int(random.integers(1, 9)))) + b"\n"
        if b'"' not in data or not _is_simply_quoted(data, ","):
            continue
        n_simple += 1
        scan = scan_records(data, ",", '"')
        assert scan.quotes_in_order, data
        assert len(scan.records) == data.count(b"\n"), data
        assert int((scan.records.cells - 1).sum()) == data.count(b","), data
    assert n_simple > 300


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_longer_and_a_shorter_record_do_not_make_up_for_each_other(tmp_path: Path, quote: str) -> None:
    lines = ["number,word", *(f"{i},{quote}w{i % 7}{quote}" for i in range(ROWS))]
    path = tmp_path / "some.csv"
    path.write_text("\n".join(lines))
    assert read_regular(path, path.name, ReadOptions(), ReadLimits(), least_bytes=0, piece_bytes=PIECE) is not None
    lines[-9], lines[-8] = f"1,{quote}a{quote},{quote}b{quote}", "2"
    path.write_text("\n".join(lines))
    assert read_regular(path, path.name, ReadOptions(), ReadLimits(), least_bytes=0, piece_bytes=PIECE) is None
