"""Texts: what is looked at of many different values is the same in each run."""

from __future__ import annotations

import polars as pl

from narrative.engine.profile.texts import PATTERN_VALUES, TOP_VALUES, text_statistics

KINDS = ["{}-a", "{} b", "x{}", "{}Y{}", "q.{}"]


def many(n_different: int) -> pl.Series:
    """Values of five shapes and growing lengths, each three times."""
    return pl.Series("text", [KINDS[index % 5].format(index, index) for index in range(n_different)] * 3)


def test_patterns_of_many_values_are_the_same_in_whatever_order_the_rows_come() -> None:
    column = many(3 * PATTERN_VALUES)
    first = text_statistics(column)
    assert first["pattern_rows"] == 3 * PATTERN_VALUES
    for seed in range(4):
        again = text_statistics(column.shuffle(seed=seed))
        assert (again["patterns"], again["pattern_rows"]) == (first["patterns"], first["pattern_rows"])


def test_the_most_frequent_of_very_many_equals_are_the_first_of_the_alphabet() -> None:
    rare = [f"{index} b" for index in range(60_000)]
    column = pl.Series("text", rare + ["zzz"] * 200_000).shuffle(seed=3)
    shown = [each.value for each in text_statistics(column)["top_values"]]
    assert shown == ["zzz", *sorted(rare)[: TOP_VALUES - 1]]
