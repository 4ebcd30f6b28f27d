"""Tables that hardly allow a profile get one, and it says what could not be computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.profile import profile_table


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1], "b": ["x"]}, ["There is 1 row"]),
        ({"a": [None] * 30, "b": [None] * 30}, ["No column has any value"]),
        ({"a": [f"text {i}" for i in range(30)]}, ["no column of numbers"]),
        ({"a": [None] * 30, "b": list(range(30)), "c": [0.5 * i for i in range(30)]}, ["1 column without any value"]),
        ({"a": [1.5, 2.5, 3.5], "b": [1, 2, 4]}, ["with 3 rows they would be chance"]),
    ],
)
def test_it_is_said_what_could_not_be_computed(columns: dict[str, Any], said: list[str]) -> None:
    profile = profile_table(pl.DataFrame(columns))
    assert len(profile.not_computed) == len(said)
    for sentence, part in zip(profile.not_computed, said, strict=True):
        assert part in sentence


def test_an_ordinary_table_leaves_nothing_out() -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame({"a": random.normal(size=50), "b": random.normal(size=50), "c": random.choice(["u", "v"], 50)})
    assert profile_table(frame).not_computed == []


@pytest.mark.slow
def test_ten_thousand_columns_get_a_profile() -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame({f"c{i}": random.normal(size=25) for i in range(10_000)})
    profile = profile_table(frame)
    assert profile.n_columns == len(profile.columns) == 10_000
    assert any("40 of the 10,000 columns of numbers" in sentence for sentence in profile.not_computed)
    assert profile.correlation is not None
    assert profile.correlation.n_left_out == 9_960
