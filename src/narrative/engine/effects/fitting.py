"""How a recipe learns from a whole table, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from narrative.engine.alignment import aligned, input_types, kinds_of
from narrative.engine.fitted_recipe import FittedRecipe, FittedStep
from narrative.engine.recipe import Recipe
from narrative.engine.step_specs import check_columns, resolved
from narrative.engine.steps.base import FitContext, Layout
from narrative.engine.tables.stored import StoredTable, every_row
from narrative.engine.types import Problem

MOST_CELLS: Final = 100_000_000
"""What a step learns from at once: 0.8 GB of numbers. Of a larger table, the columns it names or evenly spaced rows."""


def fit_stride(table: StoredTable) -> int:
    """Every how manyth row of the table :func:`fit_frame` gives; 1: all of them."""
    return max(1, -(-table.height * table.width // MOST_CELLS))


def fit_frame(table: StoredTable) -> pl.DataFrame:
    """The rows that steps learn from: all, or every second, third … of a table with too many cells for memory."""
    every = fit_stride(table)
    return table.lazy().collect(engine="streaming") if every == 1 else every_row(table, every)


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


def fit_all_rows(recipe: Recipe, table: StoredTable, target: str | None) -> FittedRecipe | None:
    """The recipe fitted on all rows of a table that memory does not hold, the column to predict left out.

    Each step learns from the columns that it names, after what the steps before it do to them; the other columns are
    not read. None when a step needs more than that: too many columns, all rows at once, other tables, or the column to
    predict.

    Raises:
        InvalidInput: what ``Recipe.validate`` and ``Recipe.fit`` raise.
    """
    recipe.validate({name: dtype for name, dtype in table.schema.items() if name != target})
    types = {name: dtype for name, dtype in input_types(table.as_frame()).items() if name != target}
    lazy, fitted = aligned(table.as_frame(), types), list[FittedStep]()
    for spec in recipe.steps:
        if not spec.enabled:
            continue
        step, params = resolved(spec)
        named = list(dict.fromkeys([*step.columns(params), *step.also_reads(params)]))
        at_once = step.reshapes or step.compares_rows or step.learns_from_target(params)
        if at_once or not step.columns(params) or table.height * len(named) > MOST_CELLS:
            return None
        schema = lazy.collect_schema()
        check_columns(spec, step, params, Layout(kinds_of(schema)), by_type=True)
        state = step.fit(_with_names(lazy.select(named).collect(engine="streaming"), schema), params, FitContext())
        fitted.append(FittedStep(spec, step, params, state))
        keep = step.keep(params, state)
        lazy = step.apply(lazy if keep is None else lazy.filter(keep), params, state)
    return FittedRecipe.learned(recipe, fitted, types, lazy.collect_schema(), {})


def _with_names(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame with all columns of a schema in their order; those it lacks have no value and take no memory."""
    known = set(frame.columns)
    return frame.select(
        pl.col(name) if name in known else pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items()
    )


def context_of(
    frame: pl.DataFrame, target: str | None, problem: Problem | None, tables: Mapping[str, str]
) -> FitContext:
    """What steps may know while they learn."""
    others = {name: pl.read_parquet(path) for name, path in tables.items()}
    if target is None:
        return FitContext(tables=others)
    return FitContext(target=frame[target], problem=problem, tables=others)
