"""change_case, replace_values, extract_pattern and merge_spellings."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import Recipe, StepSpec


def after(values: list[Any], type_: str, **params: Any) -> list[Any]:
    frame = pl.DataFrame({"x": values})
    return Recipe([StepSpec(type=type_, params={"columns": ["x"], **params})]).fit(frame).apply(frame)["x"].to_list()


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("lower", ["new york", "łódź", None]),
        ("upper", ["NEW YORK", "ŁÓDŹ", None]),
        ("title", ["New York", "Łódź", None]),
        ("sentence", ["New york", "Łódź", None]),
    ],
)
def test_the_case_of_every_script_changes(case: str, expected: list[str | None]) -> None:
    assert after(["nEW yORK", "łÓDź", None], "change_case", case=case) == expected


def test_whole_values_are_replaced_and_nothing_else() -> None:
    assert after(["n/a", "n/a!", None, "N/A"], "replace_values", find="n/a") == [None, "n/a!", None, "N/A"]
    assert after(["n/a", "N/A"], "replace_values", find="n/a", replace="?", ignore_case=True) == ["?", "?"]
    assert after(["a\n", "a"], "replace_values", find="A", replace="b", ignore_case=True) == ["a\n", "b"]


def test_numbers_and_booleans_are_replaced_by_their_value() -> None:
    assert after([-999, 3, None], "replace_values", find=-999) == [None, 3, None]
    assert after([-999.0, 3.5], "replace_values", find=-999, replace=0) == [0.0, 3.5]
    halves = after([1, 2], "replace_values", find=1, replace=0.5)
    assert (halves, type(halves[1])) == ([0.5, 2.0], float)
    assert after([True, False], "replace_values", find=False, replace=True) == [True, True]
    big = 2**60 + 1
    assert after([big, 1], "replace_values", find=1, replace=2) == [big, 2]


def test_parts_of_text_are_replaced_literally() -> None:
    assert after(["a.b.c", "abc"], "replace_values", find=".", replace="", match="part") == ["abc", "abc"]
    assert after(["1 EUR", "2 eur"], "replace_values", find="eur", replace="$1", match="part", ignore_case=True) == [
        "1 $1",
        "2 $1",
    ]


def test_regular_expressions_put_groups_back() -> None:
    found = after(["Doe, Jane", "x"], "replace_values", find=r"(\w+), (\w+)", replace="${2} ${1}", match="regex")
    assert found == ["Jane Doe", "x"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"find": "(", "match": "regex"}, "step_parameter_invalid"),
        ({"find": "a{1000}{1000}", "match": "regex"}, "step_parameter_invalid"),
        ({"find": 3, "match": "part"}, "step_parameter_invalid"),
        ({"find": 3}, "value_unfit"),
        ({"find": "a", "replace": 3}, "value_unfit"),
    ],
)
def test_what_cannot_be_replaced_is_refused(params: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        after(["a"], "replace_values", **params)
    assert refused.value.code == code


def test_without_columns_only_those_that_can_hold_the_values_change() -> None:
    frame = pl.DataFrame({"n": [1, 2], "t": ["1", "2"], "b": [True, False]})
    fitted = Recipe([StepSpec(type="replace_values", params={"find": 1, "replace": 9})]).fit(frame)
    assert fitted.apply(frame).rows() == [(9, "1", True), (2, "2", False)]


def extracted(values: list[str | None], **params: Any) -> list[str | None]:
    frame = pl.DataFrame({"x": values, "y": values})
    spec = StepSpec(type="extract_pattern", params={"column": "x", "name": "found", **params})
    Recipe([spec]).validate(frame.schema)
    return Recipe([spec]).fit(frame).apply(frame)["found"].to_list()


def test_the_first_match_or_one_of_its_groups_is_taken_out() -> None:
    values = ["flat 12, floor 3", "house", None, ""]
    assert extracted(values, pattern=r"\d+") == ["12", None, None, None]
    assert extracted(values, pattern=r"(\w+) (\d+)", group=1) == ["flat", None, None, None]
    assert extracted(["abc"], pattern="z*") == [None]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"pattern": "(a)", "group": 2}, "has 1 group, not 2"),
        ({"pattern": "(?=a)"}, "look-around"),
        ({"pattern": "a", "name": "y"}, "Choose another name"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_before_anything_runs(params: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        extracted(["a"], **params)
    assert says in str(refused.value.fix)


def test_a_pattern_that_hangs_other_engines_takes_no_time() -> None:
    assert extracted(["a" * 5_000 + "!"], pattern=r"(a+)+$") == [None]


def test_spellings_get_the_most_frequent_form_and_new_ones_as_well() -> None:
    frame = pl.DataFrame({"x": ["New York", "New York", "new-york", "NEW_YORK ", "Rome", None, "--", ". "]})
    fitted = Recipe([StepSpec(type="merge_spellings")]).fit(frame)
    assert fitted.apply(frame)["x"].to_list() == ["New York"] * 4 + ["Rome", None, "--", ". "]
    unseen = pl.DataFrame({"x": ["newyork", "ROME", "Oslo", "oslo"]})
    assert fitted.apply(unseen)["x"].to_list() == ["New York", "Rome", "Oslo", "oslo"]
