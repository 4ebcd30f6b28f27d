"""What sets a group apart: columns by how far their typical value inside differs from that outside."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from narrative.engine.exploration.matrix import UsedColumns, levels_of, numbers_of
from narrative.engine.exploration.types import GroupTrait
from narrative.engine.types import IntArray

TRAITS: Final = 3
LEAST: Final = 0.2
"""Standard deviations below which a difference is too small to tell (Cohen 1988: "small")."""


def traits_of(frame: pl.DataFrame, used: UsedColumns, labels: IntArray) -> list[list[GroupTrait]]:
    """For every group (1, 2, …) up to three columns, the most telling first."""
    found = []
    for group in range(1, int(labels.max()) + 1):
        inside = labels == group
        traits = [_of_number(frame[name], inside) for name in used.numbers]
        traits += [_of_category(frame[name], inside) for name in used.categories]
        telling = [trait for trait in traits if trait is not None and trait.strength >= LEAST]
        found.append(sorted(telling, key=lambda trait: -trait.strength)[:TRAITS])
    return found


def _of_number(series: pl.Series, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> GroupTrait | None:
    values = numbers_of(series)
    spread = float(np.nanstd(values))
    own, others = values[inside], values[~inside]
    if spread == 0 or np.isnan(own).all() or np.isnan(others).all():
        return None
    middle, elsewhere = float(np.nanmedian(own)), float(np.nanmedian(others))
    if middle == elsewhere:
        return None
    strength = abs(float(np.nanmean(own)) - float(np.nanmean(others))) / spread
    return GroupTrait(column=series.name, inside=middle, outside=elsewhere, strength=strength)


def _of_category(series: pl.Series, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> GroupTrait | None:
    texts = series.cast(pl.String)
    best: GroupTrait | None = None
    for level in levels_of(series):
        has = (texts == level).fill_null(value=False).to_numpy()
        share, own, others = float(has.mean()), float(has[inside].mean()), float(has[~inside].mean())
        if own <= others:
            continue  # A group is described by what it has; where it lacks a value, others stand for that.
        strength = (own - others) / float(np.sqrt(max(share * (1.0 - share), 1e-12)))
        if best is None or strength > best.strength:
            best = GroupTrait(column=series.name, level=level, inside=own, outside=others, strength=strength)
    return best
