"""A small typed language for calculated columns: read, checked and computed here, never run as Python or SQL.

>>> import polars as pl
>>> formula = compile_formula("[net price] * 1.2 / max(rooms, 1)", {"net price": pl.Float64(), "rooms": pl.Int64()})
>>> pl.DataFrame({"net price": [100.0, None], "rooms": [4, 2]}).select(formula.expression()).to_series().to_list()
[30.0, None]
>>> formula.row_function()({"net price": 100.0, "rooms": 4})
30.0
"""

from __future__ import annotations

from narrative.engine.formula.compiled import Formula, columns_named, compile_formula, place_of, with_names

__all__ = ["Formula", "columns_named", "compile_formula", "place_of", "with_names"]
