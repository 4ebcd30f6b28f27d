from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.core.hashing import canonical_json
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec, step_types
from narrative.engine.steps.base import FitContext
from narrative.engine.types import ColumnKind
from tests.fixtures.frames import mixed, target_of

KINDS: dict[str, ColumnKind] = {"age": "integer", "city": "category", "note": "text", "day": "date"}


def step(type: str, **params: Any) -> StepSpec:
    return StepSpec(type=type, params=params)


FULL = Recipe(
    [
        step("trim_whitespace"),
        step("date_parts"),
        step("text_statistics", columns=["note"]),
        step("text_vectors", columns=["note"], max_words=5),
        step("encode", columns=["city"], method="target", keep_original=True),
        step("impute", indicator=True),
        step("scale"),
        step("group_rare_categories", columns=["city"], min_share=0.1),
        step("encode", columns=["city"], method="one_hot"),
    ]
)


def fault(recipe: Recipe, kinds: dict[str, ColumnKind] = KINDS) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        recipe.validate(kinds)
    return caught.value


def test_a_fitted_recipe_survives_json_to_the_last_bit() -> None:
    frame = mixed()
    fitted = FULL.fit(frame, FitContext(target_of(frame, "multiclass"), "multiclass"))
    again = FittedRecipe.from_dict(json.loads(canonical_json(fitted.to_dict())))
    assert again.matrix(frame).tobytes() == fitted.matrix(frame).tobytes()
    assert again.apply(frame).equals(fitted.apply(frame))
    assert (again.feature_names, again.sources, again.input_columns) == (
        fitted.feature_names,
        fitted.sources,
        fitted.input_columns,
    )


def test_a_recipe_survives_json() -> None:
    assert Recipe.from_json(FULL.to_json()) == FULL


def test_every_feature_leads_back_to_a_raw_column() -> None:
    frame = mixed()
    fitted = FULL.fit(frame, FitContext(target_of(frame, "binary"), "binary"))
    assert set(fitted.sources) == set(fitted.feature_names)
    assert set(fitted.sources.values()) == set(frame.columns) - {"gone"}
    assert fitted.sources["note length is missing"] == "note"
    assert fitted.sources["day days since 1970"] == "day"
    assert fitted.sources["city=Paris"] == fitted.sources["city target"] == "city"


def test_the_matrix_is_plain_and_missing_is_nan() -> None:
    frame = mixed()
    fitted = Recipe([]).fit(frame)
    matrix = fitted.matrix(frame)
    assert fitted.feature_names == ["amount", "count", "flag"]
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous
    np.testing.assert_array_equal(matrix[:, 0], frame["amount"].to_numpy())
    assert set(np.unique(matrix[:, 2][~np.isnan(matrix[:, 2])])) == {0.0, 1.0}


def test_column_order_extra_columns_and_missing_columns_do_not_matter() -> None:
    frame = mixed()
    fitted = FULL.fit(frame, FitContext(target_of(frame, "binary"), "binary"))
    expected = fitted.matrix(frame)
    shuffled = frame.select(reversed(frame.columns)).with_columns(pl.lit(1).alias("extra"))
    assert fitted.matrix(shuffled).tobytes() == expected.tobytes()
    without = fitted.matrix(frame.drop("amount"))
    gap = fitted.matrix(frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("amount")))
    assert without.tobytes() == gap.tobytes()


def test_other_number_types_give_the_same_features() -> None:
    frame = pl.DataFrame({"n": [1, 2, 3], "flag": [True, False, None]})
    fitted = Recipe([step("encode", columns=["n"])]).fit(frame)
    for other in (pl.Float32, pl.UInt8, pl.Float64, pl.String):
        cast = frame.with_columns(pl.col("n").cast(other), pl.col("flag").cast(pl.Int8))
        np.testing.assert_array_equal(fitted.matrix(cast), fitted.matrix(frame))


def test_nan_and_infinity_count_as_missing() -> None:
    fitted = Recipe([]).fit(pl.DataFrame({"x": [1.0, 2.0]}))
    assert np.isnan(fitted.matrix(pl.DataFrame({"x": [float("nan"), float("inf"), float("-inf"), None]}))).all()


def test_the_target_is_no_feature_even_if_it_stands_in_the_table() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    fitted = Recipe([]).fit(frame, FitContext(frame["y"], "binary"))
    assert fitted.feature_names == ["x"]


def test_training_rows_are_encoded_out_of_fold_and_others_are_not() -> None:
    frame = mixed()
    context = FitContext(target_of(frame, "regression"), "regression")
    recipe = Recipe([step("encode", columns=["city"], method="target")])
    fitted, training, rows = recipe.fit_matrix(frame, context)
    column = fitted.feature_names.index("city target")
    assert rows.tolist() == list(range(frame.height))
    assert not np.array_equal(training[:, column], fitted.matrix(frame)[:, column])


def test_learning_uses_the_given_rows_only() -> None:
    frame = mixed()
    half = frame.head(30)
    alone = FULL.fit(half, FitContext(target_of(frame, "binary").head(30), "binary"))
    assert canonical_json(alone.to_dict()) == canonical_json(
        FULL.fit(frame[:30], FitContext(target_of(frame, "binary")[:30], "binary")).to_dict()
    )
    assert alone.to_dict() != FULL.fit(frame, FitContext(target_of(frame, "binary"), "binary")).to_dict()


def test_steps_that_are_switched_off_do_nothing() -> None:
    frame = pl.DataFrame({"x": [1.0, None]})
    off = StepSpec(type="impute", enabled=False)
    assert Recipe([off]).fit(frame).apply(frame).equals(frame)


def test_older_names_of_steps_are_understood() -> None:
    frame = pl.DataFrame({"x": [1.0, None, 3.0], "c": ["a", "b", "a"]})
    old = Recipe([step("fill_missing", columns=["x"]), step("normalize", columns=["x"]), step("one_hot_encode")])
    new = Recipe([step("impute", columns=["x"]), step("scale", columns=["x"], method="min_max"), step("encode")])
    assert old.fit(frame).apply(frame).equals(new.fit(frame).apply(frame))
    assert Recipe([step("standardize")]).fit(frame).apply(frame)["x"].to_list() == [-1.0, None, 1.0]
    assert Recipe([step("label_encode")]).fit(frame).apply(frame)["c"].to_list() == [0.0, 1.0, 0.0]


def test_an_unknown_step_is_refused_with_the_nearest_name() -> None:
    error = fault(Recipe([step("imputt")]))
    assert (error.code, error.fix) == ("step_unknown", "Did you mean 'impute'?")


def test_an_unknown_column_is_refused_with_step_and_nearest_name() -> None:
    error = fault(Recipe([step("scale", columns=["agee"])]))
    assert (error.code, error.column, error.fix) == ("column_unknown", "agee", "Did you mean 'age'?")
    assert error.message == "Step 1, Scale numbers: it needs the column 'agee', which is not there."
    other = fault(Recipe([step("impute"), step("scale", columns=["agee"])]))
    assert other.message.startswith("Step 2, Scale numbers: ")
    assert fault(Recipe([step("imputt")])).message == "Step 1: There is no step 'imputt'."


def test_scaling_text_is_refused_with_what_would_work() -> None:
    error = fault(Recipe([step("scale", columns=["city"])]))
    assert (error.code, error.column) == ("column_kind_unfit", "city")
    assert "decimal" in str(error.fix)


@pytest.mark.parametrize(
    ("params", "said"),
    [({"method": "magic"}, "'magic'"), ({"methode": "mean"}, "no parameter 'methode'"), ({"columns": 7}, "7")],
)
def test_a_wrong_parameter_is_refused_with_its_name_and_value(params: dict[str, Any], said: str) -> None:
    error = fault(Recipe([step("impute", **params)]))
    assert error.code == "step_parameter_invalid"
    assert said in error.message
    assert error.fix


def test_all_faults_are_found_before_anything_runs() -> None:
    error = fault(Recipe([step("scale", columns=["city"]), step("nothing"), step("drop_columns", columns=["zip"])]))
    assert [found["code"] for found in error.context["faults"]] == [
        "column_kind_unfit",
        "step_unknown",
        "column_unknown",
    ]


def test_order_matters_a_dropped_column_is_gone_for_later_steps() -> None:
    error = fault(Recipe([step("drop_columns", columns=["age"]), step("scale", columns=["age"])]))
    assert (error.code, error.context["step"]) == ("column_unknown", "step_2")


def test_columns_that_earlier_steps_make_can_be_used_by_later_ones() -> None:
    Recipe(
        [
            step("date_parts", columns=["day"]),
            step("encode", columns=["city"], method="one_hot"),
            step("cast_type", columns=["note"], to="decimal"),
            step("scale", columns=["day month", "city=Paris", "note"]),
        ]
    ).validate(KINDS)


def test_a_frames_types_can_be_validated_against_too() -> None:
    frame = mixed()
    FULL.validate(frame.schema)
    with pytest.raises(InvalidInput):
        Recipe([step("scale", columns=["day"])]).validate(frame.schema)


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame({"x": []}, schema={"x": pl.Float64})])
def test_an_empty_table_is_a_clear_error(frame: pl.DataFrame) -> None:
    with pytest.raises(InvalidInput) as caught:
        Recipe([]).fit(frame)
    assert caught.value.code == "empty_table"


def test_dropping_every_row_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Recipe([step("drop_missing")]).fit(pl.DataFrame({"x": [None, 1.0], "z": [1.0, None]}))
    assert caught.value.code == "no_rows_left"


def test_unseen_categories_are_noted_after_the_steps_before() -> None:
    fitted = Recipe([step("trim_whitespace"), step("encode")]).fit(pl.DataFrame({"city": ["a", "b"]}))
    assert fitted.notes(pl.DataFrame({"city": [" a", "z"]})) == [
        "1 row has a category of 'city' that was not there before; it counts as missing."
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "steps": [{"kind": "impute"}]}'])
def test_what_is_no_recipe_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Recipe.from_json(text)
    assert caught.value.code == "recipe_unreadable"


def test_a_recipe_of_a_newer_program_says_so() -> None:
    with pytest.raises(InvalidInput) as caught:
        Recipe.from_dict({"version": 99, "steps": []})
    assert caught.value.code == "recipe_newer_format"


def test_step_names_appear_once() -> None:
    assert len(step_types()) >= 14
