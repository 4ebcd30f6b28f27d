"""Rows of the rarer class that were copied or made up before the split."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._blocked import blocked_suspect, random_against_blocked
from narrative.engine.features.leaks.scene import SURE, Compared, Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.types import FloatArray, IntArray

LEAST_COPIES: Final = 0.2
TIMES: Final = 4.0
LEAST_NUMBERS: Final = 3
LOOKED_AT: Final = 400
NEIGHBOURS: Final = 30
STRAIGHT: Final = 1e-6
LEAST_BETWEEN: Final = 0.1
ADVICE: Final = "Start from the rows as they were collected; balance classes inside training folds only."


class Resampling(Detector):
    """Copies and rows between two others, in one class only."""

    name: ClassVar[LeakKind] = "resampling"
    title: ClassVar[str] = "classes balanced before the split"

    def suspects(self, scene: Scene) -> list[Suspect]:
        if scene.target.problem == "regression":
            return []
        from narrative.engine.features.leaks.kinds.duplicate import twin_codes

        twins = twin_codes(scene)
        if twins is not None and is_one_sided(scene, twins):
            return [_copied(scene, twins)]
        made_up = rows_between(scene)
        return [] if made_up is None else [_made_up(scene, *made_up)]


def is_one_sided(scene: Scene, twins: IntArray) -> bool:
    """Whether twins come from one class far more than from the others."""
    if scene.target.problem == "regression":
        return False
    has_twin = np.bincount(twins)[twins] > 1
    classes = scene.values.astype(np.int64)
    shares = np.bincount(classes, weights=has_twin) / np.maximum(np.bincount(classes), 1)
    ordered = np.sort(shares)[::-1]
    return bool(ordered[0] >= LEAST_COPIES and ordered[0] >= TIMES * ordered[1])


def _copied(scene: Scene, twins: IntArray) -> Suspect:
    has_twin = np.bincount(twins)[twins] > 1
    classes = scene.values.astype(np.int64)
    shares = np.bincount(classes, weights=has_twin) / np.bincount(classes)
    label, share = scene.target.classes[int(shares.argmax())], float(shares.max())
    found = random_against_blocked(scene.without(scene.unlike_rows), twins, deep=True, clusters=twins)
    return blocked_suspect(
        scene,
        "resampling",
        [],
        headline=f"{share:.0%} of the rows with {label} are copies of each other, of the other rows hardly any",
        reason="Copies made before the split stand on both sides of it.",
        what="copying rows before the split",
        sentence="Random folds against folds that keep copies together.",
        proof_name="group_blocked",
        found=found,
        facts={"share": share, "class": str(label)},
        steps=[{"type": "drop_duplicates", "params": {"columns": scene.frame.drop(scene.unlike_rows).columns}}],
        advice=ADVICE,
    )


def rows_between(scene: Scene) -> tuple[int, IntArray] | None:
    """Class whose rows lie exactly between two others of it, and which rows these are; None without such."""
    numbers = _continuous(scene)
    if numbers is None:
        return None
    for place in np.argsort(scene.target.counts()):
        rows = np.flatnonzero(scene.values == place)
        if rows.size < 2 * NEIGHBOURS:
            continue
        points = numbers[rows]
        between = np.asarray([_is_between(points, own) for own in range(min(rows.size, LOOKED_AT))])
        if between.mean() >= LEAST_BETWEEN:
            every = np.asarray([_is_between(points, own) for own in range(rows.size)])
            return int(place), rows[every].astype(np.int64)
    return None


def _continuous(scene: Scene) -> FloatArray | None:
    """Number columns with many values, on a common scale; None with fewer than three."""
    names = [c.name for c in scene.columns if c.kind == "decimal" and c.distinct > 0.3 * scene.n and not c.missing]
    if len(names) < LEAST_NUMBERS:
        return None
    numbers = scene.frame.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return np.asarray((numbers - numbers.mean(axis=0)) / np.maximum(numbers.std(axis=0), 1e-12), dtype=np.float64)


def _is_between(points: FloatArray, own: int) -> bool:
    """Whether a point lies on the line between two of its neighbours, as rows made by interpolation do.

    Source: Chawla et al. (2002), "SMOTE: synthetic minority over-sampling technique", JAIR 16: a new row is
    ``a + u · (b - a)`` with u from 0 to 1.
    """
    away = points - points[own]
    squares = (away**2).sum(axis=1)
    squares[own] = np.inf
    nearest = np.argpartition(squares, min(NEIGHBOURS, squares.size - 1))[:NEIGHBOURS]
    nearest = nearest[(squares[nearest] > 1e-18) & np.isfinite(squares[nearest])]
    unit = away[nearest] / np.sqrt(squares[nearest])[:, None]
    return bool(unit.shape[0] > 1 and (unit @ unit.T).min() < -1.0 + STRAIGHT)


def _made_up(scene: Scene, place: int, synthetic: IntArray) -> Suspect:
    label = scene.target.classes[place]
    seen = scene.without(scene.unlike_rows)
    found = _all_against_originals(seen, synthetic)
    return blocked_suspect(
        scene,
        "resampling",
        [],
        headline=f"{synthetic.size:,} rows with {label} lie exactly between two others",
        reason="Rows made from others before the split let the test hold mixtures of training rows.",
        what="making up rows before the split",
        sentence="All rows in random folds against only the rows that were not made up.",
        proof_name="originals_only",
        found=found,
        facts={"rows": int(synthetic.size), "class": str(label)},
        steps=[],
        advice=ADVICE,
    )


def _all_against_originals(scene: Scene, synthetic: IntArray) -> Compared | None:
    """Score of all rows, and of the rows that were not made up, by models that learned from such rows only."""
    from narrative.engine.features.light import better, row_influence, score_of
    from narrative.engine.scores.intervals import standard_error

    rest = np.setdiff1d(np.arange(scene.n), synthetic).astype(np.int64)
    problem = scene.target.problem
    if np.unique(scene.values[rest]).size < 2 or np.bincount(scene.values[rest].astype(np.int64)).min() < 5:
        return None
    original = scene.at(rest)
    a, b = scene.predictions(deep=True), original.predictions(deep=True)
    first, second = score_of(problem, scene.values, a), score_of(problem, original.values, b)
    if first is None or second is None:
        return None
    errors = [standard_error(row_influence(problem, s.values, p)) for s, p in ((scene, a), (original, b))]
    error = float(np.sqrt(errors[0] ** 2 + errors[1] ** 2))
    gain, width = better(problem) * (first - second), SURE * error
    return Compared(first, second, gain, gain - width, gain + width, scene.n)
