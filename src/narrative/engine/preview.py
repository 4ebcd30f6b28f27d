"""What a recipe would do to a table, before it is done; and the guard against losing most of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import canonical, input_types
from narrative.engine.fitted_recipe import FittedStep
from narrative.engine.recipe import FittedRecipe, Recipe
from narrative.engine.steps.base import FitContext, ReshapingStep

PREVIEW_ROWS: Final = 10_000
LOSS_LIMIT: Final = 0.5
"""A recipe that takes away more than this share of rows or cells needs an explicit confirmation."""


@dataclass(frozen=True)
class Preview:
    """Before and after, on the same rows.

    ``rows_dropped`` and ``cells_changed`` count the rows shown to the steps: all of them, or the sample when the table
    is larger than ``PREVIEW_ROWS`` (``is_sampled``). Statistics are always learned from all rows, so that a previewed
    row looks exactly as it will.
    """

    before: pl.DataFrame
    after: pl.DataFrame
    rows_dropped: int
    cells_changed: int
    columns_added: list[str]
    columns_removed: list[str]
    rows_lost_share: float
    cells_lost_share: float
    is_sampled: bool
    warnings: list[str] = field(default_factory=list)


def preview(
    recipe: Recipe, frame: pl.DataFrame, context: FitContext | None = None, *, n: int = PREVIEW_ROWS
) -> Preview:
    """Fit on all rows, apply to at most ``n`` evenly spaced ones.

    Raises:
        InvalidInput: what validating, fitting or an empty result raises.
    """
    recipe.validate(frame.schema)
    fitted = recipe.fit(frame, context)
    is_sampled = frame.height > n
    rows = np.linspace(0, frame.height - 1, n).astype(np.int64) if is_sampled else np.arange(frame.height)
    if fitted.reshapes:
        return _reshaped(fitted, canonical(frame.select(list(fitted.input_types))), n)
    before, after, kept = _shown(fitted, frame.select(list(fitted.input_types)), rows.tolist())
    rows_lost, cells_lost = losses(fitted, before, after, kept)
    warnings = fitted.notes(before)
    if is_sampled:
        warnings.append(f"Shown are {n:,} of {frame.height:,} rows; statistics come from all rows.")
    if before.null_count().sum_horizontal().sum() == before.height * before.width:
        warnings.insert(0, "Every value is missing: there is nothing to learn from.")
    names_before, names_after = set(before.columns), set(after.columns)
    return Preview(
        before=before,
        after=after,
        rows_dropped=before.height - after.height,
        cells_changed=_changed(before.filter(kept), after),
        columns_added=[name for name in after.columns if name not in names_before],
        columns_removed=[name for name in before.columns if name not in names_after],
        rows_lost_share=rows_lost,
        cells_lost_share=cells_lost,
        is_sampled=is_sampled,
        warnings=warnings,
    )


def _reshaped(fitted: FittedRecipe, frame: pl.DataFrame, n: int) -> Preview:
    """The first rows before and after steps that make other rows, of which no row before is a row after."""
    after, rows_lost, cells_lost = applied(fitted, frame)
    return Preview(
        before=frame.head(n),
        after=after.head(n),
        rows_dropped=0,
        cells_changed=0,
        columns_added=[name for name in after.columns if name not in frame.columns],
        columns_removed=[name for name in frame.columns if name not in after.columns],
        rows_lost_share=rows_lost,
        cells_lost_share=cells_lost,
        is_sampled=max(frame.height, after.height) > n,
        warnings=[f"The steps make {after.height:,} rows out of {frame.height:,}."],
    )


def apply_recipe(
    recipe: Recipe, frame: pl.DataFrame, context: FitContext | None = None, *, allow_data_loss: bool = False
) -> tuple[FittedRecipe, pl.DataFrame]:
    """A recipe carried out on a whole table: validated, fitted, applied, guarded.

    Raises:
        InvalidInput: ``data_loss_unconfirmed`` when more than half of the rows or cells would go and
            ``allow_data_loss`` is not set; ``no_columns_left``; what validating and fitting raise.
    """
    recipe.validate(frame.schema)
    fitted, _ = recipe.fit_apply(frame, context)
    before = canonical(frame.select(list(fitted.input_types)))
    after, rows_lost, cells_lost = applied(fitted, before)
    if after.width == 0:
        raise InvalidInput(
            "no_columns_left", "The recipe would leave no column.", fix="Keep at least one column of the table."
        )
    guard_loss(rows_lost, cells_lost, allow_data_loss=allow_data_loss)
    return fitted, after


def applied(fitted: FittedRecipe, before: pl.DataFrame) -> tuple[pl.DataFrame, float, float]:
    """A whole canonical table after all steps, and the shares of its rows and of its cells of which nothing is left.

    No row can be followed through steps that make other rows (pivot, join). So each of these, and each stretch of steps
    between them, is measured on what the one before it left.
    """
    rows_left = cells_left = 1.0
    for part in _stretches(fitted):
        own = replace(fitted, steps=part, input_types=input_types(before))
        after = own.apply(before, training=True)
        rows_lost, cells_lost = losses(own, before, after, _used(own, before))
        rows_left, cells_left, before = rows_left * (1.0 - rows_lost), cells_left * (1.0 - cells_lost), after
    return before, 1.0 - rows_left, 1.0 - cells_left


def _stretches(fitted: FittedRecipe) -> Iterator[list[FittedStep]]:
    """The steps in order: each that makes other rows by itself, those in between together."""
    for reshapes, some in groupby(fitted.steps, key=lambda step: step.step.reshapes):
        steps = list(some)
        yield from ([step] for step in steps) if reshapes else [steps]


def _used(fitted: FittedRecipe, before: pl.DataFrame) -> pl.Series:
    """True for rows of which something is left after the steps of one stretch."""
    first = fitted.steps[0]
    if not isinstance(first.step, ReshapingStep):
        return fitted.kept(before)
    used = first.step.rows_used(before, first.params, fitted.tables)
    return pl.repeat(value=True, n=before.height, eager=True) if used is None else used


def guard_loss(rows_lost: float, cells_lost: float, *, allow_data_loss: bool) -> None:
    """Ask before most of a table goes; both are shares. Raises ``InvalidInput('data_loss_unconfirmed')``."""
    if max(rows_lost, cells_lost) > LOSS_LIMIT and not allow_data_loss:
        raise InvalidInput(
            "data_loss_unconfirmed",
            f"The recipe would take away {rows_lost:.0%} of the rows and {cells_lost:.0%} of the values.",
            fix="Confirm that you want this (allow_data_loss), or fill missing values instead of dropping them.",
            rows_lost_share=rows_lost,
            cells_lost_share=cells_lost,
            limit=LOSS_LIMIT,
        )


def _shown(fitted: FittedRecipe, frame: pl.DataFrame, rows: list[int]) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """The chosen rows before and after, and which of them stay, exactly as in the whole table."""
    before = canonical(frame[rows])
    if not fitted.compares_rows or before.height == frame.height:
        return before, fitted.apply(before, training=True), fitted.kept(before)
    whole = canonical(frame)
    kept = fitted.kept(whole)
    place = kept.cast(pl.Int64).cum_sum() - 1
    here = kept[rows]
    return before, fitted.apply(whole, training=True)[place[rows].filter(here)], here


def losses(fitted: FittedRecipe, before: pl.DataFrame, after: pl.DataFrame, kept: pl.Series) -> tuple[float, float]:
    """Shares of rows, and of cells with a value, of which nothing is left: neither themselves nor made into others."""
    names = set(after.columns)
    used = {raw for name, raws in fitted.origins.items() if name in names for raw in raws}
    cells = before.height * before.width - int(before.null_count().sum_horizontal().sum())
    left = before.filter(kept).select([name for name in before.columns if name in used])
    cells_left = left.height * left.width - (int(left.null_count().sum_horizontal().sum()) if left.width else 0)
    rows_lost = 1.0 - int(kept.sum()) / before.height if before.height else 0.0
    return rows_lost, 1.0 - cells_left / cells if cells else 0.0


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Cells of columns that kept their name whose value is another one now."""
    changed = 0
    names = set(after.columns)
    for name in before.columns:
        if name not in names:
            continue
        old, new = before[name], after[name]
        if old.dtype != new.dtype:
            both_numbers = old.dtype.is_numeric() and new.dtype.is_numeric()
            old, new = (s.cast(pl.Float64 if both_numbers else pl.String) for s in (old, new))
        changed += int(old.ne_missing(new).sum())
    return changed
