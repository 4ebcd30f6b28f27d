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


def repeated_rows(frame: pl.DataFrame) -> Iterator[Found]:
    """Rows that repeat an earlier one in every column, where so much agreement is no chance."""
    if frame.height < LEAST_ROWS or not frame.width:
        return
    repeated = frame.height - frame.n_unique()
    combinations = sum(math.log(max(1, column.n_unique())) for column in frame)
    if 0 < repeated <= MOST_SHARE * frame.height and combinations > math.log(MARGIN * frame.height**2):
        verb = "repeats" if repeated == 1 else "repeat"
        said = f"{counted(repeated, 'row')} {verb} an earlier one in every column."
        yield found("repeated_rows", "drop_duplicates", [], said)
