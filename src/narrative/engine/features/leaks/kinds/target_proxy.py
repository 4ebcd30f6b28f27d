"""The target under another name."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._column import column_suspect, with_and_without
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.types import FloatArray

SUSPICIOUS: Final = 0.95
EXACT: Final = 1.0 - 1e-6
MOST_NUMBERS: Final = 30
EQUAL: Final = 1e-9
"""Of the spread of the target: what adding numbers as computers keep them may be off."""
Pair = tuple[str, str, str, str]
"""Two columns, the sign between them, and what both together are."""
ADVICE: Final = "If it is known only after the outcome, remove it; if it is known before, keep it and say so."


class TargetProxy(Detector):
    """A column, or two together, that all but are the target."""

    name: ClassVar[LeakKind] = "target_proxy"
    title: ClassVar[str] = "columns that stand for the target"

    def suspects(self, scene: Scene) -> list[Suspect]:
        found = [self._single(scene, name, strength) for name, strength in _strong(scene)]
        known = {column for suspect in found for column in suspect.columns}
        return found + [self._pair(scene, pair) for pair in _pairs(scene, known)]

    def _single(self, scene: Scene, name: str, strength: float) -> Suspect:
        return column_suspect(
            scene,
            self.name,
            [name],
            headline=f"'{name}' all but gives the target away ({int(strength * 100) / 100:.2f} of 1)",
            reason="A cause is hardly ever this close to its effect; a copy or a consequence is.",
            found=with_and_without(scene, [name]),
            facts={"association": strength},
            advice=ADVICE,
        )

    def _pair(self, scene: Scene, pair: Pair) -> Suspect:
        first, second, sign, what = pair
        return column_suspect(
            scene,
            self.name,
            [first, second],
            headline=f"'{first}' {sign} '{second}' {what}",
            reason="Both columns together hold the target, so the model need not predict anything.",
            found=with_and_without(scene, [first, second]),
            facts={"operation": sign},
            verdict="proven",
            advice="Remove the one of the two that is known only after the outcome.",
        )


def _strong(scene: Scene) -> list[tuple[str, float]]:
    names_rows = set(scene.unlike_rows)  # the detector of identifiers looks at these
    named = [(c.name, c.target_association or 0.0) for c in scene.columns if c.name not in names_rows]
    return sorted((item for item in named if item[1] >= SUSPICIOUS), key=lambda item: -item[1])


def _pairs(scene: Scene, known: set[str]) -> list[Pair]:
    """Two number columns whose sum, difference, product or ratio is the target, or lies on a straight line with it."""
    if scene.target.problem != "regression":
        return []
    names = [c.name for c in scene.columns if c.kind in {"integer", "decimal"} and c.name not in known][:MOST_NUMBERS]
    numbers = {name: scene.frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in names}
    found: list[Pair] = []
    for first, second in combinations(names, 2):
        a, b = numbers[first], numbers[second]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tries = {"+": a + b, "-": a - b, "×": a * b, "/": a / b}
        for sign, value in tries.items():
            if _is_linear(value, scene.values):
                found.append((first, second, sign, _what(value, scene.values)))
                break
    return found


def _is_linear(value: FloatArray, target: FloatArray) -> bool:
    here = np.isfinite(value)
    if here.mean() < 0.9 or np.ptp(value[here]) == 0 or np.ptp(target[here]) == 0:
        return False
    return bool(abs(np.corrcoef(value[here], target[here])[0, 1]) > EXACT)


def _what(value: FloatArray, target: FloatArray) -> str:
    """What values that lie on a straight line with the target are to it, and in which rows."""
    here = np.isfinite(value)
    equal = np.abs(value[here] - target[here]).max() <= EQUAL * np.ptp(target[here])
    said = "is exactly the target" if equal else "gives the target exactly by a straight line"
    return said if here.all() else f"{said} wherever it can be calculated"
