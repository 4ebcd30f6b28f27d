"""rename_columns, split_column and merge_columns."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.step_specs import resolved

NAMES = pl.DataFrame({"name": ["Ada, Lovelace, x", "Bo", None, " , Cy"], "n": [1.0, 2.5, None, None]})


def after(frame: pl.DataFrame, type_: str, **params: Any) -> pl.DataFrame:
    return Recipe([StepSpec(type=type_, params=params)]).fit(frame).apply(frame)


def refusal(type_: str, **params: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        Recipe([StepSpec(type=type_, params=params)]).validate(NAMES.schema)
    return refused.value


def test_columns_swap_names() -> None:
    found = after(NAMES, "rename_columns", names={"name": "n", "n": "name"})
    assert found.columns == ["n", "name"]
    assert found["name"].to_list() == [1.0, 2.5, None, None]


def test_features_of_a_renamed_column_come_from_the_raw_column() -> None:
    fitted = Recipe([StepSpec(type="rename_columns", params={"names": {"n": "number"}})]).fit(NAMES)
    assert (fitted.feature_names, fitted.sources, fitted.input_columns) == (["number"], {"number": "n"}, ["n"])


def test_a_taken_name_is_refused_before_anything_runs() -> None:
    assert refusal("rename_columns", names={"n": "name"}).code == "column_taken"
    assert refusal("merge_columns", columns=["n", "name"], name="n").code == "column_taken"
    assert refusal("rename_columns", names={"n": "x", "name": "x"}).code == "step_parameter_invalid"
    assert refusal("rename_columns", names={"nme": "x"}).fix == "Did you mean 'name'?"


def test_text_is_split_at_the_first_separators() -> None:
    found = after(NAMES, "split_column", column="name", separator=",", n_parts=2)
    assert found["name 1"].to_list() == ["Ada", "Bo", None, None]
    assert found["name 2"].to_list() == ["Lovelace, x", None, None, "Cy"]


def test_numbers_cannot_be_split() -> None:
    assert refusal("split_column", column="n").code == "column_kind_unfit"


def test_columns_are_merged_as_they_are_shown() -> None:
    found = after(NAMES, "merge_columns", columns=["name", "n"], name="both", separator=" #", keep_original=False)
    assert found.columns == ["both"]
    assert found["both"].to_list() == ["Ada, Lovelace, x #1", "Bo #2.5", None, " , Cy"]
    strict = after(NAMES, "merge_columns", columns=["name", "n"], name="both", skip_missing=False)
    assert strict["both"].to_list() == ["Ada, Lovelace, x 1", "Bo 2.5", None, None]


def test_a_feature_made_of_two_columns_needs_both() -> None:
    frame = pl.DataFrame({"a": ["x", "y", "x"], "b": ["u", "v", "v"]})
    merge = StepSpec(type="merge_columns", params={"columns": ["a", "b"], "name": "ab", "keep_original": False})
    fitted = Recipe([merge, StepSpec(type="encode", params={"columns": ["ab"]})]).fit(frame)
    assert fitted.input_columns == ["a", "b"]


def test_steps_say_what_they_will_do() -> None:
    split, params = resolved(StepSpec(type="split_column", params={"column": "name", "n_parts": 3}))
    assert split.says(params) == "Splits 'name' at ',' into 3 columns."
