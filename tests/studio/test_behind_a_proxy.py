"""Behind a proxy that speaks TLS: the public address is set, since what arrives here does not show it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.studio.accounts.service import AccountService
from tests.fixtures.studio_app import Client, StudioApp, studio_app

PUBLIC = "https://models.example.org"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path, public_url=PUBLIC) as made:
        yield made


def cookie_of(studio: StudioApp) -> str:
    """What the browser of a fresh sign-in link keeps."""
    address = studio.parts.services.of(AccountService).owner_link().address
    return str(studio.anyone(Host="models.example.org").raw("GET", address).headers["set-cookie"])


def browser(studio: StudioApp, host: str, origin: str) -> Client:
    """A signed-in browser, as the proxy passes its requests on."""
    return studio.anyone(Host=host, Origin=origin, Cookie=cookie_of(studio).partition(";")[0])


@pytest.mark.parametrize("host", ["models.example.org", "127.0.0.1:8000"], ids=["host kept", "host replaced"])
def test_a_page_of_the_public_address_may_write(studio: StudioApp, host: str) -> None:
    answer = browser(studio, host, PUBLIC).post("/datasets/samples", json={"name": "customer-churn"})
    assert answer.json().get("code") != "origin_not_allowed", answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "http://models.example.org", f"{PUBLIC}:8443", "null"])
def test_a_page_of_another_address_may_not(studio: StudioApp, origin: str) -> None:
    answer = browser(studio, "models.example.org", origin).post("/auth/sign-out")
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


def test_without_a_public_address_the_same_write_is_refused(tmp_path: Path) -> None:
    with studio_app(tmp_path, allowed_hosts="models.example.org") as plain:
        answer = browser(plain, "models.example.org", PUBLIC).post("/auth/sign-out")
        assert answer.json()["code"] == "origin_not_allowed"
        assert "Secure" not in cookie_of(plain)


def test_the_cookie_travels_over_tls_only(studio: StudioApp) -> None:
    assert "Secure" in [part.strip() for part in cookie_of(studio).split(";")]


def test_copyable_calls_name_the_public_address(studio: StudioApp) -> None:
    studio.owner = browser(studio, "127.0.0.1:8000", PUBLIC)
    deployment_id, _ = studio.deployed()
    samples = studio.owner.get(f"/deployments/{deployment_id}").json()["samples"]
    assert all(f"{PUBLIC}/api/v1/production/" in sample for sample in samples.values())
