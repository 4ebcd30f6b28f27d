"""Columns that are filled only after the outcome."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._column import column_suspect, with_and_without
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.profile.types import ColumnProfile
from narrative.engine.types import FloatArray

PURE: Final = 0.98
LEAST_ROWS: Final = 25
LEAST_LIFT: Final = 0.25
"""How much larger the share of one class must be among the filled rows than among all."""
MODE_SHARE: Final = 0.3
EXACT: Final = 0.999
LEADS: Final = (1, 2, 3)
WINDOWS: Final = (2, 3, 5, 7)
ADVICE: Final = "Remove it, unless it is known at the moment of the prediction."


class FutureColumn(Detector):
    """Filled for one outcome only, or made of values of the target that come later."""

    name: ClassVar[LeakKind] = "future_column"
    title: ClassVar[str] = "columns filled after the outcome"

    def suspects(self, scene: Scene) -> list[Suspect]:
        found = []
        for column in scene.columns:
            said = _filled_by_outcome(scene, column) or _later_values(scene, column)
            if said is not None:
                headline, reason, facts = said
                found.append(
                    column_suspect(
                        scene,
                        self.name,
                        [column.name],
                        headline=headline,
                        reason=reason,
                        found=with_and_without(scene, [column.name]),
                        facts=facts,
                        advice=ADVICE,
                    )
                )
        return found


Said = tuple[str, str, dict[str, float | int | str]]


def _filled_by_outcome(scene: Scene, column: ColumnProfile) -> Said | None:
    """One class has a value (or one that differs from the usual), and hardly any row of another class has."""
    if scene.target.problem == "regression":
        return None
    series = scene.frame[column.name]
    filled = series.is_not_null().to_numpy()
    usual = "empty"
    if filled.mean() > 1.0 - MODE_SHARE / 10:
        counts = series.drop_nulls().alias("value").value_counts(sort=True)
        top = counts.row(0)
        if top[1] < MODE_SHARE * scene.n or counts.height < 3:
            return None
        usual, filled = str(top[0]), (filled & (series != top[0]).fill_null(value=True).to_numpy())
    n_filled = int(filled.sum())
    if n_filled < LEAST_ROWS or n_filled > 0.95 * scene.n:
        return None
    shares = np.bincount(scene.values[filled].astype(np.int64), minlength=scene.target.n_classes) / n_filled
    base = scene.target.counts() / scene.n
    place = int(shares.argmax())
    if shares[place] < PURE or shares[place] - base[place] < LEAST_LIFT:
        return None
    label = scene.target.classes[place]
    return (
        f"Where '{column.name}' is not {usual}, {shares[place]:.0%} of the rows are {label}",
        f"Of all rows {base[place]:.0%} are {label}: the column looks as if it were filled once the outcome is known.",
        {"filled": n_filled, "share": float(shares[place]), "overall": float(base[place]), "class": str(label)},
    )


def _later_values(scene: Scene, column: ColumnProfile) -> Said | None:
    """The column is the target of a later row, or a mean that reaches into later rows, in the order of time."""
    order = _time_order(scene)
    if order is None or column.kind not in {"integer", "decimal"}:
        return None
    own = scene.frame[column.name].cast(pl.Float64).fill_null(np.nan).to_numpy()[order]
    target = scene.values[order]
    for lead in LEADS:
        if _agree(own[:-lead], target[lead:]):
            rows = "the next row" if lead == 1 else f"the row {lead} places later"
            return (
                f"'{column.name}' is the target of {rows} in time",
                "At the moment of the prediction this value does not exist yet.",
                {"lead": lead},
            )
    for window in WINDOWS:
        for ahead in {window - 1, window // 2}:
            means = _mean_around(target, window, ahead)
            if _agree(own, means):
                return (
                    f"'{column.name}' is a mean of the target over {window} rows, later ones among them",
                    "At the moment of the prediction the later rows do not exist yet.",
                    {"window": window, "ahead": ahead},
                )
    return None


def _time_order(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    if scene.target.problem == "multiclass" or not scene.time_columns:
        return None
    return scene.frame[scene.time_columns[0]].arg_sort().to_numpy().astype(np.int64)


def _mean_around(values: FloatArray, window: int, ahead: int) -> FloatArray:
    """Mean over ``window`` rows that end ``ahead`` rows later; NaN where the window leaves the table."""
    means = np.full(values.size, np.nan)
    if values.size >= window:
        inner = np.convolve(values, np.ones(window) / window, mode="valid")
        start = window - 1 - ahead
        means[start : start + inner.size] = inner
    return means


def _agree(first: FloatArray, second: FloatArray) -> bool:
    here = np.isfinite(first) & np.isfinite(second)
    if here.sum() < LEAST_ROWS or here.mean() < 0.8 or np.ptp(first[here]) == 0 or np.ptp(second[here]) == 0:
        return False
    return bool(np.corrcoef(first[here], second[here])[0, 1] > EXACT)
