"""How several members become one margin: averaged margins, averaged probabilities (soft vote), counted answers (hard).

Averaged margins are linear, so effects of columns add up by themselves. A vote is curved; there the climb from the base
to the margin is walked on a straight line and every member gets its part of it, so that effects still add up.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.types import FloatArray, Problem

Vote = Literal["margins", "soft", "hard"]
VOTES: Final[tuple[Vote, ...]] = ("margins", "soft", "hard")
SURE: Final = 1e-6
"""A vote is never surer than this: a margin has to stay finite."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def mix(problem: Problem, vote: Vote, margins: FloatArray, weights: FloatArray) -> FloatArray:
    """One margin per row and output, ``n_rows × n_outputs``.

    Args:
        margins: ``n_members × n_rows × n_outputs``.
        weights: one per member, of any positive sum; a vote of values is their weighted mean.
    """
    if vote == "margins" or problem == "regression":
        return np.asarray(np.tensordot(weights, margins, axes=1), dtype=np.float64)
    shares = weights / weights.sum()
    given = np.asarray([_answers(problem, vote, own) for own in margins])
    return _logs(problem, np.tensordot(shares, given, axes=1))


def mixed_effects(problem: Problem, vote: Vote, effects: FloatArray, weights: FloatArray) -> FloatArray:
    """Effects of the columns on the mixed margin, ``n_rows × n_outputs × (n_columns + 1)``; they sum to :func:`mix`.

    A soft vote is attributed along the straight line from the bases to the margins (gradients summed on 16 points); a
    hard vote, which has no slope, is shared among the members whose answer changed on that way. What integration and
    rounding leave over goes to the base.

    Args:
        effects: ``n_members × n_rows × n_outputs × (n_columns + 1)``; the last entry is the base.

    Source: Aumann and Shapley (1974), Values of Non-Atomic Games.
    """
    if vote == "margins" or problem == "regression":
        return np.asarray(np.tensordot(weights, effects, axes=1), dtype=np.float64)
    base = effects[..., -1]
    ends = effects.sum(axis=-1)
    start, end = (mix(problem, vote, own, weights) for own in (base, ends))
    own, shares = effects[..., :-1], weights / weights.sum()
    if vote == "soft":
        moved = _soft(problem, base, own, shares)
    else:
        moved = np.einsum("mro,mrof->rof", _hard(problem, base, ends, shares) * (end - start), own)
    return np.concatenate([moved, (end - moved.sum(axis=-1))[..., None]], axis=-1)


def _answers(problem: Problem, vote: Vote, margins: FloatArray) -> FloatArray:
    """What one member says: probabilities, or a whole vote for its likeliest class (``n_rows × n_outputs``)."""
    if problem == "binary":
        return sigmoid(margins) if vote == "soft" else (margins > 0).astype(np.float64)
    return softmax(margins) if vote == "soft" else np.eye(margins.shape[1])[margins.argmax(axis=1)]


def _logs(problem: Problem, shares: FloatArray) -> FloatArray:
    kept = np.clip(shares, SURE, 1.0 - SURE)
    return np.asarray(np.log(kept) - np.log(1.0 - kept) if problem == "binary" else np.log(kept), dtype=np.float64)


def _soft(problem: Problem, base: FloatArray, effects: FloatArray, shares: FloatArray) -> FloatArray:
    climb = effects.sum(axis=-1)
    total = np.zeros(effects.shape[1:])
    for place, step in zip((_NODES + 1.0) / 2.0, _WEIGHTS / 2.0, strict=True):
        given = np.asarray([_answers(problem, "soft", own) for own in base + place * climb])
        mean = np.clip(np.tensordot(shares, given, axes=1), SURE, 1.0 - SURE)
        if problem == "binary":
            slopes = shares[:, None, None] * given * (1.0 - given) / (mean * (1.0 - mean))
            total += step * np.einsum("mro,mrof->rof", slopes, effects)
        else:
            pulls = np.einsum("mrk,mrkf->mrf", given, effects)
            slopes = shares[:, None, None] * given / mean
            total += step * np.einsum("mro,mrof->rof", slopes, effects - pulls[:, :, None, :])
    return total


def _hard(problem: Problem, base: FloatArray, ends: FloatArray, shares: FloatArray) -> FloatArray:
    """What each unit of a member's own climb is of the whole climb: only members that changed their answer have any."""
    changed = np.asarray(
        [
            share * (_answers(problem, "hard", last) - _answers(problem, "hard", first))
            for share, first, last in zip(shares, base, ends, strict=True)
        ]
    )
    whole, way = changed.sum(axis=0), ends - base
    some = (whole != 0) & (way != 0)
    return np.where(some, changed / np.where(whole != 0, whole, 1.0) / np.where(way != 0, way, 1.0), 0.0)
