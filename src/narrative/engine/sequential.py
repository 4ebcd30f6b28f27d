"""Means that may be watched all the time: bounds that hold at every moment at once, however often somebody looks.

A usual 95% interval is right once, at a sample size chosen before; who looks at it daily and stops at the first good
day is wrong far more often. A confidence sequence is right at all sample sizes together.

Source: I. Waudby-Smith, A. Ramdas (2024), Estimating means of bounded random variables by betting, J. R. Statist. Soc.
B 86(1), theorem 2: the predictable plug-in empirical-Bernstein confidence sequence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

LEVEL: Final = 0.95
MOST_WEIGHT: Final = 0.5
"""The truncation ``c`` of the weights; the authors advise 1/2 or 3/4."""
Verdict = Literal["undecided", "challenger", "champion"]


class RunningMean(BaseModel):
    """The mean of values in 0 to 1 and what its bounds need: a few sums, whatever the number of values.

    ``alpha`` is the chance that the bounds ever miss the true mean. The bounds never widen: they are the intersection
    of all bounds so far.

    >>> mean = RunningMean(alpha=0.05).after([1.0] * 200)
    >>> mean.n, mean.mean, round(mean.low, 2), mean.high
    (200, 1.0, 0.96, 1.0)
    """

    model_config = ConfigDict(frozen=True)
    alpha: float
    n: int = 0
    total: float = 0.0
    spread: float = 0.0
    """Sum of squared distances from the running mean, each value included in its own mean."""
    weights: float = 0.0
    weighted: float = 0.0
    price: float = 0.0
    low: float = 0.0
    high: float = 1.0

    @property
    def mean(self) -> float | None:
        """The plain mean; None before the first value."""
        return self.total / self.n if self.n else None

    def after(self, values: Iterable[float]) -> RunningMean:
        """The same after further values, in the order in which they came.

        Raises:
            ValueError: a value outside 0 to 1, for which the bounds would not hold.
        """
        state = self
        for value in values:
            state = state._plus(value)
        return state

    def _plus(self, value: float) -> RunningMean:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{value} is not between 0 and 1")
        n = self.n + 1
        cost = math.log(2.0 / self.alpha)
        # Mean and variance as they were before this value: a weight may not know what it weighs.
        before = (0.5 + self.total) / n
        variance = (0.25 + self.spread) / n
        weight = min(math.sqrt(2.0 * cost / (variance * n * math.log(1.0 + n))), MOST_WEIGHT)
        weights = self.weights + weight
        weighted = self.weighted + weight * value
        # v_i * psi_E(lambda_i) = 4 (x - before)^2 * (-log(1 - lambda) - lambda) / 4
        price = self.price + (value - before) ** 2 * (-math.log1p(-weight) - weight)
        total = self.total + value
        after = (0.5 + total) / (n + 1)
        center, radius = weighted / weights, (cost + price) / weights
        return RunningMean(
            alpha=self.alpha,
            n=n,
            total=total,
            spread=self.spread + (value - after) ** 2,
            weights=weights,
            weighted=weighted,
            price=price,
            low=max(self.low, center - radius),
            high=min(self.high, center + radius),
        )


class Difference(BaseModel):
    """How much more the challenger is right than the champion, -1 to 1, with bounds that may be watched."""

    model_config = ConfigDict(frozen=True)
    estimate: float | None
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Who is better, as soon as the bounds exclude that they are alike. Wrong with a chance of 5 % at most."""
        if self.low > 0:
            return "challenger"
        return "champion" if self.high < 0 else "undecided"


def arm() -> RunningMean:
    """The mean of one of two groups. Both bounds hold together at 95 % when each holds at 97.5 % (union bound)."""
    return RunningMean(alpha=(1.0 - LEVEL) / 2)


def paired() -> RunningMean:
    """The mean of differences between two answers to the same row, brought from -1…1 to 0…1 by :func:`pair_value`."""
    return RunningMean(alpha=1.0 - LEVEL)


def pair_value(champion: float, challenger: float) -> float:
    """The difference of two values in 0 to 1, as a value in 0 to 1; one half when they are alike."""
    return (1.0 + challenger - champion) / 2.0


def difference_of_arms(champion: RunningMean, challenger: RunningMean) -> Difference:
    """For rows of which each was answered by one of the two."""
    known = champion.mean is not None and challenger.mean is not None
    return Difference(
        estimate=(challenger.mean or 0.0) - (champion.mean or 0.0) if known else None,
        low=challenger.low - champion.high,
        high=challenger.high - champion.low,
    )


def difference_of_pairs(pairs: RunningMean) -> Difference:
    """For rows that both answered; far fewer are needed, as what is hard for both does not blur the difference."""
    return Difference(
        estimate=None if pairs.mean is None else 2.0 * pairs.mean - 1.0,
        low=2.0 * pairs.low - 1.0,
        high=2.0 * pairs.high - 1.0,
    )
