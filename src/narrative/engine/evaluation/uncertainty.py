"""Intervals of counts, of means and of any score, and what is left of many tests: the one tool box of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.types import FloatArray, IntArray

Bounds = tuple[float, float]
Statistic = Callable[[IntArray], float]
"""A number of some rows, given by their positions; raises ``NotApplicable`` where it has none."""
NORMAL_95: Final = 1.959963984540054
RESAMPLES: Final = 400
LEAST_RESAMPLES: Final = 100
RESAMPLED_ROWS: Final = 4_000
"""Up to here rows are drawn again; with more, blocks are left out, which takes a fraction of the time."""
BLOCKS: Final = 60


def wilson(hits: float, rows: float) -> Bounds:
    """95 % interval of a share from counts; 0 to 1 without rows.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    if rows <= 0:
        return 0.0, 1.0
    share, square = hits / rows, NORMAL_95**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    width = NORMAL_95 * np.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) / (1 + square / rows)
    # Rounding must not leave a share outside its own interval.
    return float(max(min(middle - width, share), 0.0)), float(min(max(middle + width, share), 1.0))


def newcombe(hits: Sequence[float], rows: Sequence[float]) -> Bounds:
    """95 % interval of the difference of two independent shares (the first less the second), from their counts.

    Source: Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17, method 10.
    """
    one, other = hits[0] / rows[0], hits[1] / rows[1]
    (low_1, high_1), (low_2, high_2) = wilson(hits[0], rows[0]), wilson(hits[1], rows[1])
    below = float(np.sqrt((one - low_1) ** 2 + (high_2 - other) ** 2))
    above = float(np.sqrt((high_1 - one) ** 2 + (other - low_2) ** 2))
    return one - other - below, one - other + above


def ratio_bounds(hits: Sequence[float], rows: Sequence[float]) -> Bounds | None:
    """95 % interval of the ratio of two independent shares; None when a count is 0.

    Source: Katz, Baptista, Azen & Pike (1978), "Obtaining confidence intervals for the risk ratio in cohort studies",
    Biometrics 34.
    """
    if min(hits) <= 0:
        return None
    ratio = (hits[0] / rows[0]) / (hits[1] / rows[1])
    error = float(np.sqrt(1 / hits[0] - 1 / rows[0] + 1 / hits[1] - 1 / rows[1]))
    return ratio * float(np.exp(-NORMAL_95 * error)), ratio * float(np.exp(NORMAL_95 * error))


def mean_bounds(values: FloatArray) -> Bounds:
    """95 % interval of a mean by Student's quantile.

    Raises:
        NotApplicable: ``too_few_rows`` with fewer than two.
    """
    from scipy.special import stdtrit

    if values.size < 2:
        raise NotApplicable("too_few_rows", "At least two rows are needed to say how sure a mean is.")
    width = float(stdtrit(values.size - 1, 0.975) * values.std(ddof=1) / np.sqrt(values.size))
    return float(values.mean()) - width, float(values.mean()) + width


def difference_bounds(first: FloatArray, second: FloatArray) -> Bounds:
    """95 % interval of the difference of two means of other rows (first less second), spreads not assumed equal.

    Source: Welch (1947), "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34.
    """
    from scipy.special import stdtrit

    if min(first.size, second.size) < 2:
        raise NotApplicable("too_few_rows", "At least two rows on either side are needed to compare means.")
    one, other = first.var(ddof=1) / first.size, second.var(ddof=1) / second.size
    middle = float(first.mean() - second.mean())
    if one + other == 0.0:
        return middle, middle
    freedom = (one + other) ** 2 / (one**2 / (first.size - 1) + other**2 / (second.size - 1))
    width = float(stdtrit(freedom, 0.975) * np.sqrt(one + other))
    return middle - width, middle + width


def score_bounds(statistic: Statistic, rows: int, value: float, *, seed: int = 42) -> Bounds:
    """95 % interval of any score of ``rows`` rows, whose value is ``value``.

    Up to 4,000 rows they are drawn again 400 times (percentiles); with more, each of 60 random blocks is left out in
    turn and the spread is that of the jackknife.

    Raises:
        NotApplicable: ``too_few_rows`` when fewer than 100 draws have a score.

    Source: Efron & Tibshirani (1993), "An introduction to the bootstrap", chapters 11 and 13; Shao & Wu (1989), "A
    general theory for jackknife variance estimation", Annals of Statistics 17 (blocks).
    """
    random = np.random.default_rng(seed)
    if rows > RESAMPLED_ROWS:
        return _by_blocks(statistic, random.permutation(rows) % BLOCKS, value)
    drawn = []
    for _ in range(RESAMPLES):
        try:
            drawn.append(statistic(random.integers(rows, size=rows)))
        except NotApplicable:
            continue
    if len(drawn) < LEAST_RESAMPLES:
        raise NotApplicable("too_few_rows", "There are too few rows of a kind to say how sure the score is.")
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
    return min(low, value), max(high, value)


def _by_blocks(statistic: Statistic, block: IntArray, value: float) -> Bounds:
    from scipy.special import stdtrit

    parts = np.array([statistic(np.flatnonzero(block != index)) for index in range(BLOCKS)])
    error = float(np.sqrt((BLOCKS - 1) / BLOCKS * np.sum((parts - parts.mean()) ** 2)))
    width = float(stdtrit(BLOCKS - 1, 0.975)) * error
    return value - width, value + width


def found_by_false_discovery(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of many tests stand when of all that stand a share of ``level`` may be false, on average.

    Source: Benjamini & Hochberg (1995), "Controlling the false discovery rate", JRSS B 57.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not p.size:
        return []
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= level * np.arange(1, p.size + 1) / p.size)
    stands = np.zeros(p.size, dtype=bool)
    if passed.size:
        stands[order[: passed[-1] + 1]] = True
    return [bool(each) for each in stands]


def welch_p(inside: FloatArray, outside: FloatArray) -> float:
    """One-sided: the chance of as large a mean inside when both means are equal; spreads may differ (Welch, 1947)."""
    # Straight from scipy.special: loading scipy.stats takes longer than all tests of an evaluation.
    from scipy.special import stdtr

    if min(inside.size, outside.size) < 2:
        return 1.0
    one, other = inside.var(ddof=1) / inside.size, outside.var(ddof=1) / outside.size
    gap = float(inside.mean() - outside.mean())
    if one + other == 0.0:
        return 0.0 if gap > 0 else 1.0
    freedom = (one + other) ** 2 / (one**2 / (inside.size - 1) + other**2 / (outside.size - 1))
    return float(stdtr(freedom, -gap / np.sqrt(one + other)))


def two_shares_p(hits: Sequence[float], rows: Sequence[float]) -> float:
    """Two-sided p-value that two independent shares are one, from their counts (exact): all tables at most as likely.

    Source: Fisher (1935), "The logic of inductive inference", JRSS 98.
    """
    from scipy.special import gammaln

    one, other, both = round(rows[0]), round(rows[1]), round(hits[0] + hits[1])
    counts = np.arange(max(0, both - other), min(one, both) + 1)

    def ways(whole: int, taken: IntArray) -> FloatArray:
        return np.asarray(gammaln(whole + 1) - gammaln(taken + 1) - gammaln(whole - taken + 1), dtype=np.float64)

    logs = ways(one, counts) + ways(other, both - counts)
    shares = np.exp(logs - logs.max())
    own = shares[round(hits[0]) - counts[0]]
    # The slack forgives the last bits of tables that are equally likely.
    return float(min(shares[shares <= own * (1 + 1e-7)].sum() / shares.sum(), 1.0))
