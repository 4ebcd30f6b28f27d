"""Plans: the same for the same table and budget, the quick ones first, sized to the time and the memory."""

from __future__ import annotations

from typing import Any

import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.training.plan import Plan, Size, available_candidates, make_plan, plan_of

GIGABYTE = 1024**3


def size(n_rows: int = 3_000, *, is_small: bool = False, n_classes: int = 2) -> Size:
    return Size(n_rows, 30, n_classes, folds=15 if is_small else 5, folds_per_repeat=5, is_small=is_small)


def plan(given: Size, budget: float = 60, names: list[str] | None = None, memory: int = 8 * GIGABYTE) -> Plan:
    return make_plan("binary", given, budget_seconds=budget, names=names, memory_bytes=memory)


def test_a_plan_is_a_function_of_table_and_budget() -> None:
    assert plan(size()) == plan(size())
    assert Plan.from_dict(plan(size()).to_dict()) == plan(size())


def test_more_time_never_means_fewer_folds_or_candidates() -> None:
    plans = [plan(size(20_000), budget) for budget in (5, 20, 60, 300, 2_000)]
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


def test_small_fits_run_side_by_side_and_large_ones_alone() -> None:
    assert plan(size(3_000)).at_once == 2
    assert plan(size(500_000), budget=6_000).at_once == 1


def test_a_recorded_plan_that_is_not_whole_or_uses_what_is_not_here_is_refused() -> None:
    for record in ({}, {"trials": 3}, {"trials": [{"id": "a", "candidate": "a", "settings": {}, "variation": 0}]}):
        with pytest.raises(InvalidInput) as caught:
            plan_of(record)
        assert caught.value.code == "plan_not_usable"
    whole = {
        "trials": [{"id": "oracle", "candidate": "oracle", "settings": {}, "variation": 0}],
        "first_trials": 1,
        "at_once": 1,
        "split": {"folds": 5},
        "done": {"without": {}, "scores_on_development": True, "delivered": "all"},
    }
    with pytest.raises(InvalidInput, match="oracle") as caught:
        plan_of(whole)
    assert caught.value.code == "plan_not_usable"
    whole["trials"][0]["candidate"] = whole["trials"][0]["id"] = "baseline"  # type: ignore[index]  # a value of one of several types
    assert plan_of(whole).recorded == whole


def test_what_seldom_wins_is_tried_unasked_only_where_it_costs_next_to_nothing() -> None:
    asked = plan(size(20_000), budget=5, names=["k_nearest_neighbors"])
    assert [trial.candidate for trial in asked.trials] == ["baseline", "k_nearest_neighbors"]
    short, long = plan(size(20_000), budget=5), plan(size(20_000), budget=3_600)
    assert "seldom wins" in short.skipped["k_nearest_neighbors"]
    assert "k_nearest_neighbors" in {trial.candidate for trial in long.trials}


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


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../lightgbm"},
        {"id": "lightgbm/x"},
        {"id": "xgboost"},
        {"settings": {"forcedsplits_filename": "somewhere"}},
        {"settings": {"num_leaves": 31, "output_model": "somewhere"}},
    ],
)
def test_a_plan_from_elsewhere_names_no_file_and_no_setting_of_its_own(change: dict[str, Any]) -> None:
    trial = {"id": "lightgbm-2", "candidate": "lightgbm", "settings": {"num_leaves": 31}, "variation": 1}
    record = {
        "trials": [trial],
        "first_trials": 1,
        "split": {"folds": 5},
        "at_once": 1,
        "done": {"without": {}, "scores_on_development": True, "delivered": "all"},
    }
    assert plan_of(record).trials[0].id == "lightgbm-2"
    with pytest.raises(InvalidInput) as caught:
        plan_of(record | {"trials": [trial | change]})
    assert caught.value.code == "plan_not_usable"
    with pytest.raises(InvalidInput):
        plan_of(record | {"trials": [trial, trial]})


def test_every_setting_that_a_candidate_lists_may_be_done_again() -> None:
    for name, candidate in available_candidates().items():
        for problem in candidate.problems:
            for n_rows in (20, 900, 5_000, 30_000, 200_000):
                for place, settings in enumerate(candidate.settings(problem, n_rows, 40)):
                    trial = {"id": f"{name}-{place + 2}", "candidate": name, "settings": settings, "variation": 1}
                    plan_of(
                        {
                            "trials": [trial],
                            "first_trials": 1,
                            "split": {"folds": 5},
                            "at_once": 1,
                            "done": {"without": {}, "scores_on_development": True, "delivered": "all"},
                        }
                    )
