"""Wire shapes of the catalog."""

from __future__ import annotations

from pydantic import BaseModel

from narrative.studio.catalog.entities import CatalogCandidate, CatalogMetric, CatalogSample, CatalogStep


class CatalogCandidates(BaseModel):
    items: list[CatalogCandidate]


class CatalogMetrics(BaseModel):
    items: list[CatalogMetric]


class CatalogSteps(BaseModel):
    items: list[CatalogStep]


class CatalogSamples(BaseModel):
    items: list[CatalogSample]
