"""Database files: the table that is wanted, as it stands there, and nothing that a hostile file would run."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from tests.engine.tables.test_packed import read, refusal

SHOP = """
    CREATE TABLE city (name TEXT, people INTEGER);
    INSERT INTO city VALUES ('Oslo', 709000), ('Bergen', 291000);
    CREATE TABLE "order, ""old"" ones" (id INTEGER PRIMARY KEY, code TEXT, at TEXT, price REAL, good BOOLEAN,
        note TEXT, raw BLOB);
    INSERT INTO "order, ""old"" ones" VALUES
        (9007199254740993, '007', '2026-01-31', 1.5, 1, 'a "b", c', x'00ff'),
        (2, '008', '2026-02-01', -0.25, 0, NULL, NULL),
        (3, '010', '2026-02-02', 1e20, 1, 'two' || char(10) || 'lines', x'');
    CREATE TABLE empty (a);
    CREATE VIEW everything AS SELECT * FROM city;
"""


def made(folder: Path, script: str) -> bytes:
    path = folder / "made.db"
    database = sqlite3.connect(path)
    database.executescript(script)
    database.close()
    content = path.read_bytes()
    path.unlink()
    return content


def test_the_table_with_most_rows_is_read_and_the_others_are_offered(tmp_path: Path) -> None:
    frame, report = read(made(tmp_path, SHOP), "shop.db", tmp_path)
    assert frame.columns == ["id", "code", "at", "price", "good", "note", "raw"]
    assert frame["id"].to_list() == ["2", "3", "9007199254740993"]
    assert frame["code"].to_list() == ["008", "010", "007"]
    assert str(frame["at"].dtype) == "Date"
    assert frame["price"].to_list() == [-0.25, 1e20, 1.5]
    assert frame["note"].to_list() == [None, "two\nlines", 'a "b", c']
    assert frame["raw"][2] == "00ff"
    assert [(part["name"], part["n_rows"]) for part in report["members"]] == [("city", 2), ('order, "old" ones', 3)]
    assert (report["format"], report["compression"], report["member"]) == ("sqlite", None, 'order, "old" ones')
    (question,) = [one for one in report["questions"] if one["name"] == "member"]
    assert question["text"] == "Which table of the database do you want?"
    assert not {guess["name"] for guess in report["guesses"]} & {"delimiter", "encoding", "header"}


def test_another_table_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    frame, report = read(made(tmp_path, SHOP), "shop.db", tmp_path, {"member": "city"})
    assert frame.rows() == [("Oslo", 709000), ("Bergen", 291000)]
    assert report["guesses"][0]["evidence"] == "you said so"
    error = refusal(made(tmp_path, SHOP), "shop.db", tmp_path, options={"member": "everything"})
    assert error.code == "member_unknown"


@pytest.mark.parametrize("keep", [20, 100, 1_000, 4_096, 5_000])
def test_a_database_that_was_cut_off_is_said_to_be_damaged(tmp_path: Path, keep: int) -> None:
    error = refusal(made(tmp_path, SHOP)[:keep], "shop.db", tmp_path)
    assert (isinstance(error, InvalidInput), error.code) == (True, "archive_damaged")


def test_a_database_without_rows_is_empty(tmp_path: Path) -> None:
    assert refusal(made(tmp_path, "CREATE TABLE a (b)"), "a.sqlite", tmp_path).code == "empty_file"


def test_columns_that_calculate_are_read_within_limits(tmp_path: Path) -> None:
    frame, _ = read(
        made(tmp_path, "CREATE TABLE a (b, c AS (b * 2)); INSERT INTO a(b) VALUES (1), (4)"), "a.db", tmp_path
    )
    assert frame["c"].to_list() == [2, 8]
    swollen = """
        CREATE TABLE a (b, c AS (printf('%.*c', 9000000, 'x')));
        INSERT INTO a(b) VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9);
    """
    error = refusal(made(tmp_path, swollen), "a.db", tmp_path)
    assert (isinstance(error, LimitExceeded), error.code) == (True, "upload_too_complex")
    vast = "CREATE TABLE a (b, c AS (hex(zeroblob(99999999)))); INSERT INTO a(b) VALUES (1)"
    assert refusal(made(tmp_path, vast), "a.db", tmp_path).code == "archive_damaged"


def test_virtual_tables_and_views_are_not_offered(tmp_path: Path) -> None:
    script = """
        CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('x');
        CREATE TABLE a (b, c); INSERT INTO a VALUES (1, 2), (3, 4);
        CREATE VIEW v AS SELECT load_extension('x');
    """
    names = [part["name"] for part in read(made(tmp_path, script), "a.db", tmp_path)[1]["members"]]
    assert "a" in names
    assert not {"words", "v"} & set(names)


def test_a_forged_schema_runs_nothing(tmp_path: Path) -> None:
    """A program that opens this file plainly and reads ``a`` is made to read the view, and with it the function."""
    script = """
        CREATE TABLE a (b); INSERT INTO a VALUES (1); PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET type = 'view', sql = 'CREATE VIEW a AS SELECT hex(zeroblob(9)) AS b', rootpage = 0;
    """
    assert refusal(made(tmp_path, script), "a.db", tmp_path).code in ("empty_file", "archive_damaged")


@pytest.mark.parametrize("limits", [{"max_unpacked_bytes": 50}, {"max_columns": 2}])
def test_limits_hold(tmp_path: Path, limits: dict[str, Any]) -> None:
    error = refusal(made(tmp_path, SHOP), "shop.db", tmp_path, **limits)
    assert isinstance(error, LimitExceeded)


def test_the_file_is_not_changed_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    content = made(tmp_path, "PRAGMA journal_mode = WAL;" + SHOP)
    read(content, "shop.db", tmp_path)
    assert (tmp_path / "blob").read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} <= {"blob", "out", "out.lines"}
