"""Why this answer: additive effects of the input columns on the scale people read, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from narrative.engine.learners.base import softmax
from narrative.engine.types import FloatArray, IntArray, Problem

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PATH: Final = (_NODES + 1.0) / 2.0
_PATH_WEIGHTS: Final = _WEIGHTS / 2.0
_MAX_VALUE_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class Reason:
    """What one input column did to one prediction.

    ``effect`` is in probability (0 to 1) of the explained class, or in units of the target. ``value`` is the cell the
    model used, JSON-safe; None is missing.
    """

    column: str
    value: str | int | float | bool | None
    effect: float
    text: str


def effects_for_people(
    problem: Problem, contributions: FloatArray, predictions: FloatArray, explained: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Base (n_rows) and effects (n_rows × n_columns) with base + sum of effects = the explained prediction.

    On the margin scale effects add up by construction. A probability p is a curved function of margins, so the way
    from the base margins b to the margins m is walked on a straight line, and each column gets its part of the climb:
    ``∫ ∇p(b + t (m - b)) dt · effects``. For two classes that is the effects times (p - p_base) / (m - m_base), or
    times the slope where both are equal; it also works for many classes, keeps signs, and never divides by zero.

    Args:
        contributions: ``n_rows × n_outputs × (n_columns + 1)`` on the margin; the last entry is the base.
        predictions: what :meth:`Model.predictions` gave, so that the sum meets the shown number exactly.
        explained: class index per row (ignored for regression).

    Source: Aumann and Shapley (1974), Values of Non-Atomic Games; Sundararajan, Taly and Yan (2017), Axiomatic
    Attribution for Deep Networks, ICML, equation 1.
    """
    effects, base = contributions[:, :, :-1], contributions[:, :, -1]
    if problem == "regression":
        return _exact(base[:, 0], effects[:, 0, :], predictions)
    if problem == "binary":
        # The margin of the first class is zero by definition: two outputs in place of one.
        effects = np.concatenate([np.zeros_like(effects), effects], axis=1)
        base = np.concatenate([np.zeros_like(base), base], axis=1)
    rows = np.arange(len(effects))
    climb = effects.sum(axis=2)
    gradient = np.zeros_like(base)
    for place, weight in zip(_PATH, _PATH_WEIGHTS, strict=True):
        shares = softmax(base + place * climb)
        own = shares[rows, explained]
        slope = -shares * own[:, None]
        slope[rows, explained] += own
        gradient += weight * slope
    moved = np.einsum("ro,rof->rf", gradient, effects)
    return _exact(softmax(base)[rows, explained], moved, predictions[rows, explained])


def _exact(base: FloatArray, effects: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give what rounding and integration left over to the effects, in proportion to their size; else to the base."""
    left = wanted - base - effects.sum(axis=1)
    sizes = np.abs(effects)
    total = sizes.sum(axis=1)
    some = total > 0
    effects = effects + np.where(some, left / np.where(some, total, 1.0), 0.0)[:, None] * sizes
    return np.where(some, base, wanted), effects


def strongest(effects: FloatArray, n: int | None) -> IntArray:
    """Positions of the columns by falling size of the effect, ``n_rows × n``; ties in the order of the columns."""
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")
    return order if n is None else order[:, :n]


def reason(problem: Problem, column: str, value: Any, effect: float) -> Reason:
    """A reason with its text, e.g. ``tenure = 2 (+12.3 points)`` or ``carat = 1.2 (+2,310)``."""
    cell = value.isoformat() if isinstance(value, date | datetime) else value
    size = f"{_number(effect, signed=True)}" if problem == "regression" else f"{effect * 100:+.1f} points"
    return Reason(column, cell, float(effect), f"{column} {_shown(value)} ({size})")


def _shown(value: Any) -> str:
    if value is None:
        return "is missing"
    if isinstance(value, bool):
        return f"= {'true' if value else 'false'}"
    if isinstance(value, float):
        return f"= {_number(value)}"
    if isinstance(value, datetime):
        return f"= {value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"= {value:%Y-%m-%d %H:%M}"
    text = str(value)
    return f"= {text}" if len(text) <= _MAX_VALUE_CHARACTERS else f"= {text[: _MAX_VALUE_CHARACTERS - 1]}…"


def _number(value: float, *, signed: bool = False) -> str:
    """A number with about four significant digits and thousands marks."""
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{value:+.3e}" if signed else f"{value:.3e}"
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
