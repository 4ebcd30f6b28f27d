"""Delete every table of a project with many versions, build all of them again from the raw file and lineage, compare.

    python -m benchmarks.reproduce [--versions 32] [--rows 3000] [--python OTHER_PYTHON]

The versions are made over HTTP by a running worker: reading the file, steps on it, steps that make other rows, steps on
what came of those. Then every blob but the raw file is deleted, and the job of ``POST …/reproduce`` builds all again.
With ``--python``, an interpreter of another version that has the packages of the lock file builds them once more,
without a server; its hashes are compared as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from narrative.studio.datasets.repository import VersionRepository
from narrative.studio.lineage.service import LineageService
from tests.fixtures.studio_app import StudioApp, studio_app

ROOT = Path(__file__).resolve().parents[1]
BUILD = """
import json, sys
from narrative.studio.lineage.work import rebuild
print(json.dumps(rebuild(json.load(open(sys.argv[1])), lambda _: None)))
"""
FIRST: list[list[dict[str, Any]]] = [
    [{"type": "impute", "params": {"columns": ["x0"], "method": method}}]
    for method in ("mean", "median", "most_frequent")
]
FIRST += [
    [{"type": "scale", "params": {"columns": ["x1", "x2"], "method": m}}]
    for m in ("standard", "min_max", "robust", "max_abs")
]
FIRST += [
    [{"type": "encode", "params": {"columns": ["city"], "method": m}}]
    for m in ("one_hot", "label", "frequency", "target", "hash")
]
FIRST += [[{"type": "power_transform", "params": {"columns": ["x3"], "method": m}}] for m in ("yeo_johnson",)]
FIRST += [
    [
        {"type": "trim_whitespace", "params": {"columns": ["city"]}},
        {"type": "drop_duplicates", "params": {"columns": ["city", "n"]}},
    ],
    [{"type": "bin_values", "params": {"columns": ["x4"], "method": "equal_frequency"}}],
    [{"type": "date_parts", "params": {"columns": ["day"]}}],
    [{"type": "group_aggregate", "params": {"by": ["city"], "column": "x1", "statistic": "mean"}}],
    [{"type": "remove_outliers", "params": {"columns": ["x1"]}}],
    [{"type": "text_vectors", "params": {"columns": ["note"], "max_words": 5}}],
    [{"type": "sample_rows", "params": {"share": 0.7, "seed": 5}}],
]
SHAPES: list[dict[str, Any]] = [
    {"type": "sort_rows", "params": {"columns": ["x1"], "descending": True}},
    {"type": "sort_rows", "params": {"columns": ["city", "x2"]}},
]


def table(n: int) -> bytes:
    rng = np.random.default_rng(11)
    lines = ["x0,x1,x2,x3,x4,n,city,day,note,y"]
    for row in range(n):
        numbers = [f"{value:.4f}" for value in rng.normal(size=5)]
        numbers[0] = "" if row % 9 == 0 else numbers[0]
        city = ("Rome", " Rome", "Paris", "Oslo")[int(rng.integers(4))]
        day = f"2024-{int(rng.integers(1, 13)):02}-{int(rng.integers(1, 29)):02}"
        note = " ".join(rng.choice(["late", "paid", "call", "open", "again", "good"], 4))
        lines.append(",".join([*numbers, str(rng.integers(50)), city, day, note, str(rng.integers(2))]))
    return ("\n".join(lines) + "\n").encode()


def job_of(studio: StudioApp, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    studio.work()
    job = studio.owner.get(f"/jobs/{answer.json()['job']['id']}").json()
    assert job["state"] == "completed", job
    return dict(job["result"])


def made(studio: StudioApp, n_rows: int, n_versions: int) -> str:
    """A dataset with so many versions."""
    answer = studio.owner.upload(table(n_rows), "reproduce.csv").json()
    project, dataset = answer["project"]["id"], str(answer["dataset"]["id"])
    studio.work()
    studio.owner.put(f"/projects/{project}/target", json={"target": "y"})
    studio.work()
    recipes = [*FIRST, *([shape] for shape in SHAPES[:1]), *FIRST, *([shape] for shape in SHAPES[1:]), *FIRST]
    for number, steps in enumerate(recipes[: n_versions - 1]):
        saved = studio.owner.put(f"/projects/{project}/recipe", json={"steps": steps})
        assert saved.status_code == 200, (steps, saved.text)
        job_of(studio, studio.owner.post(f"/projects/{project}/recipe/apply", json={"allow_data_loss": True}))
        print(f"version {number + 2}: {', '.join(step['type'] for step in steps)}", flush=True)
    return dataset


def elsewhere(studio: StudioApp, dataset: str, python: str, folder: Path) -> dict[str, str]:
    """Hashes that another interpreter builds."""
    lineage = studio.parts.services.of(LineageService)
    wanted = [action.version_id for action in lineage.plan(studio.tenant, dataset, None)]
    out = folder / "elsewhere"
    out.mkdir()
    payload = {
        "actions": [lineage.recipe_of(studio.tenant, version_id) for version_id in wanted],
        "limits": {"memory_bytes": 4 * 1024**3},
        "salt": "",
        "folder": str(out),
    }
    (folder / "payload.json").write_text(json.dumps(payload), encoding="utf-8")
    answer = subprocess.run(
        [python, "-c", BUILD, str(folder / "payload.json")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    return dict(json.loads(answer.stdout)["hashes"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, default=32)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--python", help="an interpreter of another version")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, studio_app(Path(name) / "studio") as studio:
        dataset = made(studio, chosen.rows, chosen.versions)
        versions = VersionRepository(studio.parts.platform.store).where(studio.tenant, [("dataset_id", "=", dataset)])
        expected = {version.id: version.content_hash for version in versions}
        for version in versions:
            studio.parts.platform.blobs.delete(studio.tenant, version.table_sha256)
        told = job_of(studio, studio.owner.post(f"/lineage/{dataset}/reproduce", json={}))
        equal = sum(line["hash"] == expected[line["version_id"]] for line in told["versions"])
        print(f"{equal} of {len(versions)} hashes equal after deleting all tables; {told['n_restored']} stored again")
        is_right = equal == len(versions) == chosen.versions
        if chosen.python:
            hashes = elsewhere(studio, dataset, chosen.python, Path(name))
            same = sum(hashes[version_id] == content_hash for version_id, content_hash in expected.items())
            print(f"{same} of {len(versions)} hashes equal on {chosen.python}; here it is {sys.version.split()[0]}")
            is_right = is_right and same == len(versions)
    return int(not is_right)


if __name__ == "__main__":
    sys.exit(main())
