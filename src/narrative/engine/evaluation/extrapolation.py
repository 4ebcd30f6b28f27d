"""A warning for rows unlike those the model has learned from: its answer is then a guess beyond what it knows.

Four looks, each at a false-alarm rate of 1 %: how far a single column is out, how unlikely the columns are together,
how far the nearest known rows are, and categories never seen. Limits are those of known rows that were kept aside, so
of rows drawn alike about 1 % is alarmed by each, whatever the columns look like.
Source: Vovk, Gammerman & Shafer (2005), "Algorithmic learning in a random world" (inductive conformal p-values).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.telling import Named, absent, among, tell
from narrative.engine.evaluation.uncertainty import wilson
from narrative.engine.exploration.matrix import UsedColumns
from narrative.engine.exploration.nearness import Encoding, Nearness
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray

RATE: Final = 0.01
LEAST_ROWS: Final = 300
MOST_ROWS: Final = 20_000
SHRINKAGE: Final = 0.05
MOST_COLUMNS: Final = 200
Look = Literal["column", "together", "distance", "category"]


class Alarm(BaseModel):
    """A row the model should not be trusted on. ``column`` and ``value`` where a single one says why."""

    model_config = ConfigDict(frozen=True)
    row: int
    look: Look
    column: str | None = None
    value: Any = None
    p_value: float | None = None
    text: str


class Extrapolation(BaseModel):
    """Which rows lie beyond what was learned from; ``stated_rate`` of rows like those learned from are alarmed too."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    n_alarmed: int
    share: float
    interval: tuple[float, float]
    stated_rate: float
    alarms: list[Alarm]
    words: ChartStory


@dataclass(frozen=True)
class Known:
    """What the rows that were learned from look like.

    Attributes:
        encoding: columns as numbers on one scale.
        precision: inverse covariance of the encoded columns, with their means.
        limits: sorted scores of rows kept aside, by look.
        words: known values of columns in which new ones are rare enough to be worth an alarm.
    """

    encoding: Encoding
    means: FloatArray
    precision: FloatArray
    nearness: Nearness
    limits: Mapping[Look, FloatArray]
    words: Mapping[str, frozenset[str]]

    @classmethod
    def learn(cls, frame: pl.DataFrame, *, seed: int = 42) -> Known:
        """What there is to know of a table: one half describes it, the other sets the limits.

        Raises:
            NotApplicable: ``too_few_rows`` below 300 rows, at which a rate of 1 % cannot be kept.
        """
        if frame.height < LEAST_ROWS:
            raise NotApplicable("too_few_rows", f"It takes {LEAST_ROWS} known rows to tell what is beyond them.")
        frame = _timeless(frame)
        random = np.random.default_rng(seed)
        order = random.permutation(frame.height)[:MOST_ROWS]
        half = order.size // 2
        describing, limiting = frame[np.sort(order[:half])], frame[np.sort(order[half:])]
        encoding = Encoding.learn(describing, _used(describing))
        points = encoding.apply(describing)
        means = points.mean(axis=0)
        covariance = np.atleast_2d(np.cov(points, rowvar=False))
        # A little of the identity keeps columns that say the same from counting without end.
        steadied = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.eye(len(covariance))
        precision = np.asarray(np.linalg.inv(steadied), dtype=np.float64)
        bare = cls(encoding, means, precision, Nearness.fit(points, random), {}, _closed(frame))
        limits: dict[Look, FloatArray] = {look: np.sort(s) for look, s in bare.scores(encoding.apply(limiting)).items()}
        return cls(encoding, means, precision, bare.nearness, limits, bare.words)

    def scores(self, points: FloatArray) -> dict[Look, FloatArray]:
        """How odd points are by each of the three looks at numbers."""
        away = points - self.means
        return {
            "column": np.abs(points).max(axis=1),
            "together": np.einsum("ij,jk,ik->i", away, self.precision, away),
            "distance": self.nearness.scores(points),
        }

    def judge(self, frame: pl.DataFrame) -> Extrapolation:
        """Alarms of the rows of a table with the same columns."""
        given, frame = frame, _timeless(frame)
        alarms: dict[int, Alarm] = {}
        for name, known in self.words.items():
            texts = frame[name].cast(pl.String).to_list()
            for row, text in enumerate(texts):
                if text is not None and text not in known:
                    said = f"'{name}' has a value the model has never seen."
                    alarms.setdefault(row, Alarm(row=row, look="category", column=name, value=text, text=said))
        points = self.encoding.apply(frame)
        for look, scores in self.scores(points).items():
            ordered = self.limits[look]
            as_far = ordered.size - np.searchsorted(ordered, scores, side="left")
            p_values = (1.0 + as_far) / (1.0 + ordered.size)
            for place in np.flatnonzero(p_values <= RATE):
                at = int(place)
                alarms.setdefault(at, self._alarm(look, given, points, at, float(p_values[at])))
        found = [alarms[row] for row in sorted(alarms)]
        return _outcome(found, frame.height, self)

    def _alarm(self, look: Look, frame: pl.DataFrame, points: FloatArray, row: int, p_value: float) -> Alarm:
        if look != "column":
            said = {
                "together": "Its columns do not go together as they did in the rows learned from.",
                "distance": "No row like it was among those learned from.",
            }[look]
            return Alarm(row=row, look=look, p_value=p_value, text=said)
        name = self.encoding.owners[int(np.abs(points[row]).argmax())]
        value = frame[name][row]
        shown = value if value is None or isinstance(value, str | int | float | bool) else str(value)
        said = f"'{name}' is far from what the model has learned from."
        return Alarm(row=row, look=look, column=name, value=shown, p_value=p_value, text=said)


def _timeless(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with times as numbers: a time later than all known ones is beyond them as well."""
    times = [name for name in frame.columns if frame[name].dtype.is_temporal()]
    return frame.with_columns(pl.col(name).to_physical().cast(pl.Float64) for name in times)


def _used(frame: pl.DataFrame) -> UsedColumns:
    """Columns with more than one value: numbers as they are, all else by how rare a value is."""
    varying = [name for name in frame.columns if frame[name].drop_nulls().n_unique() > 1][:MOST_COLUMNS]
    numbers = [name for name in varying if frame[name].dtype.is_numeric()]
    words = [name for name in varying if not frame[name].dtype.is_numeric() and _new_chance(frame[name]) <= RATE]
    if not numbers and not words:
        raise NotApplicable("nothing_to_vary", "No column of the known rows has more than one value.")
    return UsedColumns(numbers, words)


def _closed(frame: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Known values of the columns in which a new one is rare, up to a chance of 1 % over all of them."""
    chances = {name: _new_chance(frame[name]) for name in frame.columns if not frame[name].dtype.is_numeric()}
    closed, spent = {}, 0.0
    for name in sorted(chances, key=lambda name: (chances[name], name)):
        spent += chances[name]
        if spent > RATE:
            break
        closed[name] = frozenset(frame[name].drop_nulls().cast(pl.String).unique().to_list())
    return closed


def _new_chance(series: pl.Series) -> float:
    """Chance that the next row has a value not seen yet: the share of values seen a single time.

    Source: Good (1953), "The population frequencies of species and the estimation of population parameters",
    Biometrika 40.
    """
    present = series.drop_nulls()
    if present.is_empty():
        return 1.0
    return int((present.alias("value").value_counts()["count"] == 1).sum()) / len(present)


def _outcome(alarms: list[Alarm], n_rows: int, known: Known) -> Extrapolation:
    # Three looks at numbers, and categories where there are closed ones.
    stated = RATE * (3 + bool(known.words))
    share = len(alarms) / n_rows if n_rows else 0.0
    low, high = wilson(len(alarms), n_rows)
    account = {
        "n": Named(n_rows, "rows judged", "integer", "rows"),
        "alarmed": Named(len(alarms), "rows beyond what was learned from", "integer", "rows"),
        "share": Named(share, "their share", "percent"),
        "low": Named(low, "lower end of its interval", "percent"),
        "high": Named(high, "upper end of its interval", "percent"),
        "rate": Named(stated, "share alarmed at most among rows like those learned from", "percent"),
    }
    text = "{alarmed:unit} ({share}, {low} to {high}) lie beyond what was learned from; of clean rows {rate} would."
    if len(alarms) == 1:
        text = text.replace("lie beyond", "lies beyond")
    words = tell(
        account,
        ("None of {n:unit} lies beyond what was learned from.", absent("alarmed"), "presence"),
        (text, among("share", "low", "high"), "interval"),
    )
    return Extrapolation(
        n_rows=n_rows,
        n_alarmed=len(alarms),
        share=share,
        interval=(low, high),
        stated_rate=stated,
        alarms=alarms,
        words=words,
    )
