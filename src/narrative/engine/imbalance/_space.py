"""Distances between prepared rows in which numbers, gaps and categories each count as what they are.

Numbers are compared in standard deviations, a gap as the mean. All features made of one category (ones and zeros, how
often it occurs, the mean of the target) are one *block*: two rows have the same one or they differ by one deviation.
Source: Chawla et al. (2002), "SMOTE: synthetic minority over-sampling technique", JAIR 16, section 6.1 (SMOTE-NC: a
category that differs adds the median deviation of the numbers, which is 1 in these units).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.imbalance.base import Layout
from narrative.engine.types import FloatArray, IntArray

CHUNK_CELLS: Final = 4_000_000
"""Distances computed at once."""
MOST_PAIRS: Final = 150_000_000
"""Distances one question may take; beyond, the rows that are looked at are thinned out evenly."""


class Space:
    """Rows as points, with the neighbours of each."""

    def __init__(self, features: FloatArray, layout: Layout) -> None:
        self.features = features
        self.blocks = layout.blocks
        self.flags = [[index for index in group if _is_flag(features[:, index])] for group in layout.groups]
        self.numbers = [
            [index for index in group if index not in flags]
            for group, flags in zip(layout.groups, self.flags, strict=True)
        ]
        self.ids = np.column_stack([_ids(features[:, block]) for block in self.blocks]) if self.blocks else None
        self._points = self._coordinates()

    def neighbours(self, of: IntArray, among: IntArray, k: int) -> IntArray:
        """The ``k`` rows of ``among`` nearest to each row of ``of``, nearest first, itself left out.

        Positions of rows, ``len(of) × k``. ``among`` must hold more than ``k`` rows.
        """
        step = max(CHUNK_CELLS // among.size, 1)
        found = [self._nearest(of[start : start + step], among, k) for start in range(0, of.size, step)]
        return np.concatenate(found) if found else np.zeros((0, k), dtype=np.int64)

    def _nearest(self, of: IntArray, among: IntArray, k: int) -> IntArray:
        first, second = self._points[of], self._points[among]
        squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * first @ second.T
        if self.ids is not None:
            for block in range(self.ids.shape[1]):
                squared += self.ids[of, block][:, None] != self.ids[among, block]
        # Rounded, so that the last bit of a product on another number of threads decides no tie.
        squared = np.round(squared, 9)
        squared[of[:, None] == among] = np.inf
        near = np.argpartition(squared, k - 1, axis=1)[:, :k]
        distances = np.take_along_axis(squared, near, axis=1)
        order = np.lexsort((near, distances), axis=1)
        return np.asarray(among[np.take_along_axis(near, order, axis=1)], dtype=np.int64)

    def _coordinates(self) -> FloatArray:
        columns = []
        for index in (index for group in self.numbers for index in group):
            values = self.features[:, index]
            known = np.isfinite(values)
            if known.any():
                mean, spread = float(values[known].mean()), float(values[known].std())
                if spread > 0.0:
                    columns.append(np.where(known, (values - mean) / spread, 0.0))
        # Two ones and zeros that differ (another level of a code) are one deviation apart.
        columns += [
            _from_zero_to_one(self.features[:, index]) / np.sqrt(2.0) for group in self.flags for index in group
        ]
        return np.column_stack(columns) if columns else np.zeros((len(self.features), 1))


def thinned(rows: IntArray, n_questions: int, random: np.random.Generator) -> IntArray:
    """The rows, or an even part of them when looking at all for each of so many questions would take too long."""
    most = max(MOST_PAIRS // max(n_questions, 1), 1_000)
    return rows if rows.size <= most else np.sort(random.choice(rows, size=most, replace=False))


def _is_flag(values: FloatArray) -> bool:
    """Whether a feature only says one of two things (or always the same): no number lies between them."""
    return bool(np.isfinite(values).all() and ((values == values.min()) | (values == values.max())).all())


def _from_zero_to_one(values: FloatArray) -> FloatArray:
    spread = float(np.ptp(values))
    return np.asarray((values - values.min()) / (spread or 1.0), dtype=np.float64)


def _ids(block: FloatArray) -> IntArray:
    """A number per distinct row of a block, equal where all its features are (gaps count as equal)."""
    filled = np.ascontiguousarray(np.where(np.isnan(block), np.inf, block))
    return np.asarray(np.unique(filled, axis=0, return_inverse=True)[1].reshape(-1), dtype=np.int64)
