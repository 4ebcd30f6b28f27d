"""Rows that are unlike all others: listed at a stated rate of false alarms, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.exploration.matrix import UsedColumns, usable_columns
from narrative.engine.exploration.nearness import Encoding, Nearness, stand_apart
from narrative.engine.exploration.numbers import Say, say_nothing
from narrative.engine.exploration.reasons import blame
from narrative.engine.exploration.telling_unusual import Listed, tell_reasons, tell_unusual
from narrative.engine.exploration.types import UnusualResult, UnusualRow
from narrative.engine.tables.content import content_hash
from narrative.engine.types import FloatArray

ALARM_RATE: Final = 0.01
MOST_LISTED: Final = 50
BINS: Final = 40


@dataclass(frozen=True)
class FoundUnusual:
    """The account, and of every row its p-value and whether it is listed."""

    result: UnusualResult
    p_values: FloatArray
    is_unusual: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def column(self) -> pl.Series:
        """The flags as a column."""
        return pl.Series("unusual", self.is_unusual, pl.Boolean)


def find_unusual(
    frame: pl.DataFrame,
    *,
    reference: pl.DataFrame | None = None,
    alarm_rate: float = ALARM_RATE,
    columns: list[str] | None = None,
    lines: pl.Series | None = None,
    seed: int = 42,
    say: Say = say_nothing,
) -> FoundUnusual:
    """The rows that are set apart most easily from the others, or from a reference.

    Args:
        reference: a table of usual rows with the same columns; None: the rows are compared with each other.
        alarm_rate: share of rows of a clean table that is listed all the same.
        columns: that take part; None: all that can.
        lines: line of the source file of every row.

    Raises:
        NotApplicable: ``too_little_to_explore``.
        InvalidInput: ``alarm_rate_out_of_range``, ``reference_lacks_columns``.
    """
    usual = frame if reference is None else reference
    _check(alarm_rate, usual.height)
    say("Reading the columns", 0.0)
    rng = np.random.default_rng(seed)
    used = usable_columns(usual, columns=columns)
    if reference is not None:
        _check_columns(frame, used)
    encoding = Encoding.learn(usual, used)
    say("Setting rows apart", 0.1)
    nearness = Nearness.fit(encoding.apply(usual), rng)
    say("Comparing with rows that were not looked at", 0.5)
    if reference is None:
        scores, p_values = nearness.held_out, nearness.own_p_values()
    else:
        points = encoding.apply(frame)
        scores, p_values = nearness.scores(points), nearness.p_values(points)
    flags = p_values <= alarm_rate
    apart = stand_apart(scores, nearness.held_out) & flags
    order = [int(row) for row in np.lexsort((-scores, p_values))[:MOST_LISTED] if flags[row]]
    say("Looking for reasons", 0.7)
    hashed = content_hash(frame) if reference is None else content_hash(pl.concat(_both(frame, usual, used)))
    blamed = blame(frame[order], usual, encoding, nearness, rng) if order else []
    listed = [Listed(row, reasons) for row, reasons in zip(order, blamed, strict=True)]
    told, facts = tell_reasons(_both(frame, usual, used), listed, table_hash=hashed, is_same=reference is None)
    counts, edges = np.histogram(scores, BINS)
    result = UnusualResult(
        n_rows=frame.height,
        n_reference_rows=usual.height,
        compared_with="itself" if reference is None else "reference",
        alarm_rate=alarm_rate,
        n_unusual=int(flags.sum()),
        rows=[
            UnusualRow(
                row=row,
                line=None if lines is None else int(lines[row]),
                score=float(scores[row]),
                p_value=float(p_values[row]),
                reasons=reasons,
            )
            for row, reasons in zip(order, told, strict=True)
        ],
        facts=facts,
        histogram=[int(count) for count in counts],
        histogram_from=float(edges[0]),
        histogram_to=float(edges[-1]),
        threshold=float(scores[flags].min()) if flags.any() else float(edges[-1]),
        columns_used=used.names,
        left_out=used.left_out,
        story=tell_unusual(frame, flags, apart, alarm_rate=alarm_rate, table_hash=hashed, is_same=reference is None),
        content_hash=hashed,
        seed=seed,
    )
    return FoundUnusual(result, p_values, flags)


def _both(frame: pl.DataFrame, usual: pl.DataFrame, used: UsedColumns) -> list[pl.DataFrame]:
    """The columns in question of the rows looked at and of those compared with, in equal types."""
    own, others = frame.select(used.names), usual.select(used.names)
    if own.schema == others.schema:
        return [own, others]
    exprs = [pl.col(name).cast(pl.Float64) for name in used.numbers]
    exprs += [pl.col(name).cast(pl.String) for name in used.categories]
    return [own.select(exprs), others.select(exprs)]


def _check(alarm_rate: float, n_rows: int) -> None:
    if not 0.0 < alarm_rate <= 0.5:
        raise InvalidInput(
            "alarm_rate_out_of_range",
            f"A share of {alarm_rate:g} false alarms is not possible.",
            fix="Choose a share above 0 and up to 0.5, such as 0.01.",
        )
    if alarm_rate * (n_rows + 1) < 1.0:
        raise InvalidInput(
            "alarm_rate_out_of_range",
            f"With {n_rows:,} rows to compare with, a share of {alarm_rate:g} false alarms cannot be kept.",
            fix=f"Choose {1.0 / n_rows:.2g} or more, or give more rows.",
        )


def _check_columns(frame: pl.DataFrame, used: UsedColumns) -> None:
    missing = [name for name in used.names if name not in frame.columns]
    wrong = [
        name
        for name in used.numbers
        if name in frame.columns and not (frame[name].dtype.is_numeric() or frame[name].dtype == pl.Null)
    ]
    if missing or wrong:
        name = (missing or wrong)[0]
        what = "is missing" if missing else "holds no numbers"
        raise InvalidInput(
            "reference_lacks_columns",
            f"Column {name[:80]!r} of the table to compare with {what} in this table.",
            column=name[:80],
            fix="Give two tables with the same columns, or name the columns that both have.",
        )
