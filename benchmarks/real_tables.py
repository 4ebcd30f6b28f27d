"""Train on real tables as a person would, and compare what was promised with rows the program has never been given.

    python benchmarks/real_tables.py FOLDER [--budget 60] [--only iris,titanic] [--out results.json] [--seed 42]

FOLDER holds NAME.csv and NAME.parquet, NAME.test_rows.csv (positions to set aside) and manifest.json (target and
problem per name). For every table the rows that are not set aside are written to a CSV and given to
``narrative model … --json`` as a process of its own; then ``narrative predict`` answers the rows set aside, from a file
with a new category, a missing value and another column order where that does not touch the score. Printed: the promised
score and interval, the score on the rows set aside, the naive score on those rows, and wall time of the whole command.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from narrative.engine.bundle import load_bundle
from narrative.engine.scores import primary_score
from narrative.engine.types import FloatArray, Problem

NARRATIVE = [sys.executable, "-m", "narrative.entrypoints.cli"]


def tables(folder: Path, name: str, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows to learn from and rows set aside; rows without a target are in neither."""
    table = pl.read_csv(folder / f"{name}.csv", infer_schema_length=None).with_row_index("row")
    table = table.filter(pl.col(target).is_not_null() & (pl.col(target).cast(pl.String) != ""))
    held = pl.col("row").is_in(pl.read_csv(folder / f"{name}.test_rows.csv")["row"].to_list())
    return table.filter(~held).drop("row"), table.filter(held).drop("row")


def coded(target: pl.Series, problem: Problem, classes: list[Any]) -> FloatArray:
    """Values, or positions among the classes (compared as text: a file knows no types)."""
    if problem == "regression":
        return target.cast(pl.Float64).to_numpy()
    place = {str(label).lower(): index for index, label in enumerate(classes)}
    return np.array([place[str(label).lower()] for label in target.to_list()], dtype=np.float64)


def run_one(folder: Path, name: str, facts: dict[str, Any], work: Path, *, budget: float, seed: int) -> dict[str, Any]:
    """One table through the command line."""
    target = str(facts["target"])
    train, held = tables(folder, name, target)
    source = work / f"{name}.csv"
    train.write_csv(source)
    command = [*NARRATIVE, "model", str(source), "--target", target, "--budget", str(budget), "--seed", str(seed)]
    started = time.monotonic()
    done = subprocess.run([*command, "--out", str(work / name), "--json"], capture_output=True, text=True, check=False)
    wall = time.monotonic() - started
    if done.returncode != 0:
        return {"name": name, "exit": done.returncode, "wall": wall, "error": done.stdout[-500:] + done.stderr[-500:]}
    answer = json.loads(done.stdout)
    bundle = load_bundle(Path(answer["bundle"]))
    features = held.drop(target)
    predictions = bundle.predict(features)
    problem: Problem = answer["problem"]
    truth = coded(held[target], problem, answer["classes"])[predictions.row_index]
    values = np.array(predictions.answers, dtype=np.float64) if problem == "regression" else predictions.probabilities
    assert values is not None
    score = primary_score(problem)
    fresh = score.compute(truth, np.asarray(values, dtype=np.float64))
    low, high = answer["interval"]
    sign = 1 if answer["higher_is_better"] else -1
    return {
        "name": name,
        "problem": problem,
        "metric": answer["primary_metric"],
        "score": answer["score"],
        "interval": [low, high],
        "fresh": fresh,
        "inside": low <= fresh <= high,
        "baseline": answer["baseline_score"],
        "beats_baseline": sign * answer["score"] > sign * answer["baseline_score"],
        "best": answer["best_candidate"],
        "method": answer["method"],
        "wall": wall,
        "in_time": wall <= budget * 1.05 + 2,
        "odd_rows": odd_rows(answer["bundle"], features, work / f"{name}-odd.csv"),
        "bundle_mb": Path(answer["bundle"]).stat().st_size / 1e6,
        "warnings": answer["warnings"],
        "exit": 0,
    }


def odd_rows(bundle: str, features: pl.DataFrame, source: Path) -> str:
    """``narrative predict`` on the rows set aside, with a new category, a missing value and reversed columns."""
    odd = features.select(reversed(features.columns))
    contract = load_bundle(Path(bundle)).contract
    texts = [column.name for column in contract.columns if column.kind == "category" and column.dtype == "String"]
    first = pl.int_range(pl.len()) == 0
    if texts:
        odd = odd.with_columns(
            pl.when(first).then(pl.lit("never seen before")).otherwise(pl.col(texts[0])).alias(texts[0])
        )
    last = odd.columns[-1]
    odd = odd.with_columns(pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise(pl.col(last)).alias(last))
    odd.write_csv(source)
    done = subprocess.run(
        [*NARRATIVE, "predict", bundle, str(source), "--out", str(source.with_suffix(".out.csv")), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stdout[-300:]}"
    answer = json.loads(done.stdout)
    return "all" if answer["predicted"] == features.height else f"{answer['predicted']} of {features.height}"


def line(result: dict[str, Any]) -> str:
    """A row of the printed table."""
    if result["exit"] != 0:
        return f"| {result['name']} | exit {result['exit']} after {result['wall']:.1f} s | {result['error']} |"
    low, high = result["interval"]
    return (
        f"| {result['name']} | {result['metric']} | {result['score']:.4f} | {low:.4f} to {high:.4f} | "
        f"{result['fresh']:.4f} | {'yes' if result['inside'] else 'NO'} | {result['baseline']:.4f} | "
        f"{'yes' if result['beats_baseline'] else 'NO'} | {result['best']} | {result['wall']:.1f} | "
        f"{'yes' if result['in_time'] else 'NO'} | {result['odd_rows']} | {result['bundle_mb']:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    manifest = json.loads((given.folder / "manifest.json").read_text())
    wanted = given.only.split(",") if given.only else list(manifest)
    print(
        "| table | metric | score | interval | set-aside rows | inside | naive | beats it | best | s | in time "
        "| odd rows | MB |"
    )
    print("|---|---|--:|---|--:|---|--:|---|---|--:|---|---|--:|")
    results = []
    with tempfile.TemporaryDirectory() as work:
        for name in wanted:
            results.append(
                run_one(given.folder, name, manifest[name], Path(work), budget=given.budget, seed=given.seed)
            )
            print(line(results[-1]), flush=True)
    good = [result for result in results if result["exit"] == 0]
    print(
        f"\n{len(good)} of {len(results)} ended well; inside the interval {sum(r['inside'] for r in good)}, "
        f"better than naive {sum(r['beats_baseline'] for r in good)}, in time {sum(r['in_time'] for r in good)}."
    )
    if given.out is not None:
        given.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
