"""What a warm child computes for a comparison of versions."""

from __future__ import annotations

from typing import Any

import polars as pl

from narrative.engine.versions import compare_tables


def compare(payload: dict[str, Any]) -> dict[str, Any]:
    """Compare two stored tables.

    Args:
        payload: ``paths`` (two Parquet files), ``kinds`` (column → kind), ``importance`` (column → share).
    """
    first, second = (pl.read_parquet(path) for path in payload["paths"])
    return compare_tables(first, second, payload["kinds"], payload["importance"]).model_dump(mode="json")
