"""Coding the target: which rows count, which label is positive."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.engine.training.targets import code_target


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["Yes", "No", "No"], ["No", "Yes"]),
        (["bad", "good", "good", "good"], ["good", "bad"]),
        ([0, 1, 1, 1], [0, 1]),
        ([True, False, True], [False, True]),
        (["negative", "other", "other"], ["negative", "other"]),
        (["b", "a"], ["a", "b"]),
        ([1.0, 2.0, 2.0], [2.0, 1.0]),
    ],
)
def test_the_positive_class_is_said_by_its_word_else_it_is_the_rarer_one(
    values: list[object], classes: list[object]
) -> None:
    coded = code_target(pl.Series("t", values, strict=False), "binary")
    assert coded.classes == classes
    assert [coded.classes[int(code)] for code in coded.values] == values


def test_rows_without_a_target_are_left_out_by_position() -> None:
    coded = code_target(pl.Series("t", ["a", None, "b", "c", None]), "multiclass")
    assert coded.rows.tolist() == [0, 2, 3]
    assert coded.values.tolist() == [0.0, 1.0, 2.0]
    assert coded.counts().tolist() == [1, 1, 1]


def test_nan_and_infinite_numbers_are_no_target() -> None:
    coded = code_target(pl.Series("t", [1.0, float("nan"), float("inf"), None, 5.0]), "regression")
    assert coded.rows.tolist() == [0, 4]
    assert coded.values.tolist() == [1.0, 5.0]
    assert coded.classes == []


def test_numbers_written_as_text_become_values() -> None:
    coded = code_target(pl.Series("t", ["1.5", "2", "x"]), "regression")
    assert coded.values.tolist() == [1.5, 2.0]
    assert coded.rows.dtype == np.int64
