"""Who may come in: links that work once, sessions that end, keys whose secret nobody keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.core.clock import ManualClock
from narrative.core.errors import Unauthenticated, Unavailable
from narrative.ports.metadata import SYSTEM, Query
from narrative.studio.accounts.service import AccountService
from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def studio(tmp_path: Path, clock: ManualClock) -> Iterator[StudioApp]:
    with studio_app(tmp_path, clock) as made:
        yield made


def accounts(studio: StudioApp) -> AccountService:
    return studio.parts.services.of(AccountService)


def test_a_link_signs_in_once_and_then_explains_itself(studio: StudioApp) -> None:
    address = accounts(studio).owner_link().address
    first = studio.anyone().raw("GET", address)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    second = studio.anyone().raw("GET", address)
    assert second.status_code == 401
    assert "narrative up" in second.text
    assert "set-cookie" not in second.headers


def test_a_used_link_in_a_signed_in_browser_just_goes_on(studio: StudioApp) -> None:
    address = accounts(studio).owner_link().address
    client = studio.sign_in(address)
    assert client.raw("GET", address).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "x" * 200, "%00", "ü"])
def test_a_made_up_link_signs_nobody_in(studio: StudioApp, token: str) -> None:
    answer = studio.anyone().raw("GET", "/sign-in", params={"token": token})
    assert answer.status_code == 401


@pytest.mark.parametrize("busy", ["sign_in", "identity_of_session"])
def test_a_busy_store_is_not_taken_for_a_used_link(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch, busy: str
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("metadata_busy", "Busy.")

    address = accounts(studio).owner_link().address
    if busy == "identity_of_session":
        studio.sign_in(address)  # uses it
    with monkeypatch.context() as patch:
        patch.setattr(AccountService, busy, fail)
        answer = studio.anyone().raw("GET", address)
    assert (answer.status_code, answer.json()["code"]) == (503, "metadata_busy")


def test_a_link_ends_after_a_day(studio: StudioApp, clock: ManualClock) -> None:
    address = accounts(studio).owner_link().address
    clock.advance(24 * 3600 + 1)
    assert studio.anyone().raw("GET", address).status_code == 401


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(studio: StudioApp) -> None:
    cookie = studio.anyone().raw("GET", accounts(studio).owner_link().address).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"} <= {part.strip() for part in cookie.split(";")}


def test_a_session_ends_after_thirty_days(studio: StudioApp, clock: ManualClock) -> None:
    clock.advance(30 * 24 * 3600 - 60)
    assert studio.owner.get("/auth/session").status_code == 200
    clock.advance(61)
    assert studio.owner.get("/auth/session").json()["code"] == "session_expired"


def test_signing_out_ends_the_session_everywhere_at_once(studio: StudioApp) -> None:
    cookie = dict(studio.owner.http.cookies)
    assert studio.owner.post("/auth/sign-out").status_code == 204
    copy = studio.anyone(Cookie=f"narrative_session={cookie['narrative_session']}")
    assert copy.get("/auth/session").status_code == 401


def test_the_same_owner_comes_back_at_the_next_start(studio: StudioApp) -> None:
    again = studio.sign_in(accounts(studio).owner_link().address)
    assert again.get("/auth/session").json()["user"] == studio.owner.get("/auth/session").json()["user"]


def test_no_secret_is_stored_anywhere(studio: StudioApp, tmp_path: Path) -> None:
    address = accounts(studio).owner_link().address
    key = studio.owner.post("/production/api-keys", json={"name": "k"}, headers={"Idempotency-Key": "1"}).json()["key"]
    session = studio.owner.http.cookies["narrative_session"]
    stored = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("metadata.db*"))
    for secret in (address.partition("token=")[2], key, session):
        assert secret.encode() not in stored
    assert key[:12].encode() in stored  # the control: what may be stored is found in this way


def test_a_key_has_the_promised_form_and_is_shown_once(studio: StudioApp) -> None:
    made = studio.owner.post("/production/api-keys", json={"name": "k"}).json()
    assert re.fullmatch(r"sk_live_[A-Za-z0-9]{32}", made["key"])
    listed = studio.owner.get("/production/api-keys").json()["items"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert "key" not in listed[0]


def test_a_revoked_key_stops_working_at_once(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    program = studio.anyone(**{"X-API-Key": key})
    path = f"/production/v1/models/{deployment_id}/predict"
    assert program.post(path, json={"data": [ROW]}).status_code == 200
    listed = studio.owner.get("/production/api-keys").json()["items"][0]
    assert listed["last_used_at"]
    assert studio.owner.delete(f"/production/api-keys/{listed['id']}").status_code == 204
    assert program.post(path, json={"data": [ROW]}).json()["code"] == "api_key_not_valid"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sk_live_",
        "sk_live_" + "0" * 32,
        "SK_LIVE_" + "0" * 32,
        "x" * 100_000,
        "sk_live_\x00",
        "sk_live_" + "ü" * 32,
    ],
)
def test_all_wrong_keys_get_the_same_answer(studio: StudioApp, key: str) -> None:
    with pytest.raises(Unauthenticated, match=r"^The API key is not valid\.$"):
        accounts(studio).identity_of_key(key)


def test_only_owners_handle_keys(studio: StudioApp) -> None:
    for role in ("viewer", "editor", "operator"):
        assert studio.member(role).post("/production/api-keys", json={"name": "k"}).status_code == 403


def test_expired_links_and_sessions_are_swept(studio: StudioApp, clock: ManualClock) -> None:
    accounts(studio).owner_link()
    clock.advance(31 * 24 * 3600)
    accounts(studio).sweep()
    assert studio.parts.platform.store.find_everywhere("sessions", Query()) == []
    assert studio.parts.platform.store.find_everywhere("sign_in_links", Query()) == []


def test_all_expired_sessions_and_links_are_forgotten_however_many(
    studio: StudioApp, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.studio.accounts.service.SWEPT_AT_ONCE", 2)
    for _ in range(5):
        studio.sign_in(accounts(studio).owner_link().address)
    clock.advance(31 * 24 * 3600)
    kept = accounts(studio).owner_link()
    accounts(studio).sweep()
    store = studio.parts.platform.store
    assert store.find(SYSTEM, "sessions", Query()) == []
    assert len(store.find(SYSTEM, "sign_in_links", Query())) == 1
    assert studio.sign_in(kept.address)
