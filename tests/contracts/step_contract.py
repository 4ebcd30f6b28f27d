"""What every step must do, as checks that any step can be held to, planted breaches included."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from narrative.core.errors import InvalidInput
from narrative.core.hashing import canonical_json
from narrative.engine.alignment import canonical
from narrative.engine.fitted_recipe import FittedRecipe, FittedStep
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext, Step, StepParams
from narrative.engine.tables import content_hash


def same(left: pl.DataFrame, right: pl.DataFrame) -> None:
    """Equal to the last bit, types and order included."""
    assert_frame_equal(left, right, check_exact=True)


def applied(step: Step[Any], frame: pl.DataFrame, params: StepParams, state: dict[str, Any]) -> pl.DataFrame:
    return step.apply(frame.lazy(), params, state).collect()


def check_declarations(step: type[Step[Any]]) -> None:
    """A step says of itself what catalog and form need."""
    for text in (step.title, step.sentence, step.inverse, step.__doc__ or ""):
        assert text.strip()
    assert step.sentence.endswith(".")
    assert len(step.title) <= 40
    assert step.state_version >= 1
    for name, field in step.Params.model_fields.items():
        assert field.title, f"{step.name}.{name} has no title"
        assert field.description, f"{step.name}.{name} has no description"
    json.dumps(step.Params.model_json_schema())


def check_input_stays(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """Neither fitting nor applying changes the table it is given."""
    before = frame.clone()
    state, _ = step.fit_apply(frame, params, context)
    applied(step, frame, params, state)
    same(frame, before)


def check_state_is_json(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """State survives JSON, and what was read back applies to the same bits."""
    state = step.fit(frame, params, context)
    read_back = json.loads(canonical_json(state))
    assert read_back == state
    same(applied(step, frame, params, read_back), applied(step, frame, params, state))


def check_rows_alone(step: Step[Any], params: StepParams, state: dict[str, Any], rows: pl.DataFrame) -> None:
    """A row's values depend on that row only: preview equals result, on slices and in any order."""
    whole = applied(step, rows, params, state)
    assert whole.height == rows.height, "apply changed the number of rows"
    middle = rows.height // 2
    same(whole[:middle], applied(step, rows[:middle], params, state))
    same(whole[middle:], applied(step, rows[middle:], params, state))
    order = np.random.default_rng(rows.height).permutation(rows.height).tolist()
    same(whole[order], applied(step, rows[order], params, state))


def check_row_function(fitted: FittedRecipe, rows: pl.DataFrame) -> None:
    """The row function gives the bits of the frame path."""
    expected = fitted.features(fitted.apply(rows))
    found = fitted.matrix(rows)
    assert found.tobytes() == expected.tobytes() or np.array_equal(found, expected, equal_nan=True)


def check_odd_tables(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """No rows, one row and nothing but gaps can be applied to, and (except no rows) fitted on."""
    state = step.fit(frame, params, context)
    blank = pl.DataFrame({name: pl.Series([None] * 3, dtype=dtype) for name, dtype in frame.schema.items()})
    for odd in (frame.clear(), frame.head(1), blank):
        assert applied(step, odd, params, state).height == odd.height
    few = pl.Series("target", ["low"] * 3) if context.problem != "regression" else pl.Series("target", [1.0] * 3)
    for odd in (frame.head(1), blank):
        small = FitContext(few.head(odd.height) if context.target is not None else None, context.problem)
        learned, after = step.fit_apply(odd, params, small)
        canonical_json(learned)
        assert after.height == odd.height


def check_outputs(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """Every new column names an input column as its source."""
    state = step.fit(frame, params, context)
    sources = step.outputs(params, state)
    after = applied(step, frame, params, state)
    assert set(sources.values()) <= set(frame.columns)
    assert set(after.columns) <= set(frame.columns) | set(sources)
    needed = step.inputs(params, state)
    assert set(needed) == set(sources)
    assert all(source in needed[new] for new, source in sources.items())


def check_inputs_are_complete(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """Nothing but the inputs a new column names has an effect on it."""
    state = step.fit(frame, params, context)
    after = applied(step, frame, params, state)
    for new, needed in step.inputs(params, state).items():
        blank = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in frame.schema.items() if name not in needed]
        if new in after.columns:
            same(applied(step, frame.with_columns(blank), params, state).select(new), after.select(new))


def check_learns_from_training_rows_only(
    step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext
) -> None:
    """Rows outside the training rows, scrambled, change nothing in what is learned or in what training rows become."""
    half = frame.height // 2
    context = replace(context, target=None if context.target is None else context.target.head(half))
    random = np.random.default_rng(1)
    rest = frame[half:]
    scrambled = pl.DataFrame(
        [rest[name].gather(random.permutation(rest.height).tolist()) for name in rest.columns]
    ).with_columns(pl.col(pl.Float64) * 1e6, pl.col(pl.Int64) + 10**9)
    learned = []
    for other in (rest, scrambled):
        whole = pl.concat([frame[:half], other])
        state = step.fit(whole.head(half), params, context)
        learned.append((canonical_json(state), applied(step, whole, params, state)[:half]))
    assert learned[0][0] == learned[1][0]
    same(learned[0][1], learned[1][1])


def check_replay(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """Fitting and applying again, and from JSON, gives a table of equal content hash."""
    spec = StepSpec(type=step.name, params=params.model_dump(exclude_unset=True))
    fitted, first = Recipe([spec]).fit_apply(frame, context)
    again, second = Recipe.from_json(Recipe([spec]).to_json()).fit_apply(frame.clone(), context)
    assert content_hash(second) == content_hash(first)
    read_back = FittedRecipe.from_dict(json.loads(canonical_json(fitted.to_dict())))
    hashes = {content_hash(one.apply(frame, training=True)) for one in (fitted, again, read_back)}
    assert len(hashes) == 1


def check_one_column(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """A table of no more columns than the step names can be fitted on and applied to."""
    names = dict.fromkeys([*step.columns(params), *step.also_reads(params)])
    small = frame.select(list(names) or "amount")
    state = step.fit(small, params, context)
    assert applied(step, small, params, state).height == small.height


def check_reshaping(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> None:
    """A step that makes other rows: repeatable, from JSON too, harmless to its input, at home in odd tables, alone."""
    before = frame.clone()
    spec = StepSpec(type=step.name, params=params.model_dump(exclude_unset=True))
    fitted, first = Recipe([spec]).fit_apply(frame, context)
    same(frame, before)
    read_back = replace(FittedRecipe.from_dict(json.loads(canonical_json(fitted.to_dict()))), tables=context.tables)
    for again in (fitted, read_back):
        assert content_hash(again.apply(frame, training=True)) == content_hash(first)
    blank = pl.DataFrame({name: pl.Series([None] * 3, dtype=dtype) for name, dtype in frame.schema.items()})
    for odd in (frame.clear(), frame.head(1), blank):
        fitted.apply(odd, training=True)
    needed = {name for names in step.inputs(params, fitted.steps[0].state).values() for name in names}
    assert needed <= set(frame.columns)
    with pytest.raises(InvalidInput, match="makes other rows") as caught:
        Recipe([spec]).fit(frame, replace(context, target=pl.Series("target", [0.0] * frame.height)))
    assert caught.value.code == "step_reshapes"


def check_says(step: Step[Any], params: StepParams) -> None:
    """What a step says of itself is one sentence without loose ends."""
    said = step.says(params)
    assert said.endswith(".")
    assert said[0].isupper()
    assert not {"{", "None", "  "} & {said, *said.split(" ")}


def fitted_alone(step: Step[Any], params: StepParams, frame: pl.DataFrame, context: FitContext) -> FittedRecipe:
    """A recipe of this step only."""
    spec = StepSpec(type=step.name, params=params.model_dump(exclude_unset=True))
    fitted = Recipe([spec]).fit(frame, context)
    assert isinstance(fitted.steps[0], FittedStep)
    return fitted


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows as a recipe hands them to a step: engine types, NaN and infinity missing."""
    return canonical(frame)
