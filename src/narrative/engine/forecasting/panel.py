"""A table as series over equal periods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.forecasting.frequency import detect_frequency, periods
from narrative.engine.forecasting.types import Frequency
from narrative.engine.types import FloatArray, IntArray

MOST_SERIES: Final = 200
MOST_PERIODS: Final = 20_000
Combine = Literal["sum", "mean"]


@dataclass(frozen=True)
class Panel:
    """Series side by side.

    Attributes:
        names: of the series; ``[None]`` where the table is one series.
        times: all periods.
        values: ``n_series × n_periods`` without gaps: filled by the value before, so that no period holds anything of
            a later one, except that a series holds its first value from the start on.
        known: where the table has a value.
        first: the first period of every series with a value.
        n_gaps: periods inside a series that were filled.
    """

    names: list[str | None]
    times: pl.Series
    values: FloatArray
    known: np.ndarray[Any, np.dtype[np.bool_]]
    first: IntArray
    frequency: Frequency
    n_gaps: int
    is_date: bool
    warnings: list[str] = field(default_factory=list)

    @property
    def n_periods(self) -> int:
        return len(self.times)


def make_panel(
    frame: pl.DataFrame, target: str, time: str, series: str | None = None, *, combine: Combine | None = None
) -> Panel:
    """The series of a table, up to the last time with a value.

    Args:
        series: column that tells several series apart.
        combine: how values of one time and series are brought together; None: there may be only one.

    Raises:
        InvalidInput: ``column_unknown``, ``target_not_numeric``, ``time_not_a_date``, ``times_repeat``,
            ``times_not_regular``, ``series_too_short``, ``too_many_series``.
    """
    _check(frame, target, time, series)
    columns = [pl.col(time).cast(pl.Datetime("us")).alias("time"), pl.col(target).cast(pl.Float64).alias("value")]
    name = pl.lit("") if series is None else pl.col(series).cast(pl.String).fill_null("(empty)")
    rows = frame.select([*columns, name.alias("series")]).drop_nulls(["time", "value"])
    if not rows.height:
        raise InvalidInput(
            "series_too_short", f"Column {target!r} holds no value beside a time.", column=target,
            fix="Choose another column.",
        )  # fmt: skip
    frequency = detect_frequency(rows["time"].alias(time))
    rows, off_grid = _on_grid(rows, frequency)
    rows = _one_per_time(rows, time, combine)
    grid = periods(rows["time"].min(), rows["time"].max(), frequency).tail(MOST_PERIODS)
    names = rows["series"].unique().sort().to_list()
    if len(names) > MOST_SERIES:
        raise InvalidInput(
            "too_many_series",
            f"Column {series!r} tells {len(names):,} series apart; up to {MOST_SERIES} can be forecast at once.",
            column=series,
            fix="Keep the series that matter, or group them.",
        )
    wide = grid.alias("time").to_frame()
    raw = np.stack([_column(wide, rows.filter(pl.col("series") == each)) for each in names])
    values, n_gaps = _filled(raw)
    warnings = []
    if off_grid:
        warnings.append(f"{off_grid:,} rows lie between the periods and were left out.")
    if n_gaps:
        warnings.append(
            f"{n_gaps:,} period{'s' if n_gaps != 1 else ''} without a value {'were' if n_gaps != 1 else 'was'} filled "
            "with the value before; scores leave them out."
        )
    return Panel(
        names=[None] if series is None else list(names),
        times=grid,
        values=values,
        known=~np.isnan(raw),
        first=np.asarray((~np.isnan(raw)).argmax(axis=1), dtype=np.int64),
        frequency=frequency,
        n_gaps=n_gaps,
        is_date=frame.schema[time] == pl.Date,
        warnings=warnings,
    )


def _check(frame: pl.DataFrame, target: str, time: str, series: str | None) -> None:
    for name in (target, time, series):
        if name is not None and name not in frame.columns:
            raise InvalidInput(
                "column_unknown",
                f"There is no column {name[:80]!r}.",
                column=name[:80],
                fix=f"The columns are: {', '.join(repr(column) for column in frame.columns[:20])}.",
            )
    if not frame.schema[target].is_numeric():
        raise InvalidInput(
            "target_not_numeric",
            f"Column {target!r} holds no numbers, so it has no next value.",
            column=target,
            fix="Choose a column of numbers.",
        )
    if not frame.schema[time].is_temporal():
        raise InvalidInput(
            "time_not_a_date",
            f"Column {time!r} holds no dates.",
            column=time,
            fix="Choose a column of dates or times, or read this one as dates first.",
        )


def _on_grid(rows: pl.DataFrame, frequency: Frequency) -> tuple[pl.DataFrame, int]:
    grid = periods(rows["time"].min(), rows["time"].max(), frequency)
    kept = rows.filter(pl.col("time").is_in(grid.implode()))
    return kept, rows.height - kept.height


def _one_per_time(rows: pl.DataFrame, time: str, combine: Combine | None) -> pl.DataFrame:
    n_repeats = rows.height - rows.select("series", "time").n_unique()
    if not n_repeats:
        return rows
    if combine is None:
        first = rows.filter(pl.struct("series", "time").is_duplicated())["time"][0]
        raise InvalidInput(
            "times_repeat",
            f"{n_repeats:,} rows have a time that another row has too, for example {str(first)[:16]}.",
            column=time,
            fix="Name the column that tells series apart, or say whether such values are summed or averaged.",
        )
    value = pl.col("value").sum() if combine == "sum" else pl.col("value").mean()
    return rows.group_by("series", "time", maintain_order=True).agg(value)


def _column(grid: pl.DataFrame, rows: pl.DataFrame) -> FloatArray:
    joined = grid.join(rows.select("time", "value"), on="time", how="left", maintain_order="left")
    return np.asarray(joined["value"].fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _filled(raw: FloatArray) -> tuple[FloatArray, int]:
    """Values without gaps, and how many there were between the first and last value of each series.

    A line between the values on both sides would tell a forecast made inside a gap what comes after it.
    """
    known = ~np.isnan(raw)
    first, last = known.argmax(axis=1), raw.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    before = np.maximum.accumulate(np.where(known, np.arange(raw.shape[1]), first[:, None]), axis=1)
    n_gaps = int((last - first + 1)[known.any(axis=1)].sum() - known.sum())
    return np.nan_to_num(np.take_along_axis(raw, before, axis=1)), n_gaps
