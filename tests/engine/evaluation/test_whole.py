from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import ManualClock
from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation import Evaluation, Subject, evaluate, subject_of
from narrative.engine.evaluation.rows import code_known, gather
from narrative.engine.training.imbalance_types import Costs
from narrative.engine.types import FloatArray, Problem
from tests.fixtures.bundles import PROBLEMS, small_bundle
from tests.fixtures.evaluated import LINE, SUBJECT, chances, numbers, table
from tests.fixtures.frames import mixed, target_of


@pytest.fixture(scope="module")
def whole() -> Evaluation:
    return evaluate(
        SUBJECT,
        table(1_500, 2, turned=True),
        known=table(1_500, 3),
        groups=["g"],
        costs=Costs(false_positive=1.0, false_negative=4.0),
    )


def test_every_part_is_there_and_tells_a_proven_sentence(whole: Evaluation) -> None:
    assert whole.left_out == []
    for name in ("promise", "roc", "precision_recall", "gain", "lift", "calibration", "confusion", "money", "slices",
                 "fairness", "mitigation", "worst_errors", "error_clusters", "extrapolation", "overfit", "learning",
                 "importance", "dependence"):  # fmt: skip
        assert getattr(whole, name), name
    # Lift shows the numbers of gain, precision-recall and importance are told by their charts.
    assert len(whole.sentences) >= 17
    for sentence in whole.sentences:
        assert any("fact" in part for part in sentence.parts)


def test_an_evaluation_is_plain_json_and_comes_back_equal(whole: Evaluation) -> None:
    assert Evaluation.model_validate_json(whole.model_dump_json()) == whole


def test_the_seed_decides_everything_and_pieces_of_a_table_are_the_table() -> None:
    frame = numbers(600, 4)
    first = evaluate(LINE, frame, seed=5)
    again = evaluate(LINE, (frame[start : start + 70] for start in range(0, 600, 70)), seed=5)
    assert again.model_dump_json() == first.model_dump_json()


def test_cells_are_kept_of_a_fair_sample_only() -> None:
    frame = numbers(3_000, 4)
    pieces = [frame[start : start + 500] for start in range(0, 3_000, 500)]
    gathered = gather(LINE, pieces, "v", most_cells=300)
    assert gathered.whole.size == 3_000
    assert gathered.whole.frame is None
    assert gathered.sample.size == 300
    assert gathered.sample.cells["a"].to_list() == frame["a"][gathered.sample.positions].to_list()
    assert np.bincount(gathered.sample.positions // 500, minlength=6).min() >= 25
    assert gathered.sample.predictions.tolist() == gathered.whole.predictions[gathered.sample.positions].tolist()


def test_when_the_time_is_over_scores_are_there_and_the_rest_is_listed() -> None:
    clock = ManualClock()

    def slow(frame: pl.DataFrame) -> FloatArray:
        clock.advance(10.0)
        return chances(frame)

    subject = Subject(problem="binary", target="y", predict=slow, columns=SUBJECT.columns, classes=SUBJECT.classes)
    found = evaluate(subject, table(500, 1), budget=5.0, clock=clock)
    assert found.figures.named("roc_auc").value is not None
    assert found.slices is None
    assert {each.reason for each in found.left_out} == {"The time was over before it began."}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_bundle_is_evaluated_as_it_predicts(problem: Problem, tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path, problem)
    frame = mixed(300, seed=8)
    frame = frame.with_columns(target_of(frame, problem).alias("target"))
    found = evaluate(bundle, frame, seed=1)
    predicted = bundle.predict(frame)
    assert found.n_scored == 300
    if problem == "regression":
        truth = frame["target"].to_numpy()
        by_hand = float(np.sqrt(np.mean((np.array(predicted.answers) - truth) ** 2)))
        assert found.figures.named("rmse").value == pytest.approx(by_hand)
        assert found.residuals is not None
        assert found.residuals.coverage is not None
    else:
        right = np.mean([a == b for a, b in zip(predicted.answers, frame["target"].to_list(), strict=True)])
        assert found.figures.named("accuracy").value == pytest.approx(right)
        assert found.confusion is not None
    assert found.importance
    assert found.dependence


def test_rows_without_a_truth_are_left_out_and_counted() -> None:
    frame = table(100, 1).with_columns(pl.Series("y", [None, "perhaps", *(["yes", "no"] * 49)]))
    gathered = gather(SUBJECT, [frame], "y", most_cells=100)
    assert gathered.whole.size == 98
    assert gathered.whole.positions[0] == 2
    assert gathered.notes == ["2 rows without a known truth or with an unreadable cell were left out."]


@pytest.mark.parametrize(
    ("values", "classes"),
    [(["1", "0"], [0, 1]), ([1, 0], ["0", "1"]), ([1.0, 0.0], [0, 1]), ([True, False], ["false", "true"])],
)
def test_labels_are_known_whatever_type_their_column_was_read_as(values: list[object], classes: list[object]) -> None:
    subject = Subject(problem="binary", target="y", predict=chances, columns=[], classes=classes)  # type: ignore[arg-type]
    assert code_known(pl.Series("y", values), subject).tolist() == [1.0, 0.0]


def test_what_cannot_be_evaluated_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="'y'"):
        evaluate(SUBJECT, table(50, 1).drop("y"))
    with pytest.raises(NotApplicable, match="known truth"):
        evaluate(SUBJECT, table(50, 1).with_columns(y=pl.lit("maybe")))
    with pytest.raises(InvalidInput, match="str"):
        subject_of("model")  # type: ignore[arg-type]


def test_odd_test_parts_end_in_reasons_and_never_in_an_error() -> None:
    clean = table(400, 1)
    odd = {
        "one class": clean.filter(pl.col("y") == "yes"),
        "a single row": clean[:1],
        "a few rows": clean[:12],
        "constant columns": clean.with_columns(a=pl.lit(1.0), b=pl.lit(1.0), g=pl.lit("f"), c=pl.lit("x")),
    }
    for frame in odd.values():
        found = evaluate(SUBJECT, frame)
        for figure in found.figures.scores:
            assert (figure.value is None) == (figure.not_applicable is not None)
        assert found.left_out
        assert all(each.reason for each in found.left_out)
