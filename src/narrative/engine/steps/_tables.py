"""Other tables that a step looks into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import canonical

if TYPE_CHECKING:
    from narrative.engine.steps.base import Step


def other_table(step: Step[Any], table: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The named table in engine types. Raises ``InvalidInput('step_table_missing')``."""
    if table not in tables:
        raise InvalidInput(
            "step_table_missing",
            f"{step.title}: the table '{table}' is not at hand.",
            fix="Choose a version that is still there.",
        )
    return canonical(tables[table])
