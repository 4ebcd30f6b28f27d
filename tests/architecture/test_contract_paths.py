"""The addresses other programs were written for, stage by stage: served, or left to a later piece of work by name."""

from __future__ import annotations

import json

import pytest

from tests.architecture.source import ROOT

SERVED = """
GET /lineage/{} | GET /lineage/{}/graph | GET /lineage/{}/reproduce | POST /lineage/{}/reproduce
POST /scheduler/jobs | GET /scheduler/jobs | PUT /scheduler/jobs/{} | DELETE /scheduler/jobs/{}
POST /scheduler/jobs/{}/pause | POST /scheduler/jobs/{}/resume
GET /datasets | POST /datasets/upload | GET /datasets/{} | DELETE /datasets/{} | GET /datasets/{}/preview
GET /datasets/{}/schema | POST /datasets/{}/process | GET /datasets/{}/versions
GET /datasets/{}/features | GET /datasets/{}/features/suggestions | POST /datasets/{}/features/generate
GET /workflow/{}
POST /upload/chunked/init | PUT /upload/chunked/{}/chunk/{} | GET /upload/chunked/{}/resume
POST /upload/chunked/{}/complete
GET /data/{}/schema | GET /data/{}/statistics | GET /data/{}/quality | GET /data/{}/preview
GET /transformations/types | POST /transformations/preview | POST /transformations/apply
POST /transformations/validate | POST /transformations/auto-clean | POST /transformations/pipeline/apply
GET /transformations/suggestions/{} | GET /transformations/recipes | POST /transformations/recipes
GET /transformations/recipes/popular | GET /transformations/recipes/{} | POST /transformations/recipes/{}/apply
GET /transformations/recipes/{}/export
GET /versions/{} | GET /versions/{}/lineage | POST /versions/{}/pin | GET /versions/compare
"""
LATER = {
    "/data/process": "one address for many datasets; /datasets/{id}/process says which",
    "/data/{}/export": "comes with the delivery of tables to folder, store and mail",
    "/upload/secure": "comes with the legacy paths; /datasets/upload asks about personal data itself",
    "/upload/confirm-pii-upload": "comes with the legacy paths; reimport says what is hidden or dropped",
    "/visualizations/histogram": "comes with the legacy paths; the figures are in /data/{id}/statistics",
    "/visualizations/boxplot": "comes with the legacy paths; the figures are in /data/{id}/statistics",
    "/visualizations/correlation": "comes with the legacy paths; the figures are in the profile",
    "/visualizations/scatter": "comes with the legacy paths; the figures are in the profile",
    "/visualizations/line": "comes with the legacy paths; the figures are in the profile",
    "/visualizations/timeseries": "comes with the legacy paths; the figures are in the profile",
    "/onboarding": "comes with onboarding",
    "/cache": "comes with operations",
}
"""Addresses of the contract for the first four stages that are not served, and why."""


def without_names(path: str) -> str:
    """A path with its parameters bare: ``/api/v1/versions/{version_id}`` → ``/versions/{}``."""
    parts = path.removeprefix("/api/v1").split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


DOCUMENT = json.loads((ROOT / "web" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    f"{method.upper()} {without_names(path)}" for path, methods in DOCUMENT["paths"].items() for method in methods
}


@pytest.mark.parametrize("operation", [item.strip() for line in SERVED.split("\n") for item in line.split("|") if line])
def test_an_address_of_the_contract_is_served(operation: str) -> None:
    assert operation in OPERATIONS


def test_what_is_left_for_later_is_not_served_yet() -> None:
    """Once it is, it moves to the list above."""
    paths = {operation.split(" ", 1)[1] for operation in OPERATIONS}
    assert paths & set(LATER) == set()


def test_an_address_that_is_missing_is_noticed() -> None:
    assert "GET /transformations/kinds" not in OPERATIONS
