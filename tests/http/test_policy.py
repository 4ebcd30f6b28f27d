"""Every route declares who may call it, or the program does not start; and what is declared is enforced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from narrative.bootstrap import slice_routers
from narrative.http.app import routes_only
from narrative.http.identity import Identity
from narrative.http.policy import EDITOR, PUBLIC, VIEWER, PolicyError, Public, check_policies, policy_of
from narrative.http.routing import NarrativeRoute
from tests.fixtures.plain_app import KEY, Calls, plain_app, signed_in
from tests.fixtures.studio_app import Client

Plain = tuple[Client, Calls]


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Plain]:
    with plain_app(tmp_path) as made:
        yield made


def test_a_route_without_a_policy_stops_the_start() -> None:
    router = APIRouter(route_class=NarrativeRoute)

    @router.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(PolicyError, match="/forgotten declares no policy"):
        routes_only([router])


def test_a_route_with_two_policies_stops_the_start() -> None:
    router = APIRouter(route_class=NarrativeRoute)

    @router.get("/both", dependencies=[Public])
    def both(who: Annotated[Identity, Depends(VIEWER)]) -> None: ...

    with pytest.raises(PolicyError, match=r"\['public', 'viewer'\]"):
        routes_only([router])


def test_a_route_of_the_plain_class_stops_the_start() -> None:
    router = APIRouter()
    router.add_api_route("/plain", lambda: None, dependencies=[Public])
    with pytest.raises(PolicyError, match="NarrativeRoute"):
        routes_only([router])


@pytest.mark.parametrize("route", [Route("/raw", lambda _: PlainTextResponse("")), Mount("/mounted", routes=[])])
def test_a_route_that_cannot_declare_a_policy_stops_the_start(route: Route | Mount) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.append(route)
    with pytest.raises(PolicyError):
        check_policies(app)


def test_the_public_routes_are_these_and_no_others() -> None:
    app = routes_only(slice_routers())
    public = {route.path for route in app.routes if isinstance(route, APIRoute) and policy_of(route) is PUBLIC}
    assert public == {"/health", "/health/live", "/health/ready", "/sign-in", "/openapi.json"}


def test_every_write_needs_more_than_a_viewer() -> None:
    app = routes_only(slice_routers())
    weak = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, APIRoute) and policy_of(route).role == "viewer"
        for method in (route.methods or set()) - {"GET"}
    }
    assert weak == {
        "POST /api/v1/auth/sign-out",
        "POST /api/v1/models/{model_id}/versions/{version_id}/predict",
        # These compute an answer and keep nothing.
        "POST /api/v1/models/{model_id}/versions/{version_id}/card/check",
        "POST /api/v1/models/{model_id}/versions/{version_id}/what-if",
        "POST /api/v1/predictions/{prediction_id}/verify",
        "POST /api/v1/projects/{project_id}/questions",
        "POST /api/v1/projects/{project_id}/recipe/preview",
        "POST /api/v1/projects/{project_id}/recipe/validate",
        "POST /api/v1/transformations/auto-clean",
        "POST /api/v1/transformations/preview",
        "POST /api/v1/transformations/validate",
        "POST /api/v1/production/v1/models/{model_id}/predict",
    }


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "not_signed_in"),
        (signed_in("nobody"), 401, "session_expired"),
        ({"X-API-Key": "sk_live_wrong"}, 401, "api_key_not_valid"),
        ({"Authorization": f"Bearer {KEY}"}, 403, "key_scope"),
        (signed_in("viewer"), 403, "role_too_weak"),
        (signed_in("editor"), 201, None),
        (signed_in("owner"), 201, None),
    ],
)
def test_a_role_opens_what_it_may_and_nothing_more(
    plain: Plain, headers: dict[str, str], status: int, code: str | None
) -> None:
    answer = plain[0].post("/things", json={"name": "x"}, headers=headers)
    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_who_comes_first_and_the_body_second(plain: Plain) -> None:
    assert plain[0].post("/things", content=b"not json").status_code == 401


@pytest.mark.parametrize("headers", [{"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}, signed_in("viewer")])
def test_production_calls_take_a_key_or_a_session(plain: Plain, headers: dict[str, str]) -> None:
    assert plain[0].post("/calls", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_write_with_a_cookie_must_come_from_the_page_itself(
    plain: Plain, headers: dict[str, str], status: int
) -> None:
    answer = plain[0].post("/things", json={"name": "x"}, headers=signed_in("editor") | headers)
    assert answer.status_code == status


def test_a_key_is_no_ambient_right_so_its_origin_does_not_matter(plain: Plain) -> None:
    answer = plain[0].post("/calls", headers={"X-API-Key": KEY, "Origin": "http://evil.example"})
    assert answer.status_code == 200


def test_a_policy_is_the_same_for_the_start_and_for_the_call() -> None:
    assert EDITOR.role == "editor"
    assert (
        policy_of(
            next(r for r in routes_only(slice_routers()).routes if getattr(r, "path", "") == "/api/v1/datasets/samples")
        )
        is EDITOR
    )
