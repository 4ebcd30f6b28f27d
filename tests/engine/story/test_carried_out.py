"""The story of steps that were carried out: every sentence proven, none cut."""

from __future__ import annotations

import pytest

from narrative.engine.story import CarriedOutFacts, Sources, tell_carried_out
from narrative.engine.story.verifier import scan_story

FACTS = CarriedOutFacts(
    n_steps=3, rows_before=100, rows_after=90, columns_before=5, columns_after=7, empty_before=30, empty_after=0,
    quality_before=80.0, quality_after=91.5, is_base=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "10 of 100 rows were left out."),
        ({}, "The table has 7 columns, up from 5."),
        ({}, "Empty cells: 30 before, 0 after."),
        ({}, "The quality of the table was 80 and is 91.5 now."),
        ({"rows_after": 100}, "No row was left out."),
        ({"columns_after": 4}, "The table has 4 columns, down from 5."),
        ({"quality_after": 80.0}, "The quality of the table stays at 80."),
        ({"is_base": True, "rows_after": 400}, "100 rows became 400."),
    ],
)
def test_what_changed_was_lost_and_what_it_did_to_quality_is_told(changes: dict[str, float], sentence: str) -> None:
    facts = FACTS.model_copy(update=changes)
    story = tell_carried_out(facts)
    assert sentence in [found.text for found in story.found]
    assert story.cut == []
    assert scan_story(story, Sources(carried_out=facts)) == []
    assert story.unknown


def test_a_false_number_would_be_found() -> None:
    story = tell_carried_out(FACTS)
    assert scan_story(story, Sources(carried_out=FACTS.model_copy(update={"rows_after": 89}))) != []
