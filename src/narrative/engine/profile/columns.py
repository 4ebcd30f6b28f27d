"""Statistics of one column, exact over all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from narrative.engine.profile.kinds import kind_of
from narrative.engine.profile.numbers import number_statistics, time_statistics
from narrative.engine.profile.ordering import in_order
from narrative.engine.profile.texts import text_statistics
from narrative.engine.profile.types import ValueCount
from narrative.engine.types import FloatArray


@dataclass(frozen=True)
class Statistics:
    """The fields of a column's profile, and the sorted numbers they came from (None for text)."""

    fields: dict[str, Any]
    ordered: FloatArray | None = None
    size_bytes: int = 0
    """What the column needs in memory."""


def column_statistics(series: pl.Series) -> Statistics:
    """Everything a profile says about one column except its relation to the target and its quality."""
    present = len(series) - series.null_count()
    common: dict[str, Any] = {
        "name": series.name,
        "dtype": "Datetime" if isinstance(series.dtype, pl.Datetime) else str(series.dtype),
        "count": present,
        "missing": series.null_count(),
        "missing_share": series.null_count() / len(series) if len(series) else 0.0,
    }
    ordered: FloatArray | None = None
    if present == 0:
        own: dict[str, Any] = {"distinct": 0}
    elif series.dtype == pl.String:
        own = text_statistics(series)
    elif series.dtype == pl.Boolean:
        own = _truth(series)
    elif series.dtype.is_temporal():
        found = in_order(series.to_physical())
        ordered, own = found.numbers, time_statistics(series, found)
    else:
        found = in_order(series)
        ordered, own = found.numbers, number_statistics(series, found)
    guess = kind_of(series, own["distinct"])
    fields = common | own | {"kind": guess.kind, "kind_confidence": guess.confidence}
    return Statistics(fields, ordered, int(series.estimated_size()))


def _truth(series: pl.Series) -> dict[str, Any]:
    present = len(series) - series.null_count()
    true = int(series.sum() or 0)
    pairs = sorted(((true, "true"), (present - true, "false")), key=lambda pair: (-pair[0], pair[1]))
    top = [ValueCount(value=word, count=count, share=count / present) for count, word in pairs if count]
    return {"distinct": len(top), "top_values": top, "mean": true / present}
