"""What a bundled sample is: one file ``engine/samples/<name>.py`` with one :class:`Sample` subclass.

Samples are drawn from a written-down process with a seed, so that they can travel as code: nobody's data, no licence,
no file in somebody's home folder. The relation to the target is real and noisy; a good model finds most of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import polars as pl

from narrative.engine.types import FloatArray, Problem

SEED = 42


class Sample(ABC):
    """A table to try the product with, and the question to ask of it."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    """What somebody would want to know, as a question."""
    target: ClassVar[str]
    problem: ClassVar[Problem]
    n_rows: ClassVar[int]

    @abstractmethod
    def build(self, seed: int = SEED, n_rows: int | None = None) -> pl.DataFrame:
        """The table; the same for the same seed and number of rows."""


def chance(margin: FloatArray) -> FloatArray:
    """Probability of a margin (log-odds)."""
    return np.asarray(1.0 / (1.0 + np.exp(-margin)), dtype=np.float64)


def choose(random: np.random.Generator, shares: Mapping[str, float], n_rows: int) -> list[str]:
    """Words drawn with the given shares (which need not sum to 1)."""
    weights = np.asarray(list(shares.values()), dtype=np.float64)
    return [str(word) for word in random.choice(list(shares), size=n_rows, p=weights / weights.sum())]


def with_gaps(random: np.random.Generator, values: pl.Series, share: float | FloatArray) -> pl.Series:
    """The column with cells missing at random; ``share`` may differ by row."""
    gone = random.random(len(values)) < share
    return (
        pl.select(pl.when(pl.lit(pl.Series(gone))).then(None).otherwise(pl.lit(values))).to_series().alias(values.name)
    )
