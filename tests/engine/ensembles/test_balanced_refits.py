"""Members that learned from balanced rows learn from balanced rows again, and vote as they were judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from narrative.core.clock import SystemClock
from narrative.engine.bundle.parts import model_from_parts, model_parts
from narrative.engine.ensembles.record import unpack_record, write_record
from narrative.engine.ensembles.refitting import Refit
from narrative.engine.mixing import Vote, mix
from narrative.engine.training.assemble import assemble
from narrative.engine.training.models import build_model
from narrative.engine.training.run import Run
from narrative.engine.training.select import Selection
from narrative.engine.training.types import TrainingOptions
from tests.fixtures.training_runs import prepared, run_here
from tests.fixtures.training_tables import binary_table

MEMBERS = ["logistic_regression", "decision_tree"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on one row in fifteen that learned with class weights."""
    options = TrainingOptions(target="churn", candidates=MEMBERS, imbalance="class_weights", budget_seconds=4)
    made = prepared(tmp_path_factory.mktemp("run"), binary_table(1_400, positive=0.06), options)
    run_here(made, seconds=4.0)
    return made


def _both(run: Run, vote: Vote) -> Selection:
    """Both members with the same share, voting in a way."""
    rows = run.split.folds[0].valid
    return Selection(MEMBERS, [0.5, 0.5], 1.2, np.array([0.1]), 0.5, rows, np.zeros((rows.size, 1)), 0.7, 1, vote)


def test_members_learn_again_as_they_did_in_the_run(run: Run, tmp_path: Path) -> None:
    record = tmp_path / "run.zip"
    assert write_record(record, run, assemble(run, was_stopped=False, seconds=1.0))
    own = prepared(tmp_path / "again", binary_table(1_400, positive=0.06), run.options)
    unpack_record(record, own.folder.path)
    Refit(replace(own, split=run.split), _both(run, "margins"), SystemClock(), lambda *_: None).work()
    for member in MEMBERS:
        first, again = run.folder.read_fit(member, "fold_0").balance, own.folder.read_fit(member, "all").balance
        assert first is not None
        assert again is not None
        assert first.shift
        assert again.shift == pytest.approx(first.shift, abs=0.05)


@pytest.mark.parametrize("vote", ["margins", "soft", "hard"])
def test_members_vote_with_the_margins_they_were_judged_by(run: Run, vote: Vote) -> None:
    selection, rows = _both(run, vote), run.split.folds[0].valid
    model = build_model(
        run.folder,
        selection,
        "fold_0",
        problem="binary",
        target="churn",
        classes=run.target.classes,
        candidates={name: name for name in MEMBERS},
    )
    judged = np.stack([run.folder.read_margins(name, "fold_0") for name in MEMBERS])
    wanted = mix("binary", vote, judged, np.array([0.5, 0.5])) * 1.2 + 0.1
    frame = run.frame[rows]
    assert model.margins(frame) == pytest.approx(wanted, abs=1e-9)
    _, effects = model.contributions(frame)
    assert effects.sum(axis=-1) == pytest.approx(wanted, abs=1e-9)
    assert model_from_parts(model_parts(model)).margins(frame).tolist() == model.margins(frame).tolist()
