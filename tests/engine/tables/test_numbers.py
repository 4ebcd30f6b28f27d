"""What is decided about decimal marks, and how sure that is."""

from __future__ import annotations

import pytest

from narrative.engine.tables.numbers import best_style, decide_decimal
from narrative.engine.tables.values import STYLES, fits, may_be_number


def test_without_a_decimal_mark_there_is_nothing_to_be_unsure_of() -> None:
    decision = decide_decimal({"count": ["1", "22", "3"]}, ",")
    assert (decision.mark, decision.confidence) == (".", 1.0)


def test_one_column_that_decides_is_told_in_the_singular() -> None:
    decision = decide_decimal({"price": ["1,25", "22,5", "3,75"], "count": ["1", "2", "3"]}, ";")
    assert decision.mark == ","
    assert decision.evidence.startswith("1 column, for example ")


@pytest.mark.parametrize("decimal", [".", ","])
def test_what_is_told_to_be_no_number_at_a_glance_is_none_in_any_notation(decimal: str) -> None:
    signs = ["", "$", "US$", "MX$", "€", "EUR", "zł", "Kč", "Fr.", "SFr.", "kr.", "lei", "лв.", "грн.", "Rs.", "%", "‰"]
    amounts = ["5", "-1" + decimal + "5", "1e5", "1 234 567", "1'234", "(12)", "12-", "3" + decimal + "--"]
    cells = [text for sign in signs for amount in amounts for text in (f"{sign}{amount}", f"{amount} {sign}")]
    others = ["", "customer 12", "09:05", "2024-01-31T09:05:00", "12 pieces", "no", "1234 Main Street"]
    for text in cells + others:
        assert may_be_number(text) or not any(fits(text, style) for style in STYLES), text
    assert not any(may_be_number(text) for text in others)
    assert best_style([*cells[:4], *others], decimal)[1] == 4 / 11
