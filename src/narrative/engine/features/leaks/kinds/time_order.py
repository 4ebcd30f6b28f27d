"""Rows of the same time on both sides of the split."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._blocked import blocked_suspect, random_against_blocked
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.types import IntArray

BLOCKS: Final = 5
CLUSTERS: Final = 40


class TimeOrder(Detector):
    """The target drifts, and random folds let a model look at the neighbours in time of what it predicts."""

    name: ClassVar[LeakKind] = "time_order"
    title: ClassVar[str] = "a random split where time matters"

    def suspects(self, scene: Scene) -> list[Suspect]:
        return [] if not scene.time_columns else [self._suspect(scene, scene.time_columns[0])]

    def _suspect(self, scene: Scene, name: str) -> Suspect:
        ticks = scene.frame[name].to_physical().cast(float).fill_null(float("nan")).to_numpy()
        seen = scene.adding("time as a number", ticks)
        wide, narrow = blocks(scene, name, BLOCKS), blocks(scene, name, CLUSTERS)
        found = random_against_blocked(seen, wide, deep=True, clusters=narrow)
        return blocked_suspect(
            scene,
            self.name,
            [name],
            headline=f"The rows have a time, '{name}'",
            reason="A random split lets the model learn from days before and after the one it predicts.",
            what="a random split over time",
            sentence=f"Random folds against folds of whole stretches of '{name}'.",
            proof_name="time_blocked",
            found=found,
            facts={"blocks": BLOCKS},
            steps=[],
            advice="Train with the split in time: the model then learns from the past and is judged on later rows.",
        )


def blocks(scene: Scene, name: str, n_blocks: int) -> IntArray:
    """Stretch of time of each row: so many of about the same number of rows, equal times together."""
    ranks = scene.frame[name].rank("min").fill_null(1).cast(float).to_numpy()
    return np.asarray(np.minimum((ranks - 1) * n_blocks // scene.n, n_blocks - 1), dtype=np.int64)
