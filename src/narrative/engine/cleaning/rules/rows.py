"""Rows that stand there twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import polars as pl

from narrative.engine.checks._wording import counted
from narrative.engine.cleaning.rules.base import LEAST_ROWS, found
from narrative.engine.cleaning.types import Found

MARGIN: Final = 1_000.0
"""How many times more combinations of values than pairs of rows there must be, so that chance repeats no row."""
MOST_SHARE: Final = 0.3
"""Where more rows repeat, that is how the table is made and no slip."""


def repeated_rows(frame: pl.DataFrame, labels: pl.Series | None = None) -> Iterator[Found]:
    """Rows that repeat an earlier one in every column, where so much agreement is no chance.

    Args:
        labels: values of the target for the same rows. The step compares rows without the target, so where rows that
            are equal have different labels it would choose one of them: nothing is proposed then.
    """
    if frame.height < LEAST_ROWS or not frame.width:
        return
    repeated = frame.height - frame.n_unique()
    if labels is not None and frame.height - frame.with_columns(labels).n_unique() != repeated:
        return
    combinations = sum(math.log(max(1, column.n_unique())) for column in frame)
    if 0 < repeated <= MOST_SHARE * frame.height and combinations > math.log(MARGIN * frame.height**2):
        verb = "repeats" if repeated == 1 else "repeat"
        too = "" if labels is None else ", the target among them"
        said = f"{counted(repeated, 'row')} {verb} an earlier one in every column{too}."
        yield found("repeated_rows", "drop_duplicates", [], said)
