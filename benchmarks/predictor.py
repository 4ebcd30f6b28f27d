"""Time of one prediction and of many, through a bundle file and its Predictor, against the library's own pipeline.

    python benchmarks/predictor.py [--rows 20000] [--trees 300]

Everything runs in one process on one thread; read the ratios, not the milliseconds, on a machine that does other work.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from narrative.core.clock import SystemClock
from narrative.engine.bundle import build_contract, load_bundle, write_bundle
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.lightgbm import LightGBM
from narrative.engine.model import Member, Model
from narrative.engine.preparation import automatic_recipe
from narrative.engine.profile import profile_table
from narrative.engine.steps.base import FitContext

CLOCK = SystemClock()


def table(n_rows: int, seed: int = 1) -> pl.DataFrame:
    """24 numeric and 6 text columns, 5 % missing, a binary target that depends on some of them."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(n_rows, 24))
    words = random.integers(0, [3, 5, 8, 20, 50, 200], size=(n_rows, 6))
    score = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + (words[:, 0] == 1) + 0.1 * (words[:, 5] % 7)
    columns: dict[str, Any] = {f"n{i}": numbers[:, i] for i in range(24)}
    columns |= {f"c{i}": [f"level {w}" for w in words[:, i]] for i in range(6)}
    gaps = random.random((n_rows, 30)) < 0.05
    frame = pl.DataFrame(columns)
    frame = frame.with_columns(
        pl.when(pl.Series(~gaps[:, i])).then(pl.col(name)).alias(name) for i, name in enumerate(frame.columns)
    )
    target = np.where(score + random.normal(size=n_rows) > 1, "yes", "no")
    return frame.with_columns(pl.Series("target", target))


def timed(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Median and 95th percentile of milliseconds."""
    call()
    spent = []
    for _ in range(repeats):
        start = CLOCK.monotonic()
        call()
        spent.append((CLOCK.monotonic() - start) * 1e3)
    return float(np.median(spent)), float(np.quantile(spent, 0.95))


def bundle_of(frame: pl.DataFrame, n_trees: int, path: Path) -> Path:
    """A bundle with one LightGBM member of so many trees."""
    profile = profile_table(frame, target="target")
    recipe = automatic_recipe(profile, target="target", problem="binary", view="trees")
    fitted, features, _ = recipe.fit_matrix(frame, FitContext(frame["target"], "binary"))
    target = (frame["target"] == "yes").cast(pl.Float64).to_numpy()
    data = TrainingData(features, target, "binary", 2)
    candidate = LightGBM()
    settings = candidate.settings("binary", frame.height, features.shape[1])[0]
    learner = candidate.fit(data, settings, FitOptions(rounds=n_trees, threads=1)).learner
    model = Model("binary", "target", ["no", "yes"], {"trees": fitted}, [Member("lightgbm", "trees", learner, 1.0)])
    contract = build_contract(profile, frame, "target", model.classes, problem="binary")
    info = write_bundle(path, model, contract=contract, evaluation={}, check_frame=frame)
    print(
        f"bundle                       {info.size_bytes / 1024:10.0f} KB   "
        f"{features.shape[1]} features, {n_trees} trees"
    )
    return path


def sklearn_pipeline(frame: pl.DataFrame, n_trees: int) -> Any:
    """The usual way: scikit-learn's column transformer in front of LightGBM, on pandas frames."""
    from lightgbm import LGBMClassifier
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = frame.drop("target").to_pandas()
    texts = [name for name in rows.columns if name.startswith("c")]
    encode = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", max_categories=30)
    )
    transform = make_column_transformer((encode, texts), remainder=SimpleImputer())
    pipeline = make_pipeline(transform, LGBMClassifier(n_estimators=n_trees, n_jobs=1, verbose=-1))
    return pipeline.fit(rows, frame["target"].to_numpy())


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--trees", type=int, default=300)
    options = arguments.parse_args()
    frame = table(options.rows)
    rows = frame.drop("target")
    with tempfile.TemporaryDirectory() as folder:
        path = bundle_of(frame, options.trees, Path(folder, "model.narrative"))
        median, high = timed(lambda: load_bundle(path), 5)
        print(f"load and check               {median:10.2f} ms   p95 {high:.2f}")
        bundle = load_bundle(path)
    row = rows.row(7, named=True)
    ours, high = timed(lambda: bundle.predict_one(row), 2_000)
    print(f"one row of plain values      {ours:10.4f} ms   p95 {high:.4f}")
    as_table, high = timed(lambda: bundle.predict(rows[7]), 200)
    print(f"one row as a table           {as_table:10.2f} ms   p95 {high:.2f}")
    with_reasons, high = timed(lambda: bundle.predict(rows[7], reasons=True), 30)
    print(f"one row with reasons         {with_reasons:10.2f} ms   p95 {high:.2f}")
    batch, _ = timed(lambda: bundle.predict(rows), 3)
    print(f"batch                        {rows.height / batch:10.1f} thousand rows/s")
    some = rows.head(1000)
    explained, _ = timed(lambda: bundle.predict(some, reasons=True), 1)
    print(f"batch with reasons           {some.height / explained:10.1f} thousand rows/s")
    pipeline = sklearn_pipeline(frame, options.trees)
    usual = rows.to_pandas()
    single, high = timed(lambda: pipeline.predict_proba(usual.iloc[7:8]), 50)
    print(f"scikit-learn pipeline, one   {single:10.2f} ms   p95 {high:.2f}   {single / ours:.1f} × ours")
    many, _ = timed(lambda: pipeline.predict_proba(usual), 2)
    print(f"scikit-learn pipeline, batch {usual.shape[0] / many:10.1f} thousand rows/s   ours {many / batch:.1f} ×")


if __name__ == "__main__":
    main()
