"""What is decided about decimal marks, and how sure that is."""

from __future__ import annotations

from narrative.engine.tables.numbers import decide_decimal


def test_without_a_decimal_mark_there_is_nothing_to_be_unsure_of() -> None:
    decision = decide_decimal({"count": ["1", "22", "3"]}, ",")
    assert (decision.mark, decision.confidence) == (".", 1.0)


def test_one_column_that_decides_is_told_in_the_singular() -> None:
    decision = decide_decimal({"price": ["1,25", "22,5", "3,75"], "count": ["1", "2", "3"]}, ";")
    assert decision.mark == ","
    assert decision.evidence.startswith("1 column, for example ")
