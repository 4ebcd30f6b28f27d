"""Errors over HTTP: the only place that knows statuses. Every 4xx and 5xx is ``application/problem+json``.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from narrative.core.errors import (
    Canceled,
    Conflict,
    InternalError,
    InvalidInput,
    LimitExceeded,
    NarrativeError,
    NotApplicable,
    NotFound,
    NotPermitted,
    Unauthenticated,
    Unavailable,
)
from narrative.telemetry.logs import event_log

log = event_log("http")
MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2

_STATUS_OF_FAMILY: Final[dict[type[NarrativeError], int]] = {
    InvalidInput: 422,
    NotApplicable: 422,
    NotFound: 404,
    Conflict: 409,
    Canceled: 409,
    LimitExceeded: 413,
    Unauthenticated: 401,
    NotPermitted: 403,
    Unavailable: 503,
    InternalError: 500,
}
_STATUS_OF_CODE: Final = {
    "malformed_request": 400,
    "host_not_allowed": 400,
    "method_not_allowed": 405,
    "version_not_supported": 406,
    "precondition_failed": 412,
    "unsupported_media_type": 415,
    "too_many_streams": 429,
    "preview_busy": 429,
    "key_limit_reached": 429,
    "too_many_uploads": 429,
    "too_many_open_uploads": 429,
    "too_many_chunks": 429,
    "too_many_fetches": 429,
    "too_many_sorts": 429,
}
_TITLES: Final = {
    400: "The request cannot be read",
    405: "Method not allowed",
    406: "Version not supported",
    412: "Precondition failed",
    415: "Unsupported media type",
    429: "Too many requests",
}
_OWN_FIELDS: Final = ("next", "errors", "retry_after_seconds")
"""Parts of an error's context that stand at the top of a problem, or in a header."""
_STEPS_OF_CODE: Final = {
    "not_signed_in": [{"title": "Get a new sign-in link", "action": "sign_in"}],
    "session_expired": [{"title": "Get a new sign-in link", "action": "sign_in"}],
}


class ProblemStep(BaseModel):
    """A way on: the words of a button and the action the page knows."""

    title: str
    action: str


class ProblemField(BaseModel):
    """What is wrong with one field: a JSON pointer into the body, or the name of a query or path parameter."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemDetails(BaseModel):
    """What every 4xx and 5xx answer holds."""

    type: str = Field(description="Stable identifier of the kind of problem.")
    title: str
    status: int
    detail: str = Field(
        description="One or two plain sentences for this case.", examples=["There is no column 'chrun'."]
    )
    instance: str = Field(description="Path of the request.")
    code: str = Field(description="Stable name, for programs.", examples=["target_unknown"])
    request_id: str
    row: int | None = Field(default=None, description="1-based line of the source file.")
    column: str | None = None
    fix: str | None = Field(default=None, description="What would work.", examples=["Did you mean 'churn'?"])
    next: list[ProblemStep] | None = None
    errors: list[ProblemField] | None = None
    context: dict[str, Any] | None = Field(default=None, description="Further facts, such as a limit and the value.")


def status_of(error: NarrativeError) -> int:
    """The HTTP status of an error of ours."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next((status for family, status in _STATUS_OF_FAMILY.items() if isinstance(error, family)), 500)


def problem_response(
    request: Request, error: NarrativeError, *, errors: list[dict[str, Any]] | None = None
) -> Response:
    """The answer for an error. Nothing inside an internal error is shown; it was logged where it was caught."""
    status = status_of(error)
    if status >= 500 and not isinstance(error, Unavailable):
        error = InternalError("internal", "Something went wrong on our side. It was recorded with the request id.")
    context = {key: value for key, value in error.context.items() if key not in _OWN_FIELDS}
    body: dict[str, Any] = {
        "type": f"urn:narrative:problem:{error.code}",
        "title": _TITLES.get(status, error.title),
        "status": status,
        "detail": error.message,
        "instance": request.scope.get("path", ""),
        "code": error.code,
        "request_id": request_id_of(request.scope),
        "row": error.row,
        "column": error.column,
        "fix": error.fix,
        "next": error.context.get("next") or _STEPS_OF_CODE.get(error.code),
        "errors": errors or error.context.get("errors"),
        "context": context or None,
    }
    content = json.dumps({key: value for key, value in body.items() if value is not None}, default=str)
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="narrative"'
    if status in (429, 503):
        headers["Retry-After"] = str(int(error.context.get("retry_after_seconds", RETRY_AFTER_SECONDS)))
    # Lone surrogates that came in with a request may stand in a message; they must not become a second failure.
    return Response(content.encode("utf-8", "replace"), status, headers, media_type=MEDIA_TYPE)


def request_id_of(scope: Mapping[str, Any]) -> str:
    """The id that the outermost layer gave this request."""
    return str(scope.get("state", {}).get("request_id", ""))


def install_problem_handlers(app: FastAPI) -> None:
    """Render our errors, validation errors, the framework's own and everything unforeseen as problems."""
    app.add_exception_handler(NarrativeError, _on_narrative_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_framework_error)


async def _on_narrative_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, NarrativeError)  # noqa: S101 - narrows the type the framework promises
    if status_of(error) == 500:
        log_fault(request, error)
    return problem_response(request, error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the type the framework promises
    fields = [_field(item) for item in error.errors()[:20]]
    first = fields[0]
    place = first.get("parameter") or first.get("pointer") or "the body"
    problem = InvalidInput("invalid_request", f"{place}: {first['detail']}.", fix="Correct the named fields.")
    return problem_response(request, problem, errors=fields)


def _field(item: Mapping[str, Any]) -> dict[str, Any]:
    where, *path = item["loc"]
    detail = str(item["msg"]).rstrip(".")
    if where == "body":
        return {"pointer": "".join(f"/{part}" for part in path) or "/", "detail": detail}
    return {"parameter": ".".join(str(part) for part in path), "detail": detail}


async def _on_framework_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type the framework promises
    response = problem_response(request, _named(error.status_code))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _named(status: int) -> NarrativeError:
    """What the framework refuses by itself, in our words."""
    if status == 404:
        return NotFound("not_found", "There is nothing at this address.", fix="Check the address.")
    if status == 405:
        return InvalidInput("method_not_allowed", "This address does not answer this method.", fix="See Allow.")
    return InvalidInput("malformed_request", "The request could not be read.", fix="Send a well-formed request.")


def log_fault(request: Request, error: BaseException) -> None:
    """Record a bug once, with its trace and the request id; never the request's values."""
    route = getattr(request.scope.get("route"), "path", None)
    log.error("http.request_failed", error=error, method=request.method, route=route)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of problem answers for a route: ``responses=problem_responses(404, 409)``."""
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}}
        for status in sorted(statuses)
    }


_PROBLEM_REF: Final = {"$ref": "#/components/schemas/ProblemDetails"}
_DESCRIPTIONS: Final = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the credentials are not valid.",
    403: "Signed in, but without the right.",
    404: "There is no such thing, or it belongs to another workspace.",
    405: "Method not allowed.",
    406: "No version that the client accepts is supported.",
    409: "The request clashes with the present state.",
    412: "The thing was changed meanwhile.",
    413: "A stated size limit was passed.",
    415: "The content type is not accepted here.",
    422: "The input cannot be used; `detail`, `fix` and `errors` say why and what would work.",
    429: "Too many requests; see Retry-After.",
    500: "A fault of ours, recorded under `request_id`.",
    503: "A part is temporarily unavailable; see Retry-After.",
}
