"""Runs compared on the rows that both were tested on."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrative.engine.ensembles.record import FACTS, TESTED
from narrative.engine.ensembles.runs import compare_runs

ABOUT: dict[str, Any] = {"options": {"target": "y"}, "problem": "binary", "metric": "roc_auc"}
ABOUT |= {"metric_title": "ROC AUC", "data_hash": "a"}


def _record(path: Path, rows: list[int], noise: float, **changes: Any) -> Path:
    random = np.random.default_rng(1)
    target = (random.uniform(size=1_000) < 0.5).astype(float)
    chance = 1 / (1 + np.exp(-(2 * target - 1 + noise * np.random.default_rng(2).normal(size=1_000))))
    given = np.column_stack([1 - chance, chance])
    arrays = io.BytesIO()
    np.savez(arrays, rows=np.array(rows, dtype=float), target=target[rows], predictions=given[rows])
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(FACTS, json.dumps(ABOUT | changes))
        packed.writestr(TESTED, arrays.getvalue())
    return path


def test_the_better_model_is_named_on_common_rows_only(tmp_path: Path) -> None:
    first = _record(tmp_path / "one.zip", list(range(600)), 2.0)
    other = _record(tmp_path / "two.zip", list(range(300, 900)), 1.0)
    found = compare_runs(first, other)
    assert found.n_rows == 300
    assert found.interval is not None
    assert found.interval[0] > 0
    assert found.sentence.startswith("Better than the first")
    back = compare_runs(other, first)
    assert back.gain == pytest.approx(-(found.gain or 0))


def test_equal_models_are_told_as_equal(tmp_path: Path) -> None:
    first, other = (_record(tmp_path / name, list(range(500)), 1.0) for name in ("one.zip", "two.zip"))
    assert compare_runs(first, other).sentence.startswith("As good as the first")


@pytest.mark.parametrize(
    ("rows", "changes", "why"),
    [
        (list(range(500)), {"data_hash": "b"}, "different tables"),
        (list(range(500)), {"options": {"target": "z"}}, "different things"),
        (list(range(500)), {"metric": "log_loss"}, "different measures"),
        (list(range(600, 900)), {}, "test rows are the same"),
    ],
)
def test_what_cannot_be_compared_says_why(tmp_path: Path, rows: list[int], changes: dict[str, Any], why: str) -> None:
    first = _record(tmp_path / "one.zip", list(range(500)), 1.0)
    found = compare_runs(first, _record(tmp_path / "two.zip", rows, 1.0, **changes))
    assert found.gain is None
    assert why in found.sentence


def test_a_run_of_which_nothing_was_kept_cannot_be_compared(tmp_path: Path) -> None:
    assert compare_runs(None, tmp_path / "any.zip").sentence.startswith("Not comparable")
