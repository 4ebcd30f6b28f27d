"""The same case twice, once on each side of the split."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import polars as pl
import polars.selectors as cs

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._blocked import blocked_suspect, random_against_blocked
from narrative.engine.features.leaks.kinds.resampling import is_one_sided
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.types import IntArray

LEAST_SHARE: Final = 0.02
DIGITS: Final = 4
"""Numbers that agree in so many digits count as the same."""
BY_NATURE: Final = 20.0
"""So many times more pairs must agree than by chance: columns go together, and so repeat more than by chance."""


class Duplicate(Detector):
    """Rows that agree in every column but those that name rows."""

    name: ClassVar[LeakKind] = "duplicate"
    title: ClassVar[str] = "the same case on both sides of the split"

    def suspects(self, scene: Scene) -> list[Suspect]:
        twins = twin_codes(scene)
        if twins is None or is_one_sided(scene, twins):
            return []
        sizes = np.bincount(twins)[twins]
        share = float((sizes > 1).mean())
        if share < LEAST_SHARE:
            return []
        seen = scene.without(scene.unlike_rows)
        found = random_against_blocked(seen, twins, deep=True, clusters=twins)
        n_twins = int((sizes > 1).sum())
        return [
            blocked_suspect(
                scene,
                self.name,
                [],
                headline=f"{n_twins:,} rows ({share:.0%}) have a twin: the same values but for columns that name rows",
                reason="A random split puts one twin into training and the other into the test.",
                what="having twins on both sides",
                sentence="Random folds against folds that keep twins together.",
                proof_name="group_blocked",
                found=found,
                facts={"rows": n_twins, "share": share},
                steps=_steps(scene),
                advice="Remove the repeats. Training keeps exact twins together, so its own score is not flattered.",
            )
        ]


def twin_codes(scene: Scene) -> IntArray | None:
    """Number per row, equal for rows that agree; None when there are none or when that is the table's nature.

    A table of few categories repeats its rows by nature: as many pairs agree as would if its columns were dealt anew.
    """
    frame = scene.frame.drop(scene.unlike_rows)
    if frame.width < 2:
        return None
    same = frame.with_columns(
        cs.float().fill_nan(None).round_sig_figs(DIGITS),
        cs.string().str.strip_chars().str.to_lowercase(),
    )
    hashes = same.hash_rows(seed=0)
    codes = np.asarray(hashes.rank("dense").cast(pl.Int64).to_numpy() - 1, dtype=np.int64)
    pairs = _pairs(np.bincount(codes))
    if pairs == 0 or pairs <= BY_NATURE * _pairs_by_chance(same):
        return None
    return codes


def _pairs(counts: IntArray) -> float:
    """Pairs of rows that agree."""
    return float((counts * (counts - 1.0) / 2.0).sum())


def _pairs_by_chance(frame: pl.DataFrame) -> float:
    """Pairs that would agree in all columns if every column were shuffled by itself."""
    every = frame.height * (frame.height - 1) / 2.0
    shares = [_pairs(series.alias("value").value_counts()["count"].to_numpy()) / every for series in frame]
    return every * float(np.prod(shares))


def _steps(scene: Scene) -> list[dict[str, object]]:
    names = [name for name in scene.frame.columns if name not in scene.unlike_rows]
    return [{"type": "drop_duplicates", "params": {"columns": names}}]
