"""How a recipe learns from a whole table, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.recipe import Recipe
from narrative.engine.steps.base import FitContext
from narrative.engine.tables.stored import StoredTable
from narrative.engine.types import Problem

MOST_CELLS: Final = 100_000_000
"""What steps learn from at once: 0.8 GB of numbers. Of a larger table, evenly spaced rows."""


def fit_stride(table: StoredTable) -> int:
    """Every how manyth row of the table :func:`fit_frame` gives; 1: all of them."""
    return max(1, -(-table.height * table.width // MOST_CELLS))


def fit_frame(table: StoredTable) -> pl.DataFrame:
    """The rows that steps learn from: all, or every second, third … of a table with too many cells for memory."""
    every = fit_stride(table)
    lazy = table.lazy() if every == 1 else table.lazy().gather_every(every)
    return lazy.collect(engine="streaming")


def fit_recipe(
    recipe: Recipe, frame: pl.DataFrame, target: str | None, problem: Problem | None, tables: Mapping[str, str]
) -> FittedRecipe:
    """The recipe fitted on these rows, with the column to predict kept out of the steps.

    Args:
        tables: version id → Parquet file of the tables that steps such as join name.

    Raises:
        InvalidInput: what ``Recipe.validate`` and ``Recipe.fit`` raise.
    """
    rest = frame.drop(target) if target is not None else frame
    recipe.validate(rest.schema)
    return recipe.fit(rest, context_of(frame, target, problem, tables))


def context_of(
    frame: pl.DataFrame, target: str | None, problem: Problem | None, tables: Mapping[str, str]
) -> FitContext:
    """What steps may know while they learn."""
    others = {name: pl.read_parquet(path) for name, path in tables.items()}
    if target is None:
        return FitContext(tables=others)
    return FitContext(target=frame[target], problem=problem, tables=others)
