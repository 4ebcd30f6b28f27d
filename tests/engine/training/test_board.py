from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.training.assemble import assemble
from narrative.engine.training.board import Board, Standing
from narrative.engine.training.store import RunFolder
from narrative.engine.training.types import TrainingOptions
from tests.fixtures.training_runs import prepared, run_here, train_here


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


def test_the_baseline_alone_scores_like_itself_even_when_only_one_fold_was_fitted(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    frame = pl.DataFrame({"size": random.normal(size=2_000), "price": random.lognormal(size=2_000)})
    run = prepared(tmp_path, frame, TrainingOptions(target="price", candidates=["baseline"]))
    run_here(run)
    for kept in tmp_path.glob("fit-*-development*"):
        kept.unlink()
    for name in ("selection.json", "selection.npz"):
        (tmp_path / name).unlink(missing_ok=True)
    evaluation = assemble(run, was_stopped=False, seconds=1.0).evaluation
    assert evaluation.score == pytest.approx(evaluation.baseline_score, rel=1e-9)


def test_a_fold_fitted_in_a_busy_moment_does_not_tell_what_a_fold_costs() -> None:
    assert Standing(fold_seconds=[1.0, 9.0, 1.2]).usual_seconds == 1.2
    assert Standing(fold_seconds=[9.0, 1.0]).usual_seconds == 1.0
    assert Standing(fold_seconds=[4.0]).usual_seconds == 4.0
    assert Standing().usual_seconds is None
    assert Standing(fold_seconds=[1.0, 9.0, 1.2]).seconds == pytest.approx(11.2)


def fold_of(folder: RunFolder, trial: str, fold: int, score: float) -> None:
    folder.write_json(f"fit-{trial}-fold_{fold}", {"score": score, "seconds": 1.0, "predict_seconds": 0.0})


def test_a_trial_with_one_easy_fold_does_not_lead_one_that_was_better_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(tmp_path, rare_outcome(), TrainingOptions(target="outcome"))
    folder, names = run.folder, ["baseline", "logistic_regression", "decision_tree"]
    board = Board(folder, run.split, run.target, run.plan)
    monkeypatch.setattr(board, "_interval", lambda *_: None)
    for fold, (naive, linear) in enumerate([(0.5, 0.9), (0.5, 0.7), (0.5, 0.8)]):
        fold_of(folder, "baseline", fold, naive)
        fold_of(folder, "logistic_regression", fold, linear)
    fold_of(folder, "decision_tree", 0, 0.88)
    assert board.standing("decision_tree").score == 0.88
    assert board.standing("logistic_regression").score == pytest.approx(0.8)
    assert [trial.id for trial in board.ranked() if trial.id in names] == [names[1], names[2], names[0]]
    fold_of(folder, "decision_tree", 1, 0.75)  # now better on the folds both have finished
    assert board.ranked()[0].id == "decision_tree"


def test_the_line_of_what_is_delivered_shows_its_own_setting_not_a_better_one_that_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(tmp_path, rare_outcome(), TrainingOptions(target="outcome"))
    board = Board(run.folder, run.split, run.target, run.plan)
    monkeypatch.setattr(board, "_interval", lambda *_: None)
    tuned = next(trial for trial in board.trials if trial.candidate == "decision_tree")
    other = replace(tuned, id="decision_tree-2", settings={"max_depth": 2})
    board.trials.append(other)
    for fold in range(board.n_folds):
        fold_of(run.folder, tuned.id, fold, 0.9)
        fold_of(run.folder, other.id, fold, 0.8)

    def shown(shares: dict[str, float]) -> list[float | None]:
        line = next(line for line in board.reports(shares=shares, ended=True) if line.name == "decision_tree")
        return [line.score, line.weight]

    assert shown({}) == pytest.approx([0.9, 0.0])
    assert shown({other.id: 1.0}) == pytest.approx([0.8, 1.0])
    assert shown({tuned.id: 0.7, other.id: 0.3}) == pytest.approx([0.9, 1.0])
