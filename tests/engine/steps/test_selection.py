"""The median without an order: bit for bit that of the frame library, wherever the values stand."""

from __future__ import annotations

import struct

import numpy as np
import polars as pl
import pytest

from narrative.engine.steps import _selection
from narrative.engine.steps._selection import median

MANY = 100_001


def bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("d", value)


def said_by_library(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes | None:
    found = pl.Series(values).median()
    assert found is None or isinstance(found, float)
    return bits(found)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 1_000, 32_767, 32_768, MANY - 1, MANY])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_median_is_that_of_the_library(n: int, scale: float) -> None:
    values = np.random.default_rng(n).normal(0.1, 1.0, n) * scale
    assert bits(median(values)) == said_by_library(values)


def test_no_number_has_no_median() -> None:
    assert median(np.empty(0)) is None


@pytest.mark.parametrize("order", ["rising", "falling", "few values", "one value", "whole"])
def test_order_and_repeated_values_change_nothing(order: str) -> None:
    chance = np.random.default_rng(5)
    values = {
        "rising": np.sort(chance.normal(size=MANY)),
        "falling": -np.sort(chance.normal(size=MANY)),
        "few values": chance.integers(0, 3, MANY).astype(float),
        "one value": np.full(MANY, 7.25),
        "whole": chance.integers(-1_000, 1_000, MANY - 1).astype(float),
    }[order]
    assert bits(median(values)) == said_by_library(values)


def test_values_that_repeat_where_it_looks_do_not_mislead_it() -> None:
    values = np.random.default_rng(6).normal(size=MANY)
    values[:: MANY // _selection._LOOKED_AT] = 1e9  # what is looked at says nothing about the rest
    assert bits(median(values)) == said_by_library(values)
    part, below = _selection._around_the_middle(values, MANY // 2, MANY // 2)
    assert (len(part), below) == (MANY, 0)


def test_only_what_is_around_the_middle_is_put_in_order() -> None:
    values = np.random.default_rng(7).normal(size=MANY)
    part, below = _selection._around_the_middle(values, MANY // 2, MANY // 2)
    assert len(part) < MANY / 5
    assert below == int((values < part.min()).sum())


@pytest.mark.parametrize("strange", [[np.inf, 1.0, 2.0], [-np.inf, np.inf], [np.inf], [0.0, -0.0], [-0.0, -0.0, 1.0]])
def test_infinite_values_and_zeros_with_signs_are_taken_as_the_library_takes_them(strange: list[float]) -> None:
    values = np.array(strange)
    assert bits(median(values)) == said_by_library(values)
