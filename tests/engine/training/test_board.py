from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from tests.fixtures.training_runs import train_here


def rare_outcome(n: int = 300) -> pl.DataFrame:
    """A yes in nine rows, so that class shares differ a little from fold to fold."""
    random = np.random.default_rng(3)
    return pl.DataFrame({"size": random.normal(size=n), "outcome": ["yes" if i % 9 == 0 else "no" for i in range(n)]})


def test_a_constant_ranks_nothing_so_its_area_is_one_half_without_doubt(tmp_path: Path) -> None:
    result = train_here(tmp_path, rare_outcome(), target="outcome", candidates=["baseline"])
    line = next(line for line in result.candidates if line.name == "baseline")
    assert (line.score, line.interval) == (0.5, (0.5, 0.5))


def test_the_interval_of_a_candidate_holds_the_mean_of_its_folds(tmp_path: Path) -> None:
    names = ["baseline", "logistic_regression", "decision_tree"]
    result = train_here(tmp_path, rare_outcome(), target="outcome", candidates=names)
    for line in result.candidates:
        if line.name != "ensemble" and line.score is not None and line.interval is not None:
            assert line.interval[0] <= np.mean(line.fold_scores) <= line.interval[1]


def test_a_cut_chosen_on_the_scored_rows_is_owned_up_to(tmp_path: Path) -> None:
    names = ["baseline", "logistic_regression"]
    rare = train_here(tmp_path / "rare", rare_outcome(), target="outcome", candidates=names).evaluation
    assert rare.threshold != 0.5
    assert "flagged was chosen on all of them" in rare.method_sentence
    even = rare_outcome().with_columns(outcome=pl.Series(["yes", "no"] * 150))
    balanced = train_here(tmp_path / "even", even, target="outcome", candidates=names).evaluation
    assert balanced.threshold == 0.5
    assert "chosen on all of them" not in balanced.method_sentence
