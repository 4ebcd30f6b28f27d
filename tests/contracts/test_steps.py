"""Every step that is found is held to the contract of steps."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_series_equal

from narrative.engine.recipe import FittedRecipe, step_types
from narrative.engine.step_specs import StepSpec, renamed
from narrative.engine.steps.base import FitContext, NoRowPathError, State, Step, StepParams
from tests.contracts import step_contract as contract
from tests.fixtures.frames import frames, mixed, target_of

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "bin_values": [
        {"columns": ["amount", "count"]},
        {"method": "equal_width", "n_bins": 3, "labels": "number"},
        {"columns": ["count"], "method": "edges", "edges": [1, 2.5]},
    ],
    "cast_type": [
        *({"columns": ["amount", "count", "flag"], "to": to} for to in ("text", "integer", "decimal", "boolean")),
        {"columns": ["city", "note", "gone"], "to": "integer"},
        {"columns": ["note", "day", "moment"], "to": "date"},
        {"columns": ["day", "note"], "to": "datetime"},
    ],
    "change_case": [{"case": case} for case in ("lower", "upper", "title", "sentence")],
    "clip_values": [
        {"low": 40, "high": 60},
        {"columns": ["amount", "count"], "low_share": 0.1, "high_share": 0.1},
        {"high": 2.5},
    ],
    "conditional": [
        {
            "name": "size",
            "cases": [
                {"conditions": [{"column": "amount", "operator": "less", "values": [40]}], "value": "small"},
                {
                    "conditions": [
                        {"column": "city", "operator": "is_missing"},
                        {"column": "day", "operator": "at_least", "values": ["2024-06-01"]},
                    ]
                },
            ],
            "otherwise": "large",
        },
        {
            "name": "points",
            "cases": [{"conditions": [{"column": "flag", "operator": "equals", "values": [True]}], "value": 2}],
        },
    ],
    "cyclical_encode": [
        {"columns": ["day", "moment"], "cycles": ["hour", "weekday", "day", "month", "day_of_year"]},
        {"columns": ["count", "amount"], "period": 6, "keep_original": False},
    ],
    "date_difference": [
        {"start": "day", "end": "moment", "unit": "hours"},
        {"start": "moment", "until": "2025-01-01", "unit": "years", "name": "age"},
    ],
    "date_parts": [
        {},
        {"columns": ["day", "moment"], "parts": ["quarter", "day_of_year", "minute", "elapsed"], "keep_original": True},
        {"columns": ["gone"], "drop_constant": False},
    ],
    "drop_columns": [{"columns": ["city", "gone"]}],
    "drop_missing": [{"columns": ["amount"]}, {"columns": ["amount", "city"]}],
    "drop_missing_threshold": [{}, {"axis": "rows", "threshold": 0.2}],
    "drop_duplicates": [{}, {"columns": ["city", "flag"], "keep": "last"}, {"columns": ["moment"], "keep": "none"}],
    "encode": [
        *(
            {"columns": ["city", "flag", "count"], "method": method}
            for method in ("one_hot", "label", "frequency", "hash")
        ),
        {"columns": ["city"], "method": "ordinal", "order": ["Kyiv", "Bern", "Oslo", "Rome", "Paris", "low"]},
        {"columns": ["city", "gone"], "method": "target", "keep_original": True},
        {"method": "one_hot", "max_levels": 2},
    ],
    "extract_pattern": [
        {"column": "note", "pattern": r"(\w+) (\d+)", "group": 2, "name": "digits"},
        {"column": "gone", "pattern": "a*", "name": "nothing"},
    ],
    "filter_rows": [
        {"conditions": [{"column": "amount", "operator": "at_least", "values": [50]}]},
        {
            "conditions": [
                {"column": "city", "operator": "one_of", "values": ["Paris", "Rome"]},
                {"column": "day", "operator": "less", "values": ["2025-01-01"]},
                {"column": "flag", "operator": "equals", "values": [True]},
                {"column": "gone", "operator": "is_present"},
            ],
            "match": "any",
            "mode": "remove",
        },
    ],
    "formula": [
        {"name": "share", "formula": "amount / (count + 1) - clip(count, 1, 3) ^ 2 % 7"},
        {"name": "label", "formula": "if(flag and amount > 40, upper(city) & '-' & count, 'none')"},
        {"name": "age", "formula": "round(days_between(day, moment) / 365.25, 2) + weekday(moment)"},
        {"name": "is late", "formula": "contains(note, 'late') or gone is empty and count in (1, 2)"},
        {"name": "row", "formula": "mean(amount, count, flag) + log(abs(amount)) + exp(count / 100) + length(city)"},
    ],
    "group_aggregate": [
        *(
            {"by": ["city"], "column": "amount", "statistic": statistic}
            for statistic in ("mean", "sum", "min", "max", "median", "std", "distinct")
        ),
        {"by": ["city", "flag", "count"], "statistic": "count"},
        {"by": ["gone"], "column": "gone", "statistic": "sum", "name": "nothing"},
    ],
    "group_rare_categories": [{}, {"columns": ["city"], "min_share": 0.2, "label": "rest"}],
    "impute": [
        {},
        {"method": "mean", "indicator": True},
        {"method": "most_frequent", "indicator": True},
        {"method": "constant", "value": 1.5},
        {"method": "constant", "value": "none", "columns": ["city", "gone"]},
        {"method": "constant", "value": True, "columns": ["flag"]},
        {"method": "forward", "columns": ["city", "amount", "gone"], "order": "moment", "indicator": True},
        {"method": "backward", "columns": ["day", "flag", "moment"], "order": "count", "by": ["city"]},
        {"method": "interpolate", "columns": ["amount", "count"], "order": "day", "by": ["flag"]},
        {"method": "interpolate", "columns": ["amount"], "order": "moment"},
        {"method": "knn", "neighbours": 3},
        {"method": "iterative", "columns": ["amount", "count", "flag"], "indicator": True},
    ],
    "interaction": [
        *({"columns": ["amount", "count"], "operation": operation} for operation in ("difference", "ratio")),
        {"columns": ["amount", "count", "flag"], "operation": "sum", "name": "total"},
        {"columns": ["amount", "count"]},
    ],
    "lag": [
        {"column": "amount", "order": "moment"},
        {"column": "city", "order": "day", "by": ["flag"], "rows": 2},
        {"column": "day", "order": "count", "by": ["city", "gone"], "name": "earlier day"},
        {"column": "gone", "order": "gone"},
    ],
    "mask_values": [
        {"columns": ["city", "note", "amount", "count", "flag", "day", "moment", "gone"], "salt": "s"},
        {"columns": ["amount", "day"], "method": "generalize"},
        {"columns": ["city"], "method": "redact"},
    ],
    "merge_columns": [
        {"columns": ["city", "amount", "count", "day"], "name": "all", "separator": " / "},
        {"columns": ["gone", "flag"], "name": "gone", "skip_missing": False, "keep_original": False},
    ],
    "merge_spellings": [{}, {"columns": ["city"]}],
    "missing_indicator": [{}, {"only_with_gaps": False}],
    "parse_boolean": [
        {"columns": ["city", "flag", "count", "amount", "gone"], "true_values": ["paris", "1"], "false_values": ["0"]}
    ],
    "parse_date": [{"columns": ["note", "city", "gone", "day"]}],
    "parse_number": [{"columns": ["note", "gone"]}, {"columns": ["city"], "decimal": ","}],
    "power_transform": [
        {},
        {"columns": ["count"], "method": "log1p"},
        {"method": "sqrt"},
        {"method": "box_cox"},
        {"columns": ["amount", "count"], "method": "yeo_johnson"},
    ],
    "remove_outliers": [
        *({"method": method} for method in ("iqr", "z_score", "robust_z", "quantile")),
        {"columns": ["amount"], "width": 0.5},
    ],
    "rename_columns": [{"names": {"city": "town", "amount": "count", "count": "amount"}}],
    "replace_values": [
        {"find": "Paris", "replace": "Lutetia"},
        {"find": 3, "replace": 2.5},
        {"columns": ["count", "amount"], "find": 0},
        {"find": True, "replace": False},
        {"columns": ["note", "city"], "find": "E", "match": "part", "ignore_case": True, "replace": "$1"},
        {"find": "(.)a", "match": "regex", "replace": "a${1}"},
    ],
    "rolling_window": [
        *(
            {"column": "amount", "order": "moment", "by": ["city"], "rows": 4, "statistic": statistic}
            for statistic in ("mean", "sum", "min", "max", "std", "count")
        ),
        {"column": "count", "order": "day", "days": 90, "statistic": "std"},
        {"column": "amount", "order": "moment", "by": ["flag", "count"], "days": 45.5},
        {"column": "amount", "order": "count", "days": 2, "name": "near"},
        {"column": "gone", "order": "day", "rows": 3},
    ],
    "round_values": [{}, {"decimals": 1, "mode": "up"}, {"columns": ["amount"], "decimals": 2, "mode": "down"}],
    "sample_rows": [{"n_rows": 10}, {"share": 0.3, "seed": 7}],
    "scale": [{"method": method} for method in ("standard", "min_max", "robust", "max_abs")] + [{"clip": 1.5}],
    "select_columns": [{"columns": ["count", "amount", "city"]}],
    "split_column": [
        {"column": "note", "separator": " ", "n_parts": 3},
        {"column": "gone", "keep_original": False},
        {"column": "city", "separator": "o"},
    ],
    "text_statistics": [{}, {"columns": ["note"], "statistics": ["words"], "keep_original": False}],
    "text_vectors": [{}, {"columns": ["note"], "max_words": 3, "keep_original": True}],
    "trim_whitespace": [{}, {"collapse": True, "blank_is_missing": False}],
}
RESHAPING: dict[str, list[dict[str, Any]]] = {
    "append": [{"table": "other"}],
    "join": [{"table": "other", "keys": ["city"]}, {"table": "other", "keys": ["count"], "how": "inner"}],
    "pivot": [
        *(
            {"by": ["city"], "names_from": "flag", "values_from": "amount", "summary": summary}
            for summary in ("first", "last", "count", "sum", "mean", "min", "max", "median")
        ),
        {"by": ["flag", "gone"], "names_from": "count", "values_from": "note"},
    ],
    "sort_rows": [{"columns": ["city", "amount"]}, {"columns": ["moment"], "descending": True}],
    "unpivot": [
        {"columns": ["amount", "count", "flag"]},
        {"columns": ["city", "day", "gone"], "names_to": "from", "values_to": "held", "drop_missing": True},
    ],
}
"""Steps that make other rows: they have no rows that could be transformed alone."""
TABLES = {"other": mixed(20, seed=9).select("city", "count", pl.col("amount").alias("price"))}
CASES = [(name, params) for name, variants in EXAMPLES.items() for params in variants]
RESHAPING_CASES = [(name, params) for name, variants in RESHAPING.items() for params in variants]


def build(name: str, params: dict[str, Any]) -> tuple[Step[Any], StepParams]:
    step = step_types()[name]()
    return step, step.Params(**params)


def context_for(frame: pl.DataFrame, problem: str = "binary") -> FitContext:
    return FitContext(target_of(frame, problem), problem)  # type: ignore[arg-type]


def test_every_step_has_examples() -> None:
    known = step_types()
    assert set(EXAMPLES) == {name for name, step in known.items() if not step.reshapes}
    assert set(RESHAPING) == {name for name, step in known.items() if step.reshapes}


@pytest.mark.parametrize("name", sorted(step_types()))
def test_a_step_declares_itself(name: str) -> None:
    contract.check_declarations(step_types()[name])


@pytest.mark.parametrize(("name", "params"), CASES)
@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_a_step_keeps_the_contract(name: str, params: dict[str, Any], problem: str) -> None:
    step, checked = build(name, params)
    frame = mixed()
    for check in (
        contract.check_input_stays,
        contract.check_state_is_json,
        contract.check_odd_tables,
        contract.check_outputs,
        contract.check_inputs_are_complete,
        contract.check_learns_from_training_rows_only,
        contract.check_replay,
        contract.check_one_column,
    ):
        check(step, checked, frame, context_for(frame, problem))
    contract.check_says(step, checked)


@pytest.mark.parametrize(("name", "params"), RESHAPING_CASES)
def test_a_step_that_makes_other_rows_keeps_its_contract(name: str, params: dict[str, Any]) -> None:
    step, checked = build(name, params)
    contract.check_reshaping(step, checked, mixed(), FitContext(tables=TABLES))
    contract.check_says(step, checked)


OTHER_NAMES = {name: f"the [{name}]" for name in mixed().columns}
"""Every column under another name, one that a formula must write with care."""


NAMING_CASES = [case for case in CASES + RESHAPING_CASES if case[0] != "append"]
"""Append names no column: it goes by the names that both tables have."""


@pytest.mark.parametrize(("name", "params"), NAMING_CASES)
def test_other_names_in_the_table_and_in_the_parameters_give_the_same_values(name: str, params: dict[str, Any]) -> None:
    frame = mixed()
    before, after = (_made(name, given, table) for given, table in _both(name, params, frame))
    made = {params.get("name"), *params.get("names", {}).values()}  # these were chosen for the new columns
    for old, new in zip(before.columns, after.columns, strict=True):
        assert new == (OTHER_NAMES.get(old, new) if old not in made else old)
    words = OTHER_NAMES if name == "unpivot" else {}
    for was, now in zip(before, after, strict=True):
        told = was.replace(words) if words and was.dtype == pl.String else was
        assert_series_equal(told, now, check_names=False)


def _both(name: str, params: dict[str, Any], frame: pl.DataFrame) -> list[tuple[dict[str, Any], pl.DataFrame]]:
    changed = renamed(StepSpec(type=name, params=params), OTHER_NAMES).params
    return [(params, frame), (changed, frame.rename(OTHER_NAMES))]


def _made(name: str, params: dict[str, Any], frame: pl.DataFrame) -> pl.DataFrame:
    step, checked = build(name, params)
    context = FitContext(target_of(mixed(), "binary"), "binary", tables=TABLES)
    return step.fit_apply(frame, checked, context)[1]


def test_words_that_are_also_names_of_columns_stay() -> None:
    names = dict.fromkeys(["mean", "city", "median", "price", "Rome", "2024-01-01"], "changed")
    for name, params in (
        ("group_aggregate", {"by": ["shop"], "column": "amount", "statistic": "mean", "name": "price"}),
        ("filter_rows", {"conditions": [{"column": "a", "operator": "equals", "values": ["city"]}]}),
        ("impute", {"columns": ["amount"], "method": "median"}),
        ("encode", {"columns": ["amount"], "method": "ordinal", "order": ["Rome", "city"]}),
        ("date_parts", {"columns": ["day"], "start": "2024-01-01"}),
        ("replace_values", {"columns": ["amount"], "find": "price", "replace": "city"}),
        ("formula", {"name": "price", "formula": "mean(amount, 1) + length('price')"}),
        ("rename_columns", {"names": {"amount": "price"}}),
    ):
        assert renamed(StepSpec(type=name, params=params), names).params == params


@cache
def fitted_steps() -> list[tuple[Step[Any], StepParams, State]]:
    built = [build(*case) for case in CASES]
    return [(step, params, step.fit(mixed(), params, context_for(mixed()))) for step, params in built]


@cache
def fitted_recipes() -> list[FittedRecipe]:
    return [contract.fitted_alone(*build(*case), mixed(), context_for(mixed())) for case in CASES]


def check_alone(rows: pl.DataFrame) -> None:
    rows = contract.clean(rows)
    for step, params, state in fitted_steps():
        contract.check_rows_alone(step, params, state, rows)


def check_row_path(rows: pl.DataFrame) -> None:
    for fitted in fitted_recipes():
        contract.check_row_function(fitted, rows)


@settings(max_examples=8, deadline=None)
@given(rows=frames())
def test_rows_are_transformed_alone_and_in_any_company(rows: pl.DataFrame) -> None:
    check_alone(rows)


@settings(max_examples=15, deadline=None)
@given(rows=frames(max_rows=3))
def test_the_row_path_gives_the_bits_of_the_frame_path(rows: pl.DataFrame) -> None:
    check_row_path(rows)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(rows=frames(max_rows=3))
def test_the_row_path_gives_the_bits_of_the_frame_path_for_many_tables(rows: pl.DataFrame) -> None:
    """Other tables at each run: what one cell in twenty does is met in one run with a chance of 95 % (0.95^60)."""
    check_alone(rows)
    check_row_path(rows)


def test_only_steps_that_read_by_rules_of_rust_lack_a_row_path() -> None:
    without = {recipe.steps[0].spec.type for recipe in fitted_recipes() if recipe.row_functions is None}
    assert without == {
        "change_case",  # only for title and sentence case
        "date_parts",  # only for dates written as text
        "extract_pattern",
        "parse_date",
        "parse_number",
        "replace_values",  # only for regular expressions, and without case
    }


ROW_PATH_ROWS = pl.DataFrame(
    [
        {
            "amount": 2.5,
            "count": 3,
            "flag": True,
            "city": "Paris",
            "note": " Late  one\t",
            "day": date(2024, 2, 29),
        },
        {"amount": -0.125, "count": 0, "flag": False, "city": "PA-RIS", "note": "true", "day": date(1969, 12, 31)},
        {"amount": 1e16, "count": -7, "flag": None, "city": "", "note": "-12.50", "day": None},
        {"amount": 0.00001, "count": 2, "flag": True, "city": "Rome", "note": "1e5", "day": date(2024, 12, 31)},
        {"amount": 45.0, "count": 1, "flag": True, "city": " ", "note": "Yes ", "day": date(2024, 1, 1)},
        {"amount": 1.005, "count": None, "flag": False, "city": "Oslo", "note": "2024-01-05", "day": date(2000, 1, 1)},
    ]
).with_columns(pl.lit(None, dtype=pl.String).alias("gone"), pl.col("day").cast(pl.Datetime("us")).alias("moment"))


def test_cells_that_are_written_in_odd_ways_have_the_same_bits_by_row() -> None:
    for place in range(ROW_PATH_ROWS.height):
        check_row_path(ROW_PATH_ROWS.slice(place, 1))


def test_what_a_row_path_makes_is_the_text_the_frame_path_makes() -> None:
    """Features are numbers: text that only later steps read is compared here."""
    compared = 0
    for recipe in fitted_recipes():
        fitted = recipe.steps[0]
        function = fitted.step.row(fitted.params, fitted.state)
        if function is None or fitted.step.needs_target:
            continue
        for place in range(ROW_PATH_ROWS.height):
            one = contract.clean(ROW_PATH_ROWS.slice(place, 1).select(mixed().columns))
            row = one.row(0, named=True)
            try:
                function(row)
            except NoRowPathError:
                continue
            after = fitted.step.apply(one.lazy(), fitted.params, fitted.state).collect().row(0, named=True)
            for name, cell in after.items():
                assert row[name] == cell, (fitted.spec, name)
                compared += 1
    assert compared > 2_000


def test_the_contract_catches_a_row_path_that_differs_by_one_bit() -> None:
    recipe = contract.fitted_alone(*build("scale", {}), mixed(), context_for(mixed()))
    learned = recipe.steps[0].state["scales"]["amount"]
    recipe.row_functions  # noqa: B018 - compiled now, before the state it was compiled from changes
    learned["width"] = float(np.nextafter(learned["width"], 1e9)) * 1.0000001
    with pytest.raises(AssertionError):
        contract.check_row_function(recipe, mixed().head(3))


class LooksAround(Step[StepParams]):
    """Centres on the rows at hand: what a step must never do."""

    name: ClassVar[str] = "looks_around"
    Params = StepParams

    def columns(self, params: StepParams) -> list[str]:
        return []

    def fit(self, frame: pl.DataFrame, params: StepParams, context: FitContext) -> State:
        return {}

    def apply(self, frame: pl.LazyFrame, params: StepParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(pl.col("count") - pl.col("count").mean())


class DropsRows(LooksAround):
    """Removes rows when applied."""

    def apply(self, frame: pl.LazyFrame, params: StepParams, state: State) -> pl.LazyFrame:
        return frame.drop_nulls()


class ForgetsInJSON(LooksAround):
    """Keeps a state that JSON turns into something else."""

    def fit(self, frame: pl.DataFrame, params: StepParams, context: FitContext) -> State:
        return {"levels": ("a", "b")}


class LearnsFromLater(LooksAround):
    """Remembers rows it was once applied to, as a step with a cache would."""

    seen: ClassVar[list[float]] = []

    def fit(self, frame: pl.DataFrame, params: StepParams, context: FitContext) -> State:
        return {"seen": list(self.seen)}

    def apply(self, frame: pl.LazyFrame, params: StepParams, state: State) -> pl.LazyFrame:
        self.seen.append(frame.select(pl.col("count").sum()).collect().item())
        return frame


class ChangesItsInput(LooksAround):
    """Writes into the table it was given."""

    def apply(self, frame: pl.LazyFrame, params: StepParams, state: State) -> pl.LazyFrame:
        GIVEN[0].replace_column(0, GIVEN[0].to_series(0) * 2)
        return frame


GIVEN: list[pl.DataFrame] = []


class RollsDice(LooksAround):
    """Another result each time."""

    def apply(self, frame: pl.LazyFrame, params: StepParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(pl.lit(next(DICE)).alias("count"))


DICE = iter(range(1_000_000))


def test_the_contract_catches_a_step_that_learns_from_other_rows() -> None:
    with pytest.raises(AssertionError):
        contract.check_learns_from_training_rows_only(LearnsFromLater(), StepParams(), mixed(), FitContext())


def test_the_contract_catches_a_step_that_changes_its_input() -> None:
    GIVEN[:] = [mixed()]
    with pytest.raises(AssertionError):
        contract.check_input_stays(ChangesItsInput(), StepParams(), GIVEN[0], FitContext())


def test_the_contract_catches_a_step_whose_result_is_not_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_types()["scale"], "apply", RollsDice.apply)
    with pytest.raises(AssertionError):
        contract.check_replay(*build("scale", {}), mixed(), context_for(mixed()))


@pytest.mark.parametrize("breach", [LooksAround, DropsRows])
def test_the_contract_catches_steps_that_depend_on_their_neighbours(breach: type[Step[Any]]) -> None:
    with pytest.raises(AssertionError):
        contract.check_rows_alone(breach(), StepParams(), {}, mixed())


def test_the_contract_catches_a_state_that_is_not_json() -> None:
    with pytest.raises(AssertionError):
        contract.check_state_is_json(ForgetsInJSON(), StepParams(), mixed(), FitContext())
