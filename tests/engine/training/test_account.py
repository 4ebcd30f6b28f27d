"""What is said about a run afterwards agrees with what was done: rows learned from, scores, members."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData
from narrative.engine.learners.linear import Linear
from narrative.engine.training.account import LEADER_LEFT_OUT
from narrative.engine.training.assemble import assemble
from narrative.engine.training.models import ALL, DEVELOPMENT
from narrative.engine.training.run import Run
from narrative.engine.training.select import select, write_selection
from narrative.engine.training.types import TrainingOptions
from tests.fixtures.training_runs import Fake, prepared, run_here, train_here, use_candidates
from tests.fixtures.training_tables import binary_table, multiclass_table, regression_table


class Noisy(Fake):
    """Like the other, but each weight is off by a fifth: worse, and wrong in its own way."""

    name: ClassVar[str] = "noisy"
    title: ClassVar[str] = "Noisy"

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        good = super().fit(data, settings, options).learner
        assert isinstance(good, Linear)
        weights = good.weights * np.random.default_rng(3).uniform(0.8, 1.2, good.weights.shape)
        return Fitted(Linear(weights=weights, bias=good.bias, means=good.means))


def _forget(run: Run, *scopes: str) -> None:
    """The time was over before these fits were made."""
    for scope in scopes:
        for path in run.folder.path.glob(f"fit-*-{scope}.*"):
            path.unlink()


def test_after_a_last_fit_the_model_knows_all_rows_and_the_score_says_which_model_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, binary_table(1_200), target="churn")
    assert (result.n_rows, result.n_rows_learned, result.evaluation.n_train_rows) == (1_200, 1_200, 960)
    assert result.evaluation.method_sentence == (
        "240 rows drawn at random were set aside and only used for this score; the scored model learned from 960 "
        "others. The delivered model then learned from all 1,200 rows."
    )


def test_without_a_last_fit_the_model_knows_the_rows_of_the_scored_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, binary_table(1_200), TrainingOptions(target="churn"))
    run_here(run)
    _forget(run, ALL)
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert (result.n_rows, result.n_rows_learned) == (1_200, 960)
    assert "delivered" not in result.evaluation.method_sentence
    assert any("learned from 960 of 1,200 rows" in warning for warning in result.warnings)

    _forget(run, ALL, DEVELOPMENT)
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert result.n_rows_learned == result.evaluation.n_train_rows == run.split.folds[0].train.size < 960


def test_with_folds_of_all_rows_each_scored_model_knows_only_its_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, multiclass_table(200), target="kind")
    assert result.evaluation.method == "cross_validation"
    assert result.n_rows_learned == 200
    assert result.evaluation.n_train_rows == 160
    assert "each of these models learned from about 160 rows." in result.evaluation.method_sentence


def test_every_page_speaks_of_one_score_over_the_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake, Noisy)
    result = train_here(tmp_path, regression_table(300), target="price")
    line = next(line for line in result.candidates if line.name == result.best_candidate)
    assert result.evaluation.cross_validated_score == line.score
    assert line.score == pytest.approx(np.mean(line.fold_scores))
    assert line.interval is not None
    assert line.interval[0] <= (line.score or 0.0) <= line.interval[1]


def test_a_leader_that_found_no_time_for_its_last_fit_says_so_in_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, Noisy)
    run = prepared(tmp_path, regression_table(300), TrainingOptions(target="price"))
    run_here(run)
    whole = assemble(run, was_stopped=False, seconds=1.0)
    assert whole.plan["absent_leader"] is None
    assert next(line for line in whole.candidates if line.name == "fake").reason is None

    rest = select(
        run.folder, run.split, "regression", run.target.values, ["baseline", "noisy"], seed=42, without=frozenset()
    )
    assert rest is not None
    write_selection(run.folder, rest)
    result = assemble(run, was_stopped=False, seconds=1.0)
    leader = next(line for line in result.candidates if line.name == "fake")
    assert leader.weight == 0
    assert result.plan["absent_leader"] == "time"
    assert leader.reason == LEADER_LEFT_OUT["time"]
