"""One policy per route, declared at the route and checked at start: a forgotten one stops the program.

A policy is a dependency, so declaring and enforcing are the same act::

    @router.get("/projects")
    def list_projects(who: Annotated[Identity, Depends(VIEWER)]): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute

from narrative.core.errors import LimitExceeded, NotPermitted, Unauthenticated
from narrative.http.auth import COOKIE, MAX_CREDENTIAL_CHARACTERS, api_key_of, check_origin
from narrative.http.identity import ROLES, Authenticator, Identity, Role


class PolicyError(RuntimeError):
    """A route without exactly one policy; the program does not start."""


@dataclass(frozen=True)
class Policy:
    """What a route asks of its caller. ``role``: at least this role. ``scope``: API keys with it may call, too."""

    name: str
    public: bool = False
    role: Role = "viewer"
    scope: str | None = None

    async def __call__(self, request: Request) -> Identity | None:
        """The verified caller; None on public routes. Verified once per request.

        Raises:
            Unauthenticated: no or wrong credentials.
            NotPermitted: too weak a role, a key without the scope, a write from another site.
            LimitExceeded: ``key_limit_reached``, the key has made all its calls of this hour.
        """
        if self.public:
            return None
        known = getattr(request.state, "identity", None)
        if known is None:
            known = await run_in_threadpool(self._verify, request)
            request.state.identity = known
        return cast("Identity", known)

    def _verify(self, request: Request) -> Identity:
        authenticator = cast("Authenticator", request.app.state.authenticator)
        key, token = api_key_of(request), request.cookies.get(COOKIE)
        if key is not None:
            identity = authenticator.identity_of_key(key[:MAX_CREDENTIAL_CHARACTERS])
            if self.scope is None or self.scope not in identity.scopes:
                raise NotPermitted(
                    "key_scope", "This API key may not do this.", fix="Sign in, or use a key made for it."
                )
            _count(request, authenticator, identity)
            return identity
        if token is None:
            raise Unauthenticated("not_signed_in", "Nobody is signed in.", fix="Open a fresh sign-in link.")
        identity = authenticator.identity_of_session(token[:MAX_CREDENTIAL_CHARACTERS])
        check_origin(request)
        if ROLES.index(identity.role) < ROLES.index(self.role):
            raise NotPermitted(
                "role_too_weak",
                f"This needs the role {self.role}; yours is {identity.role}.",
                fix="Ask an owner of the workspace.",
            )
        return identity


def _count(request: Request, authenticator: Authenticator, caller: Identity) -> None:
    """One more call of a key; whatever the answer will be, its headers say how many are left."""
    quota = authenticator.count_call(caller)
    request.state.answer_headers = quota.headers()
    if quota.exceeded:
        raise LimitExceeded(
            "key_limit_reached",
            f"This API key may make {quota.limit:,} calls an hour, and has made them.",
            fix="Wait until the next full hour (UTC), or send several rows in one call.",
            limit=quota.limit,
            value=quota.limit + 1,
            retry_after_seconds=quota.wait_seconds,
        )


PUBLIC: Final = Policy("public", public=True)
VIEWER: Final = Policy("viewer")
EDITOR: Final = Policy("editor", role="editor")
OPERATOR: Final = Policy("operator", role="operator")
OWNER: Final = Policy("owner", role="owner")
CALLER: Final = Policy("caller", scope="predict")
"""Any signed-in person, or an API key with the scope ``predict``."""

Viewer = Annotated[Identity, Depends(VIEWER)]
Editor = Annotated[Identity, Depends(EDITOR)]
Operator = Annotated[Identity, Depends(OPERATOR)]
Owner = Annotated[Identity, Depends(OWNER)]
Caller = Annotated[Identity, Depends(CALLER)]
Public = Depends(PUBLIC)


def policy_of(route: BaseRoute) -> Policy:
    """The one policy of a route.

    Raises:
        PolicyError: none, several, or a kind of route that cannot declare one.
    """
    if not isinstance(route, APIRoute):
        raise PolicyError(f"{getattr(route, 'path', route)!r} is not a route that can declare a policy.")
    declared = {call for call in _calls(route.dependant) if isinstance(call, Policy)}
    if len(declared) != 1:
        names = sorted(policy.name for policy in declared)
        raise PolicyError(
            f"{sorted(route.methods or ())} {route.path} declares {names or 'no policy'}; exactly one is due."
        )
    return declared.pop()


def check_policies(app: FastAPI) -> None:
    """Walk the whole route table at start.

    Raises:
        PolicyError: naming the first route that breaks the rule.
    """
    for route in app.routes:
        policy_of(route)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
