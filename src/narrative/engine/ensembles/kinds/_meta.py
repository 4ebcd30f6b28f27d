"""The model over the models: ridge for values, ridged logistic regression for classes; no member counts negatively."""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.types import FloatArray, IntArray, Problem

PRIOR_ROWS: Final = 5.0
"""How many rows' worth of trust equal weights get; with few rows the weights stay close to equal."""
STEPS: Final = 30
ENOUGH: Final = 1e-9


def meta_weights(problem: Problem, margins: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights (one per member, none negative) and offsets (one per output) of the meta-learner.

    A member that would count negatively is left out and the rest is fitted again: a negative weight bets on the
    difference of two similar models.

    Args:
        margins: ``n_members × n_rows × n_outputs`` on rows the members had not seen.

    Source: Breiman (1996), "Stacked regressions", Machine Learning 24 (ridge, and why weights must not be negative);
    Wolpert (1992), "Stacked generalization", Neural Networks 5.
    """
    kept = list(range(len(margins)))
    while True:
        fit = _ridge if problem == "regression" else _logistic
        own, offsets = fit(problem, margins[kept], target)
        if own.min() >= 0.0 or len(kept) == 1:
            break
        del kept[int(np.argmin(own))]
    weights = np.zeros(len(margins))
    weights[kept] = np.maximum(own, 0.0)
    if weights.sum() <= 0.0:  # the only one left points the wrong way: members know nothing here
        return np.full(len(margins), 1.0 / len(margins)), offsets
    return weights, offsets


def _ridge(_: Problem, margins: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares with an intercept, drawn towards equal weights by rows' worth of the members' own spread."""
    members, n = margins[:, :, 0], target.size
    middle, level = members.mean(axis=1), float(target.mean())
    centred = members - middle[:, None]
    products = centred @ centred.T / n
    prior = PRIOR_ROWS / n * max(float(np.trace(products)) / len(members), 1e-12)
    equal = np.full(len(members), 1.0 / len(members))
    weights = np.linalg.solve(products + prior * np.eye(len(members)), centred @ (target - level) / n + prior * equal)
    return weights, np.array([level - float(weights @ middle)])


def _logistic(problem: Problem, margins: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logistic regression over member margins by damped Newton steps; one weight per member, one offset per output."""
    n_members, n, n_outputs = margins.shape
    truth = target.astype(np.int64)
    if problem == "multiclass":
        margins = margins - margins.mean(axis=2, keepdims=True)
    start = np.concatenate([np.full(n_members, 1.0 / n_members), np.zeros(n_outputs)])
    prior = PRIOR_ROWS / n

    def loss(point: FloatArray) -> float:
        total = np.tensordot(point[:n_members], margins, axes=1) + point[n_members:]
        return float(_loss(problem, total, truth) + 0.5 * prior * np.sum((point - start) ** 2))

    point, best = start, loss(start)
    for _ in range(STEPS):
        gradient, curvature = _derivatives(problem, margins, truth, point)
        gradient = gradient + prior * (point - start)
        step = np.linalg.solve(curvature + prior * np.eye(point.size), gradient)
        scale, reached = 1.0, loss(point - step)
        while scale > 1e-4 and not reached < best:
            scale /= 2.0
            reached = loss(point - scale * step)
        if not reached < best - ENOUGH:
            break
        point, best = point - scale * step, reached
    return point[:n_members], point[n_members:]


def _loss(problem: Problem, total: FloatArray, truth: IntArray) -> float:
    if problem == "binary":
        margin = total[:, 0]
        return float(np.mean(np.logaddexp(0.0, margin) - truth * margin))
    top = total.max(axis=1)
    logs = np.log(np.exp(total - top[:, None]).sum(axis=1)) + top
    return float(np.mean(logs - total[np.arange(truth.size), truth]))


def _derivatives(
    problem: Problem, margins: FloatArray, truth: IntArray, point: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient and Hessian of the mean log loss over (weights, offsets)."""
    n_members, n = margins.shape[:2]
    total = np.tensordot(point[:n_members], margins, axes=1) + point[n_members:]
    if problem == "binary":
        given = sigmoid(total)
        design = np.concatenate([margins[:, :, 0], np.ones((1, n))])
        spread = (given * (1.0 - given))[:, 0]
        return design @ (given[:, 0] - truth) / n, (design * spread) @ design.T / n
    given = softmax(total)
    error = given.copy()
    error[np.arange(n), truth] -= 1.0
    gradient = np.concatenate([np.einsum("mrk,rk->m", margins, error), error.sum(axis=0)]) / n
    means = np.einsum("mrk,rk->mr", margins, given)
    curvature = np.empty((point.size, point.size))
    curvature[:n_members, :n_members] = np.einsum("mrk,rk,lrk->ml", margins, given, margins) / n - means @ means.T / n
    cross = (np.einsum("mrk,rk->mk", margins, given) - means @ given) / n
    curvature[:n_members, n_members:], curvature[n_members:, :n_members] = cross, cross.T
    curvature[n_members:, n_members:] = np.diag(given.mean(axis=0)) - given.T @ given / n
    return gradient, curvature
