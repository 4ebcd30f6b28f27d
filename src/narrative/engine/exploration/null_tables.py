"""Tables that have no groups: equal columns, equal pairwise relations, and nothing beyond.

Source: Gaussian copula with given margins (NORTA), Cario & Nelson (1997), "Modeling and generating random vectors with
arbitrary marginal distributions and correlation matrix"; as reference for a gap statistic, Tibshirani, Walther &
Hastie (2001), "Estimating the number of clusters in a data set via the gap statistic", JRSS B 63.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.exploration.matrix import Matrix
from narrative.engine.types import FloatArray, IntArray

REFINEMENTS: Final = 3
PROBE_ROWS: Final = 4_000


class NullTables:
    """Draws matrices with the columns and pairwise relations of a given one, from one hump of hidden normal values."""

    def __init__(self, matrix: Matrix, rng: np.random.Generator) -> None:
        self._rng = rng
        self._names = list(dict.fromkeys(matrix.owners))
        axis = _first_axis(matrix.values)
        self._blocks = [_in_order(matrix.block(name), axis) for name in self._names]
        orders = np.stack([_keys(block, axis) for block in (matrix.block(name) for name in self._names)], axis=1)
        self._root = self._fit(_correlation(_scores(orders)))

    def draw(self, n_rows: int) -> FloatArray:
        """``n_rows × n_features``, features in the order of the matrix."""
        places = self._places(n_rows, self._root)
        return np.concatenate([block[places[:, at]] for at, block in enumerate(self._blocks)], axis=1)

    def _places(self, n_rows: int, root: FloatArray) -> IntArray:
        """Which row of each sorted column is taken."""
        from scipy.stats import norm

        latent = self._rng.standard_normal((n_rows, root.shape[0])) @ root.T
        height = self._blocks[0].shape[0]
        return np.asarray(np.minimum(norm.cdf(latent) * height, height - 1), dtype=np.int64)

    def _fit(self, wanted: FloatArray) -> FloatArray:
        """Root of the hidden correlations under which the drawn columns are related as those of the table.

        Ties (values of categories) weaken relations, so the hidden ones must be stronger.
        """
        hidden = wanted.copy()
        for _ in range(REFINEMENTS):
            places = self._places(PROBE_ROWS, _root(hidden))
            ties = [_tied(block)[places[:, at]] for at, block in enumerate(self._blocks)]
            got = _correlation(_scores(np.stack(ties, axis=1)))
            factor = np.where(np.abs(got) > 0.05, wanted / np.where(got == 0, 1.0, got), 1.0)
            hidden = np.clip(hidden * np.clip(factor, 0.5, 2.0), -0.98, 0.98)
            np.fill_diagonal(hidden, 1.0)
        return _root(hidden)


def _first_axis(values: FloatArray) -> FloatArray:
    """Scores of the rows on the first principal axis."""
    _, _, directions = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    return np.asarray(values @ directions[0], dtype=np.float64)


def _keys(block: FloatArray, axis: FloatArray) -> FloatArray:
    """One number per row: the value itself, or of a category the mean place of its value on the first axis."""
    if block.shape[1] == 1:
        return block[:, 0]
    inverse = np.unique(block, axis=0, return_inverse=True)[1].reshape(-1)
    means = np.bincount(inverse, weights=axis) / np.bincount(inverse)
    return np.asarray((means.argsort().argsort().astype(np.float64))[inverse], dtype=np.float64)


def _in_order(block: FloatArray, axis: FloatArray) -> FloatArray:
    return block[np.argsort(_keys(block, axis), kind="stable")]


def _tied(block: FloatArray) -> FloatArray:
    """A number per row of a sorted column that is equal exactly where the row is."""
    changes = np.any(np.diff(block, axis=0) != 0, axis=1)
    return np.concatenate([[0.0], np.cumsum(changes)]).astype(np.float64)


def _scores(orders: FloatArray) -> FloatArray:
    """Normal scores of every column, ties at their mean rank."""
    from scipy.stats import norm, rankdata

    ranks = np.asarray(rankdata(orders, axis=0), dtype=np.float64)
    return np.asarray(norm.ppf(ranks / (orders.shape[0] + 1)), dtype=np.float64)


def _correlation(values: FloatArray) -> FloatArray:
    return np.atleast_2d(np.asarray(np.corrcoef(values, rowvar=False), dtype=np.float64))


def _root(correlation: FloatArray) -> FloatArray:
    """A matrix whose product with its transpose is the nearest correlation matrix."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 1e-6))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True), dtype=np.float64)
