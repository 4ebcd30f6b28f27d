"""A query over MySQL or MariaDB reads rows and nothing else, whatever is written in it and whoever answers."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.databases._shared import BATCH_ROWS
from narrative.adapters.databases.by_scheme import DatabasesByScheme
from narrative.adapters.databases.mysql import MySQL
from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, Unavailable
from tests.fixtures.lying_database import TEXT_OID, database, dripping
from tests.fixtures.lying_mysql import BINARY, BIT, BLOB, NUMBER, TEXT, column, failure, mysql_server

REAL = os.environ.get("MYSQL_URL", "")
TWO = {"name": column("name", TEXT), "n": column("n", NUMBER, BINARY)}


def dial(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), 5)


def answered(url: str, query: str = "SELECT 1", **limits: Any) -> str:
    with MySQL(dial, **{"seconds": 10.0, **limits}).query(url, query) as pieces:
        return b"".join(pieces).decode()


def refused(url: str, query: str = "SELECT 1", **limits: Any) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        answered(url, query, **limits)
    assert "hunter2" not in str(caught.value.to_dict())
    return caught.value


def test_rows_become_csv_as_the_database_writes_them() -> None:
    columns = {**TWO, "bit": column("bit", BIT, BINARY), "raw": column("raw", BLOB, BINARY)}
    rows = [
        ("Ålesund".encode(), b"18446744073709551615", b"\1", b"\0\xff"),
        (None, None, None, None),
        (b"", b"0.10", b"\0", b""),
        (b'a "b", c', b"007", b"\1\0", b"x"),
    ]
    with mysql_server(columns, rows) as there:
        assert answered(there.url()) == (
            'name,n,bit,raw\nÅlesund,18446744073709551615,1,\\x00ff\n,,,\n"",0.10,0,\\x\n"a ""b"", c",007,256,\\x78\n'
        )


@pytest.mark.parametrize(
    ("version", "limit"),
    [
        ("8.4.0", "SET SESSION max_execution_time = 10000"),
        ("5.5.5-10.11.6-MariaDB", "SET SESSION max_statement_time = 10"),
    ],
)
def test_the_session_only_reads_and_has_a_limit_of_time(version: str, limit: str) -> None:
    with mysql_server(TWO, version=version) as there:
        assert answered(there.url(), " SELECT 1; ") == "name,n\n"
        assert there.statements[-4:] == [
            limit, "SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY", "SELECT 1",
        ]  # fmt: skip


def test_rows_are_counted_while_they_come() -> None:
    rows = [(b"x", b"1")] * (BATCH_ROWS + 1)
    with mysql_server(TWO, rows) as there:
        assert answered(there.url()).count("\n") == BATCH_ROWS + 2
    with mysql_server(TWO, rows) as there, pytest.raises(LimitExceeded) as caught:
        answered(there.url(), max_rows=BATCH_ROWS)
    assert (caught.value.code, caught.value.context["limit"]) == ("query_too_large", BATCH_ROWS)


def test_rows_that_nobody_wants_any_more_are_not_waited_for() -> None:
    with mysql_server(TWO, [(b"x", b"1")] * 3_000) as there, MySQL(dial).query(there.url(), "SELECT 1") as pieces:
        assert next(pieces) == b"name,n\n"


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (failure(1146, "Table 'shop.x' doesn't exist"), "query_failed"),
        (b"\xfb/etc/passwd", "database_unreachable"),
        (b"\0\0\0\2\0\0\0", "query_failed"),
        (b"\2junk", "query_too_large"),
    ],
    ids=["error", "wants a file of ours", "no rows", "falls silent"],
)
def test_a_server_that_lies_is_a_plain_failure(lie: bytes, code: str, tmp_path: Path) -> None:
    del tmp_path
    with mysql_server(TWO, lie=lie) as there:
        assert refused(there.url("hunter2"), seconds=1.0).code == code


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xff\xff\0" * 3, b"\1\0\0\0\x0a", b"\5\0\0\0\x0a8.4\0"]
)
def test_what_is_no_such_database_is_said_to_be_none(greeting: bytes) -> None:
    with mysql_server(TWO, greeting=greeting) as there:
        assert isinstance(refused(there.url("hunter2"), seconds=2.0), Unavailable)


def test_a_password_is_not_sent_to_a_server_that_does_not_encrypt() -> None:
    with mysql_server(TWO) as there:
        error = refused(there.url("hunter2").removesuffix("?sslmode=disable"))
    assert (error.code, "encrypt" in error.message) == ("database_url_invalid", True)


@pytest.mark.parametrize(
    "query",
    [
        "", ";", "DELETE FROM t", "DROP TABLE t", "SHOW TABLES", "SET GLOBAL x = 1", "CALL p()", "DO SLEEP(9)",
        "/*! DELETE FROM t */", "/*!50000 SELECT */ 1", "/*M! SELECT */ 1", "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 INTO/**/DumpFile '/tmp/x'", "/* a */ /*!1 INTO OUTFILE*/ SELECT 1", "selection", "-- SELECT 1",
        "/* a */ INSERT INTO t /* b */ SELECT 1",
    ],
)  # fmt: skip
def test_what_does_not_only_read_is_refused_before_anything_is_connected(query: str) -> None:
    error = refused("mysql://a:hunter2@127.0.0.1:1/c", query)
    assert (error.code, isinstance(error, InvalidInput)) == ("query_failed", True)


@pytest.mark.parametrize("part", ["/**/", "-- \n", "#\n", "(", " ", "/*", "/**/-- \n(#\n "])
def test_many_comments_before_something_else_are_refused_in_a_moment(part: str) -> None:
    many, began = part * (19_990 // len(part)), time.process_time()
    assert refused("mysql://a:hunter2@127.0.0.1:1/c", f"{many}x").code == "query_failed"
    assert (
        time.process_time() - began < 5.0
    )  # under 0.001; with backtracking, 24 comments took 1.8 and each further one doubled it


@pytest.mark.parametrize(
    "query",
    [
        "(SELECT 1)",
        "/**/" * 4_000 + "SELECT 1",
        "/* why */ select 1",
        "-- why\nWITH a AS (SELECT 1) SELECT * FROM a",
        "# a\nTABLE t",
    ],
)
def test_queries_may_begin_in_their_own_ways(query: str) -> None:
    with mysql_server(TWO) as there:
        assert answered(there.url(), query) == "name,n\n"


def test_an_address_is_asked_by_how_it_begins() -> None:
    databases = DatabasesByScheme(dial, seconds=10.0, max_rows=10)
    with mysql_server(TWO) as one, database({"name": TEXT_OID}) as other:
        for url, header in (
            (one.url(), b"name,n\n"),
            (one.url().replace("mysql", "mariadb"), b"name,n\n"),
            (other.url(), b"name\n"),
        ):
            with databases.query(url, "SELECT 1") as pieces:
                assert b"".join(pieces) == header
    with pytest.raises(InvalidInput), databases.query("oracle://a:b@c/d", "SELECT 1"):
        pass


def test_a_server_that_drips_while_one_signs_in_is_given_up() -> None:
    with dripping(b"\xff\xff\xff\0", b"\x01") as port:
        error = refused(f"mysql://a:hunter2@127.0.0.1:{port}/c?sslmode=disable", seconds=0.3)
    assert (error.code, error.message) == ("query_too_large", "The query took longer than 0.3 seconds.")


def test_rows_that_drip_are_given_up() -> None:
    with mysql_server(TWO, [(b"x", b"1")] * BATCH_ROWS, pause=0.02) as there:
        error = refused(there.url("hunter2"), seconds=0.5)
    assert (error.code, error.message) == ("query_too_large", "The query took longer than 0.5 seconds.")


@pytest.mark.skipif(not REAL, reason="MYSQL_URL names no database")
def test_a_real_server_reads_and_refuses_to_write() -> None:
    query = "SELECT CAST(12345678901234567890.5 AS DECIMAL(30, 5)) AS n, TRUE AS t, NULL AS m, '' AS e, X'00ff' AS r"
    assert answered(REAL, query) == 'n,t,m,e,r\n12345678901234567890.50000,1,,"",\\x00ff\n'
    for writing in ("SELECT 1; SELECT 2", "SELECT * FROM information_schema.tables WHERE", "SELECT NEXTVAL(nobody)"):
        assert refused(REAL, writing).code == "query_failed"
    assert refused(REAL, "SELECT SLEEP(30)", seconds=1.0).code in ("query_failed", "database_unreachable")
