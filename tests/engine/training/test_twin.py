"""The twin: a small model that answers as the full one does, scored on the same untouched rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.candidates.decision_tree import DecisionTree
from narrative.engine.training import twin as module
from narrative.engine.training.assemble import assemble
from narrative.engine.training.twin import MOST_ROWS, NO_TIME, NOT_LIGHTER, lesson_of, to_learn
from narrative.engine.training.twin_result import sentence_of
from narrative.engine.training.types import TrainingOptions, TwinReport
from tests.fixtures.training_runs import Fake, prepared, run_here, train_here, use_candidates
from tests.fixtures.training_tables import binary_table, regression_table

REPORT = TwinReport(
    sentence="",
    score=0.8,
    full_score=0.82,
    worse=0.02,
    worse_interval=(0.01, 0.03),
    n_rows=1_000,
    ms_per_row=0.01,
    full_ms_per_row=0.5,
    megabytes=0.1,
    full_megabytes=12.0,
)


@pytest.fixture(autouse=True)
def short_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rounds on few made rows: enough to tell right from wrong."""
    monkeypatch.setattr(module, "ROUNDS", 30)
    monkeypatch.setattr(module, "MADE_PER_ROW", 1)


def costly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The full model takes a megabyte more than it does."""
    sizes = iter([0.1, 12.0])
    monkeypatch.setattr(module, "megabytes_of", lambda _model: next(sizes))


def test_a_twin_answers_much_as_the_model_does_and_its_score_comes_from_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, DecisionTree)
    costly(monkeypatch)
    frame = regression_table(1_200)
    result = train_here(tmp_path, frame, target="price", candidates=["fake"], twin=True)
    assert result.twin is not None
    assert result.twin.model is not None
    assert result.twin.evaluation is not None
    features = frame.drop("price")
    own, full = (each.predictions(each.margins(features)) for each in (result.twin.model, result.model))
    assert float(np.corrcoef(own, full)[0, 1]) > 0.9
    report = result.twin.report
    assert report.n_rows == result.evaluation.n_test_rows
    assert report.full_score == pytest.approx(result.evaluation.score)
    assert report.score == result.twin.evaluation.score
    assert report.worse_interval is not None
    assert report.worse_interval[0] <= (report.worse or 0.0) <= report.worse_interval[1]
    assert report.megabytes == 0.1


def test_a_twin_of_few_rows_is_scored_by_cross_validation_with_twins_that_have_not_seen_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, DecisionTree)
    costly(monkeypatch)
    asked: list[int] = []
    lesson = module.lesson_of

    def noted(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
        asked.append(frame.height)
        return lesson(frame, seed)

    monkeypatch.setattr(module, "lesson_of", noted)
    result = train_here(tmp_path, binary_table(200), target="churn", candidates=["fake"], twin=True)
    assert result.twin is not None
    assert result.twin.report.n_rows == 200
    assert asked == [160] * 5 + [200]


def test_a_twin_that_is_no_lighter_than_the_model_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake, DecisionTree)
    monkeypatch.setattr(module, "megabytes_of", lambda _model: 1.0)
    monkeypatch.setattr(module, "_ms_per_row", lambda _session, _model: 1.0)
    result = train_here(tmp_path, regression_table(1_200), target="price", candidates=["fake"], twin=True)
    assert result.twin is not None
    assert result.twin.model is None
    assert result.twin.report.sentence == NOT_LIGHTER


def test_nobody_gets_a_twin_who_has_not_asked_and_a_run_without_time_says_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, DecisionTree)
    frame = regression_table(1_200)
    assert train_here(tmp_path / "plain", frame, target="price", candidates=["fake"]).twin is None
    monkeypatch.setattr(module, "_learned", lambda *_given: None)
    run = prepared(tmp_path / "late", frame, TrainingOptions(target="price", candidates=["fake"], twin=True))
    run_here(run)
    late = assemble(run, was_stopped=False, seconds=1.0).twin
    assert late is not None
    assert late.report.sentence == NO_TIME


def test_a_lesson_holds_the_given_rows_and_made_ones_of_the_same_values() -> None:
    frame = pl.DataFrame({"a": range(50), "b": [f"t{number}" for number in range(50)]})
    lesson = lesson_of(frame, seed=3)
    assert lesson.height == 100
    assert lesson.head(50).equals(frame)
    made = lesson.tail(50)
    assert set(made["b"].to_list()) <= set(frame["b"].to_list())
    apart = sum(f"t{a}" != b for a, b in made.iter_rows())
    assert 0 < apart < 50
    assert lesson_of(frame, seed=3).equals(lesson)
    assert lesson_of(pl.DataFrame({"a": range(MOST_ROWS + 1)}), seed=3).height == MOST_ROWS


def test_learning_weighed_classes_has_the_loss_of_learning_probabilities() -> None:
    features, said = np.array([[1.0], [2.0]]), np.array([[0.25, 0.75], [1.0, 0.0]])
    data = to_learn(features, said, "binary", 2)
    assert data.weights is not None
    assert sorted(zip(data.features[:, 0], data.target, data.weights, strict=True)) == [
        (1.0, 0.0, 0.25), (1.0, 1.0, 0.75), (2.0, 0.0, 1.0),
    ]  # fmt: skip
    # Cross-entropy of the first row against a guess of 0.4 / 0.6, by hand.
    guess = np.array([0.4, 0.6])
    by_rows = -sum(w * np.log(guess[int(c)]) for x, c, w in zip(features[[0, 0], 0], (0, 1), (0.25, 0.75), strict=True))
    assert by_rows == pytest.approx(-(0.25 * np.log(0.4) + 0.75 * np.log(0.6)))


def test_no_difference_is_only_claimed_with_the_interval_that_shows_it() -> None:
    assert "clearly worse (it loses between 0.01 and 0.03, 95% interval)" in sentence_of(REPORT, "ROC AUC")
    unclear = REPORT.model_copy(update={"worse_interval": (-0.01, 0.05)})
    assert "no difference could be shown (it loses between \u22120.01 and 0.05" in sentence_of(unclear, "ROC AUC")
    unknown = REPORT.model_copy(update={"worse_interval": None})
    assert sentence_of(unknown, "ROC AUC").endswith("how much of that is luck cannot be told.")
