"""Which trials make up the model when some have finished more folds than others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from narrative.engine.learners.linear import Linear
from narrative.engine.training.select import Selection, select
from narrative.engine.training.splits import Fold, Split
from narrative.engine.training.store import Fit, RunFolder
from narrative.engine.types import FloatArray

ROWS, FOLDS = 500, 5
VALUES = (np.arange(ROWS) % 2).astype(np.float64)


@pytest.fixture
def split() -> Split:
    every = np.arange(ROWS, dtype=np.int64)
    folds = [Fold(every[every % FOLDS != fold], every[every % FOLDS == fold]) for fold in range(FOLDS)]
    return Split("cross_validation", np.zeros(0, dtype=np.int64), every, folds, FOLDS)


def margins_of(knows: float, seed: int) -> FloatArray:
    """Log-odds that know the class as well as ``knows`` says; 0 is nothing, 2 is an area of 0.92."""
    noise: FloatArray = np.random.default_rng(seed).normal(size=ROWS)
    return (knows * (VALUES - 0.5) + noise)[:, None]


def chosen(path: Path, split: Split, finished: dict[str, tuple[FloatArray, int]]) -> Selection:
    """What is chosen when each trial has finished so many folds."""
    folder, learner = RunFolder(path), Linear(np.zeros((1, 1)), np.zeros(1), np.zeros(1))
    for trial, (margins, count) in finished.items():
        for fold in range(count):
            own = margins[split.folds[fold].valid]
            folder.write_fit(
                trial,
                f"fold_{fold}",
                Fit(learner, 1.0, None, stopped_by_deadline=False, predict_seconds=0.0, score=0.5, margins=own),
            )
    selection = select(folder, split, "binary", VALUES, list(finished), seed=42)
    assert selection is not None
    return selection


def test_a_little_luck_on_one_fold_does_not_displace_what_was_good_on_five(tmp_path: Path, split: Split) -> None:
    steady, lucky = margins_of(1.5, 1), margins_of(0.5, 2)
    first = split.folds[0].valid
    lucky[first] = 0.97 * steady[first] + 0.3 * margins_of(0.9, 3)[first]  # a little better there, by luck
    found = chosen(tmp_path, split, {"steady": (steady, FOLDS), "lucky": (lucky, 1), "dull": (margins_of(0.1, 4), 1)})
    assert found.trials == ["steady"]
    assert found.n_folds == FOLDS
    assert found.rows.size == ROWS


def test_a_trial_that_is_clearly_better_on_one_fold_is_taken_for_it(tmp_path: Path, split: Split) -> None:
    weak, strong = margins_of(0.3, 1), margins_of(4.0, 2)
    found = chosen(tmp_path, split, {"weak": (weak, FOLDS), "strong": (strong, 1), "dull": (margins_of(0.1, 4), 1)})
    assert "strong" in found.trials
    assert found.n_folds == 1
