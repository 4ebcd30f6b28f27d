"""Facts of the preparation that training learned, read from the fitted recipes of the model."""

from __future__ import annotations

from narrative.engine.fitted_recipe import FittedStep
from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.training.types import TrainingResult


def views_in_use(result: TrainingResult) -> list[str]:
    """Views that a member of the delivered model reads."""
    return sorted({member.view for member in result.model.members})


def given_columns(result: TrainingResult) -> list[str]:
    """Columns the preparation was given: all but the target."""
    names: dict[str, None] = {}
    for view in views_in_use(result):
        names |= dict.fromkeys(result.model.recipes[view].input_types)  # type: ignore[index]  # views come from members
    return [name for name in names if name != result.model.target]


def used_columns(result: TrainingResult) -> list[str]:
    """Columns that reach at least one feature of a view in use."""
    used = {name for view in views_in_use(result) for name in result.model.recipes[view].input_columns}  # type: ignore[index]
    return [name for name in given_columns(result) if name in used]


def left_out_columns(result: TrainingResult) -> list[str]:
    """Columns that no member reads."""
    used = set(used_columns(result))
    return [name for name in given_columns(result) if name not in used]


def worked_columns(fitted: FittedStep) -> list[str]:
    """Columns a fitted step works on, also those it found by itself."""
    named = dict.fromkeys(fitted.step.columns(fitted.params))
    return list(named | dict.fromkeys(fitted.step.outputs(fitted.params, fitted.state).values()))


def touched_columns(result: TrainingResult, steps: list[str]) -> list[str]:
    """Columns of the table that the given kinds of steps work on, in any view in use."""
    given, touched = set(given_columns(result)), set()
    for view in views_in_use(result):
        for fitted in result.model.recipes[view].steps:  # type: ignore[index]  # views come from members
            if fitted.spec.type in steps:
                touched |= set(worked_columns(fitted)) & given
    return sorted(touched)


@formula("preparation.given", "columns besides the target", "training")
def given(sources: Sources) -> Value:
    return len(given_columns(sources.need_result()))


@formula("preparation.used", "columns that reach at least one feature", "training")
def used(sources: Sources) -> Value:
    return len(used_columns(sources.need_result()))


@formula("preparation.left_out", "columns that reach no feature", "training")
def left_out(sources: Sources) -> Value:
    return len(left_out_columns(sources.need_result()))


@formula("preparation.left_out_of_kind", "columns of the given kinds that reach no feature", "training")
def left_out_of_kind(sources: Sources, kinds: list[str]) -> Value:
    return len(left_out_with_kind(sources.need_result(), kinds))


@formula("preparation.left_out_column", "a column of the given kinds that reaches no feature", "training")
def left_out_column(sources: Sources, kinds: list[str] | None, position: int) -> Value:
    return left_out_with_kind(sources.need_result(), kinds)[position]


@formula("preparation.touched", "columns that the given steps work on", "training")
def touched(sources: Sources, steps: list[str]) -> Value:
    return len(touched_columns(sources.need_result(), steps))


@formula("preparation.filled", "columns with empty cells that are filled", "training")
def filled(sources: Sources) -> Value:
    result = sources.need_result()
    gaps = {column.name for column in result.profile.columns if column.missing}
    return len(gaps.intersection(touched_columns(result, ["impute"])))


@formula("preparation.features", "features of the widest view that the model reads", "training")
def features(sources: Sources) -> Value:
    result = sources.need_result()
    return max(
        (len(result.model.recipes[view].feature_names) for view in views_in_use(result)),  # type: ignore[index]
        default=0,
    )


def left_out_with_kind(result: TrainingResult, kinds: list[str] | None) -> list[str]:
    """Columns of the given kinds (by the profile; None: of any) that reach no feature."""
    if kinds is None:
        return left_out_columns(result)
    known = {column.name: column.kind for column in result.profile.columns}
    return [name for name in left_out_columns(result) if known.get(name) in kinds]
