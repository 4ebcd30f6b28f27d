"""Previews and carrying out over HTTP, on a running studio: how long a person waits, alone and beside a large job.

    python -m benchmarks.preview [--rows 10000] [--previews 60] [--beside-rows 3000000]

A 10-step recipe on a table of 20 columns. Every preview changes a parameter, so that none is answered from memory; the
same previews again show what the cache gives. Then another person of the workspace carries out the recipe on a large
table, and the previews are taken once more while that job runs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.fixtures.studio_process import Client, Studio

GOAL_SECONDS, LIMIT_SECONDS, APPLY_SECONDS = 0.1, 0.3, 3.0
CHUNK = 1 << 20


def table(n: int, seed: int) -> bytes:
    """Twenty columns: numbers with gaps, categories with blanks, dates, text numbers."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"x{i}": np.round(rng.normal(size=n), 4) for i in range(12)}
    columns |= {f"n{i}": rng.integers(0, 1000, n) for i in range(3)}
    columns |= {"city": rng.choice(["Rome", " Rome", "Paris", "Oslo"], n), "plan": rng.choice(["a", "b", "c"], n)}
    columns |= {"month": rng.integers(1, 13, n), "date": rng.integers(1, 29, n), "cost": rng.uniform(1, 100, n)}
    columns["y"] = rng.integers(0, 2, n)
    day = pl.date(2024, pl.col("month"), pl.col("date")).alias("day")
    price = pl.format("€ {}", pl.col("cost").round(2)).alias("price")
    frame = (
        pl.DataFrame(columns)
        .with_columns(day, price)
        .drop("month", "date", "cost")
        .with_columns(
            pl.when(pl.col(f"x{i}") > 1).then(None).otherwise(pl.col(f"x{i}")).alias(f"x{i}") for i in range(4)
        )
    )
    return frame.write_csv().encode()


def recipe(turn: int) -> list[dict[str, Any]]:
    """Ten steps; ``turn`` changes one parameter of the second."""
    return [
        {"type": "trim_whitespace", "params": {"columns": ["city"]}},
        {"type": "clip_values", "params": {"columns": ["x5"], "low": -3.0 - turn / 1000, "high": 3.0}},
        {"type": "impute", "params": {"columns": ["x0", "x1", "x2", "x3"], "method": "median"}},
        {"type": "missing_indicator", "params": {"columns": ["x4"]}},
        {"type": "scale", "params": {"columns": ["x6", "x7"], "method": "standard"}},
        {"type": "round_values", "params": {"columns": ["x8"], "decimals": 2}},
        {"type": "bin_values", "params": {"columns": ["n0"], "method": "equal_frequency"}},
        {"type": "date_parts", "params": {"columns": ["day"]}},
        {"type": "encode", "params": {"columns": ["plan"], "method": "one_hot"}},
        {"type": "drop_columns", "params": {"columns": ["n1"]}},
    ]


def loaded(client: Client, content: bytes, name: str) -> str:
    chunks = (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    headers = {
        "Idempotency-Key": str(uuid.uuid4()),
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(content)),
    }
    # In pieces: of one long text, the client copies the rest at each of them.
    sent = client.http.post(f"/api/v1/datasets/upload?filename={name}", content=chunks, headers=headers)
    assert sent.is_success, sent.text
    made = sent.json()
    ended = client.ended(made["job"]["id"], 900)
    assert ended["state"] == "completed", ended
    project = str(made["project"]["id"])
    job = client.call("PUT", f"/projects/{project}/target", body={"target": "y"})["job"]
    assert client.ended(job["id"], 900)["state"] == "completed"
    return project


def waits(client: Client, project: str, turns: range) -> list[float]:
    """Seconds of each preview."""
    seconds = []
    for turn in turns:
        began = time.perf_counter()
        shown = client.call("POST", f"/projects/{project}/recipe/preview", body={"steps": recipe(turn)})
        seconds.append(time.perf_counter() - began)
        assert len(shown["columns_added"]) > 3
    return seconds


def told(name: str, seconds: list[float]) -> float:
    p50, p95 = (float(np.quantile(seconds, q)) for q in (0.5, 0.95))
    worst = max(seconds) * 1000
    print(f"{name}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, worst {worst:.0f} ms ({len(seconds)})")
    return p95


def carried_out(client: Client, project: str, name: str) -> float:
    client.call("PUT", f"/projects/{project}/recipe", body={"steps": recipe(0)})
    began = time.perf_counter()
    job = client.call("POST", f"/projects/{project}/recipe/apply", body={})["job"]
    ended = client.ended(job["id"], 900)
    seconds = time.perf_counter() - began
    assert ended["state"] == "completed", ended
    print(f"{name}: carried out in {seconds:.2f} s")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--previews", type=int, default=60)
    parser.add_argument("--beside-rows", type=int, default=3_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder) / "data")
        client = Client(studio)
        client.http.timeout = 300.0
        try:
            small = loaded(client, table(chosen.rows, 1), "small.csv")
            middle = loaded(client, table(100_000, 2), "middle.csv")
            large = ""
            if chosen.beside_rows:
                large = loaded(client, table(chosen.beside_rows, 3), "large.csv")
            print(f"tables are loaded at {time.strftime('%H:%M:%S')}", flush=True)
            first = waits(client, small, range(1))
            print(f"first preview, with the start of the child: {first[0] * 1000:.0f} ms")
            alone = told(f"{chosen.rows:,} rows, 10 steps", waits(client, small, range(1, chosen.previews + 1)))
            told("the same again, from memory", waits(client, small, range(1, chosen.previews + 1)))
            applied = carried_out(client, middle, "100,000 rows")
            if large:
                client.call("PUT", f"/projects/{large}/recipe", body={"steps": recipe(0)})
                job = client.call("POST", f"/projects/{large}/recipe/apply", body={})["job"]
                time.sleep(1.0)
                beside = told(
                    f"beside a job on {chosen.beside_rows:,} rows",
                    waits(client, small, range(1_000, 1_000 + chosen.previews)),
                )
                state = client.call("GET", f"/jobs/{job['id']}")["state"]
                print(f"ratio {beside / alone:.2f}; the job is {state} afterwards")
        finally:
            client.close()
            studio.end()
    print(f"goal {GOAL_SECONDS} s, limit {LIMIT_SECONDS} s for previews; {APPLY_SECONDS} s for 100,000 rows")
    return int(alone > LIMIT_SECONDS or applied > APPLY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
