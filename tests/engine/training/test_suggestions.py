"""Suggested candidates: three to five, each with a reason, for any table."""

from __future__ import annotations

import pytest

from narrative.engine.training.suggestions import suggestions
from narrative.engine.types import Problem


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("n_rows", [50, 5_000, 1_000_000])
def test_three_to_five_are_suggested_the_one_to_explain_first(problem: Problem, n_rows: int) -> None:
    found = suggestions(problem, n_rows, 12)
    assert 3 <= len(found) <= 5
    assert found[0].name == ("ridge" if problem == "regression" else "logistic_regression")
    assert len({each.name for each in found}) == len(found)
    assert all(each.why.endswith(".") for each in found)


def test_forests_are_not_suggested_where_they_take_too_long() -> None:
    assert "extra_trees" in {each.name for each in suggestions("binary", 5_000, 12)}
    assert "extra_trees" not in {each.name for each in suggestions("binary", 1_000_000, 12)}
