"""Which scores tell how much periods of time differ."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from narrative.engine.training.assemble import _period_scores
from narrative.engine.training.store import RunFolder


def _run(path: Path, scores: dict[str, list[float | None]], method: str = "time_holdout") -> Any:
    folder = RunFolder(path)
    for trial, of_folds in scores.items():
        for fold, score in enumerate(of_folds):
            if score is not None:
                folder.write_json(f"fit-{trial}-fold_{fold}", {"score": score})
    return SimpleNamespace(split=SimpleNamespace(method=method, folds=[0, 1, 2, 3]), folder=folder)


def _scores(run: Any, *trials: str) -> list[float]:
    return _period_scores(run, cast(Any, SimpleNamespace(trials=trials)))


def test_the_naive_model_in_earlier_periods_says_nothing_about_a_model_scored_in_one(tmp_path: Path) -> None:
    run = _run(tmp_path, {"baseline": [250.0, 240.0, 230.0], "ridge": [85.0, None, None]})
    assert _scores(run, "ridge") == [85.0]


def test_periods_are_told_by_the_delivered_model_that_was_scored_in_most_of_them(tmp_path: Path) -> None:
    run = _run(tmp_path, {"ridge": [85.0, None, None], "trees": [80.0, 95.0, 70.0, 60.0]})
    assert _scores(run, "ridge", "trees") == [80.0, 95.0, 70.0]


@pytest.mark.parametrize("method", ["holdout", "cross_validation"])
def test_rows_drawn_at_random_have_no_periods(tmp_path: Path, method: str) -> None:
    assert _scores(_run(tmp_path, {"ridge": [85.0, 90.0]}, method), "ridge") == []
