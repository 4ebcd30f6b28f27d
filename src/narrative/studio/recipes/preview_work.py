"""What a warm child computes for a preview; it keeps the tables and the fitted recipes it met last."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.hashing import hash_json
from narrative.engine.effects import Effect, effect_of
from narrative.engine.effects.fitting import MOST_CELLS, fit_all_rows, fit_frame, fit_recipe, fit_stride
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.tables.stored import StoredTable
from narrative.studio.datasets.preview import rows_of

KEPT_CELLS: Final = 60_000_000
KEPT_RECIPES: Final = 16
_tables: OrderedDict[str, tuple[pl.DataFrame, int, int]] = OrderedDict()
_recipes: OrderedDict[str, tuple[FittedRecipe, int]] = OrderedDict()
"""With the number of rows that they learned from."""


def preview(payload: dict[str, Any]) -> dict[str, Any]:
    """Before and after of a recipe, or of one of its steps.

    Args:
        payload: ``path`` (Parquet), ``content_hash``, ``steps``, ``target``, ``problem``, ``tables`` (version id →
            Parquet file, for steps that use another table), ``step_id`` or None, ``show`` (first, changed, dropped)
            and ``rows`` (how many).

    Returns:
        what :class:`narrative.studio.recipes.schemas.RecipePreview` describes.

    Raises:
        InvalidInput: what validating and fitting raise.
    """
    frame, every, n_rows = _table(payload["content_hash"], Path(payload["path"]))
    fitted, n_learned = _fitted(payload, frame, n_rows)
    effect = effect_of(fitted, frame, step_id=payload["step_id"], every=every, n_rows=n_rows, n_learned=n_learned)
    return _page(effect, payload)


def _table(content_hash: str, path: Path) -> tuple[pl.DataFrame, int, int]:
    """The table or, of one that memory does not hold, every so manyth row; this number; how many rows there are."""
    if content_hash in _tables:
        _tables.move_to_end(content_hash)
        return _tables[content_hash]
    stored = StoredTable(path)
    size = stored.height * stored.width
    if size > KEPT_CELLS:
        _tables.clear()
    read = fit_frame(stored), fit_stride(stored), stored.height
    if min(size, MOST_CELLS) <= KEPT_CELLS:
        _tables[content_hash] = read
        while sum(kept.height * kept.width for kept, *_ in _tables.values()) > KEPT_CELLS and len(_tables) > 1:
            _tables.popitem(last=False)
    return read


def _fitted(payload: dict[str, Any], frame: pl.DataFrame, n_rows: int) -> tuple[FittedRecipe, int]:
    """The steps as carrying them out would learn them, and from how many rows."""
    about = ("content_hash", "steps", "target", "problem", "tables")
    key = hash_json({name: payload[name] for name in about})
    if key in _recipes:
        _recipes.move_to_end(key)
        return _recipes[key]
    recipe = Recipe([StepSpec.model_validate(step) for step in payload["steps"]])
    target = payload["target"]
    everything = None if frame.height == n_rows else fit_all_rows(recipe, StoredTable(Path(payload["path"])), target)
    fitted = everything or fit_recipe(recipe, frame, target, payload["problem"], payload["tables"])
    made = fitted, n_rows if everything else frame.height
    _recipes[key] = made
    while len(_recipes) > KEPT_RECIPES:
        _recipes.popitem(last=False)
    return made


def _page(effect: Effect, payload: dict[str, Any]) -> dict[str, Any]:
    """The rows that are shown, and the account of all that were looked at."""
    places = _shown(effect, payload["show"], payload["rows"])
    before = effect.before[places]
    if effect.kept is None:
        after, after_rows = effect.after.head(payload["rows"]), []
        dropped: list[int] = []
    else:
        kept = effect.kept.to_numpy()
        position = np.cumsum(kept) - 1
        after_rows = [int(position[place]) for place in places if kept[place]]
        after = effect.after[after_rows]
        dropped = [index for index, place in enumerate(places) if not kept[place]]
    columns = after.columns
    changed = [
        [row, columns.index(name)]
        for name, mask in effect.changed.items()
        for row, place in enumerate(after_rows)
        if mask[place]
    ]
    return {
        "step_id": payload["step_id"],
        "sentence": effect.sentence,
        "before": _rows(before),
        "after": _rows(after),
        "row_numbers": [effect.rows[place] + 1 for place in places],
        "rows_stay": effect.kept is not None,
        "dropped": dropped,
        "changed_cells": sorted(changed),
        "rows_before": effect.before.height,
        "rows_after": effect.after.height,
        "rows_dropped": effect.rows_dropped,
        "cells_changed": effect.cells_changed,
        "columns_added": effect.columns_added,
        "columns_removed": effect.columns_removed,
        "columns": [column.model_dump(mode="json") for column in effect.columns],
        "n_columns_left_out": effect.n_columns_left_out,
        "loss": effect.loss.model_dump(mode="json"),
        "warnings": effect.warnings,
        "is_sampled": effect.is_sampled,
        "n_rows": effect.n_rows,
    }


def _shown(effect: Effect, show: str, n: int) -> list[int]:
    """Places of the rows of ``before`` that are shown."""
    if show == "dropped" and effect.kept is not None:
        return [int(place) for place in np.flatnonzero(~effect.kept.to_numpy())[:n]]
    if show == "changed" and effect.kept is not None:
        kept = effect.kept.to_numpy()
        touched = np.zeros(int(kept.sum()), dtype=bool)
        for mask in effect.changed.values():
            touched |= mask.to_numpy()
        differs = ~kept
        differs[np.flatnonzero(kept)[touched]] = True
        return [int(place) for place in np.flatnonzero(differs)[:n]]
    return list(range(min(n, effect.before.height)))


def _rows(frame: pl.DataFrame) -> dict[str, Any]:
    columns = [{"name": name, "dtype": str(dtype)} for name, dtype in frame.schema.items()]
    return {"columns": columns, "rows": rows_of(frame)}
