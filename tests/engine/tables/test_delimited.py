"""Reading delimited text: what is guessed, repaired, left out and refused."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.delimited import Parsed, read_delimited
from narrative.engine.tables.types import ReadLimits, ReadOptions


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def call(content: str | bytes, name: str = "table.csv", limits: ReadLimits | None = None, **options: Any) -> Parsed:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_delimited(path, name, ReadOptions(**options), limits or ReadLimits())

    return call


def test_plain_file_gets_its_types(read: Any) -> None:
    parsed = read("id,score,city,since,ok\n1,1.5,Ghent,2024-01-31,true\n2,,Graz,2024-02-29,false\n")
    assert parsed.frame.schema == {
        "id": pl.Int64, "score": pl.Float64, "city": pl.String, "since": pl.Date, "ok": pl.Boolean
    }  # fmt: skip
    assert parsed.frame.row(0) == (1, 1.5, "Ghent", date(2024, 1, 31), True)
    assert parsed.lines is not None
    assert parsed.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("content", "columns", "first"),
    [
        ("a;b\n1,5;2,25\n3,0;4,5\n", ["a", "b"], (1.5, 2.25)),
        ("a\tb\n1\tx, y\n2\tz\n", ["a", "b"], (1, "x, y")),
        ("a|b\n1|2\n3|4\n", ["a", "b"], (1, 2)),
        ("1.5 2 3\n4.5 5 6\n7.5 8 9\n", ["column_1", "column_2", "column_3"], (1.5, 2, 3)),
        ("sep=;\na;b\n1;2\n", ["a", "b"], (1, 2)),
        ("x\n1,5\n2,5\n", ["x"], (1.5,)),
        ("comment\nI like this, very much\nnot so good\nfine\n", ["comment"], ("I like this, very much",)),
        ("1,2,x\n3,4,y\n5,6,z\n", ["column_1", "column_2", "column_3"], (1, 2, "x")),
        ("name,2019,2020,2021\nA,1,2,3\nB,4,5,6\n", ["name", "2019", "2020", "2021"], ("A", 1, 2, 3)),
        ("a,a,,b\n1,2,3,4\n5,6,7,8\n", ["a", "a_2", "column_3", "b"], (1, 2, 3, 4)),
        ('"x","y"\n"1",2.5,3\n"2",3.5,4\n', ["column_1", "x", "y"], (1, 2.5, 3)),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b"], (1, 2)),
        ("Report of May\n\nMade by X\na,b,c\n1,2,x\n3,4,y\n", ["a", "b", "c"], (1, 2, "x")),
        ("Sales report,,\nname,x,y\nA,1,2\nB,3,4\n", ["name", "x", "y"], ("A", 1, 2)),
        ("a,b\r1,2\r3,4\r", ["a", "b"], (1, 2)),
        ('a,b\r\n1,"q"\r\n3,w\r\n', ["a", "b"], (1, "q")),
        (
            "Station;Ulm\nYear;2024\n\nday;rain\n2024-01-31;1,5\n2024-02-01;0,5\n2024-02-02;0,0\n",
            ["day", "rain"],
            (date(2024, 1, 31), 1.5),
        ),
        ("Station,Ulm,,\nYear,2024,,\na,b,c,d\n1,2,3,x\n4,5,6,y\n", ["a", "b", "c", "d"], (1, 2, 3, "x")),
        ("# made by x, y\n# v2\na,b,c\n1,2,3\n4,5,6\n", ["a", "b", "c"], (1, 2, 3)),
        ("#id,b,c\n1,2,3\n4,5,6\n", ["#id", "b", "c"], (1, 2, 3)),
        ("name,weight,size\n,[kg],[cm]\nA,1,2\nB,3,4\n", ["name", "weight [kg]", "size [cm]"], ("A", 1, 2)),
        ("name,weight,size\n,kg,cm\nA,1,2\nB,3,4\n", ["name", "weight kg", "size cm"], ("A", 1, 2)),
        (
            ",2024,,2025,\nname,plan,real,plan,real\nA,1,2,3,4\nB,3,4,5,6\n",
            ["name", "2024 plan", "2024 real", "2025 plan", "2025 real"],
            ("A", 1, 2, 3, 4),
        ),
        ("name,weight\nA,not known\nB,3\nC,4\nD,5\n", ["name", "weight"], ("A", "not known")),
        ("| name | n |\n|------|---|\n| Ulm  | 1 |\n| Bern | 2 |\n", ["name", "n"], ("Ulm", 1)),
        (" id | name | v\n----+------+---\n  1 | Ulm  | 2\n  2 | Bern | 3\n", ["id", "name", "v"], (1, "Ulm", 2)),
        ("id,name\n--,----\n1,Ulm\n2,Bern\n", ["id", "name"], (1, "Ulm")),
        (
            "name      n    value\nNew York  1     2.5\nUlm      12    33.5\n",
            ["name", "n", "value"],
            ("New York", 1, 2.5),
        ),
        ("name n value\nUlm   1     2.5\nBern 12    33.5\nGraz  3     4.5\n", ["name", "n", "value"], ("Ulm", 1, 2.5)),
        ('"a" ,"b" \n"x, y" ,"1" \n"z" ,"2" \n', ["a", "b"], ("x, y", 1)),
        (
            "#Version: 1.0\n#Fields: date time status\n2024-01-01 10:00 200\n2024-01-02 11:00 404\n",
            ["column_1", "column_2", "column_3"],
            (date(2024, 1, 1), "10:00", 200),
        ),
        ("Report, made by Bob\nOn 3 May, in Ulm\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", ["a", "b", "c"], (1, 2, 3)),
        ("note\n" * 40 + "a,b,c\n" + "1,2,x\n" * 60, ["a", "b", "c"], (1, 2, "x")),
        ("a,b\n1,2,\n3,4,\n", ["a", "b"], (1, 2)),
        ('a, "b, c", d\n1, "x, y", 2\n3, "z", 4\n', ["a", "b, c", "d"], (1, "x, y", 2)),
        ('a,b\n"he said \\"hi\\", ok",1\n"x",2\n', ["a", "b"], ('he said "hi", ok', 1)),
        ("a,b\n'x, y',1\n'z',2\n'w',3\n", ["a", "b"], ("x, y", 1)),
    ],
)
def test_dialects_are_recognised(read: Any, content: str, columns: list[str], first: tuple[Any, ...]) -> None:
    frame = read(content).frame
    assert frame.columns == columns
    assert frame.row(0) == first


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "cp850", "mac_roman"]
)
def test_encodings_are_recognised(read: Any, encoding: str) -> None:
    content = "name;größe;ort\nMüller;1,5;Köln\nGroß;2,75;Düsseldorf\nJäger;3,1;Nürnberg\n".encode(encoding)
    frame = read(content).frame
    assert frame.columns == ["name", "größe", "ort"]
    assert frame["ort"].to_list() == ["Köln", "Düsseldorf", "Nürnberg"]
    assert frame["größe"].to_list() == [1.5, 2.75, 3.1]


def test_ragged_rows_are_left_out_with_line_column_and_text(read: Any) -> None:
    good = "".join(f"{i},{i * 1.5},{'xyz'[i % 3]}\n" for i in range(30))
    parsed = read(f"a,b,c\n{good}1,2\n3,4,5,6\n7,8,x,,\n{good}")
    assert parsed.frame.height == 61
    assert parsed.report["n_bad_rows"] == 2
    few, many = parsed.report["bad_rows"]
    assert (few["line"], few["column"], few["text"]) == (32, "c", "1,2")
    assert (many["line"], many["value"], many["text"]) == (33, "6", "3,4,5,6")
    assert parsed.lines is not None
    assert parsed.lines[30] == 34  # the row with surplus empty cells was repaired, not left out
    assert parsed.frame["b"].dtype == pl.Float64


def test_more_than_half_bad_rows_are_refused(read: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read("a,b,c\n1,2,3\n1\n2\n3\n4\n5,6,7\n1,2\n2,3\n1,2,3,4\n")
    assert caught.value.code == "mostly_bad_rows"
    assert (caught.value.row, caught.value.column) == (3, "b")
    assert caught.value.fix


def test_unclosed_quote_costs_one_row(read: Any) -> None:
    parsed = read('a,b,c\n1,"x",2\n3,"y,4\n5,"z",6\n7,w,8\n')
    assert parsed.frame.rows() == [(1, "x", 2), (5, "z", 6), (7, "w", 8)]
    assert [row["line"] for row in parsed.report["bad_rows"]] == [3]
    assert parsed.lines is not None
    assert parsed.lines.tolist() == [2, 4, 5]


def test_unclosed_quote_in_the_header_is_refused_with_its_line(read: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read('a,"b,c\n1,2,3\n4,5,6\n')
    assert (caught.value.code, caught.value.row) == ("unclosed_quote", 1)


def test_stray_quotes_are_text(read: Any) -> None:
    assert read('a,b\n5" pipe,1\n7" pipe,2\n8,"he said "hi" there"\n').frame["a"].to_list() == [
        '5" pipe',
        '7" pipe',
        "8",
    ]


def test_line_breaks_inside_quotes_keep_line_numbers_right(read: Any) -> None:
    parsed = read('a,b\n1,"x\ny"\n2,"z\n\nw"\n3,v\n')
    assert parsed.frame["b"].to_list() == ["x\ny", "z\n\nw", "v"]
    assert parsed.lines is not None
    assert parsed.lines.tolist() == [2, 4, 7]


def test_nul_bytes_are_removed_and_told(read: Any) -> None:
    parsed = read(b"a,b\n1,\x002\n3,4\n")
    assert parsed.frame.rows() == [(1, 2), (3, 4)]
    assert any("NUL" in repair and "line 2" in repair for repair in parsed.report["repairs"])


def test_single_foreign_bytes_in_utf8_are_mended_and_told(read: Any) -> None:
    body = "".join(f"Jürgen {i},{i}\n" for i in range(50)).encode()
    parsed = read(b"name,v\n" + body + "Größe,3\n".encode("latin-1"))
    assert parsed.frame["name"].to_list()[-1] == "Größe"
    assert any("line 52" in repair for repair in parsed.report["repairs"])


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"\n\n  \n", "empty_file"), (b"a,b,c\n", "header_only"), (b"a,b\n\n\n", "header_only")],
)
def test_nothing_to_read_is_refused(read: Any, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(content)
    assert caught.value.code == code
    assert caught.value.fix


def test_too_many_columns_are_refused_with_limit_and_value(read: Any) -> None:
    wide = ",".join(f"c{i}" for i in range(12)) + "\n" + ",".join("1" * 12) + "\n"
    with pytest.raises(LimitExceeded) as caught:
        read(wide, limits=ReadLimits(max_columns=10))
    assert caught.value.code == "too_many_columns"
    assert caught.value.context == {"limit": 10, "value": 12}
    assert read(wide, limits=ReadLimits(max_columns=12)).frame.width == 12  # control: the limit itself is allowed


def test_a_cell_beyond_the_limit_is_refused_with_its_line(read: Any) -> None:
    with pytest.raises(LimitExceeded) as caught:
        read("a,b\n1,x\n2," + "y" * 500 + "\n", limits=ReadLimits(max_field_characters=400))
    assert (caught.value.code, caught.value.row) == ("upload_too_complex", 3)


def test_more_cells_than_allowed_are_refused(read: Any) -> None:
    with pytest.raises(LimitExceeded) as caught:
        read("a,b\n1,2\n3,4\n", limits=ReadLimits(max_cells=3))
    assert caught.value.context["value"] == 4


@pytest.mark.slow
def test_five_thousand_columns_are_read(read: Any) -> None:
    rows = [",".join(str((i * j) % 7) for i in range(5_000)) for j in range(3)]
    frame = read(",".join(f"c{i}" for i in range(5_000)) + "\n" + "\n".join(rows) + "\n").frame
    assert frame.shape == (3, 5_000)
    assert frame["c4"].to_list() == [0, 4, 1]


def test_what_the_user_says_beats_every_guess(read: Any) -> None:
    content = "a;b\n1,5;2\n3,5;4\n"
    assert read(content, delimiter=",", header=False).frame.width == 2
    assert read("x\n1\n2\n", header=False).frame["column_1"].to_list() == ["x", "1", "2"]
    assert read("v;w\n1.234;5\n2.345;6\n", decimal=",").frame["v"].to_list() == [1234, 2345]
    assert read("v,w\na,1\n-,2\nb,3\n", missing_markers=["b"]).frame["v"].to_list() == ["a", "-", None]
    assert read("d,w\n03/04/2025,1\n05/06/2025,2\n", date_order="month_first").frame["d"][0] == date(2025, 3, 4)


def test_wrong_encoding_from_the_user_names_the_line(read: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read("a,b\n1,x\n2,é\n".encode("latin-1"), encoding="utf-8")
    assert (caught.value.code, caught.value.row) == ("encoding_undecidable", 3)
    with pytest.raises(InvalidInput, match="no encoding called"):
        read("a,b\n1,x\n", encoding="utf-99")


def test_every_guess_says_how_sure_it_is_and_why(read: Any) -> None:
    guesses = {guess["name"]: guess for guess in read("a;b\nx;1,5\ny;NA\n").report["guesses"]}
    assert set(guesses) >= {"encoding", "delimiter", "header", "decimal", "missing_markers"}
    assert all(0 <= guess["confidence"] <= 1 and guess["evidence"] for guess in guesses.values())
    assert guesses["decimal"]["value"] == ","


CELL = st.text(alphabet=st.sampled_from("ab1 ,;\"'\n.-é\t|"), max_size=8)


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=2, max_size=8))
def test_what_pythons_csv_writer_wrote_comes_back_cell_by_cell(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """Independent judge: the standard library's writer. Types are switched off by a word in every column."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("c_one", "c_two", "c_three"), ("word", "word", "word"), *rows, ("word", "word", "word")])
    path = tmp_path / "t.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    options = ReadOptions(delimiter=",", header=True, missing_markers=[], odd_cells="keep")
    frame = read_delimited(path, "t.csv", options, ReadLimits()).frame
    read_back = [tuple("" if cell is None else str(cell) for cell in row) for row in frame.rows()][1:-1]
    expected = [tuple("" if not cell.strip() else cell for cell in row) for row in rows]
    assert read_back == expected


TOKENS = [
    b'"', b",", b";", b"\n", b"\r", b"\t", b"\0", b"\xff", b"\xe9", b" ", b"'", b'\\"', b'""', b"NA", b"1e999", b"|",
    b"=1+1", b"99999999999999999999", b"0000-01-01", b"-024-01-01", b"31/12/2024", b"\xf0\x9f", b"true", b"%",
    b"(1)", b"12:30 PM",
]  # fmt: skip
SEEDS = [
    b'a,b,c\n1,2.5,x\n2,3.5,"y, z"\n3,,"multi\nline"\n',
    "name;größe\nMüller;1,5\nGroß;2,75\n".encode("cp1252"),
    b"d\tt\n2024-01-01\t2024-01-01T10:00:00Z\n2024-02-01\t2024-01-01 11:00\n",
    '\ufeffid|v\r\n001|€ 1.234,50\r\n002|"12"\r\n'.encode(),
]


@pytest.mark.slow
def test_damaged_files_give_a_table_or_a_refusal_with_a_way_on(tmp_path: Path) -> None:
    """600 files with planted damage; whatever else came out would be a fault of ours."""
    random = np.random.default_rng(5)
    path = tmp_path / "t.csv"
    n_tables = without_fix = 0
    for _ in range(600):
        content = bytearray(SEEDS[random.integers(len(SEEDS))] * int(random.choice([1, 2, 5])))
        for _ in range(random.integers(1, 9)):
            place = int(random.integers(len(content) + 1))
            content[place : place + int(random.integers(0, 4))] = TOKENS[random.integers(len(TOKENS))]
        path.write_bytes(content)
        try:
            parsed = read_delimited(path, path.name, ReadOptions(), ReadLimits(), threads=1)
        except (InvalidInput, LimitExceeded) as error:
            without_fix += not error.fix
        else:
            n_tables += 1
            assert parsed.lines is not None
            assert len(parsed.lines) == parsed.frame.height > 0
    assert without_fix == 0
    assert n_tables > 400  # control: most damage is survived, not merely refused
