"""The phases of training in one process: what is scored, what is delivered, what happens when something breaks."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.scores import all_scores
from narrative.engine.scores.base import LabelScore
from narrative.engine.training.assemble import assemble
from narrative.engine.training.prepare import prepare
from narrative.engine.training.store import RunFolder
from narrative.engine.training.types import Progress, TrainingOptions
from tests.fixtures.training_runs import (
    Breaks,
    Fake,
    Huge,
    Refuses,
    Slow,
    assert_sound,
    prepared,
    run_here,
    train_here,
    use_candidates,
)
from tests.fixtures.training_tables import binary_table, multiclass_table, regression_table


def test_a_binary_table_gives_a_tested_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame = binary_table(1_200)
    result = train_here(tmp_path, frame, target="churn")
    assert_sound(result, frame)
    assert result.model.classes == ["no", "yes"]
    assert result.evaluation.method == "holdout"
    assert result.evaluation.n_train_rows == 960
    assert result.evaluation.honesty_gap == pytest.approx(
        result.evaluation.score - (result.evaluation.cross_validated_score or 0.0)
    )
    assert result.importances[0].column == "signal"
    assert result.plan["completed"] is True
    assert result.evaluation.thresholds
    assert result.warnings == []


def test_the_scored_model_is_the_one_of_the_development_rows_and_the_delivered_one_knows_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    frame = regression_table(1_200).drop("steps")
    run = prepared(tmp_path, frame, TrainingOptions(target="price"))
    run_here(run)
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert_sound(result, frame)
    design = frame.select("size", "noise").to_numpy()
    kept = run.split.development
    own = np.linalg.lstsq(
        np.column_stack([design[kept], np.ones(kept.size)]), frame["price"].to_numpy()[kept], rcond=None
    )
    by_hand = np.column_stack([design, np.ones(len(design))])[run.split.test] @ own[0]
    assert result.test_predictions == pytest.approx(by_hand, rel=1e-6)
    delivered = result.model.margins(frame.drop("price"))[run.split.test, 0]
    assert not np.allclose(delivered, result.test_predictions, rtol=1e-9)
    assert delivered == pytest.approx(result.test_predictions, rel=0.05)


def test_a_small_table_is_scored_by_models_that_never_saw_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    frame = multiclass_table(200)
    result = train_here(tmp_path, frame, target="kind")
    assert_sound(result, frame)
    assert result.evaluation.method == "cross_validation"
    assert result.evaluation.n_test_rows == 200
    assert result.evaluation.honesty_gap is None
    assert {each.column for each in result.importances[:2]} == {"x", "y"}


def test_pure_noise_gives_the_baseline_or_nothing_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memorising noise would give a good score on training rows; on unseen rows nothing may be promised."""
    use_candidates(monkeypatch, Fake)
    random = np.random.default_rng(5)
    frame = pl.DataFrame(
        {"a": random.normal(size=150), "b": random.normal(size=150), "y": random.integers(2, size=150)}
    )
    result = train_here(tmp_path, frame, target="y")
    assert result.evaluation.interval[0] <= 0.5 <= result.evaluation.interval[1]


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame = binary_table(300)
    first, again, other = (
        train_here(tmp_path / name, frame, target="churn", seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first.evaluation == again.evaluation
    assert first.importances == again.importances
    assert first.plan == again.plan
    features = frame.drop("churn")
    assert np.array_equal(first.model.margins(features), again.model.margins(features))
    assert first.evaluation.score != other.evaluation.score


def test_a_failing_candidate_is_listed_with_its_reason_and_never_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, Breaks, Refuses, Huge)
    frame = binary_table(300)
    result = train_here(tmp_path, frame, target="churn")
    assert_sound(result, frame)
    by_name = {line.name: line for line in result.candidates}
    assert (by_name["breaks"].state, by_name["refuses"].state, by_name["huge"].state) == ("failed", "failed", "skipped")
    assert "ZeroDivisionError: three is not a crowd" in str(by_name["breaks"].reason)
    assert "disagree" in str(by_name["refuses"].reason)
    assert "memory" in str(by_name["huge"].reason)
    assert by_name["fake"].state == "finished"
    assert any("breaks" in warning for warning in result.warnings)


def test_when_everything_fails_the_baseline_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Breaks)
    result = train_here(tmp_path, binary_table(300), target="churn")
    assert result.best_candidate == "baseline"
    assert result.evaluation.score == result.evaluation.baseline_score == 0.5
    assert any("breaks was given up" in warning for warning in result.warnings)
    assert not any("No model beat" in warning for warning in result.warnings)  # nobody can know


def test_time_over_in_the_middle_keeps_the_best_so_far_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Slow)
    frame = regression_table(1_200)
    run = prepared(tmp_path, frame, TrainingOptions(target="price"))
    run_here(run, seconds=1.2)
    result = assemble(run, was_stopped=False, seconds=1.2)
    assert_sound(result, frame)
    slow = next(line for line in result.candidates if line.name == "slow")
    assert 0 < slow.folds_done < slow.folds
    assert result.plan["completed"] is False
    assert any("time" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    "kept", ["fit-baseline-fold_0", "fit-fake-fold_0", "fit-fake-fold_4", "selection", "fit-fake-all"]
)
def test_a_kill_at_any_moment_leaves_a_model_that_was_scored(
    kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything written after ``kept`` is taken away again, as if the process had died right after writing it."""
    use_candidates(monkeypatch, Fake)
    frame = binary_table(1_200)
    run = prepared(tmp_path, frame, TrainingOptions(target="churn"))
    run_here(run)
    moment = (tmp_path / f"{kept}.json").stat().st_mtime_ns
    for path in tmp_path.iterdir():
        if path.stat().st_mtime_ns > moment:
            path.unlink()
    result = assemble(run, was_stopped=True, seconds=1.0)
    assert_sound(result, frame)
    assert result.best_candidate == ("baseline" if "baseline" in kept else "fake")
    complete = kept == "fit-fake-all"
    assert any("rows" in warning for warning in result.warnings) != complete


def test_a_run_without_a_single_fit_says_that_the_budget_was_too_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, binary_table(100), TrainingOptions(target="churn"))
    with pytest.raises(LimitExceeded) as caught:
        assemble(run, was_stopped=False, seconds=1.0)
    assert caught.value.code == "budget_too_small"
    assert caught.value.fix


def test_a_second_child_goes_on_where_the_first_one_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    run_here(run)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("fit-*")}
    run_here(run)
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("fit-*")}
    assert before == after


def test_progress_tells_real_phases_in_order_and_never_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, Slow)
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    lines: list[dict[str, Any]] = []
    run_here(run, reports=lines)
    events = [Progress.model_validate(line) for line in lines]
    order = ["preparing", "training", "combining", "scoring", "explaining"]
    phases = [event.phase for event in events]
    assert list(dict.fromkeys(phases)) == order
    shares = [event.share for event in events]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(shares))
    folds = [next(line.folds_done for line in event.candidates if line.name == "slow") for event in events]
    assert folds == sorted(folds)
    assert folds[-1] == 15


def test_rows_in_time_are_scored_on_the_future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    n = 1_500
    frame = regression_table(n).with_columns(
        day=pl.Series([date(2023, 1, 1) + timedelta(days=index // 3) for index in range(n)])
    )
    result = train_here(tmp_path, frame, target="price")
    assert_sound(result, frame)
    assert result.evaluation.method == "time_holdout"
    assert set(result.test_rows) == set(range(1_200, 1_500))
    assert "'day'" in result.evaluation.method_sentence
    left_out = next(warning for warning in result.warnings if "never seen before" in warning)
    assert "days" in left_out
    assert not any("since" in name for name in result.model.recipes["linear"].feature_names)


def test_rows_without_a_target_are_counted_and_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame = binary_table(300).with_columns(
        churn=pl.when(pl.int_range(pl.len()) % 10 == 3).then(None).otherwise("churn")
    )
    result = train_here(tmp_path, frame, target="churn")
    assert_sound(result, frame)
    assert (result.n_rows, result.n_rows_without_target) == (270, 30)
    assert not any(int(row) % 10 == 3 for row in result.test_rows)
    labels = frame["churn"].to_list()
    assert [labels[int(row)] for row in result.test_rows] == [
        result.model.classes[int(code)] for code in result.test_target
    ]


def test_a_wide_table_is_screened_inside_the_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Screening on all rows would make noise look like signal: 1,500 columns of noise and 120 rows."""
    use_candidates(monkeypatch, Fake)
    random = np.random.default_rng(6)
    frame = pl.DataFrame({f"c{index}": random.normal(size=120) for index in range(1_500)})
    frame = frame.with_columns(y=pl.Series(random.integers(2, size=120)))
    result = train_here(tmp_path, frame, seconds=8, target="y", budget_seconds=5)
    assert result.evaluation.score < 0.65
    assert any("1,500 columns" in warning for warning in result.warnings)
    assert len(next(iter(result.model.recipes.values())).input_columns) <= 500


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (pl.lit("only"), "target_constant"),
        (pl.lit(None, dtype=pl.String), "target_empty"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_before_any_work(column: pl.Expr, code: str, tmp_path: Path) -> None:
    frame = binary_table(100).with_columns(churn=column)
    with pytest.raises(InvalidInput) as caught:
        prepared(tmp_path, frame, TrainingOptions(target="churn"))
    assert caught.value.code == code
    assert caught.value.column == "churn"


def test_a_table_that_holds_only_the_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        prepared(tmp_path, binary_table(100).select("churn"), TrainingOptions(target="churn"))
    assert caught.value.code == "no_columns"


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(
            {"a": [1, 1, 1, 1] * 5, "b": [None] * 20, "y": ["yes", "no"] * 10}, schema_overrides={"b": pl.String}
        ),
        pl.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "y": ["yes", "no", "yes", "no"]}),
        pl.DataFrame({"a": [1.0, 2.0, 3.0], "y": [1.5, 2.5, 4.0]}),
        pl.DataFrame({"id": [f"k{index}" for index in range(30)], "y": [index / 7 for index in range(30)]}),
        pl.DataFrame({"a": [0, 1] * 20, "y": [0, 1] * 20}),
    ],
    ids=["nothing varies", "four rows", "three numbers", "only an identifier", "the answer itself"],
)
def test_the_smallest_and_emptiest_tables_give_a_model(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, frame, seconds=20, target="y")
    assert_sound(result, frame)


def test_a_class_of_one_row_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame = multiclass_table(200)
    lone = frame.head(1).with_columns(pl.lit("once").alias("kind"))
    run = prepare(
        frame.vstack(lone),
        TrainingOptions(target="kind"),
        None,
        RunFolder(tmp_path),
        8 * 1024**3,
        lines=pl.Series(range(2, 203)),
    )
    run_here(run)
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert_sound(result, frame)
    assert "once" not in result.model.classes
    assert (result.n_rows, result.n_rows_without_target) == (200, 0)
    assert "One class of 'kind' occurs only once and is left out: 'once' (line 202)." in result.warnings
    binary = pl.DataFrame({"x": list(range(41)), "kind": ["a", "b"] * 20 + ["once"]})
    again = train_here(tmp_path / "binary", binary, target="kind")
    assert (again.problem, again.model.classes) == ("binary", ["a", "b"])


def owned(n_rows: int = 1_500, n_owners: int = 120) -> pl.DataFrame:
    """Numbers that follow from the owner of a row, whose mark every column ``own`` gives away."""
    random = np.random.default_rng(8)
    owner = random.integers(n_owners, size=n_rows)
    mark, level = random.normal(size=n_owners), 3.0 * random.normal(size=n_owners)
    x = random.normal(size=n_rows)
    value = x + level[owner] + 0.3 * random.normal(size=n_rows)
    return pl.DataFrame({"customer_id": [f"c{each}" for each in owner], "x": x, "own": mark[owner], "value": value})


def test_a_split_by_group_never_uses_the_group_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame = owned()
    result = train_here(tmp_path, frame, target="value", split="group", group_column="customer_id")
    tested = set(frame["customer_id"].gather(result.test_rows.astype(int).tolist()))
    others = set(frame["customer_id"].gather(sorted({*range(frame.height)} - {*result.test_rows.astype(int).tolist()})))
    assert not tested & others
    assert result.evaluation.group_column == "customer_id"
    assert "whole groups of 'customer_id'" in result.evaluation.method_sentence
    assert not any("customer_id" in recipe.input_columns for recipe in result.model.recipes.values())
    assert result.plan["split"]["group_column"] == "customer_id"
    assert not any("both sides" in warning for warning in result.warnings)


def test_rows_that_look_grouped_are_pointed_out_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, owned(), target="value")
    assert result.evaluation.group_column is None
    assert any("split by group with 'customer_id'" in warning for warning in result.warnings)


@pytest.mark.parametrize("metric", ["log_loss", "average_precision", "balanced_accuracy", "f1"])
def test_a_chosen_score_ranks_the_list_and_is_reported(
    metric: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, binary_table(1_200), target="churn", metric=metric)
    score = all_scores()[metric]()
    own = (
        score.compute_at(result.test_target, result.test_predictions, result.model.threshold)
        if isinstance(score, LabelScore)
        else score.compute(result.test_target, result.test_predictions)
    )
    evaluation = result.evaluation
    assert evaluation.metric == metric
    assert evaluation.score == pytest.approx(own)
    assert evaluation.interval[0] < evaluation.score < evaluation.interval[1]
    assert evaluation.interval[0] <= (evaluation.cross_validated_score or 0.0) <= evaluation.interval[1]
    assert metric not in evaluation.companions
    assert "roc_auc" in evaluation.companions
    ranks = [line.score for line in result.candidates if line.score is not None]
    assert ranks == sorted(ranks, reverse=evaluation.higher_is_better)


def test_a_score_that_does_not_suit_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not suit a binary problem"):
        prepared(tmp_path, binary_table(200), TrainingOptions(target="churn", metric="rmse"))
    assert not list(tmp_path.glob("*.json"))


def test_the_cut_for_a_score_of_answers_sees_no_answer_of_the_rows_it_is_scored_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, binary_table(300), target="churn", metric="f1")
    assert result.evaluation.method == "cross_validation"
    assert "follows from the predictions alone" in result.evaluation.method_sentence
    score = all_scores()["f1"]()
    assert isinstance(score, LabelScore)
    assert result.model.threshold == score.own_cut(result.test_predictions)
