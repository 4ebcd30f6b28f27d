"""Numbers and names of rows that tell the outcome."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._column import column_suspect
from narrative.engine.features.leaks.scene import Scene, compared
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.profile.association import cramers_v
from narrative.engine.types import FloatArray

GROUPS: Final = 20
LEAST_V: Final = 0.1
LEAST_ROWS: Final = 60
ORDER: Final = "place in the file"
ADVICE: Final = "Leave it out: new rows get new numbers. The automatic preparation does so for identifiers it knows."


class Identifier(Detector):
    """Row numbers given after the outcome, names that carry it, a file sorted by it."""

    name: ClassVar[LeakKind] = "identifier"
    title: ClassVar[str] = "identifiers that tell the outcome"

    def suspects(self, scene: Scene) -> list[Suspect]:
        found = []
        for name in scene.unlike_rows:
            for how, numbers in _readings(scene.frame[name]):
                strength = _strength(scene, numbers)
                if strength < LEAST_V:
                    continue
                seen = scene.without([name])
                seen = seen if seen.material.columns else seen.adding("nothing", seen.values * 0.0)
                rows = seen.rows()
                proven = compared(seen.adding(f"{name} as a number", numbers).at(rows), seen.at(rows))
                found.append(
                    column_suspect(
                        scene,
                        self.name,
                        [name],
                        headline=f"'{name}' only names rows, yet its {how} goes with the target",
                        reason="It was given in the order of the outcome, or holds it; for new rows neither is true.",
                        found=proven,
                        facts={"association": strength},
                        advice=ADVICE,
                    )
                )
                break
        return found


def _readings(series: pl.Series) -> list[tuple[str, FloatArray]]:
    """The identifier as numbers: its value, the number within a text, the text before the number."""
    if series.dtype.is_numeric():
        return [("value", series.cast(pl.Float64).fill_null(np.nan).to_numpy())]
    text = series.cast(pl.String)
    digits = text.str.extract(r"(\d{1,15})(?:\D*)$").cast(pl.Float64, strict=False)
    letters = text.str.replace_all(r"\d", "")
    made = []
    if digits.null_count() < 0.5 * len(series):
        made.append(("number", digits.fill_null(np.nan).to_numpy()))
    if 2 <= letters.n_unique() <= 50:
        made.append(("letters", letters.rank("dense").cast(pl.Float64).fill_null(np.nan).to_numpy()))
    return made


def _strength(scene: Scene, numbers: FloatArray) -> float:
    """Cramér's V of twenty groups of the numbers with the target (its tenths for numbers); 0 for few rows."""
    here = np.isfinite(numbers)
    if here.sum() < LEAST_ROWS:
        return 0.0
    edges = np.unique(np.quantile(numbers[here], np.linspace(0, 1, GROUPS + 1)[1:-1]))
    groups = np.searchsorted(edges, numbers[here], side="right").astype(np.int64)
    return cramers_v(groups, int(groups.max()) + 1, scene.strata[here], int(scene.strata.max()) + 1)
