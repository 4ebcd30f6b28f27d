"""What a preview shows of each column and of what would be lost."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.profile.types import ValueCount


class Distribution(BaseModel):
    """Values of one column in the rows looked at.

    Numbers and times have ``counts`` per bin of the column's ``edges``, everything else its most frequent ``values``.
    """

    model_config = ConfigDict(frozen=True)
    n: int
    missing: int
    distinct: int | None = None
    """None for numbers."""
    mean: float | None = None
    bounds: tuple[float, float] | None = None
    """Smallest and largest number."""
    counts: list[int] | None = None
    values: list[ValueCount] = []


class ColumnChange(BaseModel):
    """A column that is new, gone, or not what it was; ``before`` or ``after`` is None where it is not there."""

    model_config = ConfigDict(frozen=True)
    column: str
    change: Literal["added", "removed", "changed"]
    cells_changed: int
    """Of the rows that stay."""
    edges: list[float] | None = None
    """Of the bins that both distributions share, equally wide."""
    before: Distribution | None
    after: Distribution | None
    sentence: str


class Loss(BaseModel):
    """What the whole recipe takes away, as shares of the rows looked at and of their cells with a value."""

    model_config = ConfigDict(frozen=True)
    rows_share: float
    cells_share: float
    limit: float
    needs_confirmation: bool
    """More than ``limit`` of the rows or cells would go: applying asks for ``allow_data_loss``."""
    sentence: str
