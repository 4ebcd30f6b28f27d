"""Loading and profiling a table, as ratios to Polars and pandas in the same run.

Run: ``python benchmarks/tables.py [ROWS]`` (default 1,000,000 rows of 20 columns; some minutes).
CPU seconds of this process, so that load beside does not blur the ratios; the reading child is measured apart.

Four notations of a file: plain, every text in quotes, decimal commas behind semicolons, and dates of three kinds. The
rival is told the notation and that there are dates, we find out. Reading is measured ``ROUNDS`` times, theirs and ours
in turns, and the medians are compared; memory is the peak of a process that does nothing else.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from narrative.engine.profile import profile_table
from narrative.engine.tables import ReadLimits, ReadOptions, content_hash, read_table
from narrative.engine.tables.delimited import read_delimited

T = TypeVar("T")
ROUNDS = 5
NOTATIONS = ("plain", "quoted", "comma", "dates")


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


def dated_table(n_rows: int, seed: int = 0) -> pl.DataFrame:
    """5 dates as 2024-01-31, 5 as 31.01.2024, 5 time stamps and 5 decimals."""
    random = np.random.default_rng(seed)
    start = np.datetime64("2015-01-01", "D")
    columns: dict[str, Any] = {}
    for i in range(5):
        days = pl.Series(start + random.integers(0, 3_650, n_rows).astype("timedelta64[D]"))
        columns |= {f"iso_{i}": days, f"local_{i}": days.dt.to_string("%d.%m.%Y")}
        moments = start.astype("datetime64[ms]") + random.integers(0, 10**8, n_rows) * np.timedelta64(1_000, "ms")
        columns[f"moment_{i}"] = pl.Series(moments).dt.to_string("%Y-%m-%d %H:%M:%S")
        columns[f"decimal_{i}"] = np.round(random.normal(100, 20, n_rows), 3)
    return pl.DataFrame(columns)


def write_notation(notation: str, n_rows: int, path: Path) -> None:
    """A table in one of ``NOTATIONS``."""
    if notation == "dates":
        dated_table(n_rows).write_csv(path)
    elif notation == "comma":
        mixed_table(n_rows).write_csv(path, separator=";", decimal_comma=True)
    else:
        mixed_table(n_rows).write_csv(path, quote_style="non_numeric" if notation == "quoted" else "necessary")


def sink(notation: str, path: Path, out: Path) -> None:
    """What the rival does, told the notation."""
    if notation == "comma":
        scan = pl.scan_csv(path, separator=";", decimal_comma=True)
    else:
        scan = pl.scan_csv(path, try_parse_dates=notation == "dates")
    scan.sink_parquet(out)


def store(_: str, path: Path, out: Path) -> None:
    """What we do, told nothing."""
    parsed = read_delimited(path, path.name, ReadOptions(), ReadLimits())
    parsed.frame.write_parquet(out, compression="lz4", statistics=False)


def most_memory() -> int:
    """Kilobytes this process held at most; ``ru_maxrss`` would begin with what its parent held when it was started."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def peak(work: str, notation: str, path: Path, out: Path) -> float:
    """Gigabytes that one of the two above needs in a process of its own."""
    command = [sys.executable, __file__, "--alone", work, notation, str(path), str(out)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1e6


def compare_notations(n_rows: int, folder: Path) -> None:
    """CPU seconds and peak memory of both for each notation."""
    out = folder / "out.parquet"
    for notation in NOTATIONS:
        path = folder / f"{notation}.csv"
        write_notation(notation, n_rows, path)
        theirs: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            for work, found in ((sink, theirs), (store, ours)):
                start = time.process_time()
                work(notation, path, out)
                found.append(time.process_time() - start)
        cpu, own = statistics.median(theirs), statistics.median(ours)
        memory, used = peak("sink", notation, path, out), peak("store", notation, path, out)
        print(
            f"{notation:<8}{path.stat().st_size / 1e6:6.0f} MB   Polars sink {cpu:5.2f} s CPU {memory:5.2f} GB   "
            f"Narrative {own:5.2f} s CPU {used:5.2f} GB   {own / cpu:5.2f} × CPU (each round "
            f"{' '.join(f'{b / a:.2f}' for a, b in zip(theirs, ours, strict=True))})   {used / memory:5.2f} × memory"
        )
        path.unlink()


def main(n_rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        compare_notations(n_rows, Path(folder))
        path, out = Path(folder, "table.csv"), Path(folder, "table.parquet")
        mixed_table(n_rows).write_csv(path)
        print(f"{n_rows:,} rows × 20 columns, {path.stat().st_size / 1e6:.0f} MB of CSV")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        loaded, _ = measured("Narrative: reading through the limited child", lambda: read_table(path))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{'  of which in the child':<58}{'':15}{child:8.2f} s CPU")
        frame = loaded.frame
        frame.write_parquet(out)
        _, pandas = measured("pandas: profile by hand", lambda: pandas_profile(out))
        measured("Narrative: profile", lambda: profile_table(frame), pandas)
        measured("Narrative: profile with a target", lambda: profile_table(frame, target="truth"), pandas)
        measured("Narrative: content hash", lambda: content_hash(frame))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        {"sink": sink, "store": store}[sys.argv[2]](sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
        print(most_memory())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
