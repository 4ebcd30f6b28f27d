"""Puts the edge together: an application from routers, or a refusal to start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from narrative.core.clock import Clock
from narrative.http.edge import Edge
from narrative.http.idempotency import IdempotencyStore
from narrative.http.identity import Authenticator
from narrative.http.policy import PolicyError, check_policies
from narrative.http.problems import install_problem_handlers
from narrative.http.routing import NarrativeRoute
from narrative.http.static import Page

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    *,
    routers: Sequence[APIRouter],
    services: Mapping[type[Any], Any],
    authenticator: Authenticator,
    idempotency: IdempotencyStore,
    clock: Clock,
    static_folder: Path,
    allowed_hosts: Sequence[str] = (),
    public_url: str = "",
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application. Raises ``PolicyError`` when a route declares no policy.

    Args:
        public_url: the origin people open when a proxy stands in front; empty when requests show it themselves.
    """
    app = routes_only(routers, lifespan=lifespan or _no_lifespan)
    app.state.public_url = public_url
    app.state.services = services
    app.state.authenticator = authenticator
    app.state.idempotency = idempotency
    # What no route answers is the page; it is public by nature (the page asks the API, which asks who you are).
    app.router.default = Page(static_folder)
    app.add_middleware(Edge, allowed_hosts=allowed_hosts, clock=clock)
    return app


def routes_only(routers: Sequence[APIRouter], lifespan: Lifespan | None = None) -> FastAPI:
    """The route table without anything behind it: all that the OpenAPI document needs."""
    app = FastAPI(
        title="Narrative", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    for router in routers:
        for route in router.routes:
            if not isinstance(route, NarrativeRoute):
                raise PolicyError(f"{getattr(route, 'path', route)!r} is not a NarrativeRoute, which checks who calls.")
            app.router.routes.append(route)
    install_problem_handlers(app)
    check_policies(app)
    return app


@asynccontextmanager
async def _no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
