"""The words of charts: each headline states what the numbers of the chart say, proven and bound."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from narrative.engine.profile import profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.story import Sources, tell_charts
from narrative.engine.story.types import ChartStory
from narrative.engine.story.verifier import Verifier, scan_sentence
from narrative.engine.story.wording import MINUS


def _told(values: dict[str, Any], target: str | None = None) -> TableProfile:
    return tell_charts(profile_table(pl.DataFrame(values), target=target))


def _both(words: ChartStory | None) -> tuple[str, str]:
    assert words is not None
    assert words.headline is not None
    assert words.sentence is not None
    return words.headline.text, words.sentence.text


def _charts(profile: TableProfile) -> list[ChartStory | None]:
    relations = profile.relations
    tables = [] if relations is None else [relations.spearman, relations.categories, relations.ratios]
    return [*profile.columns, profile.correlation, *tables, profile.target_chart, profile.missing_chart]


def _mixed() -> dict[str, Any]:
    n = 120
    return {
        "plan": ["basic"] * 80 + ["plus"] * 40,
        "age": [20 + i % 50 for i in range(n)],
        "spend": [float(i % 50) * 2 + (i % 7) * 0.25 for i in range(n)],
        "day": [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(n)],
        "note": [f"said {i} words about number {i * 7}" for i in range(n)],
        "gone": [None] * 90 + [1.5] * 30,
        "same": ["x"] * n,
    }


@pytest.mark.parametrize(
    ("values", "headline"),
    [
        (["a"] * 65 + ["b"] * 35, "x is a in 65% of rows."),
        (["a"] * 60 + ["b"] * 20 + [None] * 20, "x is a in 75% of filled rows."),
        ([None] * 80 + [1.5, 2.5] * 10, "x is empty in 80% of rows."),
        ([0] * 40 + list(range(1, 61)), "x is 0 in 40% of rows."),
        # 5 % and 95 % of 0..100 by linear interpolation: 5 and 95.
        (list(range(101)) * 2, "x mostly lies between 5 and 95."),
        # Mean (99 x 1..99 averages to 50, plus 10,000) / 100 = 149.5; the middle of 1..99 and 10,000 is 50.5.
        ([*range(1, 100), 10_000] * 2, "x has a long tail: mean 149.5, above the middle 50.5."),
        (["same"] * 30, "x is always same."),
        ([dt.date(2024, 1, 1), dt.date(2024, 1, 5), dt.date(2024, 3, 1)], "x runs from 2024-01-01 to 2024-03-01."),
        ([f"code-{i:04}" for i in range(50)], "Each row has its own x."),
    ],
)  # fmt: skip
def test_the_headline_of_a_column_states_what_its_chart_shows(values: list[Any], headline: str) -> None:
    words = _told({"x": values}).columns[0]
    assert words.headline is not None
    assert words.headline.text == headline


def test_years_are_written_without_a_thousands_mark() -> None:
    column = _told({"year": [1990 + i % 30 for i in range(300)]}).columns[0]
    assert column.headline is not None
    assert column.headline.text == "year mostly lies between 1991 and 2018."


def test_the_sentence_counts_what_is_left() -> None:
    assert _both(_told({"x": ["a"] * 65 + ["b"] * 35}).columns[0])[1] == "The rest, 35%, is b."
    assert _both(_told({"x": list(range(101)) * 2}).columns[0])[1] == (
        "50% of values lie between 25 and 75; the middle is 50."
    )


def test_pairs_that_go_the_same_way_and_pairs_that_go_opposite_ways_are_told_apart() -> None:
    rising = [float(i % 40) for i in range(120)]
    up = _told({"a": rising, "b": [value * 2 for value in rising]}).correlation
    down = _told({"a": rising, "b": [-value for value in rising]}).correlation
    assert _both(up)[0] == "a and b go the same way: 1.000."
    assert _both(down)[0].endswith(f"go opposite ways: {MINUS}1.000.")


def test_the_chart_of_gaps_names_the_emptiest_column() -> None:
    told = _told({"a": [1, 2, None, 4] * 10, "b": [1, None, None, None] * 10, "c": list(range(40))})
    # 10 + 30 of 120 cells.
    assert _both(told.missing_chart) == (
        "b is empty in 75% of rows.",
        "Empty cells: 33% of the table, in 2 of 3 columns.",
    )
    assert _told({"a": [1, 2, 3]}).missing_chart is None


@pytest.mark.parametrize("target", [None, "plan"])
def test_every_number_in_the_words_of_charts_is_bound_to_a_fact_that_computes_again(target: str | None) -> None:
    told = _told(_mixed(), target)
    shown = [words for words in _charts(told) if words is not None and words.headline is not None]
    assert len(shown) >= 9
    for words in shown:
        facts = {fact.id: fact for fact in words.facts}
        verifier = Verifier(Sources(profile=told), facts)
        assert [verifier.fact_problem(key) for key in facts] == [None] * len(facts)
        assert words.headline is not None
        assert words.sentence is not None
        assert scan_sentence(words.headline, facts) is None
        assert scan_sentence(words.sentence, facts) is None


@pytest.mark.parametrize(
    "values", [{"a": [None, None]}, {"a": [1]}, {"a": ["x"]}, {"a": [float("nan")] * 3}, {"a": []}]
)
def test_odd_tables_have_words_or_none_but_never_fail(values: dict[str, Any]) -> None:
    for words in _charts(_told(values)):
        assert words is None or words.headline is None or words.headline.text
