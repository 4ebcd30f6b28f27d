"""JSON rows as a typed frame: one column per name that occurs, in order of first appearance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

_INT64: Final = range(-(2**63), 2**63)


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A frame with as many rows as given. A column whose values are of several kinds becomes text; the predictor reads
    it as the model expects, by the same rules as a file.

    >>> frame_of([{"age": 40, "city": "Bonn"}, {"age": 41.5}]).schema
    Schema({'age': Float64, 'city': String})
    """
    import polars as pl

    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])
    return frame if names else pl.DataFrame({"": [None] * len(rows)}, schema={"": pl.String})


def _series(name: str, values: list[Any]) -> pl.Series:
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and all(value is None or value in _INT64 for value in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds and kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    return pl.Series(name, [None if value is None else _text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
