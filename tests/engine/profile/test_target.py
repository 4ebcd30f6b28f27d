"""The target: which problem it makes, which one is suggested, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import datasets

from narrative.core.errors import InvalidInput
from narrative.engine.profile import check_target, infer_problem, nearest_names, profile_table

RANDOM = np.random.default_rng(3)
PROBLEMS: list[tuple[str, Any, str]] = [
    ("yes and no", ["yes", "no"] * 50, "binary"),
    ("truth", [True, False] * 50, "binary"),
    ("zero and one", [0, 1] * 50, "binary"),
    ("one and two with gaps", [1, 2, None] * 30, "binary"),
    ("two decimals", [0.0, 1.0] * 50, "binary"),
    ("three words", ["a", "b", "c"] * 30, "multiclass"),
    ("grades", RANDOM.integers(1, 7, 300), "multiclass"),
    ("digits", RANDOM.integers(0, 10, 300), "multiclass"),
    ("scattered codes", RANDOM.choice([10, 20, 50, 99, 100, 150, 200, 300, 400, 500, 600, 700], 400), "multiclass"),
    ("small counts", RANDOM.poisson(4.0, 1_000), "regression"),
    ("prices", RANDOM.integers(50, 900, 500), "regression"),
    ("measurements", RANDOM.normal(0, 1, 100), "regression"),
    ("half steps", RANDOM.choice([1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0], 300), "regression"),
    ("few rows, many numbers", [3, 9, 12, 15, 20, 21, 30, 33], "regression"),
]


@pytest.mark.parametrize(("values", "problem"), [case[1:] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS])
def test_problem(values: Any, problem: str) -> None:
    found, reason = infer_problem(pl.Series("t", values))
    assert found == problem, reason
    assert reason


def _table(bunch: Any) -> pl.DataFrame:
    frame = pl.DataFrame({str(name): bunch.data[:, i] for i, name in enumerate(bunch.feature_names)})
    return frame.with_columns(target=pl.Series(bunch.target))


@pytest.mark.parametrize(
    ("load", "problem"),
    [
        (datasets.load_iris, "multiclass"),
        (datasets.load_wine, "multiclass"),
        (datasets.load_breast_cancer, "binary"),
        (datasets.load_diabetes, "regression"),
        (datasets.load_digits, "multiclass"),
    ],
)
def test_public_tables_make_the_problem_they_are_known_for(load: Any, problem: str) -> None:
    profile = profile_table(_table(load()), target="target")
    assert profile.problem == problem
    assert profile_table(_table(load())).suggested_targets[0].column == "target"


FRAME = pl.DataFrame(
    {
        "churned": ["yes", "no"] * 20,
        "amount": RANDOM.normal(0, 1, 40),
        "same": ["x"] * 40,
        "nothing": pl.Series([None] * 40, dtype=pl.String),
        "when": [date(2024, 1, 1 + i % 28) for i in range(40)],
        "alone": ["a"] * 39 + ["c"],
        "rare": ["a"] * 20 + ["b"] * 19 + ["c"],
        "name": [f"n{i % 20}" for i in range(40)],
        "gaps": [1, 0, None, None] * 10,
    }
)


@pytest.mark.parametrize(
    ("target", "problem", "code"),
    [
        ("same", "auto", "target_constant"),
        ("nothing", "auto", "target_empty"),
        ("when", "auto", "target_is_time"),
        ("alone", "auto", "target_rare_class"),
        ("churned", "regression", "target_not_numeric"),
        ("name", "binary", "target_not_binary"),
        ("chrun", "auto", "target_unknown"),
        ("amount", "multiclass", "target_rare_class"),
    ],
)
def test_targets_that_cannot_be_learned_are_refused_with_column_and_way_on(
    target: str, problem: Any, code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_target(FRAME, target, problem)
    assert caught.value.code == code
    assert caught.value.column == target
    assert caught.value.fix


def test_an_unknown_target_gets_the_nearest_names() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_target(FRAME, "Churn", "auto")
    assert caught.value.fix == "Did you mean 'churned'?"
    with pytest.raises(InvalidInput) as caught:
        check_target(FRAME, "qqq", "auto")
    assert "'churned'" in str(caught.value.fix)
    assert nearest_names("total charges", ["total_charges", "charges", "city"])[0] == "total_charges"


def test_a_rare_class_names_its_row() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_target(FRAME, "alone")
    assert caught.value.row == 40
    assert "'c' (row 40)" in caught.value.message
    with pytest.raises(InvalidInput) as caught:
        check_target(FRAME, "alone", lines=pl.Series(range(4, 44)))
    assert caught.value.row == 43
    assert "'c' (line 43)" in caught.value.message


def test_classes_of_one_row_are_left_out_by_name_and_line_where_two_others_remain() -> None:
    problem, _, warnings = check_target(FRAME, "rare", lines=pl.Series(range(2, 42)))
    assert problem == "binary"
    assert warnings == ["One class of 'rare' occurs only once and is left out: 'c' (line 41)."]
    several = pl.DataFrame({"t": ["a", "b", "c"] * 10 + ["x", "y", "z", "w"]})
    problem, _, warnings = check_target(several, "t")
    assert problem == "multiclass"
    assert warnings == [
        "4 classes of 't' occur only once each and are left out: 'x' (row 31), 'y' (row 32), 'z' (row 33) and 1 more."
    ]


def test_too_many_classes_are_refused() -> None:
    frame = pl.DataFrame({"t": [f"n{i % 300}" for i in range(900)]})
    with pytest.raises(InvalidInput) as caught:
        check_target(frame, "t")
    assert caught.value.code == "target_too_many_classes"


def test_good_targets_pass_with_a_reason_and_warnings() -> None:
    assert check_target(FRAME, "churned")[:2] == ("binary", "it names 2 classes")
    problem, _, warnings = check_target(FRAME, "gaps")
    assert problem == "binary"
    assert warnings == ["20 rows have no value of 'gaps' and are left out."]
    assert check_target(FRAME, "churned", "multiclass")[0] == "binary"
    assert check_target(FRAME, "amount", "regression")[0] == "regression"


def test_a_single_row_without_a_target_is_told_in_the_singular() -> None:
    frame = pl.DataFrame({"t": ["a", "b"] * 10 + [None]})
    assert check_target(frame, "t")[2] == ["1 row has no value of 't' and is left out."]
