"""One row alone gets the bits it gets in a table, by whichever way it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from narrative.engine.bundle import Bundle, RowAnswer
from narrative.engine.bundle import single as single_module
from narrative.engine.bundle.single import _features, _View, row_scorer
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.mixing import VOTES, Vote
from narrative.engine.steps.base import NoRowPathError
from narrative.engine.tables import frame_from
from narrative.engine.types import Problem
from tests.contracts.step_examples import fitted_recipes
from tests.fixtures.bundles import PROBLEMS, small_bundle
from tests.fixtures.frames import frames, mixed

ROWS = mixed(60, seed=99)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[Problem, Bundle]:
    return {problem: small_bundle(tmp_path_factory.mktemp(problem), problem) for problem in PROBLEMS}


def in_a_table(bundle: Bundle, rows: pl.DataFrame) -> list[RowAnswer]:
    """The answers to rows that are all good, as the way of a table gives them; without sentences."""
    found = bundle.predict(rows)
    assert not found.bad_rows
    shares = [None] * rows.height if found.probabilities is None else map(tuple, found.probabilities.tolist())
    lower, upper = ([None] * rows.height if end is None else end.tolist() for end in (found.lower, found.upper))
    return [RowAnswer(*each) for each in zip(found.answers, shares, lower, upper, strict=True)]


def numbers(answer: RowAnswer) -> list[float]:
    given = answer.probabilities or (answer.answer, answer.lower, answer.upper)
    return [float(each) for each in given if each is not None]


def bare(answer: RowAnswer) -> RowAnswer:
    return replace(answer, repairs=[], warnings=[])


@pytest.mark.parametrize("problem", PROBLEMS)
@settings(max_examples=12, deadline=None)
@given(rows=frames(max_rows=2))
def test_any_row_gets_the_answer_and_the_sentences_of_a_table(
    problem: Problem, bundles: dict[Problem, Bundle], rows: pl.DataFrame
) -> None:
    bundle = bundles[problem]
    for row in rows.to_dicts():
        table = frame_from([row])
        found, whole = bundle.predict_one(row), bundle.predict(table)
        assert bare(found) == in_a_table(bundle, table)[0]
        assert (found.repairs, found.warnings) == (whole.repairs, whole.warnings)


@pytest.mark.parametrize("vote", VOTES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_plain_rows_go_the_short_way_and_get_the_same_answers(
    problem: Problem, vote: Vote, bundles: dict[Problem, Bundle]
) -> None:
    bundle = bundles[problem]
    model = replace(bundle.model, vote=vote)
    scorer = row_scorer(model, bundle.contract, bundle.predictor._known)
    assert scorer is not None
    short = [scorer.answer(row) for row in ROWS.to_dicts()]
    assert sum(answer is not None for answer in short) >= 25
    for answer, expected in zip(short, in_a_table(replace(bundle, model=model), ROWS), strict=True):
        if answer is None:
            continue
        if vote == "margins":
            assert answer == expected
        else:  # sums over members are library products, whose order depends on the number of rows
            np.testing.assert_allclose(numbers(answer), numbers(expected), rtol=1e-12)


@pytest.mark.parametrize("place", range(len(fitted_recipes())))
def test_features_of_a_row_are_those_of_the_frame_for_every_step(place: int) -> None:
    recipe: FittedRecipe = fitted_recipes()[place]
    if recipe.row_functions is None:
        return
    view = _View(recipe.row_functions, recipe.feature_names, dict.fromkeys(recipe.input_types))
    frame = mixed(40, seed=8).select(list(recipe.input_types))
    expected = recipe.features(recipe.apply(frame))
    for row, features in zip(frame.to_dicts(), expected, strict=True):
        try:
            found = np.array(_features(view, row), dtype=np.float64)
        except NoRowPathError:
            continue
        np.testing.assert_array_equal(found, features)


def plain_row(bundle: Bundle) -> dict[str, Any]:
    """A row that goes the short way."""
    scorer = bundle.predictor._scorer
    assert scorer is not None
    return next(row for row in ROWS.drop_nulls(["amount", "count", "city", "day", "moment"]).to_dicts()
                if scorer.answer(row) is not None)  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("amount", 1e9),
        ("amount", float("inf")),
        ("amount", "12,5"),
        ("amount", True),
        ("count", "3"),
        ("flag", 1),
        ("flag", "yes"),
        ("city", "Atlantis"),
        ("city", " rome"),
        ("city", 3),
        ("note", 3.5),
        ("day", "1.2.2024"),
        ("day", date(1800, 1, 1)),
        ("day", datetime(2024, 5, 1)),  # noqa: DTZ001
        ("moment", date(2024, 5, 1)),
        ("moment", "2024-05-01 24:00:00"),
        ("moment", "2024-05-01T10:00:00Z"),
        ("day", "2024-W05-1"),
        ("day", "2024-02-30"),
    ],
)
def test_a_cell_that_needs_words_goes_the_way_of_a_table(
    bundles: dict[Problem, Bundle], column: str, cell: Any
) -> None:
    bundle = bundles["binary"]
    row = plain_row(bundle) | {column: cell}
    scorer = bundle.predictor._scorer
    assert scorer is not None
    assert scorer.answer(row) is None
    found, whole = bundle.predict_one(row), bundle.predict([row])
    assert (found.repairs, found.warnings) == (whole.repairs, whole.warnings)
    assert found.bad_row == (whole.bad_rows[0] if whole.bad_rows else None)
    assert found.answer == (whole.answers[0] if whole.answers else None)


def test_a_missing_column_is_told_and_further_columns_do_not_matter(bundles: dict[Problem, Bundle]) -> None:
    bundle = bundles["binary"]
    row = plain_row(bundle)
    scorer = bundle.predictor._scorer
    assert scorer is not None
    assert scorer.answer(row | {"else": "x"}) == scorer.answer(row)
    without = {name: cell for name, cell in row.items() if name != "city"}
    assert scorer.answer(without) is None
    assert bundle.predict_one(without).warnings == bundle.predict([without]).warnings != []


@pytest.mark.parametrize(
    ("column", "cell", "same"),
    [
        ("day", "2024-05-01", date(2024, 5, 1)),
        ("moment", "2024-05-01", datetime(2024, 5, 1)),  # noqa: DTZ001
        ("moment", "2024-05-01 10:20:30", datetime(2024, 5, 1, 10, 20, 30)),  # noqa: DTZ001
        ("moment", "2024-05-01T10:20:30", datetime(2024, 5, 1, 10, 20, 30)),  # noqa: DTZ001
        ("amount", 40, 40.0),
        ("amount", float("nan"), None),
        ("count", 3.5, 3.5),
    ],
)
def test_plain_writings_of_a_value_go_the_short_way(
    bundles: dict[Problem, Bundle], column: str, cell: Any, same: Any
) -> None:
    bundle = bundles["binary"]
    scorer = bundle.predictor._scorer
    assert scorer is not None
    found = scorer.answer(plain_row(bundle) | {column: cell})
    assert found is not None
    assert found == scorer.answer(plain_row(bundle) | {column: same})
    assert found == bare(bundle.predict_one(plain_row(bundle) | {column: same}))
    row = pl.DataFrame([plain_row(bundle) | {column: cell}])
    assert found == in_a_table(bundle, row)[0]


def test_markers_of_the_training_file_mean_missing_in_a_row_too(bundles: dict[Problem, Bundle]) -> None:
    bundle = bundles["binary"]
    told = replace(bundle, contract=bundle.contract.model_copy(update={"missing_markers": ["40", "n/a", "late late"]}))
    row = plain_row(bundle)
    scorer = told.predictor._scorer
    assert scorer is not None
    for column, cell in (("amount", 40.0), ("note", "late late")):
        found = scorer.answer(row | {column: cell})
        assert found == scorer.answer(row | {column: None}) == bare(told.predict_one(row | {column: cell}))
        assert found == in_a_table(told, pl.DataFrame([row | {column: cell}]))[0]


def test_the_comparison_notices_a_row_that_is_read_in_another_way(
    bundles: dict[Problem, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundles["binary"]
    monkeypatch.setattr(single_module, "_truth", lambda cell: not cell)
    scorer = row_scorer(bundle.model, bundle.contract, bundle.predictor._known)
    assert scorer is not None
    wrong = [scorer.answer(row) for row in ROWS.to_dicts()]
    right = in_a_table(bundle, ROWS)
    assert any(found is not None and found != expected for found, expected in zip(wrong, right, strict=True))


def test_a_model_file_answers_one_row_in_the_words_of_its_classes(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path, "binary")
    found = bundle.predict_one(plain_row(bundle))
    assert found.probabilities is not None
    assert found.answer == bundle.model.classes[found.probabilities[1] >= bundle.model.threshold]
