from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_file
from narrative.engine.bundle import Bundle, load_bundle, verify_bundle, write_bundle
from narrative.engine.bundle.contract import InputContract
from narrative.engine.learners.constant import Constant
from narrative.engine.model import Member, Model
from narrative.engine.recipe import Recipe
from narrative.engine.types import Problem
from tests.fixtures.bundles import PROBLEMS, small_model, write_small
from tests.fixtures.frames import mixed

NEW_ROWS = mixed(40, seed=99)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_loaded_model_answers_bit_for_bit_like_the_one_written(problem: Problem, tmp_path: Path) -> None:
    model = small_model(problem)
    bundle = load_bundle(write_small(tmp_path / "m.narrative", problem))
    assert bundle.model.margins(NEW_ROWS).tobytes() == model.margins(NEW_ROWS).tobytes()
    columns, effects = bundle.model.contributions(NEW_ROWS)
    expected_columns, expected = model.contributions(NEW_ROWS)
    assert columns == expected_columns
    assert effects.tobytes() == expected.tobytes()
    assert (bundle.model.classes, bundle.model.threshold) == (model.classes, model.threshold)


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    first, second = write_small(tmp_path / "a.narrative"), write_small(tmp_path / "b.narrative")
    assert first.read_bytes() == second.read_bytes()


def test_writing_what_was_loaded_gives_the_same_file(tmp_path: Path) -> None:
    bundle = load_bundle(write_small(tmp_path / "a.narrative"))
    write_bundle(
        tmp_path / "b.narrative",
        bundle.model,
        contract=bundle.contract,
        check_frame=mixed(),
        **{name: bundle.documents[name] for name in bundle.documents},
    )
    assert hash_file(tmp_path / "b.narrative") == bundle.sha256


def test_papers_come_back(tmp_path: Path) -> None:
    bundle = Bundle.load(write_small(tmp_path / "a.narrative"))
    assert bundle.documents["evaluation"] == {"score": 0.5}
    assert bundle.importances[0].column == "city"
    assert bundle.story == {"model_training": {"headline": "a story"}}
    assert (bundle.card, bundle.plan, bundle.lineage) == ({}, {}, {"data": "00"})


def test_a_bundle_that_is_whole_verifies(tmp_path: Path) -> None:
    path = write_small(tmp_path / "a.narrative")
    report = verify_bundle(path)
    assert report.is_sound
    assert report.rows_checked == 21  # the 20 rows it keeps, and the empty one
    assert report.sha256 == hash_file(path)


def test_a_failed_write_leaves_neither_a_file_nor_a_scrap(tmp_path: Path) -> None:
    model = small_model("binary")
    contract = load_bundle(write_small(tmp_path / "a.narrative")).contract
    with pytest.raises(ValueError, match="JSON"):
        write_bundle(tmp_path / "b.narrative", model, contract=contract, evaluation={"score": float("nan")})
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match="is a directory"):
        write_bundle(tmp_path / "folder", model, contract=contract, evaluation={})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.narrative", "folder"]


def test_a_model_without_any_column_still_answers(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a", "b"]})
    fitted = Recipe([]).fit(frame)
    learner = Constant(0, np.array([3.5]))
    model = Model("regression", "y", [], {"trees": fitted}, [Member("baseline", "trees", learner, 1.0)])
    contract = InputContract(columns=[], target="y", problem="regression")
    write_bundle(tmp_path / "a.narrative", model, contract=contract, evaluation={})
    assert load_bundle(tmp_path / "a.narrative").predict(frame).answers == [3.5, 3.5]


@pytest.mark.parametrize("labels", [[0, 1], [False, True], [1.5, 2.5], ["no", "yes"]])
def test_labels_keep_their_type(labels: list[object], tmp_path: Path) -> None:
    model = small_model("binary")
    typed = Model(**{**vars(model), "classes": labels})
    bundle = load_bundle(write_small(tmp_path / "a.narrative"))
    contract = bundle.contract.model_copy(update={"classes": labels})
    write_bundle(tmp_path / "b.narrative", typed, contract=contract, evaluation={})
    answers = load_bundle(tmp_path / "b.narrative").predict(NEW_ROWS).answers
    assert {type(answer) for answer in answers} <= {type(labels[0])}
    assert set(answers) <= set(labels)
