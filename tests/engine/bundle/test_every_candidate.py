"""From a raw table through a model file, for every candidate: a row alone, a table and its reasons say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.plugins import discover
from narrative.engine.bundle import Bundle, Predictions, build_contract, load_bundle, write_bundle
from narrative.engine.candidates.base import Candidate, FitOptions, TrainingData, View
from narrative.engine.fitted_recipe import FittedRecipe
from narrative.engine.mixing import VOTES, Vote
from narrative.engine.model import Member, Model
from narrative.engine.preparation import automatic_recipe
from narrative.engine.steps.base import FitContext
from narrative.engine.types import Label, Problem
from tests.fixtures.bundles import PROBLEMS, TEXTS
from tests.fixtures.frames import mixed, profile_of, target_of

CANDIDATES = discover("narrative.engine.candidates", Candidate)
CASES = [(name, problem) for name, kind in CANDIDATES.items() for problem in PROBLEMS if problem in kind.problems]
LEARNED, ASKED = mixed(150, seed=1), mixed(40, seed=2)
AGREE = 1e-9


def classes_of(problem: Problem) -> list[Label]:
    return [] if problem == "regression" else target_of(LEARNED, problem).unique().sort().to_list()


def member_of(name: str, problem: Problem) -> tuple[Member, FittedRecipe]:
    """The candidate trained on the prepared table, with its first settings and few rounds."""
    candidate, target = CANDIDATES[name](), target_of(LEARNED, problem)
    recipe = automatic_recipe(profile_of(LEARNED, **TEXTS), target="target", problem=problem, view=candidate.view)
    fitted, features, _ = recipe.fit_matrix(LEARNED, FitContext(target, problem))
    classes = classes_of(problem)
    numbers = target if not classes else target.replace_strict(classes, list(range(len(classes))))
    data = TrainingData(features, numbers.cast(pl.Float64).to_numpy(), problem, len(classes))
    settings = candidate.settings(problem, *features.shape)[0]
    learner = candidate.fit(data, settings, FitOptions(threads=1, rounds=5)).learner
    return Member(name, candidate.view, learner, 1.0), fitted


def saved(folder: Path, model: Model) -> Bundle:
    """The model as it comes back from its file."""
    profile = profile_of(LEARNED, **TEXTS)
    contract = build_contract(profile, LEARNED, "target", model.classes, problem=model.problem)
    write_bundle(folder / "model.narrative", model, contract=contract, evaluation={}, check_frame=ASKED)
    return load_bundle(folder / "model.narrative")


def shown(found: Predictions) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The number of each row that its reasons explain."""
    if found.probabilities is None:
        return np.array(found.answers, dtype=np.float64)
    return found.probabilities[:, 1] if found.problem == "binary" else found.probabilities.max(axis=1)


def check_reasons_add_up(found: Predictions) -> None:
    assert found.base is not None
    assert found.effects is not None
    explained = found.base + found.effects.sum(axis=1)
    assert np.max(np.abs(explained - shown(found)) / np.maximum(1.0, np.abs(shown(found)))) <= AGREE


def check_rows_alone(bundle: Bundle, whole: Predictions) -> None:
    """One row at a time gives the numbers and the answers of the table."""
    for place, row in enumerate(ASKED.to_dicts()):
        alone = bundle.predict_one(row)
        if whole.probabilities is None:
            assert alone.answer == pytest.approx(whole.answers[place], rel=AGREE, abs=AGREE)
        else:
            assert alone.probabilities is not None
            np.testing.assert_allclose(alone.probabilities, whole.probabilities[place], rtol=0, atol=AGREE)
            assert alone.answer == whole.answers[place]


@pytest.mark.parametrize(("name", "problem"), CASES)
def test_rows_alone_tables_and_reasons_of_every_candidate_agree(name: str, problem: Problem, tmp_path: Path) -> None:
    member, recipe = member_of(name, problem)
    model = Model(problem, "target", classes_of(problem), {member.view: recipe}, [member])
    bundle = saved(tmp_path, model)
    whole = bundle.predict(ASKED, reasons=True, n_reasons=None)
    np.testing.assert_array_equal(shown(whole), shown(replace(bundle, model=model).predict(ASKED)))
    check_reasons_add_up(whole)
    check_rows_alone(bundle, whole)


@pytest.mark.parametrize("vote", VOTES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_rows_alone_tables_and_reasons_of_every_kind_of_ensemble_agree(
    problem: Problem, vote: Vote, tmp_path: Path
) -> None:
    recipes: dict[View, FittedRecipe] = {}
    members = []
    for name, weight in (("lightgbm", 0.5), ("k_nearest_neighbors", 0.3), ("decision_tree", 0.2)):
        member, recipe = member_of(name, problem)
        recipes[member.view] = recipe
        members.append(replace(member, weight=weight))
    slope = 1.0 if vote == "hard" else 1.1
    model = Model(problem, "target", classes_of(problem), recipes, members, slope=slope, vote=vote)
    bundle = saved(tmp_path, model)
    whole = bundle.predict(ASKED, reasons=True, n_reasons=None)
    check_reasons_add_up(whole)
    check_rows_alone(bundle, whole)


def test_the_checks_notice_an_answer_that_is_off_by_a_millionth(tmp_path: Path) -> None:
    member, recipe = member_of("lightgbm", "binary")
    bundle = saved(tmp_path, Model("binary", "target", classes_of("binary"), {"trees": recipe}, [member]))
    whole = bundle.predict(ASKED, reasons=True, n_reasons=None)
    assert whole.probabilities is not None
    off = replace(whole, probabilities=whole.probabilities + 1e-6)
    with pytest.raises(AssertionError):
        check_reasons_add_up(off)
    with pytest.raises(AssertionError):
        check_rows_alone(bundle, off)
