"""Intervals of a score: of its true value, and of the score that fresh data will show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import LabelScore
from narrative.engine.scores.intervals.influence import degrees_of_freedom, influence, standard_error
from narrative.engine.scores.intervals.weighted import weighted
from narrative.engine.types import FloatArray, IntArray

RESAMPLES: Final = 1_000
CLOSED_FORM_ROWS: Final = 5_000
"""From here on the normal form is as good as resampling and much faster (a test compares them)."""
Bounds = tuple[float, float]


def estimate_interval(
    metric: str,
    target: FloatArray,
    predictions: FloatArray,
    confidence: float = 0.95,
    *,
    threshold: float | None = None,
) -> Bounds:
    """Where the true score lies, from the sampling error of these rows alone.

    The error is taken as normal on the scale where it is nearly so (logit of shares and areas, logarithm of the
    losses), with Student's quantile for the degrees of freedom the rows are worth.
    """
    score = _score(metric, target, predictions, threshold)
    if _is_share(metric) and score in {0.0, 1.0}:
        return _faultless_interval(metric, target, score)
    values = influence(metric, target, predictions, threshold)
    return _normal_interval(metric, score, standard_error(values), degrees_of_freedom(values), confidence)


def fresh_interval(
    metric: str,
    target: FloatArray,
    predictions: FloatArray,
    n_fresh: int,
    *,
    seed: int = 42,
    blocks: IntArray | None = None,
    confidence: float = 0.95,
    threshold: float | None = None,
) -> Bounds:
    """Where the score on ``n_fresh`` fresh rows lands in ``confidence`` of cases.

    Two errors add up: the rows that were scored are a sample (n of them), and so are the fresh ones (``n_fresh``). With
    fewer than 5,000 rows both are drawn 1,000 times: a population (the scored rows, resampled), and fresh rows from
    it; the quantiles of their scores, widened by Student's quantile for the degrees of freedom the rows are worth.
    With more rows the same is computed in closed form.

    Args:
        blocks: block number per row when rows stand in time or in groups; whole blocks are drawn then.
        threshold: the cut of a score of answers for two classes; None for the score's own.

    Cost: about 0.2 s at 5,000 rows.
    Source: Efron & Tibshirani (1993), "An introduction to the bootstrap", chapters 8 (dependent data) and 25
    (prediction error); Rubin (1981), "The Bayesian bootstrap", for the population as a random draw.
    """
    score = _score(metric, target, predictions, threshold)
    if _is_share(metric) and score in {0.0, 1.0}:
        return _faultless_interval(metric, target, score)
    values = influence(metric, target, predictions, threshold)
    freedom = degrees_of_freedom(values)
    n = target.size
    if blocks is not None:
        freedom = min(freedom, max(float(blocks.max()), 2.0))
    if n >= CLOSED_FORM_ROWS:
        error = standard_error(values, blocks) * float(np.sqrt(1.0 + n / n_fresh))
        return _normal_interval(metric, score, error, freedom, confidence)
    random = np.random.default_rng(seed)
    compute = weighted(metric, target, predictions, threshold)
    drawn = _draws(compute, target.size, n_fresh=n_fresh, random=random, blocks=blocks)
    if drawn.size < RESAMPLES // 10:
        raise NotApplicable("too_few_rows", "There are too few rows of a class to say how sure the score is.")
    tail = (1.0 - confidence) / 2.0
    low, high = (float(value) for value in np.quantile(drawn, [tail, 1.0 - tail]))
    return _widened(metric, score, min(low, score), max(high, score), _student_factor(freedom, confidence))


def _score(metric: str, target: FloatArray, predictions: FloatArray, threshold: float | None) -> float:
    from narrative.engine.scores import all_scores

    score = all_scores()[metric]()
    if isinstance(score, LabelScore) and threshold is not None:
        return score.compute_at(target, predictions, threshold)
    return score.compute(target, predictions)


def _is_share(metric: str) -> bool:
    """Whether a score lies between 0 and 1, and 1 is perfect."""
    from narrative.engine.scores import all_scores

    kind = all_scores()[metric]
    return kind.higher_is_better and kind.lowest == 0.0


def _draws(
    compute: Callable[[IntArray], float],
    n: int,
    *,
    n_fresh: int,
    random: np.random.Generator,
    blocks: IntArray | None,
) -> FloatArray:
    """Scores of fresh rows drawn from drawn populations; draws where the score is not defined are left out."""
    scores = np.empty(RESAMPLES)
    for index in range(RESAMPLES):
        population = _resample(np.arange(n), n, random, blocks)
        fresh = _resample(population, n_fresh, random, None if blocks is None else blocks[population])
        scores[index] = compute(np.bincount(fresh, minlength=n))
    return scores[np.isfinite(scores)]


def _resample(rows: IntArray, n: int, random: np.random.Generator, blocks: IntArray | None) -> IntArray:
    """``n`` of the rows drawn with replacement, or as many whole blocks as make up about ``n`` rows."""
    if blocks is None:
        return np.asarray(rows[random.integers(rows.size, size=n)])
    order = np.argsort(blocks, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(blocks[order]) > 0])
    sizes = np.diff(np.r_[starts, rows.size])
    picks = random.integers(starts.size, size=max(round(n / (rows.size / starts.size)), 1))
    lengths = sizes[picks]
    begins = np.repeat(starts[picks] - np.r_[0, np.cumsum(lengths)[:-1]], lengths)
    return np.asarray(rows[order[begins + np.arange(begins.size)]])


def _faultless_interval(metric: str, target: FloatArray, score: float) -> Bounds:
    """Bounds of a share that is perfect on these rows: no error was seen, which does not mean that there is none.

    With no error among the ``m`` rows of the rarest class that occurs (all rows for accuracy), up to ``3 / m`` of such
    rows may still be wrong, and a wrong row costs at most its whole share of the score.
    Source: Hanley & Lippman-Hand (1983), "If nothing goes wrong, is everything all right?", JAMA 249 (rule of three).
    """
    rows = target.size if metric == "accuracy" else int(np.unique(target, return_counts=True)[1].min())
    doubt = min(3.0 / rows, 0.5)
    return (1.0 - doubt, 1.0) if score == 1.0 else (0.0, doubt)


def _student_factor(freedom: float, confidence: float) -> float:
    from scipy.special import ndtri

    tail = (1.0 + confidence) / 2.0
    return _student_quantile(tail, freedom) / float(ndtri(tail))


def _student_quantile(share: float, freedom: float) -> float:
    # Straight from scipy.special: loading scipy.stats takes longer than everything else at the end of a short run.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def _normal_interval(metric: str, score: float, error: float, freedom: float, confidence: float) -> Bounds:
    width = _student_quantile((1.0 + confidence) / 2.0, freedom) * error
    if _is_share(metric):
        middle, width = float(np.log(score / (1.0 - score))), width / (score * (1.0 - score))
        return float(1.0 / (1.0 + np.exp(-(middle - width)))), float(1.0 / (1.0 + np.exp(-(middle + width))))
    if metric == "r2":  # the share of the spread that is missed behaves like a loss
        return _mirrored(_of_loss(1.0 - score, width))
    return _of_loss(score, width)


def _of_loss(score: float, width: float) -> Bounds:
    if score == 0.0:
        return 0.0, 0.0
    return float(score * np.exp(-width / score)), float(score * np.exp(width / score))


def _mirrored(bounds: Bounds) -> Bounds:
    return 1.0 - bounds[1], 1.0 - bounds[0]


def _widened(metric: str, score: float, low: float, high: float, factor: float) -> Bounds:
    """The interval stretched about the score: by ratio for losses, by distance (kept within 0 to 1) for shares."""
    if _is_share(metric):
        return max(score - (score - low) * factor, 0.0), min(score + (high - score) * factor, 1.0)
    if metric == "r2":
        return _mirrored(_widened_loss(1.0 - score, 1.0 - high, 1.0 - low, factor))
    return _widened_loss(score, low, high, factor)


def _widened_loss(score: float, low: float, high: float, factor: float) -> Bounds:
    if low <= 0.0 or score <= 0.0:
        return max(low, 0.0), score + (high - score) * factor
    return float(score * (low / score) ** factor), float(score * (high / score) ** factor)
