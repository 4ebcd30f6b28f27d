"""Steps of people run before the automatic preparation, in training and in serving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.bundle import load_bundle
from narrative.engine.candidates.base import View
from narrative.engine.pipeline import run_pipeline
from narrative.engine.profile import infer_kinds, profile_table
from narrative.engine.recipe import FittedRecipe, StepSpec
from narrative.engine.training.targets import code_target
from narrative.engine.training.types import TrainingOptions
from narrative.engine.training.user_steps import check_steps, columns_of, profile_after
from narrative.engine.training.views import Views

RANDOM = np.random.default_rng(5)
TABLE = pl.DataFrame(
    {
        "age": RANDOM.integers(18, 80, 200),
        "leak": RANDOM.normal(0, 1, 200),
        "size": ["5", "7", "12", "n/a"] * 50,
        "city": ["Oslo ", "Oslo", " Bern", "Bern"] * 50,
        "left": ["yes", "no", "no", "yes"] * 50,
    }
)
TRIM = StepSpec(type="trim_whitespace", params={"columns": ["city"]})
DROP = StepSpec(type="drop_columns", params={"columns": ["leak"]})
READ = StepSpec(type="cast_type", params={"columns": ["size"], "to": "decimal"})


def ignore(_scope: str, _view: View, _recipe: FittedRecipe) -> None:
    """Nobody wants the recipe."""


def features(*steps: StepSpec, max_columns: int = 100) -> list[str]:
    target = code_target(TABLE["left"], "binary")
    rest = TABLE.drop("left")
    profile = profile_after(steps, rest, profile_table(TABLE, target="left"))
    views = Views(rest, target, profile, target_name="left", max_columns=max_columns, seed=1, steps=steps)
    rows = np.arange(150), np.arange(150, 200)
    return list(views.get("fold_0", "linear", *rows, ignore).recipe.feature_names)


def test_without_steps_every_column_is_prepared_as_it_came() -> None:
    found = features()
    assert "leak" in found
    assert {name for name in found if name.startswith("city=")} == {
        "city=Oslo ",
        "city=Oslo",
        "city= Bern",
        "city=Bern",
    }


def test_a_removed_column_is_gone_trimmed_categories_are_one_and_text_read_as_numbers_is_a_number() -> None:
    found = features(DROP, TRIM, READ)
    assert "leak" not in found
    assert {name for name in found if name.startswith("city=")} == {"city=Oslo", "city=Bern"}
    assert "size" in found


def test_a_step_keeps_its_columns_when_a_wide_table_is_cut() -> None:
    assert features(DROP, TRIM, max_columns=1) != []


def test_a_step_that_is_switched_off_does_nothing() -> None:
    off = DROP.model_copy(update={"enabled": False})
    assert features(off) == features()
    assert columns_of([off]) == set()


def test_steps_that_do_not_fit_are_refused_before_anything_runs() -> None:
    kinds = infer_kinds(TABLE)
    with pytest.raises(InvalidInput) as missing:
        check_steps([StepSpec(type="drop_columns", params={"columns": ["leek"]})], kinds, "left")
    assert (missing.value.code, missing.value.fix) == ("column_unknown", "Did you mean 'leak'?")
    with pytest.raises(InvalidInput) as target:
        check_steps([StepSpec(type="drop_columns", params={"columns": ["left"]})], kinds, "left")
    assert target.value.code == "step_on_target"


@pytest.mark.slow
def test_a_model_trained_with_steps_does_not_ask_for_a_removed_column(tmp_path: Path) -> None:
    options = TrainingOptions(target="left", budget_seconds=8, candidates=["logistic_regression"], steps=[DROP, TRIM])
    outcome = run_pipeline(TABLE, options, tmp_path)
    bundle = load_bundle(outcome.bundle.path)
    assert "leak" not in [column.name for column in bundle.contract.columns]
    answered = bundle.predict(TABLE.drop("leak").head(4))
    tidy = bundle.predict(TABLE.drop("leak").head(4).with_columns(pl.col("city").str.strip_chars()))
    assert np.array_equal(np.asarray(answered.probabilities), np.asarray(tidy.probabilities))
