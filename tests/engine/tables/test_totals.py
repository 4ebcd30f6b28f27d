"""Rows that are no cases: totals, repeated headers, notes; and rows too short or too long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrative.engine.tables.delimited import Parsed, read_delimited
from narrative.engine.tables.types import ReadLimits, ReadOptions


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def call(content: str, **options: Any) -> Parsed:
        path = tmp_path / "table.csv"
        path.write_text(content, encoding="utf-8")
        return read_delimited(path, "table.csv", ReadOptions(**options), ReadLimits())

    return call


SALES = "town,day,sold,price\nUlm,2024-01-31,2,1.5\nBern,2024-02-01,3,2.25\nGraz,2024-02-02,4,1.25\n"


@pytest.mark.parametrize(
    "last",
    [
        "Total,,9,5.00",
        "Grand total:,,9,5",
        "Summe,,9,5.0",
        "Celkem,,9,5.00",
        "Total,2024,9,5",
        ",,9,5.00",
        "合計,,9,5",
        "Average,2024,3,1.67",
    ],
)
def test_a_total_below_the_table_is_left_out_and_listed(read: Any, last: str) -> None:
    parsed = read(SALES + last + "\n")
    assert parsed.frame.height == 3
    assert parsed.frame["sold"].to_list() == [2, 3, 4]
    (bad,) = parsed.report["bad_rows"]
    assert (bad["line"], bad["text"]) == (5, last)
    assert "total row" in bad["reason"]
    assert parsed.report["n_bad_rows"] == 1
    guess = next(guess for guess in parsed.report["guesses"] if guess["name"] == "total_rows")
    assert guess["value"] == "leave_out"


@pytest.mark.parametrize(
    "last",
    [
        "Totnes,2024-02-03,9,5.00",  # a word that only begins alike
        "Total,2024-02-03,8,7.00",  # the word, but a full row whose numbers sum up nothing
        ",,7,3.00",  # blanks, but numbers that sum up nothing
    ],
)
def test_a_row_that_only_resembles_a_total_stays(read: Any, last: str) -> None:
    assert read(SALES + last + "\n").frame.height == 4


def test_a_category_named_total_stays(read: Any) -> None:
    parsed = read("scope,n,v\nTotal,1,2\npart,2,\npart,3,\nTotal,6,\n")
    assert parsed.frame.height == 4


def test_totals_come_back_when_the_user_wants_them(read: Any) -> None:
    parsed = read(SALES + "Total,,9,5.00\n", total_rows="keep")
    assert parsed.frame.row(3) == ("Total", None, 9, 5.0)
    assert parsed.report["n_bad_rows"] == 0


def test_a_header_repeated_inside_is_left_out_and_listed(read: Any) -> None:
    parsed = read("town,sold\nUlm,2\nBern,3\ntown,sold\nGraz,4\n")
    assert parsed.frame["sold"].to_list() == [2, 3, 4]
    assert parsed.lines.tolist() == [2, 3, 5]
    assert [(row["line"], row["reason"]) for row in parsed.report["bad_rows"]] == [(4, "It repeats the header.")]


def test_notes_below_the_table_are_listed_and_not_called_damage(read: Any) -> None:
    parsed = read(SALES + "\nSource: ledger\n(3 rows affected)\n")
    assert parsed.frame.height == 3
    assert [(row["line"], row["reason"]) for row in parsed.report["bad_rows"]] == [
        (6, "It is a note below the table."),
        (7, "It is a note below the table."),
    ]
    assert parsed.report["warnings"] == []
    assert parsed.report["questions"] == []


def test_the_mark_that_ended_files_under_dos_is_set_aside(read: Any) -> None:
    parsed = read(SALES + "\x1a")
    assert parsed.frame.height == 3
    assert parsed.report["n_bad_rows"] == 0


def test_more_than_a_twentieth_of_bad_rows_is_asked_about(read: Any) -> None:
    good = "".join(f"{i},{i * i},x\n" for i in range(18))
    few = read("a,b,c\n" + good + "20,400,x\n" * 20 + "1,2\n" + good)
    assert (few.report["n_bad_rows"], few.report["questions"]) == (1, [])
    parsed = read("a,b,c\n" + good + "1,2\n1,2,x,4\n" + good)
    (question,) = parsed.report["questions"]
    assert (question["name"], question["assumed"]) == ("ragged", "leave_out")
    assert "2 of 38 rows" in question["text"]
    assert any("2 of 38 rows" in warning for warning in parsed.report["warnings"])
    filled = read("a,b,c\n" + good + "1,2\n1,2,x,4\n" + good, ragged="fill")
    assert filled.frame.height == 38
    assert filled.frame.rows()[18:20] == [(1, 2, None), (1, 2, "x")]
    assert filled.report["questions"] == []


def test_the_user_says_where_the_table_begins_and_how_many_lines_name_it(read: Any) -> None:
    content = "x,y,z\n1,2,3\nname,weight,size\ngood,heavy,long\nA,1,2\nB,3,4\n"
    parsed = read(content, skip_lines=2, header_rows=2)
    assert parsed.frame.columns == ["name good", "weight heavy", "size long"]
    assert parsed.frame.rows() == [("A", 1, 2), ("B", 3, 4)]
    assert parsed.lines.tolist() == [5, 6]
    assert read("a,b\n1,2\n3,4\n", header_rows=0).frame.height == 3
    assert read("a,b\n1,2\n3,4\n", skip_lines=1, header_rows=0).frame.rows() == [(1, 2), (3, 4)]


def test_the_user_says_that_quotes_are_text(read: Any) -> None:
    content = 'size,item\n"7,tube\n8",pipe\n'
    assert read(content, quote="", delimiter=",").frame["size"].to_list() == ['"7', '8"']
    parsed = read("a,b\n'x, y',1\n'z',2\n", quote="'")
    assert parsed.frame["a"].to_list() == ["x, y", "z"]
    assert next(guess for guess in parsed.report["guesses"] if guess["name"] == "quote")["value"] == "'"


def test_a_row_shifted_by_an_unquoted_delimiter_is_left_out_though_its_last_cell_is_empty(read: Any) -> None:
    good = "".join(f"town {i},{i},2024-01-31,\n" for i in range(30))
    parsed = read("town,n,day,note\n" + good + "Ulm, Ltd.,3,2024-02-01,\n" + good)
    assert [row["line"] for row in parsed.report["bad_rows"]] == [32]
    assert "do not fit" in parsed.report["bad_rows"][0]["reason"]
    control = read("town,n,day,note\n" + good + "Ulm,3,2024-02-01,,\n" + good)
    assert control.report["bad_rows"] == []
    assert control.frame.height == 61


@pytest.mark.parametrize(("above", "options"), [("sep=;\n", {}), ("x\ny\n", {"skip_lines": 2})])
def test_lines_are_counted_from_the_top_of_the_file(read: Any, above: str, options: dict[str, Any]) -> None:
    """A quote that is never closed is told by the reader of quotes, which begins below what is set aside."""
    good = "".join(f"town {i};{i}\n" for i in range(30))
    parsed = read(above + "town;n\n" + good + '"Ulm;3\n' + good, delimiter=";", **options)
    n_above = above.count("\n")
    assert [row["line"] for row in parsed.report["bad_rows"]] == [n_above + 32]
    assert parsed.lines[0] == n_above + 2
