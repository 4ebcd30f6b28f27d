"""Target and problem are suggested as an expert would, on tables labelled beforehand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from sklearn import datasets

from narrative.engine.profile import profile_table
from tests.fixtures.target_cases import CASES, Case, table

PUBLIC = [
    (datasets.load_iris, "multiclass"),
    (datasets.load_wine, "multiclass"),
    (datasets.load_breast_cancer, "binary"),
    (datasets.load_diabetes, "regression"),
    (datasets.load_digits, "multiclass"),
]
REQUIRED = 0.97


def suggested(frame: pl.DataFrame) -> tuple[str | None, str]:
    found = profile_table(frame).suggested_problem
    assert found is not None
    assert found.reason.endswith(".")
    assert 0 < found.confidence <= 0.95
    return found.target, found.problem


def public(load: Any) -> pl.DataFrame:
    bunch = load()
    frame = pl.DataFrame({str(name): bunch.data[:, i] for i, name in enumerate(bunch.feature_names)})
    return frame.with_columns(target=pl.Series(bunch.target))


def wrong(cases: list[Case]) -> list[str]:
    """Cases that an expert would call wrong, with what was said."""
    found = []
    for case in cases:
        said = suggested(table(case))
        if said != (case.target, case.problem):
            found.append(f"{case.id}: {said}, expected {(case.target, case.problem)}")
    return found


def test_every_fifth_table_is_right() -> None:
    assert wrong(CASES[::5]) == []


@pytest.mark.slow
def test_at_least_97_percent_of_more_than_60_tables_are_right() -> None:
    mistakes = wrong(CASES)
    for load, problem in PUBLIC:
        said = suggested(public(load))
        if said != ("target", problem):
            mistakes.append(f"{load.__name__}: {said}")
    n_cases = len(CASES) + len(PUBLIC)
    assert n_cases >= 60
    assert 1 - len(mistakes) / n_cases >= REQUIRED, mistakes


def test_the_suite_sees_a_wrong_suggestion() -> None:
    turned = [Case(case.id, case.columns, "nobody", case.problem) for case in CASES[:20]]
    assert len(wrong(turned)) == 20


def test_a_forecast_names_its_time_and_a_hole_in_the_time_is_forgiven() -> None:
    case = next(case for case in CASES if case.id == "umsatz")
    frame = table(case)
    found = profile_table(frame.filter(pl.int_range(pl.len()) % 40 != 7)).suggested_problem
    assert found is not None
    assert (found.problem, found.time_column) == ("forecast", "Datum")


@pytest.mark.parametrize("columns", [{"a": [1]}, {"a": [None, None]}, {"id": ["x1", "x2"]}])
def test_where_there_is_nothing_to_suggest_nothing_is(columns: dict[str, list[object]]) -> None:
    assert profile_table(pl.DataFrame(columns)).suggested_problem is None
