"""Loading and profiling a table, as ratios to Polars and pandas in the same run.

Run: ``python benchmarks/tables.py [ROWS]`` (default 1,000,000 rows of 20 mixed columns; about a minute).
CPU seconds of this process, so that load beside does not blur the ratios; the reading child is measured apart.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from narrative.engine.profile import profile_table
from narrative.engine.tables import ReadLimits, ReadOptions, content_hash, read_table
from narrative.engine.tables.delimited import read_delimited

T = TypeVar("T")


def mixed_table(n_rows: int, seed: int = 0) -> pl.DataFrame:
    """8 decimals, 5 integers, 4 categories, a text, a time stamp and a truth value."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {f"decimal_{i}": np.round(random.normal(100, 20, n_rows), 3) for i in range(8)}
    columns |= {f"integer_{i}": random.integers(0, 10 ** (i + 1), n_rows) for i in range(5)}
    colours = np.array(["red", "green", "blue", "violet", "none at all"])
    columns |= {f"category_{i}": colours[random.integers(0, 5, n_rows)] for i in range(4)}
    columns["text"] = [f"customer {number}" for number in random.integers(0, n_rows, n_rows)]
    columns["moment"] = np.datetime64("2020-01-01T00:00:00", "us") + np.arange(n_rows) * np.timedelta64(
        60_000_000, "us"
    )
    columns["truth"] = random.random(n_rows) < 0.3
    return pl.DataFrame(columns)


def measured(title: str, work: Callable[[], T], reference: float | None = None) -> tuple[T, float]:
    """Run, print wall and CPU seconds and the ratio to a reference; the result and the CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ratio = "" if reference is None else f"{cpu / reference:6.2f} ×"
    print(f"{title:<58}{wall:8.2f} s wall {cpu:8.2f} s CPU {ratio}")
    return result, cpu


def pandas_profile(path: Path) -> None:
    """What a person would write: statistics, quantiles, top values, correlation, duplicates."""
    import pandas as pd

    frame = pd.read_parquet(path)
    frame.describe(include="all", percentiles=[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    frame.select_dtypes("number").corr()
    for name in frame.columns:
        frame[name].value_counts().head(10)
        frame[name].isna().sum()
    frame.select_dtypes("number").skew()
    frame.duplicated().sum()


def main(n_rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "table.csv"), Path(folder, "table.parquet")
        mixed_table(n_rows).write_csv(path)
        print(f"{n_rows:,} rows × 20 columns, {path.stat().st_size / 1e6:.0f} MB of CSV")
        _, sink = measured(
            "Polars: scan CSV, infer types, sink to Parquet", lambda: pl.scan_csv(path).sink_parquet(out)
        )

        def load() -> pl.DataFrame:
            parsed = read_delimited(path, path.name, ReadOptions(), ReadLimits())
            parsed.frame.write_parquet(out, compression="lz4", statistics=False)
            return parsed.frame

        frame, _ = measured("Narrative: sniff, check every cell, type, Parquet", load, sink)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        loaded, _ = measured("Narrative: the same through the limited child", lambda: read_table(path))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{'  of which in the child':<58}{'':15}{child:8.2f} s CPU, peak {after.ru_maxrss / 1e6:.2f} GB")
        assert loaded.frame.equals(frame)
        _, pandas = measured("pandas: profile by hand", lambda: pandas_profile(out))
        measured("Narrative: profile", lambda: profile_table(frame), pandas)
        measured("Narrative: profile with a target", lambda: profile_table(frame, target="truth"), pandas)
        measured("Narrative: content hash", lambda: content_hash(frame))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
