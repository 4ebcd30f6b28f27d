"""Tables from elsewhere: pasted, from the web, from a query; and what must not be kept or reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.adapters.egress.test_guarded import TABLE, serving
from tests.fixtures.lying_database import TEXT_OID, database, failure
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


@pytest.fixture
def open_studio(tmp_path: Path) -> Iterator[StudioApp]:
    """One whose operator lets it reach this machine."""
    with studio_app(tmp_path, egress_allow="127.0.0.1") as made:
        yield made


def raw_of(studio: StudioApp, answer: httpx.Response) -> bytes:
    """The stored bytes of what was loaded."""
    assert answer.status_code == 202, answer.text
    blobs = studio.parts.platform.blobs
    (only,) = blobs.list(studio.tenant)
    return b"".join(blobs.open(studio.tenant, only.sha256))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_pasted_table_becomes_a_dataset(studio: StudioApp) -> None:
    answer = studio.owner.post("/sources/text", json={"text": "city\tpeople\nOslo\t7\n", "name": "Cities"})
    assert raw_of(studio, answer) == b"city\tpeople\nOslo\t7\n"
    assert answer.json()["dataset"]["name"] == "Cities"
    assert code(studio.owner.post("/sources/text", json={"text": " \n"})) == (422, "empty_file")


def test_a_file_on_the_web_becomes_a_dataset(open_studio: StudioApp) -> None:
    with serving() as web:
        answer = open_studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/x/people.csv?key=1"})
        assert raw_of(open_studio, answer) == TABLE
        assert answer.json()["dataset"]["original_filename"] == "people.csv"
        assert answer.json()["dataset"]["name"] == "people"


def test_without_the_operator_this_machine_is_not_reached(studio: StudioApp) -> None:
    with serving() as web:
        answer = studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/people.csv"})
        assert code(answer) == (422, "address_not_allowed")
        query = {"database_url": f"postgresql://a:b@127.0.0.1:{web.port}/c", "query": "SELECT 1"}
        assert code(studio.owner.post("/sources/query", json=query)) == (422, "address_not_allowed")
        assert studio.owner.get("/datasets").json()["items"] == []


def test_rows_of_a_query_become_a_dataset_and_the_password_is_kept_nowhere(
    open_studio: StudioApp, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with database({"city": TEXT_OID}, [[("Oslo",), (None,)]]) as there:
        body = {"database_url": there.url("hunter2hunter2"), "query": "SELECT city FROM places"}
        answer = open_studio.owner.post("/sources/query", json=body, headers={"Idempotency-Key": "once"})
        assert raw_of(open_studio, answer) == b'city\nOslo\n""\n'
    with database({}, lie=failure("no")) as there:
        body["database_url"] = there.url("hunter2hunter2")
        assert code(open_studio.owner.post("/sources/query", json=body)) == (422, "query_failed")
    wrong = open_studio.owner.post("/sources/query", json={"database_url": "sqlite:///hunter2hunter2", "query": 7})
    assert wrong.status_code == 422
    assert "hunter2" not in wrong.text
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert kept == []
    assert "hunter2" not in "".join(capfd.readouterr())
