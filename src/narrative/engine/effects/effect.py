"""What a recipe, or one of its steps, does to the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.alignment import canonical
from narrative.engine.checks._wording import counted, percent
from narrative.engine.effects.distributions import column_change, is_same
from narrative.engine.effects.types import ColumnChange, Loss
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.preview import LOSS_LIMIT, PREVIEW_ROWS, applied, losses

MOST_COLUMNS: Final = 60
"""Columns whose distributions are drawn; what changes in further ones is counted."""


@dataclass(frozen=True)
class Effect:
    """Before and after, on the same rows.

    Attributes:
        before, after: the table before and after the chosen steps.
        rows: position in the table of each row of ``before``.
        kept: which rows of ``before`` are in ``after``, in the same order; None when the steps make other rows (pivot).
        changed: cells of ``after`` that differ, by column; only columns there were before.
        columns: what became of columns; ``n_columns_left_out`` more are not drawn.
        loss: of the whole recipe.
        is_sampled: whether ``before`` holds fewer rows than the table.
        n_rows: of the table.
    """

    before: pl.DataFrame
    after: pl.DataFrame
    rows: list[int]
    kept: pl.Series | None
    changed: dict[str, pl.Series]
    columns: list[ColumnChange]
    n_columns_left_out: int
    loss: Loss
    is_sampled: bool
    n_rows: int
    warnings: list[str] = field(default_factory=list)

    @property
    def columns_added(self) -> list[str]:
        known = set(self.before.columns)
        return [name for name in self.after.columns if name not in known]

    @property
    def columns_removed(self) -> list[str]:
        known = set(self.after.columns)
        return [name for name in self.before.columns if name not in known]

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        parts = [
            f"{counted(self.rows_dropped, 'row')} left out" if self.rows_dropped else "",
            f"{counted(self.cells_changed, 'cell')} changed" if self.cells_changed else "",
            f"{counted(len(self.columns_added), 'column')} added" if self.columns_added else "",
            f"{counted(len(self.columns_removed), 'column')} removed" if self.columns_removed else "",
        ]
        if self.kept is None:
            parts.insert(0, f"{counted(self.before.height, 'row')} become {self.after.height:,}")
        said = ", ".join(part for part in parts if part)
        return f"{said}." if said else "Nothing changes."

    @property
    def rows_dropped(self) -> int:
        return 0 if self.kept is None else int((~self.kept).sum())

    @property
    def cells_changed(self) -> int:
        return sum(int(mask.sum()) for mask in self.changed.values())


def effect_of(
    fitted: FittedRecipe,
    frame: pl.DataFrame,
    *,
    step_id: str | None = None,
    n: int = PREVIEW_ROWS,
    every: int = 1,
    n_rows: int | None = None,
    n_learned: int | None = None,
) -> Effect:
    """What a fitted recipe does to at most ``n`` evenly spaced rows of the table it was fitted on.

    Args:
        step_id: look at what this step does to what the steps before it left; None: at all steps together.
        every, n_rows: ``frame`` holds every so manyth row of a table with ``n_rows`` rows that memory does not hold.
        n_learned: how many rows the recipe was fitted on; None: those of ``frame``.
    """
    of = frame.height if n_rows is None else n_rows
    first, last = _span(fitted, step_id)
    is_sampled = frame.height > n
    rows = np.linspace(0, frame.height - 1, n).astype(np.int64) if is_sampled else np.arange(frame.height)
    table = canonical(frame.select(list(fitted.input_types)))
    reached = {n: _after(fitted, n, table, rows) for n in {0, first, last, len(fitted.steps)}}
    start, (before, earlier), (after, kept) = reached[0][0], reached[first], reached[last]
    end, end_kept = reached[len(fitted.steps)]
    within = None if kept is None or earlier is None else kept.filter(earlier)
    shown_rows = (every * (rows if earlier is None else rows[earlier.to_numpy()])).tolist()
    changed = {} if within is None else _changed(before.filter(within), after)
    columns = _columns(before, after, changed)
    return Effect(
        before=before,
        after=after,
        rows=shown_rows,
        kept=within,
        changed=changed,
        columns=columns[:MOST_COLUMNS],
        n_columns_left_out=max(0, len(columns) - MOST_COLUMNS),
        loss=_loss(applied(fitted, table)[1:] if end_kept is None else losses(fitted, start, end, end_kept)),
        is_sampled=len(rows) < of,
        n_rows=of,
        warnings=_warnings(fitted, start, frame.height if n_learned is None else n_learned, of),
    )


def _span(fitted: FittedRecipe, step_id: str | None) -> tuple[int, int]:
    """First and one past the last of the steps to look at; a step that is switched off does nothing."""
    if step_id is None:
        return 0, len(fitted.steps)
    known = [step.spec.id for step in fitted.steps]
    if step_id in known:
        return known.index(step_id), known.index(step_id) + 1
    ahead = 0
    for spec in fitted.recipe.steps:
        if spec.id == step_id:
            break
        ahead += spec.enabled
    return ahead, ahead


def _after(
    fitted: FittedRecipe, n_steps: int, table: pl.DataFrame, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[pl.DataFrame, pl.Series | None]:
    """The chosen rows after the first steps, exactly as in the whole table, and which of them stay."""
    if n_steps == 0:
        return table[rows.tolist()], pl.Series(np.ones(len(rows), dtype=bool))
    part = replace(fitted, steps=fitted.steps[:n_steps])
    if any(step.step.reshapes for step in part.steps):
        return part.apply(table, training=True), None
    if not part.compares_rows or len(rows) == table.height:
        sample = table if len(rows) == table.height else table[rows.tolist()]
        return part.apply(sample, training=True), _kept(part, sample)
    kept = _kept(part, table)
    place = kept.cast(pl.Int64).cum_sum() - 1
    here = kept[rows.tolist()]
    return part.apply(table, training=True)[place[rows.tolist()].filter(here)], here


def _kept(fitted: FittedRecipe, table: pl.DataFrame) -> pl.Series:
    if any(step.step.drops_rows for step in fitted.steps):
        return fitted.kept(table)
    return pl.Series(np.ones(table.height, dtype=bool))


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, pl.Series]:
    """Column -> True where a cell of a row that stays is another one now; only columns with such a cell."""
    names = set(after.columns)
    masks = {name: ~is_same(before[name], after[name]) for name in before.columns if name in names}
    return {name: mask for name, mask in masks.items() if mask.any() or before[name].dtype != after[name].dtype}


def _columns(before: pl.DataFrame, after: pl.DataFrame, changed: dict[str, pl.Series]) -> list[ColumnChange]:
    old, new = set(before.columns), set(after.columns)
    gone = [column_change(name, before[name], None, 0) for name in before.columns if name not in new]
    rest = [
        column_change(name, before[name] if name in old else None, after[name], _count(changed, name))
        for name in after.columns
        if name in changed or name not in old
    ]
    return [*rest, *gone]


def _count(changed: dict[str, pl.Series], name: str) -> int:
    return int(changed[name].sum()) if name in changed else 0


def _loss(shares: tuple[float, float]) -> Loss:
    """What the whole recipe takes away: shares of rows and of cells."""
    rows, cells = shares
    parts = [f"{percent(share)} of the {noun}" for share, noun in ((rows, "rows"), (cells, "values")) if share > 0]
    takes = f"The recipe takes away {' and '.join(parts)}." if parts else "The recipe takes nothing away."
    is_much = max(rows, cells) > LOSS_LIMIT
    ask = " Applying it asks you to confirm that." if is_much else ""
    return Loss(
        rows_share=rows, cells_share=cells, limit=LOSS_LIMIT, needs_confirmation=is_much, sentence=f"{takes}{ask}"
    )


def _warnings(fitted: FittedRecipe, shown: pl.DataFrame, n_learned: int, n_rows: int) -> list[str]:
    """Args: rows of the table that are looked at, how many were learned from, and how many there are."""
    said = [] if any(step.step.reshapes for step in fitted.steps) else fitted.notes(shown)
    if shown.height and shown.null_count().sum_horizontal().sum() == shown.height * shown.width:
        said.insert(0, "Every value is missing: there is nothing to learn from.")
    if n_rows == 1:
        said.insert(0, "The table has one row: what steps learn from it says little.")
    if n_learned < n_rows:
        said.insert(0, f"The table is very large: the steps learned from {n_learned:,} of its rows here.")
    if shown.height < n_rows:
        learned = "; what the steps learn comes from all rows" if n_learned == n_rows else ""
        said.append(f"Shown are {counted(shown.height, 'row')} of {n_rows:,}{learned}.")
    return said
