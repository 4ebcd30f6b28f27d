"""The OpenAPI document: one source for the page's client, the SDK and the reference."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from narrative.core.version import program_version
from narrative.http.policy import policy_of
from narrative.http.problems import ProblemDetails, problem_responses
from narrative.http.versions import PREFIX

_SECURITY: Final[dict[str, Any]] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "narrative_session",
        "description": "Set by the one-time sign-in link. Writes must come from the page itself (Origin is checked).",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "`sk_live_` and 32 letters."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as `Authorization: Bearer`."},
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Any fresh text. The same key and body give the same answer for 24 hours, with one effect.",
}
_DESCRIPTION: Final = (
    "From a table to a tested, served and watched model. Errors are `application/problem+json` (RFC 9457) with a "
    "stable `code`, a plain `detail` and a `fix`. Times are UTC in ISO 8601. Lists hold `items` and `next_cursor`."
)


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of all routes, the same at each call: problems, security and idempotency keys added to each."""
    document = get_openapi(
        title="Narrative", version=program_version(), description=_DESCRIPTION, routes=app.routes, summary=None
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["ProblemDetails"] = _problem_schema(schemas)
    for leftover in ("HTTPValidationError", "ValidationError"):
        schemas.pop(leftover, None)
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = _SECURITY
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                _complete(document["paths"][route.path_format][method.lower()], route, method)
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _problem_schema(schemas: dict[str, Any]) -> dict[str, Any]:
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    policy = policy_of(route)
    statuses = {422} if (operation.get("parameters") or operation.get("requestBody")) else set()
    if route.path_format.startswith(PREFIX):
        statuses |= {406, 503}
    if "requestBody" in operation:
        statuses |= {400, 413, 415}
    if "{" in route.path_format:
        statuses |= {404}
    if not policy.public:
        operation["security"] = [{"session": []}]
        if policy.scope is not None:
            operation["security"] += [{"apiKey": []}, {"bearer": []}]
        statuses |= {401, 403} if policy.scope is None else {401, 403, 429}
    if method == "POST" and not policy.public:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        statuses |= {409, 422}
    for status, problem in problem_responses(*statuses).items():
        operation["responses"].setdefault(str(status), problem)
        if str(status) == "422":
            operation["responses"]["422"] = problem
    operation["responses"] = dict(sorted(operation["responses"].items()))
