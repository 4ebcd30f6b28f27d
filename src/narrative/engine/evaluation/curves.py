"""Curves of a model of two classes with their bands: ROC, precision-recall, gain and lift, calibration."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.telling import Named, among, beyond, more, present, tell
from narrative.engine.evaluation.uncertainty import wilson
from narrative.engine.scores.average_precision import cumulative_counts
from narrative.engine.scores.base import require_both_classes
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray

MOST_POINTS: Final = 200
BINS: Final = 10
TENTH: Final = 0.1
LEVEL: Final = 0.05
SLIGHT: Final = 0.05
"""Mean gap below which probabilities can still be read as such."""


class Band(BaseModel):
    """A curve whose points have 95 % intervals (``low`` to ``high`` around ``y``) and a baseline each."""

    model_config = ConfigDict(frozen=True)
    x_title: str
    y_title: str
    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]
    baseline: list[float]
    rows: list[int] = []
    """Rows behind each point, where they differ."""
    words: ChartStory = ChartStory()


class Calibration(BaseModel):
    """How probabilities compare with what happened.

    ``p_value`` is that of probabilities that mean what they say; ``gap`` is the mean distance over the bins, weighted
    by their rows, and ``gap_by_luck`` what exact probabilities show in 95 of 100 cases at most.
    """

    model_config = ConfigDict(frozen=True)
    curve: Band
    gap: float
    gap_by_luck: float
    p_value: float
    is_calibrated: bool
    words: ChartStory


def roc(rows: Rows) -> Band:
    """False alarms (x) against positives found (y), each point with the interval of the share found.

    Raises:
        NotApplicable: ``needs_two_classes``, ``too_few_rows``, ``one_class``, ``constant_predictions``.
    """
    positive = _checked(rows)
    found, flagged = cumulative_counts(rows.target, positive)
    n_positive, n_negative = found[-1], flagged[-1] - found[-1]
    alarms = np.r_[0.0, (flagged - found) / n_negative]
    kept = _kept(alarms.size)
    hits = np.r_[0.0, found][kept]
    x = alarms[kept]
    band = _band(("false positive rate", "true positive rate"), x, hits, np.full(kept.size, n_positive), x)
    return band.model_copy(update={"words": _roc_words(x, hits / n_positive)})


def precision_recall(rows: Rows) -> Band:
    """Positives found (x) against the share of flagged rows that are positive (y), with its interval.

    Raises:
        NotApplicable: as :func:`roc`.
    """
    positive = _checked(rows)
    found, flagged = cumulative_counts(rows.target, positive)
    kept = _kept(found.size)
    share = np.full(kept.size, found[-1] / rows.size)
    return _band(("recall", "precision"), found[kept] / found[-1], found[kept], flagged[kept], share)


def gain(rows: Rows) -> Band:
    """Share of rows contacted, best first (x), against the share of all positives among them (y).

    Raises:
        NotApplicable: as :func:`roc`.
    """
    positive = _checked(rows)
    found, flagged = cumulative_counts(rows.target, positive)
    kept = _kept(found.size)
    contacted = flagged[kept] / rows.size
    whole = np.full(kept.size, found[-1])
    band = _band(("share of rows contacted", "share of positives found"), contacted, found[kept], whole, contacted)
    return band.model_copy(update={"words": _gain_words(rows, found, flagged)})


def lift(rows: Rows) -> Band:
    """Share of rows contacted, best first (x), against how many times as many positives as at random (y).

    Raises:
        NotApplicable: as :func:`roc`.
    """
    gained = gain(rows)
    times = [[value / x for value, x in zip(values, gained.x, strict=True)] for values in _lines(gained)]
    return Band(
        x_title=gained.x_title,
        y_title="times as many as at random",
        x=gained.x,
        y=times[0],
        low=times[1],
        high=times[2],
        baseline=[1.0] * len(gained.x),
    )


def calibration(rows: Rows, *, seed: int = 42) -> Calibration:
    """Mean probability (x) against the share that came true (y) in ten equally full bins, and whether they agree.

    The test is that of Spiegelhalter: under exact probabilities the Brier score has a known mean and variance.

    Raises:
        NotApplicable: ``needs_two_classes``, ``too_few_rows``.

    Source: Spiegelhalter (1986), "Probabilistic prediction in patient management and clinical trials", Statistics in
    Medicine 5; Bröcker & Smith (2007), "Increasing the reliability of reliability diagrams", Weather and Forecasting 22
    (what luck alone shows, by drawing outcomes from the probabilities).
    """
    from scipy.special import ndtr

    positive = rows.positive()
    _enough(rows)
    bins = _bins(positive)
    sizes = np.array([part.size for part in bins], dtype=np.float64)
    x = np.array([positive[part].mean() for part in bins])
    hits = np.array([np.sum(rows.target[part] == 1) for part in bins], dtype=np.float64)
    gap = float(np.sum(np.abs(hits - x * sizes)) / rows.size)
    random = np.random.default_rng(seed)
    drawn = [_gap_by_chance(positive, bins, x, random) for _ in range(200)]
    spread = float(np.sqrt(np.sum((1 - 2 * positive) ** 2 * positive * (1 - positive))))
    z = float(np.sum((rows.target - positive) * (1 - 2 * positive))) / spread if spread > 0 else 0.0
    certain = (positive == 0) & (rows.target == 1) | (positive == 1) & (rows.target == 0)
    p_value = 0.0 if certain.any() else float(2 * ndtr(-abs(z)))
    by_luck = float(np.quantile(drawn, 0.95))
    # Two looks at one question share the error rate.
    fits = p_value >= LEVEL / 2 and gap <= float(np.quantile(drawn, 1 - LEVEL / 2))
    curve = _band(("mean probability", "share that came true"), x, hits, sizes, x)
    curve = curve.model_copy(update={"rows": [int(size) for size in sizes]})
    words = _calibration_words(gap, by_luck, rows.size, fits=fits)
    return Calibration(curve=curve, gap=gap, gap_by_luck=by_luck, p_value=p_value, is_calibrated=fits, words=words)


def _bins(positive: FloatArray) -> list[IntArray]:
    order = np.argsort(positive, kind="stable").astype(np.int64)
    return [part for part in np.array_split(order, BINS) if part.size]


def _gap_by_chance(positive: FloatArray, bins: list[IntArray], x: FloatArray, random: np.random.Generator) -> float:
    """Gap of outcomes that were drawn from the probabilities themselves."""
    came = random.random(positive.size) < positive
    return float(sum(abs(came[part].sum() - each * part.size) for part, each in zip(bins, x, strict=True)) / came.size)


def _enough(rows: Rows) -> None:
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")


def _checked(rows: Rows) -> FloatArray:
    """Probabilities of rows that have a curve."""
    positive = rows.positive()
    _enough(rows)
    require_both_classes(rows.target)
    if positive.min() == positive.max():
        raise NotApplicable("constant_predictions", "Every row got the same prediction, so there is no order to judge.")
    return positive


def _kept(points: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Positions of at most 200 of the points, both ends among them."""
    return np.unique(np.linspace(0, points - 1, min(points, MOST_POINTS)).round().astype(np.int64))


def _band(
    titles: tuple[str, str],
    x: FloatArray,
    hits: FloatArray,
    whole: FloatArray,
    baseline: FloatArray,
) -> Band:
    """A curve of shares ``hits / whole`` with Wilson's intervals."""
    bounds = [wilson(float(hit), float(all_)) for hit, all_ in zip(hits, whole, strict=True)]
    return Band(
        x_title=titles[0],
        y_title=titles[1],
        x=[float(value) for value in x],
        y=[float(value) for value in hits / whole],
        low=[low for low, _ in bounds],
        high=[high for _, high in bounds],
        baseline=[float(value) for value in baseline],
    )


def _lines(band: Band) -> tuple[list[float], list[float], list[float]]:
    return band.y, band.low, band.high


def _roc_words(alarms: FloatArray, found: FloatArray) -> ChartStory:
    """What is found at one false alarm in ten."""
    place = int(np.searchsorted(alarms, TENTH, side="right")) - 1
    account = {
        "alarms": Named(float(alarms[place]), "false positive rate", "percent"),
        "found": Named(float(found[place]), "true positive rate there", "percent"),
    }
    text = "It finds {found} of the positive rows"
    return tell(
        account,
        (f"{text}, more than the {{alarms}} of guessing at as many false alarms.", more("found", "alarms"), "order"),
        f"{text} at {{alarms}} false alarms, as guessing would.",
    )


def _gain_words(rows: Rows, found: FloatArray, flagged: FloatArray) -> ChartStory:
    place = min(int(np.searchsorted(flagged, TENTH * rows.size)), flagged.size - 1)
    low, high = wilson(float(found[place]), float(found[-1]))
    account = {
        "contacted": Named(float(flagged[place] / rows.size), "share of rows contacted", "percent"),
        "found": Named(float(found[place] / found[-1]), "share of positives found", "percent"),
        "low": Named(low, "lower end of its interval", "percent"),
        "high": Named(high, "upper end of its interval", "percent"),
    }
    text = "The {contacted} of rows it would pick hold {found} ({low} to {high}) of the positive rows."
    return tell(account, (text, among("found", "low", "high"), "interval"))


def _calibration_words(gap: float, by_luck: float, n_rows: int, *, fits: bool) -> ChartStory:
    account = {
        "gap": Named(gap, "mean gap between probability and what happened", "percent"),
        "luck": Named(by_luck, "the gap that exact probabilities stay within in most draws", "percent"),
        "zero": Named(0.0, "no gap", "percent"),
        "n": Named(n_rows, "rows evaluated", "integer", "rows"),
    }
    if fits:
        return tell(
            account,
            ("Probabilities mean what they say: off by {gap}, where luck alone allows {luck}.",
             among("gap", "zero", "luck"), "interval"),
            "Probabilities are off by {gap} on {n:unit}; luck alone allows about {luck}.",
        )  # fmt: skip
    if gap < SLIGHT:
        return tell(
            account,
            ("Probabilities are off by {gap} on average, beyond the {luck} of luck: slightly, but really.",
             beyond("gap", "zero", "luck"), "interval"),
            ("Probabilities do not mean quite what they say: off by {gap} on {n:unit}.", present("gap"), "presence"),
        )  # fmt: skip
    return tell(
        account,
        ("Probabilities are off by {gap}, where luck alone allows {luck}: read them as a ranking.",
         beyond("gap", "zero", "luck"), "interval"),
        ("Probabilities do not mean quite what they say: off by {gap} on {n:unit}.", present("gap"), "presence"),
    )  # fmt: skip
