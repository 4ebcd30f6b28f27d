"""A finding counts as taken care of once a step does what it offers."""

from __future__ import annotations

from typing import Any

import pytest

from narrative.studio.projects.cures import handled_by, open_issues
from narrative.studio.projects.entities import CureFacts, ProfileFacts, StepFacts, StepOffer

TRIM = CureFacts(
    severity="decide", columns=["city"], steps=[StepOffer(type="trim_whitespace", params={"columns": ["city"]})]
)
MINUS = CureFacts(
    severity="decide",
    columns=["age"],
    steps=[StepOffer(type="replace_values", params={"columns": ["age"], "find": -999})],
)
TWICE = CureFacts(severity="fix", steps=[StepOffer(type="drop_duplicates")])


def step(type: str, *, enabled: bool = True, **params: Any) -> StepFacts:
    return StepFacts(type=type, params=params, enabled=enabled)


@pytest.mark.parametrize(
    ("cure", "steps", "number"),
    [
        (TRIM, [], None),
        (TRIM, [step("round_values", columns=["x"]), step("trim_whitespace", columns=["city", "street"])], 2),
        (TRIM, [step("trim_whitespace")], 1),
        (TRIM, [step("trim_whitespace", columns=["street"])], None),
        (TRIM, [step("trim_whitespace", columns=["city"], enabled=False)], None),
        (TRIM, [step("drop_columns", columns=["city"])], 1),
        (MINUS, [step("replace_values", columns=["age"], find=-1)], None),
        (MINUS, [step("replace_values", columns=["age"], find=-999, replace=None)], 1),
        (TWICE, [step("drop_duplicates", columns=["city"])], None),
        (TWICE, [step("drop_duplicates", keep="last")], 1),
        (TWICE, [step("drop_columns", columns=["city"])], None),
    ],
)
def test_only_an_active_step_that_does_it_counts(cure: CureFacts, steps: list[StepFacts], number: int | None) -> None:
    assert handled_by(cure, steps) == number


def test_what_is_left_is_counted_by_urgency() -> None:
    profile = ProfileFacts(
        version_id="v",
        target=None,
        problem=None,
        quality=90.0,
        n_to_fix=2,
        n_to_decide=2,
        cures=[TWICE, TRIM, MINUS],
    )
    assert open_issues(profile, []) == (2, 2)
    assert open_issues(profile, [step("drop_duplicates"), step("trim_whitespace", columns=["city"])]) == (1, 1)
