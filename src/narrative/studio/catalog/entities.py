"""What the catalog lists. These are also its wire shapes: there is nothing inside that is not shown."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from narrative.engine.types import ColumnKind, Problem


class CatalogCandidate(BaseModel):
    """An algorithm that training may try."""

    name: str
    title: str
    sentence: str
    problems: list[Problem]
    available: bool
    unavailable_reason: str | None


class CatalogMetric(BaseModel):
    """A score that may rank models."""

    name: str
    title: str
    sentence: str
    problems: list[Problem]
    is_usual_for: list[Problem]
    """Problems it is taken for unless another one is chosen."""
    higher_is_better: bool


class CatalogStep(BaseModel):
    """A transformation step; the form is drawn from ``parameters`` (JSON schema)."""

    name: str
    title: str
    sentence: str
    kinds: list[ColumnKind] = Field(description="Column kinds it accepts; empty means any.")
    inverse: str
    drops_rows: bool
    parameters: dict[str, Any]
    column_params: list[str] = Field(description="Parameters that name columns of the table: one, or a list of them.")


class CatalogSample(BaseModel):
    """A bundled table with the question it answers."""

    name: str
    title: str
    question: str
    target: str
    n_rows: int
