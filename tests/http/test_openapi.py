"""The description of the API is complete, the same at each call, and true of the routes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from narrative.bootstrap import slice_routers
from narrative.http.app import routes_only
from narrative.http.openapi import openapi_document

APP = routes_only(slice_routers())
DOCUMENT = openapi_document(APP)
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]


def test_it_is_the_same_at_each_call() -> None:
    again = openapi_document(routes_only(slice_routers()))
    assert json.dumps(again, sort_keys=True) == json.dumps(DOCUMENT, sort_keys=True)


def test_operation_ids_are_unique_and_readable() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in ids)


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_operation_says_what_it_does_and_how_it_fails(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["description"].endswith((".", "`."))
    failures = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    if path.startswith("/api/v1"):
        assert {"401", "403", "406", "503"} <= set(failures)
        assert operation["security"]
        schemas = [answer["content"]["application/problem+json"]["schema"] for answer in failures.values()]
        assert all(schema == {"$ref": "#/components/schemas/ProblemDetails"} for schema in schemas)
    if "{" in path:
        assert "404" in failures
    if method == "post" and path.startswith("/api/v1"):
        assert any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])


def test_every_reference_leads_somewhere() -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert names <= set(DOCUMENT["components"]["schemas"])
    assert not {"HTTPValidationError", "ValidationError"} & set(DOCUMENT["components"]["schemas"])


def test_no_route_hides_another() -> None:
    routes = [route for route in APP.routes if isinstance(route, APIRoute)]
    hidden = []
    for place, route in enumerate(routes):
        example = re.sub(r"\{[^}]+\}", "x", route.path)
        for earlier in routes[:place]:
            same_method = (earlier.methods or set()) & (route.methods or set())
            if same_method and earlier.path_regex.match(example) and earlier.path != route.path:
                hidden.append(f"{earlier.path} hides {route.path}")
    assert hidden == []


def test_unknown_fields_in_requests_are_refused() -> None:
    bodies = [operation["requestBody"]["content"] for _, _, operation in OPERATIONS if "requestBody" in operation]
    named = {name for body in bodies for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(body))}
    assert len(named) >= 30
    loose = {name for name in named if DOCUMENT["components"]["schemas"][name].get("additionalProperties") is not False}
    assert loose == set()


def test_later_is_only_promised_where_it_is_said() -> None:
    """429 stands where live connections, uploads and answers of warm children are counted, and calls of keys."""
    limited = {path.removeprefix("/api/v1") for _, path, operation in OPERATIONS if "429" in operation["responses"]}
    uploads = {"/datasets/upload", "/upload/chunked/init", "/upload/chunked/{upload_id}/chunk/{number}"}
    sources = {"/sources/text", "/sources/url", "/sources/query", "/sources/object", "/datasets/{dataset_id}/refresh"}
    recipe = {"/projects/{project_id}/recipe/preview", "/projects/{project_id}/recipe/proposals"}
    proposed = {"/transformations/auto-clean", "/transformations/suggestions/{dataset_id}"}
    computed = recipe | proposed | {"/transformations/preview", "/versions/compare"}
    called = {path for path in limited if path.startswith("/production/v1/")}
    assert len(called) == 2
    assert limited == {"/events"} | uploads | sources | computed | called
