"""Plans: the same for the same table and budget, the quick ones first, sized to the time and the memory."""

from __future__ import annotations

import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.training.plan import Plan, Size, available_candidates, make_plan

GIGABYTE = 1024**3


def size(n_rows: int = 3_000, *, is_small: bool = False, n_classes: int = 2) -> Size:
    return Size(n_rows, 30, n_classes, folds=15 if is_small else 5, folds_per_repeat=5, is_small=is_small)


def plan(given: Size, budget: float = 60, names: list[str] | None = None, memory: int = 8 * GIGABYTE) -> Plan:
    return make_plan("binary", given, budget_seconds=budget, names=names, memory_bytes=memory)


def test_the_baseline_and_the_linear_model_come_whole_and_first() -> None:
    tasks = plan(size()).tasks()
    first = [trial.candidate for trial, _ in tasks[:10]]
    assert first == ["baseline"] * 5 + ["logistic_regression"] * 5


def test_a_plan_is_a_function_of_table_and_budget() -> None:
    assert plan(size()) == plan(size())
    assert Plan.from_dict(plan(size()).to_dict()) == plan(size())


def test_more_time_never_means_fewer_folds_or_candidates() -> None:
    plans = [plan(size(20_000), budget) for budget in (5, 20, 60, 300)]
    folds = [made.n_folds * len(made.trials) for made in plans]
    assert folds == sorted(folds)
    assert plans[-1].n_folds == 5


def test_a_tiny_budget_keeps_the_cheap_ones_and_says_why_others_are_left_out() -> None:
    made = plan(size(200_000), budget=5)
    names = [trial.candidate for trial in made.trials]
    assert names[:2] == ["baseline", "logistic_regression"]
    assert made.n_folds == 1
    assert all("budget" in reason for reason in made.skipped.values())
    assert made.skipped


def test_one_fold_of_everything_comes_before_a_second_of_anything_when_time_is_short() -> None:
    made = plan(size(100_000), budget=60)
    assert made.n_folds < 5
    rest = [
        (trial.id, fold) for trial, fold in made.tasks() if trial.candidate not in ("baseline", "logistic_regression")
    ]
    assert [fold for _, fold in rest] == sorted(fold for _, fold in rest)


def test_small_tables_get_whole_repeats_only() -> None:
    for budget in (3, 10, 60, 600):
        assert plan(size(300, is_small=True), budget).n_folds % 5 == 0


def test_a_candidate_that_needs_too_much_memory_is_skipped_with_the_figures() -> None:
    made = plan(size(2_000_000), budget=6_000, memory=GIGABYTE // 8)
    assert any("GB of memory" in reason for reason in made.skipped.values())


def test_the_users_choice_is_kept_and_the_baseline_comes_along() -> None:
    made = plan(size(), names=["lightgbm"])
    assert [trial.candidate for trial in made.trials] == ["baseline", "lightgbm"]


def test_an_unknown_candidate_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput, match="ligthgbm") as caught:
        plan(size(), names=["ligthgbm"])
    assert caught.value.code == "candidate_unknown"
    assert "'lightgbm'" in str(caught.value.fix)


def test_a_choice_that_cannot_learn_the_problem_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(size(), names=["ridge"])
    assert caught.value.code == "candidate_unfit"


def test_an_unavailable_library_is_a_reason_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(available_candidates()["catboost"])
    monkeypatch.setattr(kind, "unavailable_reason", lambda self: "CatBoost is not installed.")
    made = plan(size())
    assert made.skipped["catboost"] == "CatBoost is not installed."
