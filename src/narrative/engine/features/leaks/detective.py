"""The whole search: every kind in turn, columns that are proven taken away before the next kind is looked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.plugins import discover
from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakReport, Suspect
from narrative.engine.features.material import make_material
from narrative.engine.features.selection.base import Say
from narrative.engine.profile.types import TableProfile
from narrative.engine.scores import primary_score
from narrative.engine.training.types import TrainingOptions

MOST_ROWS: Final = 20_000
ORDER: Final = (
    "target_proxy", "encoder", "future_column", "identifier", "resampling", "duplicate", "group", "time_order",
)  # fmt: skip
"""Columns before rows: a column that holds the target would hide what the split does."""
_RANK: Final = {"proven": 0, "unsure": 1, "cleared": 2}


def all_detectors() -> list[Detector]:
    """Every detector, in the order of the search."""
    found = discover("narrative.engine.features.leaks.kinds", Detector)
    return [found[name]() for name in ORDER if name in found]


def find_leaks(
    frame: pl.DataFrame,
    options: TrainingOptions,
    *,
    profile: TableProfile | None = None,
    seconds: float | None = None,
    clock: Clock | None = None,
    say: Say = lambda _message, _share: None,
    should_stop: Callable[[], bool] | None = None,
) -> LeakReport:
    """Look for everything that may flatter a score, and prove or clear it.

    Args:
        frame: all rows, target included.
        options: target, problem and seed as training gets them; steps of people are not applied, the raw table is
            looked at.
        profile: of this frame with this target.
        seconds: kinds that have not begun by then are left out, and the report says which.

    Raises:
        InvalidInput: the target does not suit the table.
        Canceled: stopped.
    """
    clock = clock or SystemClock()
    started, deadline = clock.monotonic(), None if seconds is None else Deadline(clock, seconds)
    plain = options.model_copy(update={"steps": []})
    material = make_material(frame, plain, profile=profile, most_rows=MOST_ROWS, whole=True)
    scene, suspects, missed = Scene(material, should_stop), list[Suspect](), list[str]()
    detectors = all_detectors()
    for place, detector in enumerate(detectors):
        if deadline is not None and deadline.passed():
            missed.append(detector.title)
            continue
        say(f"Looking for {detector.title}", place / len(detectors))
        new = [each for each in detector.suspects(scene) if not _is_known(each, suspects)]
        suspects += new
        gone = [name for each in new if each.verdict == "proven" and each.steps for name in each.columns]
        if gone:
            rest = scene.without(gone)
            scene = rest if rest.frame.width else scene
    score = primary_score(material.problem)
    return LeakReport(
        target=options.target,
        problem=material.problem,
        metric=score.name,
        metric_title=score.title,
        higher_is_better=score.higher_is_better,
        suspects=sorted(suspects, key=lambda each: _RANK[each.verdict]),
        looked_for=[detector.title for detector in detectors],
        not_finished=missed,
        rows_used=material.frame.height,
        rows_there=material.n_rows_there,
        seconds=clock.monotonic() - started,
    )


def _is_known(suspect: Suspect, known: list[Suspect]) -> bool:
    """Whether the same columns are suspects already, for an earlier kind."""
    return bool(suspect.columns) and any(
        each.columns == suspect.columns and each.steps and suspect.steps for each in known
    )
