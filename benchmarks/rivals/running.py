"""One system on one table: a process of its own, watched from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from narrative.engine.scores import primary_score
from narrative.engine.types import FloatArray

SYSTEMS = Path(__file__).parent / "systems"
PATIENCE = 3.0
"""A system that has not ended after this many budgets (and two minutes) is stopped and has no result."""
INTERVAL = 0.1


def run(system: str, python: Path, table: Path, budget: float) -> dict[str, Any]:
    """Score, seconds and memory; ``error`` instead of a score when there is no answer for every row."""
    facts = json.loads((table / "truth.json").read_text())
    row: dict[str, Any] = {"system": system, "table": table.name, "budget": budget, "rows": facts["rows"]}
    with tempfile.TemporaryDirectory() as work:
        order = {
            "train": str(table / "train"),
            "test": str(table / "test"),
            "target": facts["target"],
            "problem": facts["problem"],
            "classes": facts["classes"],
            "budget": budget,
            "out": f"{work}/answers.json",
        }
        load = os.getloadavg()[0]
        command = [
            str(python),
            str(SYSTEMS / f"with_{system.split('-', maxsplit=1)[0]}.py"),
            json.dumps(order),
            *system.split("-")[1:],
        ]
        row |= _watched(command, Path(work), PATIENCE * budget + 120.0)
        row["load_before"] = round(load, 1)
        try:
            answers = json.loads(Path(order["out"]).read_text())
            score = primary_score(facts["problem"])
            row["score"] = score.compute(truth_of(facts), values_of(facts, answers))
            row["higher_is_better"] = score.higher_is_better
            row["fit_seconds"] = answers["fit_seconds"]
            row["baseline"] = score.compute(truth_of(facts), naive_of(facts, table))
        except (OSError, ValueError, KeyError) as fault:
            row["error"] = f"{type(fault).__name__}: {str(fault)[:200]} · {row['tail'][-400:]}"
        row.pop("tail")
    return row


def _watched(command: list[str], work: Path, patience: float) -> dict[str, Any]:
    """Wall and CPU seconds and the peak of resident memory of the process and all it starts."""
    started = time.monotonic()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "2")
    with (work / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=work, start_new_session=True, env={**os.environ, **threads}
        )
        peak, cpu = 0, 0.0
        watched = psutil.Process(process.pid)
        while process.poll() is None and time.monotonic() - started < patience:
            try:
                members = [watched, *watched.children(recursive=True)]
                peak = max(peak, sum(each.memory_info().rss for each in members))
                times = watched.cpu_times()
                cpu = max(cpu, times.user + times.system + times.children_user + times.children_system)
            except psutil.Error:
                pass  # it ended in between
            time.sleep(INTERVAL)
        wall = time.monotonic() - started
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    tail = (work / "said.txt").read_text(errors="replace")[-2000:]
    return {"wall_seconds": round(wall, 2), "peak_mb": round(peak / 1e6), "exit": process.returncode, "tail": tail}


def truth_of(facts: dict[str, Any]) -> FloatArray:
    """Values, or positions among the classes."""
    if facts["problem"] == "regression":
        return np.array(facts["truth"], dtype=np.float64)
    place = {label: index for index, label in enumerate(facts["classes"])}
    return np.array([place[label] for label in facts["truth"]], dtype=np.float64)


def values_of(facts: dict[str, Any], answers: dict[str, Any]) -> FloatArray:
    """Predictions in the order of the truth: values, or a column of probabilities per class."""
    if facts["problem"] == "regression":
        values = np.array(answers["values"], dtype=np.float64)
    else:
        columns = {str(label).lower(): index for index, label in enumerate(answers["classes"])}
        given = np.array(answers["probabilities"], dtype=np.float64)
        values = np.zeros((given.shape[0], len(facts["classes"])))
        for index, label in enumerate(facts["classes"]):
            if label.lower() in columns:
                values[:, index] = given[:, columns[label.lower()]]
        values /= np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    if values.shape[0] != len(facts["truth"]) or not np.isfinite(values).all():
        raise ValueError(f"{values.shape[0]} answers for {len(facts['truth'])} rows, or some that are no numbers")
    return values


def naive_of(facts: dict[str, Any], table: Path) -> FloatArray:
    """The mean or the class shares of the training rows."""
    import polars as pl

    target = pl.read_parquet(table / "train.parquet")[facts["target"]]
    n_rows = len(facts["truth"])
    if facts["problem"] == "regression":
        return np.full(n_rows, float(np.mean(target.cast(pl.Float64).to_numpy())))
    texts = [str(value) for value in target.to_list()]
    shares = [texts.count(label) / len(texts) for label in facts["classes"]]
    return np.tile(shares, (n_rows, 1))
