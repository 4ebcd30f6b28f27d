"""Which numbers are years: they are written without a thousands mark."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

YEARS: Final = (1000.0, 2999.0)
YEAR_NAME: Final = re.compile(r"(^|[^a-z])(year|yr|jahr|annee|année|año|anno|vintage)([^a-z]|$)|Year", re.IGNORECASE)


def is_year(name: str, low: object, high: object) -> bool:
    """Whether whole numbers from ``low`` to ``high`` under this name are years; no year when there are no numbers.

    >>> is_year("model_year", 1999, 2008), is_year("price", 1999, 2008), is_year("year", 1, 31)
    (True, False, False)
    """
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return False
    return YEARS[0] <= low and high <= YEARS[1] and YEAR_NAME.search(name) is not None


def holds_years(series: pl.Series) -> bool:
    """Whether a column of a table holds years: whole numbers, or decimals that are all whole."""
    if not series.dtype.is_numeric() or not is_year(series.name, series.min(), series.max()):
        return False
    return series.dtype.is_integer() or bool((series.drop_nulls() % 1 == 0).all())
