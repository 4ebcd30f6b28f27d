"""Every failure over HTTP is a problem in plain words with the right status, and shows nothing of the inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.core.errors import (
    Canceled,
    Conflict,
    InternalError,
    InvalidInput,
    LimitExceeded,
    NarrativeError,
    NotApplicable,
    NotFound,
    NotPermitted,
    Unauthenticated,
    Unavailable,
)
from tests.fixtures.plain_app import Calls, plain_app, signed_in
from tests.fixtures.studio_app import Client

Plain = tuple[Client, Calls]


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Plain]:
    with plain_app(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x", "m"), 422),
        (NotApplicable("x", "m"), 422),
        (NotFound("x", "m"), 404),
        (Conflict("x", "m"), 409),
        (Canceled("x", "m"), 409),
        (LimitExceeded("x", "m"), 413),
        (LimitExceeded("too_many_columns", "m"), 413),
        (LimitExceeded("too_many_streams", "m"), 429),
        (Unauthenticated("x", "m"), 401),
        (NotPermitted("x", "m"), 403),
        (Unavailable("x", "m"), 503),
        (InternalError("x", "m"), 500),
    ],
    ids=lambda value: value.family + "-" + value.code if isinstance(value, NarrativeError) else str(value),
)
def test_each_family_has_its_status(plain: Plain, error: NarrativeError, status: int) -> None:
    client, calls = plain
    calls.raises = error
    answer = client.get("/open")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["instance"]) == (status, "/api/v1/open")
    assert body["request_id"] == answer.headers["x-request-id"]


def test_a_problem_names_row_column_and_fix(plain: Plain) -> None:
    client, calls = plain
    calls.raises = InvalidInput("value_odd", "It is odd.", row=7, column="age", fix="Make it even.", limit=3)
    body = client.get("/open").json()
    assert (body["row"], body["column"], body["fix"], body["context"]) == (7, "age", "Make it even.", {"limit": 3})
    assert body["type"] == "urn:narrative:problem:value_odd"


def test_what_is_busy_says_when_to_come_back(plain: Plain) -> None:
    client, calls = plain
    calls.raises = Unavailable("metadata_busy", "Busy.", retry_after_seconds=5)
    assert client.get("/open").headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "error", [RuntimeError("password=hunter2"), InternalError("child_failed", "hunter2", tail="/srv/x.py")]
)
def test_a_bug_shows_nothing_of_the_inside_and_is_logged(
    plain: Plain, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client, calls = plain
    calls.raises = error
    logger = logging.getLogger("narrative")
    logger.propagate = True
    with caplog.at_level(logging.ERROR, "narrative"):
        answer = client.get("/open")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "x.py" not in answer.text
    assert answer.json()["code"] == "internal"
    assert [record.message for record in caplog.records] == ["http.request_failed"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/nowhere", 404, "not_found"),
        ("PUT", "/open", 405, "method_not_allowed"),
    ],
)
def test_the_frameworks_own_failures_are_problems_too(
    plain: Plain, method: str, path: str, status: int, code: str
) -> None:
    answer = plain[0].request(method, path)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"


def test_wrong_fields_are_named_by_pointers(plain: Plain) -> None:
    answer = plain[0].post("/things", json={"nome": "x", "number": "much"}, headers=signed_in("editor"))
    assert answer.status_code == 422
    assert {field["pointer"] for field in answer.json()["errors"]} == {"/name", "/nome", "/number"}
