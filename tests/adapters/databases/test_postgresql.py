"""A query reads rows and nothing else, whatever is written in it and whoever answers."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

import pytest

from narrative.adapters.databases._shared import BATCH_ROWS
from narrative.adapters.databases.postgresql import PostgreSQL
from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, Unavailable
from tests.fixtures.lying_database import BOOLEAN_OID, READY, TEXT_OID, database, dripping, failure, message

TWO = {"name": TEXT_OID, "good": BOOLEAN_OID}
REAL = os.environ.get("POSTGRES_URL", "")


def dial(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), 5)


def answered(url: str, query: str = "SELECT 1", **limits: Any) -> str:
    with PostgreSQL(dial, **{"seconds": 10.0, **limits}).query(url, query) as pieces:
        return b"".join(pieces).decode()


def test_rows_become_csv_as_the_database_writes_them() -> None:
    rows = [("Oslo", "t"), (None, "f"), ("", None), ('a "b", c', "t"), ("two\nlines", "f"), ("007", "t"), ("ø", "t")]
    with database(TWO, [rows]) as there:
        assert answered(there.url()) == (
            'name,good\nOslo,true\n,false\n"",\n"a ""b"", c",true\n"two\nlines",false\n007,true\nø,true\n'
        )


def test_the_query_is_the_body_of_a_cursor_in_a_session_that_only_reads() -> None:
    with database(TWO) as there:
        assert answered(there.url(), " SELECT 1; ") == "name,good\n"
        assert there.statements[:2] == [
            "START TRANSACTION READ ONLY",
            "DECLARE narrative_rows NO SCROLL CURSOR FOR SELECT 1",
        ]
        assert b"default_transaction_read_only\0on\0" in there.startup


def test_rows_come_in_batches_up_to_a_limit() -> None:
    batch = [("x", "t")] * BATCH_ROWS
    with database(TWO, [batch, batch, []]) as there:
        assert answered(there.url()).count("\n") == 2 * BATCH_ROWS + 1
    with database(TWO, [batch, batch, []]) as there, pytest.raises(LimitExceeded) as caught:
        answered(there.url(), max_rows=BATCH_ROWS)
    assert (caught.value.code, caught.value.context["limit"]) == ("query_too_large", BATCH_ROWS)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (b"", "database_unreachable"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "query_too_large"),
        (message(b"R", b"\0\0\0\0") + b"T" + struct.pack("!i", 2**31 - 1), "query_too_large"),
        (b"R" + struct.pack("!i", -5), "query_too_large"),
        (message(b"R", b"\0\0\0\x63"), "database_unreachable"),
        (message(b"?", b"what"), "database_unreachable"),
        (message(b"R", b"\0\0\0\0") + READY + b"junk!", "database_unreachable"),
        (failure('relation "x" does not exist'), "query_failed"),
    ],
    ids=["leaves", "another protocol", "a huge message", "a negative one", "odd sign-in", "odd kind", "junk", "error"],
)
def test_a_server_that_lies_is_a_plain_failure(lie: bytes, code: str) -> None:
    with database(TWO, lie=lie or b"\0") as there, pytest.raises(NarrativeError) as caught:
        answered(there.url("hunter2"))
    assert caught.value.code == code
    assert "hunter2" not in str(caught.value.to_dict())


@pytest.mark.parametrize(
    "url",
    [
        "", "sqlite:////etc/passwd", "sqlite:///data.db", "file:///etc/passwd", "mysql://a:secret@b/c", "jdbc:postgresql://a/b",
        "postgresql:///secret", "postgresql://host/secret", "postgresql://secret@host/", "postgresql://a@host:port/secret",
        "postgresql://a:secret@host/db?options=-c", "postgresql://a:secret@host/db?sslmode=allow",
        "postgresql://a:secret@host/db?sslrootcert=/etc/passwd", "postgresql://a@[::1/secret",
    ],
)  # fmt: skip
def test_other_databases_and_options_are_refused_without_repeating_the_address(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        answered(url)
    assert caught.value.code == "database_url_invalid"
    assert "secret" not in str(caught.value.to_dict())


@pytest.mark.parametrize("query", ["", " ; ", "SELECT '\0'", "x" * 20_001])
def test_what_is_no_query_is_refused_before_anything_is_connected(query: str) -> None:
    with pytest.raises(InvalidInput):
        answered("postgresql://a:b@127.0.0.1:1/c", query)


def test_a_server_without_encryption_is_refused_unless_that_is_asked_for() -> None:
    with database(TWO) as there, pytest.raises(NarrativeError) as caught:
        answered(there.url().replace("?sslmode=disable", ""))
    assert isinstance(caught.value, InvalidInput | Unavailable)


@pytest.mark.parametrize(
    ("mode", "start", "drop"),
    [
        ("disable", b"R\0\0\x40\0", b"x"),
        ("disable", message(b"R", b"\0\0\0\0") + READY + b"T\0\0\x40\0", b"x"),
        ("disable", message(b"R", b"\0\0\0\0"), message(b"S", b"a\0b\0")),
        ("require", b"S\x16\x03\x03\x40\0", b"\x02"),
    ],
    ids=["in the sign-in", "in an answer", "with messages that never end", "in the handshake of TLS"],
)
def test_a_server_that_drips_is_given_up(mode: str, start: bytes, drop: bytes) -> None:
    with dripping(start, drop) as port, pytest.raises(LimitExceeded) as caught:
        answered(f"postgresql://a:b@127.0.0.1:{port}/c?sslmode={mode}", seconds=0.3)
    assert (caught.value.code, caught.value.message) == ("query_too_large", "The query took longer than 0.3 seconds.")


@pytest.mark.skipif(not REAL, reason="POSTGRES_URL names no database")
def test_a_real_server_reads_and_refuses_to_write() -> None:
    assert answered(REAL, "SELECT 12345678901234567890.5 AS n, true AS t, NULL::text AS m, '' AS e") == (
        'n,t,m,e\n12345678901234567890.5,true,,""\n'
    )
    for query in (
        "CREATE TABLE x (a int)",
        "SELECT 1; SELECT 2",
        "WITH d AS (DELETE FROM pg_class RETURNING 1) TABLE d",
    ):
        with pytest.raises(InvalidInput) as caught:
            answered(REAL, query)
        assert caught.value.code == "query_failed"
