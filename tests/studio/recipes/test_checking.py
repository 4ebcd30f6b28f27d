"""What a recipe does already is not proposed again."""

from __future__ import annotations

from typing import Any

import pytest

from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.checking import is_done


def step(type_: str = "trim_whitespace", **params: Any) -> StepFacts:
    return StepFacts(type=type_, params=params)


@pytest.mark.parametrize(
    ("held", "is_there"),
    [
        ([], False),
        ([step(columns=["city"])], True),
        ([step(columns=["note", "city"])], True),
        ([step()], True),
        ([step(columns=["city"], collapse=True)], True),
        ([step(columns=["note"])], False),
        ([step(columns=["city"], blank_is_missing=False)], False),
        ([step("change_case", columns=["city"])], False),
        ([step(columns=["note"]), step(columns=["city"])], True),
    ],
)
def test_a_trim_made_by_hand_counts_where_it_does_all_that_is_proposed(held: list[StepFacts], is_there: bool) -> None:
    proposed = step(columns=["city"], collapse=False, blank_is_missing=True)
    assert is_done(proposed, held) is is_there


def test_a_trim_of_the_ends_leaves_what_is_inside_to_be_proposed() -> None:
    assert not is_done(step(columns=["city"], collapse=True), [step(columns=["city"])])


def test_older_names_of_steps_count_as_what_they_are() -> None:
    fill = step("impute", columns=["age"], method="mean")
    assert is_done(fill, [step("fill_missing", columns=["age"], method="mean")])


def test_steps_whose_columns_are_not_named_are_compared_as_they_stand() -> None:
    assert not is_done(step(), [step(columns=["city"])])
