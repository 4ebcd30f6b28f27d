"""Answers as they are asked for in production, against a scikit-learn Pipeline with as many trees, in one run.

    python -m benchmarks.serving [--rows N] [--trees N] [--batch-rows N] [--memory-rows N] [--bundle FILE]

One row: a mapping of plain Python values in, an answer out, the whole preparation included; wall time of each call,
the two sides in turns. Batch: from a Parquet file to scores; processor seconds and wall time, the two sides in turns.
Memory: the most a process held that answered a Parquet file of ``--memory-rows`` in pieces, and a quarter of them
before. Reasons: all effects of a row, against the booster's own on prepared rows. ``--bundle`` measures a model
file of a training run on :func:`benchmarks.predictor.table` as well, such as

    python -m benchmarks.serving --write table.csv
    narrative model table.csv --target target --budget 60 --out run
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.predictor import bundle_of, sklearn_pipeline, table

from narrative.engine.bundle import Bundle, load_bundle

PIECE_ROWS = 20_000


def main() -> None:
    """Print what was measured, a line each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--trees", type=int, default=300)
    arguments.add_argument("--batch-rows", type=int, default=200_000)
    arguments.add_argument("--memory-rows", type=int, default=1_000_000, help="0: leave memory out")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--bundle", type=Path)
    arguments.add_argument("--write", type=Path, help="only write the table as CSV")
    arguments.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.memory:
        print(_answered(Path(options.memory[0]), Path(options.memory[1])))
        return
    frame = table(options.rows)
    if options.write:
        frame.write_csv(options.write)
        return
    with tempfile.TemporaryDirectory() as folder:
        one = bundle_of(frame, options.trees, Path(folder, "model.narrative"))
        bundles = {"one booster": one} | ({"bundle": options.bundle} if options.bundle else {})
        pipeline = sklearn_pipeline(frame, options.trees)
        asked = table(2_000, seed=2).drop("target")
        parquet = Path(folder, "rows.parquet")
        table(options.batch_rows, seed=3).drop("target").write_parquet(parquet)
        for name, path in bundles.items():
            bundle = load_bundle(path)
            print(f"\n{name}: {path.stat().st_size / 1024:,.0f} KB, {_members(bundle)}")
            _one_row(bundle, pipeline, asked)
            _batch(bundle, pipeline, parquet, options.rounds)
            if options.memory_rows:
                _memory(path, Path(folder), options.memory_rows)
        _reasons(load_bundle(one), pipeline, asked)


def _members(bundle: Bundle) -> str:
    return ", ".join(f"{member.candidate} {member.weight:.2f}" for member in bundle.model.members)


def _one_row(bundle: Bundle, pipeline: Any, asked: pl.DataFrame) -> None:
    rows, frame = asked.to_dicts(), asked.to_pandas()
    start = time.perf_counter()
    bundle.predict_one(rows[0])
    first = time.perf_counter() - start
    plain = [row for row in rows if not bundle.predict_one(row).warnings]
    ours: list[float] = []
    usual: list[float] = []
    for place in range(60):
        ours += [_wall(partial(bundle.predict_one, row)) for row in plain[place * 20 : place * 20 + 20]]
        usual.append(_wall(partial(pipeline.predict_proba, frame.iloc[place : place + 1])))
    told = [row for row in rows if bundle.predict_one(row).warnings][:50]
    processor = min(_of_thread(lambda: [bundle.predict_one(row) for row in plain[:100]]) for _ in range(20)) * 1e4
    usual_processor = min(_of_thread(partial(pipeline.predict_proba, frame.iloc[:1])) for _ in range(20)) * 1e6
    words = [_wall(partial(bundle.predict_one, row)) for row in told]
    micro, middle = np.array(ours) * 1e6, float(np.median(usual)) * 1e6
    print(f"first row after loading          {first * 1e3:10.1f} ms")
    print(f"one row, nothing to tell         {np.median(micro):10.1f} µs   p95 {np.quantile(micro, 0.95):.1f}")
    print(f"  of this thread, least of 20    {processor:10.1f} µs   Pipeline {usual_processor:,.0f} µs")
    print(f"  ratio                          {usual_processor / processor:10.0f} ×")
    print(f"one row with something to tell   {np.median(words) * 1e6:10.1f} µs   {len(told)} rows")
    print(f"Pipeline on a one-row frame      {middle:10.1f} µs   {middle / np.median(micro):.0f} × ours")


def _batch(bundle: Bundle, pipeline: Any, parquet: Path, rounds: int) -> None:
    import pandas as pd

    n_rows = pl.scan_parquet(parquet).select(pl.len()).collect().item()
    sides: dict[str, Callable[[], Any]] = {
        "ours": lambda: bundle.predict(pl.read_parquet(parquet)),
        "Pipeline": lambda: pipeline.predict_proba(pd.read_parquet(parquet)),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            processor, wall = time.process_time(), time.perf_counter()
            side()
            found[name].append((time.process_time() - processor, time.perf_counter() - wall))
    for kind, place in (("processor second", 0), ("second", 1)):
        rates = {name: n_rows / min(each[place] for each in spent) for name, spent in found.items()}
        print(
            f"Parquet to scores, rows per {kind:16s} {rates['ours']:12,.0f}   Pipeline {rates['Pipeline']:,.0f}"
            f"   {rates['ours'] / rates['Pipeline']:.2f} ×"
        )


def _memory(bundle: Path, folder: Path, most_rows: int) -> None:
    """The most a process of its own held, in MB, for a quarter of the rows and for all."""
    told = []
    for n_rows in (most_rows // 4, most_rows):
        path = folder / f"{n_rows}.parquet"
        if not path.exists():
            table(n_rows, seed=4).drop("target").write_parquet(path, row_group_size=PIECE_ROWS)
        command = [sys.executable, "-m", "benchmarks.serving", "--memory", str(bundle), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told.append(f"{n_rows:,} rows {done.stdout.strip()}")
    print(f"in pieces of {PIECE_ROWS:,}: {'; '.join(told)}")


def _answered(bundle: Path, rows: Path) -> str:
    """Answer a file piece by piece; the most memory held, and before the first piece."""
    loaded = load_bundle(bundle)
    before = _most_held()
    n_rows = pl.scan_parquet(rows).select(pl.len()).collect().item()
    start, total = time.perf_counter(), 0
    for offset in range(0, n_rows, PIECE_ROWS):
        total += loaded.predict(pl.scan_parquet(rows).slice(offset, PIECE_ROWS).collect()).n_predicted
    seconds = time.perf_counter() - start
    return f"{_most_held():,.0f} MB (loaded {before:,.0f} MB), {total / seconds:,.0f} rows/s"


def _most_held() -> float:
    """Most memory of this process in MB, without what the process held that started it (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _reasons(bundle: Bundle, pipeline: Any, asked: pl.DataFrame) -> None:
    """From raw rows to all reasons in words, beside what the booster takes for prepared rows alone."""
    rows = asked.head(500)
    prepared = pipeline[:-1].transform(rows.to_pandas())
    booster = pipeline[-1]
    ours, own = [], []
    for _ in range(3):
        ours.append(_processor(lambda: bundle.predict(rows, reasons=True)))
        own.append(_processor(lambda: booster.predict(prepared, pred_contrib=True)))
    print(
        f"\nreasons of one booster, with preparation and words {min(ours) * 2:.2f} CPU ms a row; "
        f"the booster's own, prepared {min(own) * 2:.2f}; {min(own) / min(ours):.2f} ×"
    )


def _wall(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _of_thread(call: Callable[[], Any]) -> float:
    """Processor seconds without those of a library's threads that wait for work."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def _processor(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
