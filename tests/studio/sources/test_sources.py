"""Tables from elsewhere: pasted, from the web, from a query; and what must not be kept or reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from narrative.core.errors import InvalidInput
from narrative.studio.sources.connections import read_connections
from narrative.studio.sources.entities import holds_secret
from tests.adapters.egress.test_guarded import TABLE, Web, send, serving
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


def served_object(handler: BaseHTTPRequestHandler) -> None:
    """A store that gives one object to whoever signs with one key."""
    if "Credential=AKHUNTER2/" in (handler.headers["Authorization"] or ""):
        send(handler, 200, TABLE, ETag='"one"')
    else:
        send(handler, 403, b"<Code>AccessDenied</Code>")


def object_body(web: Web, **more: Any) -> dict[str, Any]:
    key = {"key_id": "AKHUNTER2", "secret": "hunter2hunter2"}
    return {"address": "s3://sales/orders.csv", "endpoint": f"http://127.0.0.1:{web.port}", "key": key, **more}


def test_an_object_becomes_a_dataset_and_its_key_is_kept_nowhere(
    open_studio: StudioApp, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(served_object) as web:
        answer = open_studio.owner.post("/sources/object", json=object_body(web), headers={"Idempotency-Key": "once"})
        assert raw_of(open_studio, answer) == TABLE
        dataset = answer.json()["dataset"]
        assert dataset["original_filename"] == "orders.csv"
        source = open_studio.owner.get(f"/datasets/{dataset['id']}/source").json()
        assert (source["kind"], source["needs"]) == ("object", "key")
        assert source["place"] == f"s3://sales/orders.csv at http://127.0.0.1:{web.port}"
        denied = open_studio.owner.post("/sources/object", json=object_body(web, key=None))
        assert code(denied) == (422, "object_access_denied")
    kept = [
        path for path in (tmp_path / "data").rglob("*") if path.is_file() and b"unter2" in path.read_bytes().lower()
    ]
    assert kept == []
    assert "hunter2" not in "".join(capfd.readouterr()).lower()


def connected(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "connections.toml"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def test_what_the_operator_set_up_is_used_by_name_and_never_shown(tmp_path: Path) -> None:
    with serving(served_object) as web, database({"city": TEXT_OID}, [[("Oslo",)]]) as there:
        text = f"""
            [lake]
            endpoint = "http://127.0.0.1:{web.port}"
            access_key_id = "AKHUNTER2"
            secret_access_key = "hunter2hunter2"
            [shop]
            database_url = "{there.url("hunter2hunter2")}"
        """
        connections = connected(tmp_path, text)
        with studio_app(tmp_path, egress_allow="127.0.0.1", connections=connections) as studio:
            listed = studio.owner.get("/sources/connections")
            assert listed.json() == {"items": [{"name": "lake", "kind": "object"}, {"name": "shop", "kind": "query"}]}
            lake = studio.owner.post("/sources/object", json={"address": "s3://a-b/x.csv", "connection": "lake"})
            shop = studio.owner.post("/sources/query", json={"query": "SELECT city", "connection": "shop"})
            for answer in (lake, shop):
                assert answer.status_code == 202, answer.text
                source = studio.owner.get(f"/datasets/{answer.json()['dataset']['id']}/source")
                assert source.json()["needs"] is None
                assert "hunter2" not in source.text.lower()
            wrong = studio.owner.post("/sources/query", json={"query": "SELECT city", "connection": "lake"})
            assert code(wrong) == (422, "connection_unknown")
            assert wrong.json()["fix"] == "There are: shop."
            elsewhere = object_body(web, connection="lake", key=None)
            assert studio.owner.post("/sources/object", json=elsewhere).status_code == 422  # its key goes nowhere else


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        ("[a]\ndatabase_url = 'x'", 0o644, "connections_open"),
        ("[a", 0o600, "connections_unreadable"),
        ("[a]\nsecret = 'hunter2'", 0o600, "connections_unreadable"),
        ("[a]\ndatabase_url = 7", 0o600, "connections_unreadable"),
        ("a = 'hunter2'", 0o600, "connections_unreadable"),
    ],
)
def test_connections_that_cannot_be_used_stop_the_start(tmp_path: Path, content: str, mode: int, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_connections(connected(tmp_path, content, mode))
    assert caught.value.code == expected
    assert "hunter2" not in json.dumps(caught.value.to_dict())


@pytest.mark.parametrize(
    "address",
    [
        "?token=abc", "?sig=abc", "?X-Amz-Signature=abc", "?api_key=abc", "?key=1", "?access_token=a", "?code=a",
        "?f=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "?2f1c9d5a7b3e4f60a1b2c3d4", "?pwd=x", "#token=a",
    ],
)  # fmt: skip
def test_addresses_that_carry_a_secret_are_not_kept(address: str) -> None:
    assert holds_secret(f"https://example.org/table.csv{address}")


@pytest.mark.parametrize("address", ["", "?year=2026&month=11", "?format=csv&q=oslo%20bergen", "?gid=0&single=true"])
def test_plain_addresses_are_kept(address: str) -> None:
    assert not holds_secret(f"https://example.org/table.csv{address}")
