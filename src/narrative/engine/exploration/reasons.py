"""Why a row is unusual: which cells, made as they are in rows alike in the other columns, would make it usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.exploration.matrix import numbers_of
from narrative.engine.exploration.nearness import Encoding, Nearness
from narrative.engine.types import FloatArray, IntArray

NEIGHBOURS: Final = 15
TYPICAL_ROWS: Final = 2_000
REASONS: Final = 3
LEAST_SHARE: Final = 0.05
"""Part of a row's unusualness below which a column is no reason."""


@dataclass(frozen=True)
class Blamed:
    """A column of a row, the rows alike in the other columns, and what part of the unusualness it carries."""

    column: str
    alike: list[int]
    share: float


def blame(
    frame: pl.DataFrame, reference: pl.DataFrame, encoding: Encoding, nearness: Nearness, rng: np.random.Generator
) -> list[list[Blamed]]:
    """For every row of a frame up to three columns, the most telling first.

    A cell is replaced by the typical value (median, or most frequent value) of the rows of the reference that are
    nearest in all other columns, and the row is scored again: what falls away was due to that cell. Rows alike, and
    not all rows, because a value may be usual in itself and odd beside the others.
    Source: conditional replacement as in Aas, Jullum & Løland (2021), "Explaining individual predictions when features
    are dependent", for single columns.

    Args:
        reference: rows to compare with; rows alike are numbered in it.
    """
    points, others = encoding.apply(frame), encoding.apply(reference)
    usual = np.flatnonzero(nearness.held_out <= np.median(nearness.held_out))
    pool = usual[np.sort(rng.permutation(usual.size)[:TYPICAL_ROWS])]
    columns = encoding.used.names
    alike = _alike(points, others[pool], encoding.owners, columns)
    scores = nearness.scores(points)
    base = float(np.median(nearness.held_out))
    falls = np.zeros((frame.height, len(columns)))
    for place, column in enumerate(columns):
        own = np.array([position for position, owner in enumerate(encoding.owners) if owner == column])
        replaced = points.copy()
        for row in range(frame.height):
            replaced[row, own] = _typical(others[pool[alike[place][row]]][:, own])
        falls[:, place] = scores - nearness.scores(replaced)
    shares = falls / np.maximum(scores - base, 1e-9)[:, None]
    found = []
    for row in range(frame.height):
        order = [int(place) for place in np.argsort(-shares[row], kind="stable")[:REASONS]]
        found.append(
            [
                Blamed(columns[place], [int(at) for at in pool[alike[place][row]]], float(min(shares[row, place], 1.0)))
                for place in order
                if shares[row, place] >= LEAST_SHARE and _differs(frame, reference, columns[place], row)
            ]
        )
    return found


def _alike(points: FloatArray, others: FloatArray, owners: list[str], columns: list[str]) -> list[IntArray]:
    """For every column the nearest other rows of every row by all but this column; positions in ``others``."""
    spread = others.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)
    per_feature = np.minimum(((points[:, None, :] - others[None, :, :]) / unit) ** 2, 25.0)
    total = per_feature.sum(axis=2)
    found = []
    for column in columns:
        own = [position for position, owner in enumerate(owners) if owner == column]
        distances = total - per_feature[:, :, own].sum(axis=2)
        found.append(np.asarray(np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS], dtype=np.int64))
    return found


def _typical(values: FloatArray) -> FloatArray:
    return np.asarray(np.median(values, axis=0), dtype=np.float64)


def _differs(frame: pl.DataFrame, reference: pl.DataFrame, column: str, row: int) -> bool:
    """Whether the cell is not the one most rows have anyway."""
    series = frame[column]
    if not series.dtype.is_numeric() or series[row] is None:
        return True
    return float(series[row]) != float(np.nanmedian(numbers_of(reference[column])))
