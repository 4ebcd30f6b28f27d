"""The catalog over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.policy import VIEWER
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.catalog.schemas import CatalogCandidates, CatalogMetrics, CatalogSamples, CatalogSteps
from narrative.studio.catalog.service import CatalogService

router = slice_router("catalog")
Catalog = Annotated[CatalogService, Depends(service(CatalogService))]


@router.get("/catalog/candidates", dependencies=[Depends(VIEWER)])
def list_candidates(catalog: Catalog) -> CatalogCandidates:
    """Algorithms that training may try."""
    return CatalogCandidates(items=catalog.candidates())


@router.get("/catalog/metrics", dependencies=[Depends(VIEWER)])
def list_metrics(catalog: Catalog) -> CatalogMetrics:
    """Scores that may rank models, with what each means."""
    return CatalogMetrics(items=catalog.metrics())


@router.get("/catalog/steps", dependencies=[Depends(VIEWER)])
def list_steps(catalog: Catalog) -> CatalogSteps:
    """Transformation steps with the JSON schema of their parameters."""
    return CatalogSteps(items=catalog.steps())


@router.get("/catalog/samples", dependencies=[Depends(VIEWER)])
def list_samples(catalog: Catalog) -> CatalogSamples:
    """Bundled tables to try the product with."""
    return CatalogSamples(items=catalog.samples())
