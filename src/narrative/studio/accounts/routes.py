"""Signing in and API keys over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from narrative.core.errors import Unauthenticated
from narrative.http.address import is_secure
from narrative.http.auth import COOKIE
from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Owner, Public, Viewer
from narrative.http.routing import root_router, shows_secret, slice_router
from narrative.http.services import service
from narrative.studio.accounts.pages import used_link_page
from narrative.studio.accounts.schemas import (
    APIKey,
    APIKeyCreate,
    APIKeyCreated,
    Person,
    Session,
    SignInLink,
    WorkspaceName,
)
from narrative.studio.accounts.service import SESSION_DAYS, AccountService

root = root_router("accounts")
router = slice_router("accounts")
Accounts = Annotated[AccountService, Depends(service(AccountService))]


@root.get(
    "/sign-in", dependencies=[Public], response_class=HTMLResponse, responses={303: {"description": "Signed in."}}
)
def sign_in(accounts: Accounts, request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Use a one-time link: sets the session cookie and goes to the first page."""
    try:
        session = accounts.sign_in(token)
    except Unauthenticated:
        if _has_session(accounts, request):
            return RedirectResponse("/", 303)
        return used_link_page()
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        session,
        max_age=SESSION_DAYS * 24 * 3600,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/",
    )
    return response


@router.get("/auth/session")
def get_session(who: Viewer, accounts: Accounts) -> Session:
    """Who is signed in, and where."""
    session, workspace = accounts.session_of(who)
    return Session(
        user=Person(id=who.user_id, name=who.user_name),
        workspace=WorkspaceName(id=workspace.id, name=workspace.name),
        role=who.role,
        expires_at=session.expires_at,
    )


@router.post("/auth/sign-out", status_code=204)
def sign_out(who: Viewer, accounts: Accounts) -> Response:
    """End this session; the cookie is worthless at once."""
    accounts.sign_out(who)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.post("/auth/links", status_code=201)
@shows_secret
def create_sign_in_link(who: Owner, accounts: Accounts) -> SignInLink:
    """A one-time link for another browser."""
    link = accounts.new_link(user_id=who.user_id, workspace_id=who.workspace_id, role=who.role)
    return SignInLink(address=link.address, expires_at=link.expires_at)


@router.post("/production/api-keys", status_code=201)
@shows_secret
def create_api_key(who: Owner, accounts: Accounts, body: APIKeyCreate, ids: NewIds) -> APIKeyCreated:
    """A key for programs. The key itself is in this answer only."""
    key, secret = accounts.create_key(
        who,
        ids,
        body.name,
        body.deployment_id,
        model_ids=body.model_ids,
        scopes=[*body.scopes],
        days=body.expires_in_days,
    )
    return APIKeyCreated(**key.model_dump(include=set(APIKey.model_fields)), key=secret)


@router.get("/production/api-keys")
def list_api_keys(who: Owner, accounts: Accounts, paging: Paging) -> Page[APIKey]:
    """Keys of the workspace, without their secrets."""
    return accounts.keys(who, paging, lambda key: APIKey(**key.model_dump(include=set(APIKey.model_fields))))


@router.delete("/production/api-keys/{key_id}", status_code=204)
def revoke_api_key(who: Owner, accounts: Accounts, key_id: str) -> Response:
    """Revoke a key; it stops working at once."""
    accounts.revoke_key(who, key_id)
    return Response(status_code=204)


def _has_session(accounts: AccountService, request: Request) -> bool:
    try:
        accounts.identity_of_session(request.cookies.get(COOKIE, ""))
    except Unauthenticated:
        return False
    return True
