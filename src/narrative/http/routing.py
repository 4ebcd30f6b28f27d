"""What every route of ours does before and after its function: policy, bounded strict body, idempotency."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from narrative.core.errors import NarrativeError
from narrative.core.ids import new_id
from narrative.http.body import JSON_LIMIT_BYTES, check_file_type, check_json_type, read_bounded, strict_json
from narrative.http.idempotency import HEARTBEAT_SECONDS, Answer, IdempotencyStore, Ids, stored_answer
from narrative.http.identity import Identity
from narrative.http.policy import policy_of
from narrative.http.versions import PREFIX
from narrative.telemetry.logs import event_log

log = event_log("http")
Handler = Callable[[Request], Awaitable[Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
STREAMS: Final = "__narrative_streams__"
SECRET: Final = "__narrative_secret__"  # noqa: S105 - the name of a mark on a function


def takes_file(endpoint: Endpoint) -> Endpoint:
    """Mark a route whose body is a raw file that the function reads piece by piece."""
    setattr(endpoint, STREAMS, True)
    return endpoint


def shows_secret(endpoint: Endpoint) -> Endpoint:
    """Mark a route whose answer holds a secret; the answer is never stored."""
    setattr(endpoint, SECRET, True)
    return endpoint


@dataclass
class _BodyHash:
    """SHA-256 of all that was read of a body; ``at_end`` is called when that is all of it."""

    digest: Any
    at_end: Callable[[], None] | None = None


class NarrativeRoute(APIRoute):
    """``APIRouter(route_class=NarrativeRoute)``: the route class of every slice."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler: who, then what, then once."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            policy = policy_of(self)
            identity = await policy(request)
            digest = await self._prepare_body(request)
            key = request.headers.get("idempotency-key")
            if request.method != "POST" or key is None or identity is None:
                return await inner(request)
            return await self._once(request, identity, key, digest, inner)

        return handle

    async def _prepare_body(self, request: Request) -> _BodyHash:
        """Check type and size; JSON is read and parsed here once, files are hashed while the function reads them."""
        digest = hashlib.sha256()
        if getattr(self.endpoint, STREAMS, False):
            check_file_type(request)
            return _hashed_while_reading(request, _BodyHash(digest))
        body = await read_bounded(request, JSON_LIMIT_BYTES)
        digest.update(body)
        request._body = body  # starlette's own cache: what it would hold after `await request.body()`
        if body and self.body_field is not None:
            check_json_type(request)
            request._json = strict_json(body)
        return _BodyHash(digest)

    async def _once(
        self, request: Request, identity: Identity, key: str, digest: _BodyHash, inner: Handler
    ) -> Response:
        store = cast("IdempotencyStore", request.app.state.idempotency)
        tenant, owner = identity.tenant, new_id("call")
        operation = store.operation(identity, key)
        target = f"{request.method} {request.scope['path']}?{request.scope['query_string'].decode('latin-1')}"
        streams = getattr(self.endpoint, STREAMS, False)
        body_sha256 = None if streams else digest.digest.hexdigest()
        known = await run_in_threadpool(store.begin, tenant, operation, target, owner, body_sha256)
        if known is not None:
            async for _ in _rest_of(request):
                pass
            return _replay(stored_answer(known, digest.digest.hexdigest()))
        if streams:
            digest.at_end = lambda: store.note_body(tenant, operation, owner, digest.digest.hexdigest())
        request.state.ids = Ids(operation)
        async with _heartbeat(lambda: store.extend(tenant, operation, owner)):
            answered = False
            try:
                response = await inner(request)
                answered = 200 <= response.status_code < 300
            finally:
                if not answered:
                    await run_in_threadpool(store.release, tenant, operation, owner)
            if answered:
                secret = getattr(self.endpoint, SECRET, False)
                answer = Answer(
                    status=response.status_code,
                    media_type=response.headers.get("content-type", ""),
                    body=None if secret else bytes(response.body),
                    location=response.headers.get("location"),
                )
                sha256 = digest.digest.hexdigest()
                await run_in_threadpool(store.finish, tenant, operation, owner, sha256, answer)
            return response


def _hashed_while_reading(request: Request, body: _BodyHash) -> _BodyHash:
    receive = request._receive

    async def hashing() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            body.digest.update(message.get("body", b""))
            if body.at_end is not None and not message.get("more_body", False):
                await run_in_threadpool(body.at_end)
        return message

    request._receive = hashing
    return body


async def _rest_of(request: Request) -> AsyncIterator[bytes]:
    """What has not been read of the body; nothing when it was read already."""
    if hasattr(request, "_body"):
        return
    async for piece in request.stream():
        yield piece


def _replay(answer: Answer) -> Response:
    headers = {"Idempotency-Replayed": "true"}
    if answer.location:
        headers["Location"] = answer.location
    response = Response(answer.body, answer.status, headers)
    if answer.media_type:
        response.headers["content-type"] = answer.media_type
    return response


@contextlib.asynccontextmanager
async def _heartbeat(extend: Callable[[], None]) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await run_in_threadpool(extend)
            except NarrativeError as error:  # the next beat tries again; what the call did and answers stands
                log.warning("http.heartbeat_failed", error=error)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def slice_router(tag: str) -> APIRouter:
    """The router of a slice: below ``/api/v1``, every route with all of the above and a readable operation id."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=NarrativeRoute, generate_unique_id_function=operation_id)


def root_router(tag: str) -> APIRouter:
    """A router for the few fixed addresses outside ``/api/v1``."""
    return APIRouter(tags=[tag], route_class=NarrativeRoute, generate_unique_id_function=operation_id)


def operation_id(route: APIRoute) -> str:
    """``create_project`` becomes ``createProject``: stable and readable in every generated client."""
    head, *rest = route.name.split("_")
    return head + "".join(word.capitalize() for word in rest)
