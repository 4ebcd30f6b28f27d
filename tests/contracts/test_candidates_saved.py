"""Every candidate gives the same bytes for the same data and seed, and the same bits from a file in a new process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from narrative.core.hashing import hash_bytes
from narrative.core.plugins import discover
from narrative.engine.bundle.arrays import array_bytes
from narrative.engine.bundle.parts import json_bytes
from narrative.engine.candidates.base import Candidate, FitOptions, TrainingData
from narrative.engine.learners.base import Learner
from narrative.engine.types import FloatArray
from tests.fixtures.training_rows import training_rows

CANDIDATES = discover("narrative.engine.candidates", Candidate)
ELSEWHERE = """
import json, sys
from pathlib import Path
import numpy as np
from narrative.core.plugins import discover
from narrative.engine.bundle.arrays import array_bytes, array_from_bytes
from narrative.engine.learners.base import Learner

folder = Path(sys.argv[1])
formats = discover("narrative.engine.learners", Learner)
for path in sorted(folder.glob("*/learner.json")):
    said = json.loads(path.read_text())
    read = lambda name: array_from_bytes((path.parent / f"{name}.npy").read_bytes(), name)
    learner = formats[said["format"]].from_parts(said["description"], {name: read(name) for name in said["arrays"]})
    margins, effects = learner.margins(read("asked")), learner.contributions(read("asked")[:5])
    (path.parent / "margins.bin").write_bytes(np.ascontiguousarray(margins).tobytes())
    (path.parent / "effects.bin").write_bytes(np.ascontiguousarray(effects).tobytes())
heavy = {"sklearn", "lightgbm", "xgboost", "catboost", "scipy"} & set(sys.modules)
print(",".join(sorted(heavy)))
"""


def _cases() -> list[tuple[Candidate, TrainingData]]:
    return [
        (kind(), training_rows(problem, kind.view, n_rows=200, n_valid=0))
        for kind in CANDIDATES.values()
        for problem in sorted(kind.problems)
    ]


def _trained(candidate: Candidate, data: TrainingData, place: int = 0, seed: int = 42) -> Learner:
    settings = candidate.settings(data.problem, len(data.target), data.features.shape[1])[place]
    return candidate.fit(data, settings, FitOptions(seed=seed, threads=1, rounds=6)).learner


def _telling_places(candidate: Candidate, data: TrainingData) -> list[int]:
    """The first settings, and the last ones: of boosters the logarithm of the target and the average of three seeds."""
    n_listed = len(candidate.settings(data.problem, len(data.target), data.features.shape[1]))
    return sorted({0, max(n_listed - 2, 0), n_listed - 1})


def _parts(learner: Learner) -> dict[str, bytes]:
    """The files a bundle keeps of a learner."""
    description, arrays = learner.to_parts()
    said = {"format": learner.name, "description": description, "arrays": sorted(arrays)}
    return {"learner.json": json_bytes(said)} | {f"{name}.npy": array_bytes(each) for name, each in arrays.items()}


def _hash(learner: Learner) -> str:
    return hash_bytes(b"".join(name.encode() + content for name, content in sorted(_parts(learner).items())))


def _asked() -> FloatArray:
    return np.concatenate([np.random.default_rng(5).normal(size=(40, 4)), np.full((1, 4), np.nan)])


@pytest.mark.slow
def test_a_new_process_reads_every_learner_and_gives_the_same_bits_without_a_library(tmp_path: Path) -> None:
    told: dict[str, tuple[bytes, bytes]] = {}
    for candidate, data, place in [(*case, place) for case in _cases() for place in _telling_places(*case)]:
        learner = _trained(candidate, data, place)
        folder = tmp_path / f"{candidate.name}-{data.problem}-{place}"
        folder.mkdir()
        for name, content in _parts(learner).items():
            (folder / name).write_bytes(content)
        (folder / "asked.npy").write_bytes(array_bytes(_asked()))
        told[folder.name] = learner.margins(_asked()).tobytes(), learner.contributions(_asked()[:5]).tobytes()
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", "loading a model brought a library along"
    for name, (margins, effects) in told.items():
        assert (tmp_path / name / "margins.bin").read_bytes() == margins, name
        assert (tmp_path / name / "effects.bin").read_bytes() == effects, name
    # Negative control: another answer in one place would have been noticed.
    changed = tmp_path / "ridge-regression-0"
    said = json.loads((changed / "learner.json").read_text())
    assert said["format"] == "linear"
    assert (changed / "margins.bin").read_bytes() != told["elastic_net-regression-0"][0]


@pytest.mark.slow
@pytest.mark.parametrize("name", CANDIDATES)
def test_same_data_and_seed_give_the_same_bytes_for_every_setting(name: str) -> None:
    candidate = CANDIDATES[name]()
    for problem in sorted(candidate.problems):
        data = training_rows(problem, candidate.view, n_rows=120, n_valid=0)
        for place in range(len(candidate.settings(problem, 120, 4))):
            assert _hash(_trained(candidate, data, place)) == _hash(_trained(candidate, data, place)), place


@pytest.mark.parametrize("name", ["lightgbm", "neural_network", "extra_trees"])
def test_another_seed_gives_other_bytes(name: str) -> None:
    candidate, data = CANDIDATES[name](), training_rows("binary", CANDIDATES[name].view, n_valid=0)
    assert _hash(_trained(candidate, data)) != _hash(_trained(candidate, data, seed=43))
