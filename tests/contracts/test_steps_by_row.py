"""Rows are transformed alone as in company, and the row path gives the bits of the frame path, for every step."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from narrative.engine.steps.base import NoRowPathError
from tests.contracts import step_contract as contract
from tests.contracts.step_examples import (
    build,
    context_for,
    fitted_recipes,
    fitted_steps,
)
from tests.fixtures.frames import frames, mixed


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
