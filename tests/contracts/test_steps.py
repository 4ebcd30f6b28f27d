"""Every step that is found is held to the contract of steps."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
import pytest
from polars.testing import assert_series_equal

from narrative.engine.recipe import step_types
from narrative.engine.step_specs import StepSpec, renamed
from narrative.engine.steps.base import FitContext, State, Step, StepParams
from tests.contracts import step_contract as contract
from tests.contracts.step_examples import (
    CASES,
    EXAMPLES,
    RESHAPING,
    RESHAPING_CASES,
    TABLES,
    build,
    context_for,
)
from tests.fixtures.frames import mixed, target_of


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
