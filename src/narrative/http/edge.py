"""The outermost layer: request id, allowed hosts, API version, safe headers, one log line, the last resort."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrative.core.clock import Clock
from narrative.core.errors import InternalError, InvalidInput, NarrativeError
from narrative.core.ids import new_id
from narrative.http.problems import log_fault, problem_response
from narrative.http.versions import API_ROOT, VENDOR_TYPE, VERSION, negotiate
from narrative.telemetry.logs import bound, event_log

log = event_log("http")
LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]", "::1")
_REQUEST_ID: Final = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
_SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}
"""Set on every answer that does not say otherwise."""


class Edge:
    """Pure ASGI middleware, so that streams stay streams.

    Args:
        allowed_hosts: names a browser may use for us; any other ``Host`` is refused, which is what stops a hostile
            page from reaching a loopback server by DNS rebinding. ``*`` allows all.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str], clock: Clock) -> None:
        self._app = app
        self._hosts = {host.lower() for host in (*LOOPBACK_HOSTS, *allowed_hosts)}
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        offered = headers.get("x-request-id", "")
        request_id = offered if _REQUEST_ID.match(offered) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id, scope["state"], is_api=scope["path"].startswith(API_ROOT))
        with bound(request_id=request_id):
            await self._serve(scope, receive, answer, headers)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer, headers: Headers) -> None:
        started = self._clock.monotonic()
        try:
            self._check_host(headers.get("host", ""))
            if answer.is_api:
                answer.use_vendor_type = negotiate(scope["path"], headers.get("accept", ""))
            await self._app(scope, receive, answer.send)
        except NarrativeError as error:
            await self._problem(scope, receive, answer, error)
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it was becomes one logged, plain 500
            log_fault(Request(scope), error)
            await self._problem(scope, receive, answer, InternalError("internal", ""))
        finally:
            self._log(scope, answer, self._clock.monotonic() - started)

    def _check_host(self, host: str) -> None:
        name = re.sub(r":\d+$", "", host).lower()
        if "*" not in self._hosts and name not in self._hosts:
            raise InvalidInput(
                "host_not_allowed",
                "This server does not answer to that host name.",
                fix="Open it by its own address, or add the name to NARRATIVE_ALLOWED_HOSTS.",
            )

    async def _problem(self, scope: Scope, receive: Receive, answer: _Answer, error: NarrativeError) -> None:
        if answer.status == 0:
            await problem_response(Request(scope), error)(scope, receive, answer.send)

    def _log(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        log.info(
            "http.request_answered",
            method=scope["method"],
            route=getattr(scope.get("route"), "path", None),
            status=answer.status,
            duration_seconds=round(seconds, 4),
        )


class _Answer:
    """Adds headers to an answer on its way out and remembers its status (0: nothing was sent).

    ``state`` is that of the request: its ``answer_headers`` stand on the answer whatever becomes of the request.
    """

    def __init__(self, send: Send, request_id: str, state: Mapping[str, Any], *, is_api: bool) -> None:
        self._send = send
        self._state = state
        self.request_id = request_id
        self.is_api = is_api
        self.use_vendor_type = False
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE_HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = self.request_id
            for name, value in self._state.get("answer_headers", {}).items():
                headers[name] = value
            if self.is_api:
                headers["X-API-Version"] = VERSION
                headers.add_vary_header("Accept")
                if self.use_vendor_type and headers.get("content-type") == "application/json":
                    headers["content-type"] = VENDOR_TYPE
        await self._send(message)
