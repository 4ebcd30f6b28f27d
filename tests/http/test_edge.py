"""Hosts, versions and headers: what holds for every request, whatever route answers it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.http.static import PAGE_POLICY
from tests.fixtures.plain_app import plain_app
from tests.fixtures.studio_app import Client

VENDOR = "application/vnd.narrativeml.v1+json"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with plain_app(tmp_path) as (made, _):
        yield made


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Client]:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>Page</title>")
    (static / "assets" / "app-1a2b.js").write_text("1")
    (static / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    with plain_app(tmp_path) as (made, _):
        yield made


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "studio.example.org"])
def test_known_names_are_answered(client: Client, host: str) -> None:
    assert client.get("/open", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "localhost.", ""])
def test_a_foreign_host_name_is_refused_so_rebinding_does_not_work(client: Client, host: str) -> None:
    answer = client.get("/open", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "host_not_allowed")


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", VENDOR, "text/html", f"{VENDOR}, */*;q=0.1",
                                    "application/vnd.narrativeml.v9+json, application/json;q=0.5"])  # fmt: skip
def test_version_one_is_given_to_whoever_can_take_it(client: Client, accept: str) -> None:
    answer = client.get("/open", headers={"Accept": accept})
    assert answer.status_code == 200
    assert (answer.headers["x-api-version"], answer.headers["vary"]) == ("1", "Accept")


def test_who_asks_for_our_media_type_gets_it(client: Client) -> None:
    assert client.get("/open", headers={"Accept": VENDOR}).headers["content-type"] == VENDOR
    assert client.get("/open").headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.narrativeml.v9+json",
        "application/vnd.narrativeml.v0+json",
        "application/vnd.narrativeml+json",
        "application/vnd.narrativeml.vX+json",
        f"application/vnd.narrativeml.v2+json, {VENDOR};q=0",
    ],
)
def test_a_version_we_do_not_speak_is_refused_with_what_we_do(client: Client, accept: str) -> None:
    answer = client.get("/open", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["context"]["supported"] == [VENDOR]


@pytest.mark.parametrize("path", ["/api/v9", "/api/v9/open", "/api/v0/open", "/api/v12/"])
def test_a_version_in_the_address_that_we_do_not_speak_is_refused(client: Client, path: str) -> None:
    assert client.raw("GET", path).status_code == 406


def test_answers_carry_safe_headers(client: Client) -> None:
    headers = client.get("/open").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(("sent", "kept"), [("my-request.1", True), ("bad id\n", False), ("x" * 65, False)])
def test_a_request_id_of_the_caller_is_kept_when_it_is_harmless(client: Client, sent: str, *, kept: bool) -> None:
    answer = client.get("/open", headers={"X-Request-ID": sent.encode("unicode_escape").decode()})
    assert (answer.headers["x-request-id"] == sent) is kept


@pytest.mark.parametrize("path", ["/", "/new", "/p/proj_x/train", "/login", "/operations"])
def test_every_address_of_the_page_gives_the_page(page: Client, path: str) -> None:
    answer = page.raw("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "'unsafe-inline'" not in PAGE_POLICY.partition("script-src")[2].partition(";")[0]
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_assets_are_kept_for_ever_and_others_are_asked_for_again(page: Client) -> None:
    assert "immutable" in page.raw("GET", "/assets/app-1a2b.js").headers["cache-control"]
    assert page.raw("GET", "/assets/app-1a2b.js").headers["content-type"].startswith("text/javascript")
    assert page.raw("GET", "/icon.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/api/nothing"],
)
def test_what_is_not_there_or_not_inside_the_page_is_not_found(page: Client, path: str) -> None:
    answer = page.raw("GET", path)
    assert answer.status_code == 404
    assert "secret" not in answer.text.removeprefix("x").replace("secret.txt", "")


def test_without_a_built_page_the_first_address_says_so(client: Client) -> None:
    answer = client.raw("GET", "/")
    assert answer.status_code == 503
    assert "make web" in answer.text
