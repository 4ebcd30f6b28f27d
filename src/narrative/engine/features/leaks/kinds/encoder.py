"""Categories replaced by the mean of the target, learned from the very rows that score."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.features.leaks.base import Detector, proof, verdict_of
from narrative.engine.features.leaks.kinds._column import column_suspect, with_and_without
from narrative.engine.features.leaks.scene import Compared, Scene, compared
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.profile.association import category_codes
from narrative.engine.types import FloatArray, IntArray

LEAST_LEVELS: Final = 5
EXACT_SHARE: Final = 0.95
TOLERANCE: Final = 1e-6
SMOOTHED: Final = 1.0 - 1e-8
MOST_LEVELS: Final = 0.7


class Encoder(Detector):
    """A number column that is the mean of the target of these rows, by some column or by itself."""

    name: ClassVar[LeakKind] = "encoder"
    title: ClassVar[str] = "categories encoded by the target before the split"

    def suspects(self, scene: Scene) -> list[Suspect]:
        found = []
        for column in scene.columns:
            if column.kind not in {"decimal", "integer"} or column.distinct < LEAST_LEVELS:
                continue
            if column.missing:
                continue
            said = _encoded_from(scene, column.name)
            if said is not None:
                found.append(self._suspect(scene, column.name, *said))
        return found

    def _suspect(self, scene: Scene, name: str, by: str | None, levels: IntArray) -> Suspect:
        groups = f"by '{by}'" if by is not None else "of the rows that share the value"
        shuffled = None if by is None else _shuffled_target(scene, name, levels)
        sentence = "The target shuffled and encoded again in the same way: a model should then find nothing."
        proofs = [] if shuffled is None else [proof("shuffled_target", sentence, shuffled)]
        dropped = with_and_without(scene, [name])
        # Without the column it was made from nothing can be encoded again; that all its values are exactly the means
        # of these very rows is no chance, so what the column adds to the score settles it.
        outcome = verdict_of(scene, dropped if by is None else shuffled)
        return column_suspect(
            scene,
            self.name,
            [name],
            headline=f"'{name}' is the mean of the target {groups}, taken over all rows",
            reason="Every row helped to make its own value, so the score counts the target it should predict.",
            found=dropped,
            facts={"levels": int(levels.max()) + 1},
            verdict=outcome,
            proofs=proofs,
            advice="Encode inside the folds instead: the step 'encode' with the method 'target' does.",
        )


def _encoded_from(scene: Scene, name: str) -> tuple[str | None, IntArray] | None:
    """The column it was made from (None: not in the table) and the level of each row; None for other columns."""
    own = scene.frame[name].cast(pl.Float64).to_numpy()
    for target in _targets(scene):
        levels = np.unique(own, return_inverse=True)[1].astype(np.int64)
        if levels.max() < MOST_LEVELS * scene.n and _is_own_mean(own, levels, target):
            return None, levels
        for column in scene.columns:
            usable = column.kind in {"category", "text", "identifier", "integer", "boolean"} and column.name != name
            if not usable or not LEAST_LEVELS <= column.distinct <= MOST_LEVELS * scene.n:
                continue
            codes = category_codes(scene.frame[column.name])
            if _is_smoothed_mean(own, codes, target) or _is_leave_one_out(own, codes, target):
                return column.name, codes
    return None


def _targets(scene: Scene) -> list[FloatArray]:
    """What an encoding may average: the number, or each class against the rest."""
    if scene.target.problem == "regression":
        return [scene.values]
    places = [1] if scene.target.n_classes == 2 else range(scene.target.n_classes)
    return [(scene.values == place).astype(np.float64) for place in places]


def _means(codes: IntArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.bincount(codes, weights=target).astype(np.float64), np.bincount(codes).astype(np.float64)


def _is_own_mean(own: FloatArray, levels: IntArray, target: FloatArray) -> bool:
    """Rows that share a value have exactly this value as their mean of the target (values met once do not count)."""
    sums, counts = _means(levels, target)
    several = counts[levels] > 1
    if several.mean() < 0.5 or np.unique(levels[several]).size < LEAST_LEVELS:
        return False
    scale = max(float(np.ptp(target)), 1e-12)
    near = np.abs(sums[levels] / counts[levels] - own)[several] <= TOLERANCE * scale
    return bool(near.mean() >= EXACT_SHARE and np.ptp(own[several]) > TOLERANCE * scale)


def _is_smoothed_mean(own: FloatArray, codes: IntArray, target: FloatArray) -> bool:
    """``value · (n + m) = sum + m · prior`` for some m of 0 or more: solved by least squares over the levels.

    A value is wanted for every level; the prior is the mean of all rows.
    Source: Micci-Barreca (2001), "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD
    Explorations 3, in the form with a fixed number of rows of the prior.
    """
    value, known = _value_by_level(own, codes)
    sums, counts = _means(codes, target)
    if not known or value.size < LEAST_LEVELS:
        return False
    right, left = target.mean() - value, value * counts - sums
    weight = max(float(right @ left) / max(float(right @ right), 1e-18), 0.0)
    made = (sums + weight * target.mean()) / (counts + weight)
    spread = float(np.ptp(made))
    return spread > 0 and bool((np.abs(made - value) <= TOLERANCE * spread).mean() >= EXACT_SHARE)


def _value_by_level(own: FloatArray, codes: IntArray) -> tuple[FloatArray, bool]:
    """The value of each level, and whether every level has just one."""
    low, high = np.full(int(codes.max()) + 1, np.inf), np.full(int(codes.max()) + 1, -np.inf)
    np.minimum.at(low, codes, own)
    np.maximum.at(high, codes, own)
    return low, bool(np.allclose(low, high, rtol=0, atol=1e-12))


def _is_leave_one_out(own: FloatArray, codes: IntArray, target: FloatArray) -> bool:
    """``(sum - own target) / (n - 1)`` in every row of a level with two rows or more."""
    sums, counts = _means(codes, target)
    several = counts[codes] > 1
    if several.mean() < 0.5 or np.unique(codes[several]).size < LEAST_LEVELS:
        return False
    made = (sums[codes] - target)[several] / (counts[codes] - 1)[several]
    spread = max(float(np.ptp(made)), 1e-12)
    return bool((np.abs(made - own[several]) <= TOLERANCE * spread).mean() >= EXACT_SHARE)


def _shuffled_target(scene: Scene, name: str, levels: IntArray) -> Compared | None:
    """A target without any relation, encoded over all rows by the same levels: the model with it and without it."""
    random = np.random.default_rng(scene.material.seed)
    shuffled = random.permutation(scene.values)
    rest = scene.without([name]).with_target(shuffled)
    averaged = shuffled if scene.target.problem == "regression" else (shuffled == scene.target.n_classes - 1) * 1.0
    sums, counts = _means(levels, averaged)
    again = rest.adding(f"{name} again", (sums / counts)[levels])
    rows = scene.rows()
    return compared(again.at(rows), rest.at(rows))
