"""A recipe carried out on a stored table of any size: learned once, applied piece by piece, guarded, written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import canonical
from narrative.engine.effects.fitting import fit_all_rows, fit_frame, fit_recipe, fit_stride
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.preview import applied, guard_loss, losses
from narrative.engine.recipe import Recipe
from narrative.engine.tables.stored import StoredTable
from narrative.engine.types import Problem

PIECE_CELLS: Final = 5_000_000
Share = Callable[[float], None]


@dataclass(frozen=True)
class CarriedOut:
    """What became of the table.

    Attributes:
        n_fitted: rows the steps learned from; fewer than ``n_before`` only where memory does not hold what they need.
        rows_lost, cells_lost: shares.
    """

    fitted: FittedRecipe
    n_fitted: int
    n_before: int
    n_after: int
    rows_lost: float
    cells_lost: float


@dataclass
class _Count:
    """Rows and cells before and after, over all pieces."""

    rows: int = 0
    rows_left: int = 0
    rows_lost: float = 0.0
    cells: float = 0.0
    cells_lost: float = 0.0


def carry_out(
    recipe: Recipe,
    table: StoredTable,
    out: Path,
    *,
    target: str | None = None,
    problem: Problem | None = None,
    tables: Mapping[str, str] | None = None,
    allow_data_loss: bool = False,
    from_sample: bool = False,
    report: Share = lambda _: None,
) -> CarriedOut:
    """Write the table after all steps to the Parquet file ``out``; the column to predict stays as it is, in its place.

    Pieces of the table are worked on one after the other, so memory holds what the steps learn from and one piece.
    A recipe with steps that compare rows (duplicates) or make other rows (pivot) needs the whole table in memory.

    Args:
        from_sample: learn from evenly spaced rows of a table that memory does not hold, as versions with ``n_fitted``
            below ``n_before`` did; otherwise only where there is no other way.

    Raises:
        InvalidInput: ``data_loss_unconfirmed``, ``no_columns_left``, ``no_rows_left``; what validating and fitting
            raise. ``out`` is not written then.
    """
    everything = None if from_sample or fit_stride(table) == 1 else fit_all_rows(recipe, table, target)
    frame = fit_frame(table) if everything is None else pl.DataFrame()
    fitted = everything or fit_recipe(recipe, frame, target, problem, tables or {})
    n_fitted = table.height if everything else frame.height
    report(0.5)
    whole = fitted.compares_rows or _reshapes(fitted)
    if not whole:
        del frame
    elif n_fitted < table.height:
        frame = table.lazy().collect(engine="streaming")
    count = _Count()
    pieces = [frame] if whole else table.iter_slices(max(1, PIECE_CELLS // max(1, table.width)))
    part = out.with_suffix(".part")

    def reached(n_rows: float) -> None:
        report(0.5 + 0.4 * n_rows / max(1, table.height))

    try:
        columns = _written(fitted, pieces, part, target=target, count=count, report=reached)
        rows_lost = count.rows_lost / count.rows if count.rows else 0.0
        cells_lost = count.cells_lost / count.cells if count.cells else 0.0
        _refuse_nothing(columns, count, target)
        guard_loss(rows_lost, cells_lost, allow_data_loss=allow_data_loss)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    report(1.0)
    return CarriedOut(fitted, n_fitted, table.height, count.rows_left, rows_lost, cells_lost)


def _written(
    fitted: FittedRecipe,
    pieces: Iterable[pl.DataFrame],
    out: Path,
    *,
    target: str | None,
    count: _Count,
    report: Share,
) -> list[str]:
    """The columns after all steps; the rows of the pieces are written while the next ones are worked on."""
    rest = iter(pieces)
    first = _worked(fitted, next(rest), target, count)

    def worked(*_: object) -> Iterator[pl.DataFrame]:
        report(count.rows)
        yield first
        for piece in rest:
            yield _worked(fitted, piece, target, count)
            report(count.rows)

    register_io_source(worked, schema=first.schema).sink_parquet(out)
    return first.columns


def _worked(fitted: FittedRecipe, piece: pl.DataFrame, target: str | None, count: _Count) -> pl.DataFrame:
    """A piece after all steps, with the column to predict."""
    before = canonical(piece.select(list(fitted.input_types)))
    if _reshapes(fitted):
        return _worked_whole(fitted, before, count)
    after = fitted.apply(before, training=True)
    count.rows += before.height
    count.rows_left += after.height
    count.rows_lost += before.height - after.height
    drops = any(step.step.drops_rows for step in fitted.steps)
    kept = fitted.kept(before) if drops else pl.Series(np.ones(before.height, dtype=bool))
    cells = before.height * before.width - int(before.null_count().sum_horizontal().sum())
    count.cells += cells
    count.cells_lost += losses(fitted, before, after, kept)[1] * cells
    if target is None:
        return after
    values = canonical(piece.select(target)).filter(kept).to_series()
    return after.insert_column(_place(piece.columns, target, after.columns), values)


def _worked_whole(fitted: FittedRecipe, before: pl.DataFrame, count: _Count) -> pl.DataFrame:
    """A whole table after steps of which some make other rows."""
    after, rows_lost, cells_lost = applied(fitted, before)
    count.rows, count.rows_left = before.height, after.height
    count.rows_lost, count.cells, count.cells_lost = rows_lost * before.height, 1.0, cells_lost
    return after


def _place(before: list[str], target: str, after: list[str]) -> int:
    """Where the column to predict goes: behind the column that it stood behind, as far as there still is one."""
    for name in reversed(before[: before.index(target)]):
        if name in after:
            return after.index(name) + 1
    return 0


def _reshapes(fitted: FittedRecipe) -> bool:
    return any(step.step.reshapes for step in fitted.steps)


def _refuse_nothing(columns: list[str], count: _Count, target: str | None) -> None:
    if not set(columns) - {target}:
        raise InvalidInput(
            "no_columns_left", "The recipe would leave no column.", fix="Keep at least one column of the table."
        )
    if not count.rows_left:
        raise InvalidInput(
            "no_rows_left", "The recipe would leave no row.",
            fix="Loosen its condition or limit, or fill missing values instead of dropping rows.",
        )  # fmt: skip
