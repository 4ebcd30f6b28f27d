"""Do model files answer alike under other releases of the libraries than those that made them?

    python -m benchmarks.releases FOLDER [--python OTHER ...] [--budget 6]

Makes a model file of every candidate for every problem it can learn, and of every kind of ensemble that is kept, with
the interpreter that runs this; asks each for the same unseen rows, here and by every interpreter given, and holds the
answers against each other. What is in ``FOLDER`` already is not made again. An environment with the least releases that
the package allows is made by

    uv venv lowest && VIRTUAL_ENV=lowest uv pip install --resolution lowest-direct -e .

Ends with 1 when an answer differs by more than 1e-9, a label is another one, or a file is refused.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from narrative.core.plugins import discover
from narrative.engine.bundle import load_bundle
from narrative.engine.candidates.base import Candidate
from narrative.engine.ensembles.config import EnsembleConfig, kinds
from narrative.engine.ensembles.training import train_ensemble
from narrative.engine.pipeline import run_pipeline, write_papers
from narrative.engine.training.types import TrainingOptions
from narrative.engine.types import Problem

LIBRARIES = ("numpy", "polars", "scipy", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost", "pydantic")
PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")
MEMBERS = {
    "binary": ["logistic_regression", "extra_trees"],
    "multiclass": ["logistic_regression", "extra_trees"],
    "regression": ["ridge", "extra_trees"],
}
TOLERANCE = 1e-9
ROWS = 3_000
EXPLAINED = 50
ASKED = "asked.parquet"


def table(problem: Problem, n_rows: int, seed: int) -> pl.DataFrame:
    """Numbers, categories, dates and gaps; half of what can be known is a straight line, half is steps."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"x{index}": random.normal(size=n_rows) for index in range(10)}
    group = random.choice(["north", "south", "east", "west"], n_rows)
    score = 0.8 * sum(columns[f"x{index}"] for index in range(8)) + 3.0 * (np.abs(columns["x8"]) > 0.67)
    score = score + 1.5 * (group == "east") + random.normal(size=n_rows)
    columns["region"] = group
    columns["city"] = [f"city {word}" for word in random.integers(0, 60, n_rows)]
    columns["day"] = np.datetime64("2024-01-01") + random.integers(0, 700, n_rows).astype("timedelta64[D]")
    frame = pl.DataFrame(columns)
    gaps = random.random((n_rows, frame.width)) < 0.04
    frame = frame.with_columns(
        pl.when(pl.Series(~gaps[:, place])).then(pl.col(name)).alias(name) for place, name in enumerate(frame.columns)
    )
    target: Any = score
    if problem == "binary":
        target = np.where(score > 1.5, "yes", "no")
    if problem == "multiclass":
        target = np.select([score < 0.0, score < 3.0], ["low", "middle"], "high")
    return frame.with_columns(pl.Series("target", target))


def make(folder: Path, budget: float) -> None:
    """A file per candidate and problem, and per kind of ensemble that is kept."""
    for problem in PROBLEMS:
        asked = folder / problem / ASKED
        asked.parent.mkdir(parents=True, exist_ok=True)
        table(problem, ROWS, seed=2).drop("target").write_parquet(asked)
        frame = table(problem, ROWS, seed=1)
        for name, candidate in discover("narrative.engine.candidates", Candidate).items():
            path = asked.with_name(f"{name}.narrative")
            if problem in candidate.problems and not path.exists():
                _one(frame, TrainingOptions(target="target", budget_seconds=budget, candidates=[name]), path)
        _ensembles(frame, problem, asked.parent, budget)


def _one(frame: pl.DataFrame, options: TrainingOptions, path: Path, record: Path | None = None) -> None:
    with tempfile.TemporaryDirectory() as place:
        outcome = run_pipeline(frame, options, Path(place), record_to=record)
        path.write_bytes(outcome.bundle.path.read_bytes())


def _ensembles(frame: pl.DataFrame, problem: Problem, folder: Path, budget: float) -> None:
    wanted = [name for name, kind in kinds().items() if kind().fits(problem)]
    missing = [name for name in wanted if not (folder / f"ensemble_{name}.narrative").exists()]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as place:
        record = Path(place, "run.zip")
        options = TrainingOptions(target="target", budget_seconds=3 * budget, candidates=MEMBERS[problem])
        _one(frame, options, folder / "several.narrative", record)
        for name in missing:
            config = EnsembleConfig.model_validate({"kind": name, "members": MEMBERS[problem]})
            pieces = Path(place, name)
            pieces.mkdir()
            outcome = train_ensemble(frame, record, config, pieces)
            if outcome.result is None:
                print(f"{problem} ensemble_{name}: not kept, so there is no file ({outcome.comparison.headline})")
                continue
            written = write_papers(pieces, outcome.result, frame, name="made", imported=None)
            (folder / f"ensemble_{name}.narrative").write_bytes(written.bundle.path.read_bytes())


def answer(folder: Path, out: Path) -> None:
    """What the model files answer under this interpreter, as one JSON file."""
    said: dict[str, Any] = {}
    for path in sorted(folder.glob("*/*.narrative")):
        asked = pl.read_parquet(path.with_name(ASKED))
        try:
            bundle = load_bundle(path)
            given, explained = bundle.predict(asked), bundle.predict(asked.head(EXPLAINED), reasons=True)
        except Exception as error:  # noqa: BLE001  # whatever a release breaks is the finding
            said[str(path.relative_to(folder))] = f"{type(error).__name__}: {error}"
            continue
        numbers = {"probabilities": given.probabilities, "lower": given.lower, "upper": given.upper}
        told = {name: values.tolist() for name, values in numbers.items() if values is not None}
        effects = None if explained.effects is None else explained.effects.tolist()
        said[str(path.relative_to(folder))] = {"answers": list(given.answers), "effects": effects} | told
    out.write_text(json.dumps({"releases": {name: version(name) for name in LIBRARIES}, "answers": said}))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[tuple[str, float, str]]:
    """File, the largest difference of a number (infinite where a label or the form differs), and what was said."""
    for name, expected in ours.items():
        got = theirs.get(name)
        if not isinstance(expected, dict) or not isinstance(got, dict) or set(expected) != set(got):
            yield name, float("inf"), str(got)[:200]
            continue
        largest = 0.0
        for column, values in expected.items():
            if column == "answers" and isinstance(values[0], str):
                largest = largest if values == got[column] else float("inf")
            elif values is not None:
                largest = max(largest, float(np.abs(np.subtract(values, got[column])).max()))
        yield name, largest, ""


def main() -> None:
    """Print one line for each interpreter and each file that differs."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--python", nargs="*", default=[])
    arguments.add_argument("--budget", type=float, default=6.0)
    arguments.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.answer:
        answer(options.folder, options.answer)
        return
    make(options.folder, options.budget)
    said = []
    for place, python in enumerate([sys.executable, *options.python]):
        out = options.folder / f"answers-{place}.json"
        command = [python, "-m", "benchmarks.releases", str(options.folder), "--answer", str(out)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        said.append(json.loads(out.read_text()))
    bad = 0
    for other in said:
        found = list(differences(said[0]["answers"], other["answers"]))
        worse = [line for line in found if not line[1] <= TOLERANCE]
        bad += len(worse)
        print(", ".join(f"{name} {number}" for name, number in other["releases"].items()))
        largest = max((line[1] for line in found), default=0.0)
        print(f"  {len(found) - len(worse)} of {len(found)} files answer alike, largest difference {largest:.2g}")
        for name, apart, why in worse:
            print(f"  {name}: {apart} {why}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
