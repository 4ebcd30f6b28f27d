"""Fit and apply of a recipe against Polars by hand and scikit-learn, CPU seconds in one run.

    python -m benchmarks.recipe [ROWS] [--rounds N] [--without-sklearn]

The recipe: fill six decimal columns with the median, standardise them, one-hot two categories, take a date apart
(year, month, weekday), drop four columns; 20 mixed columns, 5 % missing. All sides start from the same frame in memory
and end with the prepared table in memory. Polars by hand learns all statistics in one streaming query and applies in
another; it checks nothing and remembers nothing. Also printed: the same on 10,000 rows, warm, and the most memory this
process held.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
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


def table(n_rows: int) -> pl.DataFrame:
    """Six decimals, two categories, a date, four columns to drop, seven whole numbers that stay."""
    chance = np.random.default_rng(1)
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
    """What somebody who knows Polars would write for this one table."""
    lazy = frame.lazy()
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
    kept = [name for name in frame.columns if name.startswith("k")]
    return lazy.select(*scaled, *ones, *parts, *kept).collect(engine="streaming")


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


def cpu(work: Callable[[], Any], rounds: int) -> float:
    """Fewest CPU seconds of some rounds, all threads together."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-sklearn", action="store_true")
    asked = parser.parse_args()
    frame, small = table(asked.rows), table(10_000)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    narrative(small), by_hand(small)
    ours = cpu(lambda: narrative(frame), asked.rounds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    polars = cpu(lambda: by_hand(frame), asked.rounds)
    print(f"{asked.rows:,} rows: {ours:.3f} CPU s; Polars by hand {polars:.3f}, ratio {ours / polars:.2f}")
    print(f"most memory {memory:,.0f} MB, of which {held:,.0f} MB with the table alone")
    if not asked.without_sklearn:
        rival = cpu(lambda: scikit_learn(frame), min(2, asked.rounds))
        print(f"scikit-learn {rival:.3f}, ratio {ours / rival:.2f}")
    began = time.perf_counter()
    warm = [cpu(lambda: narrative(small), 1) for _ in range(20)]
    wall = (time.perf_counter() - began) / 20
    print(f"10,000 rows, warm: {np.median(warm) * 1000:.0f} CPU ms, {wall * 1000:.0f} ms wall; "
          f"Polars by hand {cpu(lambda: by_hand(small), 20) * 1000:.0f} CPU ms")  # fmt: skip


if __name__ == "__main__":
    main()
