"""Fit and apply of a recipe against Polars by hand and scikit-learn, CPU seconds in one run.

    python -m benchmarks.recipe [ROWS] [--rounds N] [--without-sklearn]
    python -m benchmarks.recipe 10000000 --stored

The recipe: fill six decimal columns with the median, standardise them, one-hot two categories, take a date apart
(year, month, weekday), drop four columns; 20 mixed columns, 5 % missing. All sides start from the same frame in memory
and end with the prepared table in memory. Polars by hand learns all statistics in one streaming query and applies in
another; it checks nothing and remembers nothing. Also printed: the same on 10,000 rows, warm, and the most memory this
process held. The sides take turns in every round; the ratio is told of the fewest seconds and of the median.

With ``--stored`` the table is a Parquet file and so is what comes of it: the recipe carried out as a job does it
against Polars by hand from file to file, each in a process of its own, with the most memory each held.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from narrative.engine.recipe import Recipe, StepSpec

NUMBERS = [f"n{i}" for i in range(6)]
CATEGORIES = ["c0", "c1"]
DROPPED = ["x0", "x1", "x2", "x3"]
STEPS = [
    StepSpec(type="drop_columns", params={"columns": DROPPED}),
    StepSpec(type="impute", params={"columns": NUMBERS, "method": "median"}),
    StepSpec(type="scale", params={"columns": NUMBERS, "method": "standard"}),
    StepSpec(type="encode", params={"columns": CATEGORIES, "method": "one_hot"}),
    StepSpec(type="date_parts", params={"columns": ["day"], "parts": ["year", "month", "weekday"]}),
]


PIECE = 1_000_000


def table(n_rows: int, seed: int = 1) -> pl.DataFrame:
    """Six decimals, two categories, a date, four columns to drop, seven whole numbers that stay."""
    chance = np.random.default_rng(seed)
    first = date(2020, 1, 1)
    days = pl.Series([first + timedelta(days=i) for i in range(1500)])
    frame = pl.DataFrame(
        {name: chance.normal(50, 20, n_rows) for name in NUMBERS}
        | {
            name: pl.Series([f"level {i}" for i in range(8)]).gather(chance.integers(0, 8, n_rows))
            for name in CATEGORIES
        }
        | {"day": days.gather(chance.integers(0, 1500, n_rows))}
        | {name: chance.normal(size=n_rows) for name in DROPPED}
        | {f"k{i}": chance.integers(0, 1000, n_rows) for i in range(7)}
    )
    gaps = {name: chance.random(n_rows) < 0.05 for name in [*NUMBERS, *CATEGORIES]}
    return frame.with_columns(
        pl.when(~pl.lit(pl.Series(gap))).then(pl.col(name)).alias(name) for name, gap in gaps.items()
    )


def narrative(frame: pl.DataFrame) -> pl.DataFrame:
    return Recipe(STEPS).fit_apply(frame)[1]


def by_hand(frame: pl.DataFrame) -> pl.DataFrame:
    return query_by_hand(frame.lazy()).collect(engine="streaming")


def query_by_hand(lazy: pl.LazyFrame) -> pl.LazyFrame:
    """What somebody who knows Polars would write for this one table."""
    medians = lazy.select(pl.col(NUMBERS).median()).collect(engine="streaming").row(0, named=True)
    filled = [pl.col(name).fill_null(medians[name]) for name in NUMBERS]
    spread = lazy.select(*(f.mean().alias(f"m{i}") for i, f in enumerate(filled)),
                         *(f.std(ddof=0).alias(f"s{i}") for i, f in enumerate(filled)),
                         *(pl.col(name).drop_nulls().unique().sort().implode() for name in CATEGORIES))  # fmt: skip
    learned = spread.collect(engine="streaming").row(0, named=True)
    scaled = [((f - learned[f"m{i}"]) / learned[f"s{i}"]).alias(NUMBERS[i]) for i, f in enumerate(filled)]
    ones = [(pl.col(name) == level).fill_null(value=False).cast(pl.Float64).alias(f"{name}={level}")
            for name in CATEGORIES for level in learned[name]]  # fmt: skip
    day = pl.col("day").dt
    parts = [day.year().alias("year"), day.month().alias("month"), day.weekday().alias("weekday")]
    return lazy.select(*scaled, *ones, *parts, "^k.*$")


def scikit_learn(frame: pl.DataFrame) -> Any:
    """A column transformer over pandas, as its documentation shows."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    def parts(days: Any) -> Any:
        when = days.iloc[:, 0].astype("datetime64[us]").dt
        return np.column_stack([when.year, when.month, when.day_of_week])

    transformer = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
            ("day", FunctionTransformer(parts), ["day"]),
            ("drop", "drop", DROPPED),
        ],
        remainder="passthrough",
    )
    return transformer.fit_transform(frame.to_pandas())


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds, all threads together."""
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turns(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of every work in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(cpu(work))
    return seconds


def told(seconds: dict[str, list[float]]) -> None:
    """Fewest and median seconds of every side, and how many times those of the others ours are."""
    ours = np.array(seconds["narrative"])
    for name, theirs in seconds.items():
        least, median = min(theirs), float(np.median(theirs))
        print(f"{name}: {least:.3f} CPU s at least, {median:.3f} median; narrative is "
              f"{min(ours) / least:.2f} and {np.median(ours) / median:.2f} of it")  # fmt: skip


def write_stored(path: Path, n_rows: int) -> None:
    """The table as the studio stores it, made a million rows at a time."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for number, start in enumerate(range(0, n_rows, PIECE)):
            table(min(PIECE, n_rows - start), seed=number).write_parquet(Path(folder, f"{number:04}.parquet"))
        pl.scan_parquet(f"{folder}/*.parquet").sink_parquet(path)


def stored(side: str, path: str, out: str) -> None:
    """One side from file to file; prints CPU seconds and MB, for the process that asked."""
    if side == "narrative":
        from narrative.engine.effects import carry_out
        from narrative.engine.tables.stored import StoredTable

        done = carry_out(Recipe(STEPS), StoredTable(Path(path)), Path(out))
        learned = done.n_fitted
    else:
        query_by_hand(pl.scan_parquet(path)).sink_parquet(out)
        learned = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = used.ru_utime + used.ru_stime
    print(json.dumps({"cpu": cpu_seconds, "mb": used.ru_maxrss / 1024, "n_learned": learned}))


def main_stored(n_rows: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "table.parquet"), Path(folder, "out.parquet")
        subprocess.run([sys.executable, "-m", "benchmarks.recipe", str(n_rows), "--write", str(path)], check=True)
        seconds: dict[str, list[float]] = {"narrative": [], "Polars by hand": []}
        for _ in range(rounds):
            for side, known in seconds.items():
                command = [sys.executable, "-m", "benchmarks.recipe", "--side", side, str(path), str(out)]
                said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                known.append(said["cpu"])
                print(f"{side}: {said['cpu']:.2f} CPU s, {said['mb']:,.0f} MB, learned from {said['n_learned']:,} rows")
    told(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-sklearn", action="store_true")
    parser.add_argument("--stored", action="store_true")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        stored(*asked.side)
    elif asked.write:
        write_stored(asked.write, asked.rows)
    elif asked.stored:
        main_stored(asked.rows, asked.rounds)
    else:
        main_in_memory(asked.rows, asked.rounds, with_sklearn=not asked.without_sklearn)


def main_in_memory(n_rows: int, rounds: int, *, with_sklearn: bool) -> None:
    frame, small = table(n_rows), table(10_000)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    narrative(small)
    narrative(frame)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    works: dict[str, Callable[[], Any]] = {
        "narrative": lambda: narrative(frame),
        "Polars by hand": lambda: by_hand(frame),
    }
    if with_sklearn:
        works["scikit-learn"] = lambda: scikit_learn(frame)
    print(f"{n_rows:,} rows; most memory of ours {memory:,.0f} MB, of which {held:,.0f} MB with the table alone")
    told(in_turns(works, rounds))
    print("10,000 rows, warm:")
    told(in_turns({"narrative": lambda: narrative(small), "Polars by hand": lambda: by_hand(small)}, 20))


if __name__ == "__main__":
    main()
