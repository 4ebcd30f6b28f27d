"""An ensemble from what stays of a run: judged, trained, saved and read again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.ensembles.config import EnsembleConfig
from narrative.engine.ensembles.record import read_facts, read_tested
from narrative.engine.ensembles.training import train_ensemble
from narrative.engine.training.train import train
from narrative.engine.training.types import Progress, TrainingOptions, TrainingResult

Run = tuple[pl.DataFrame, Path, TrainingResult]


def _table(n: int, seed: int = 5) -> pl.DataFrame:
    """Half of what can be known is a straight line over many columns, half is one step: two models see a half each."""
    random = np.random.default_rng(seed)
    columns = {f"x{index}": random.normal(size=n) for index in range(14)}
    straight = 1.0 * sum(columns[f"x{index}"] for index in range(12))
    beyond = 3.0 * (np.abs(columns["x12"]) > 0.67) - 1.5
    chance = 1 / (1 + np.exp(-(straight + beyond)))
    return pl.DataFrame(columns | {"y": np.where(random.uniform(size=n) < chance, "yes", "no")})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("run") / "run.zip"
    frame = _table(4_000)
    candidates = ["logistic_regression", "extra_trees", "decision_tree"]
    options = TrainingOptions(target="y", budget_seconds=600, candidates=candidates)
    done: set[str] = set()

    def look(progress: Progress) -> None:
        done.update(line.name for line in progress.candidates if 0 < line.folds == line.folds_done)

    # Stopped when all that the tests need is there, so that nothing depends on how fast this machine is.
    result = train(frame, options, record_to=path, on_progress=look, should_stop=lambda: done.issuperset(candidates))
    _without_selection(path)
    return frame, path, result


def _without_selection(path: Path) -> None:
    """As if the run had delivered a single model: its own combination, of more settings, may be the better one."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist() if not name.startswith("selection.")}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


@pytest.mark.slow
def test_a_record_says_what_the_run_was_and_what_was_tested(run: Run) -> None:
    _, path, result = run
    facts = read_facts(path)
    assert set(facts["members"]) == {"baseline", "logistic_regression", "extra_trees", "decision_tree"}
    rows, target, predictions = read_tested(path)
    assert rows.tolist() == result.test_rows.tolist()
    assert target.tolist() == result.test_target.tolist()
    assert predictions.tolist() == result.test_predictions.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "weights"), [("stacking", None), ("voting_soft", {"extra_trees": 4.0, "logistic_regression": 1.0})]
)
def test_a_kept_ensemble_gives_equal_predictions_after_it_was_saved_and_loaded(
    run: Run, tmp_path: Path, kind: str, weights: dict[str, float] | None
) -> None:
    from narrative.engine.bundle.parts import model_from_parts, model_parts

    frame, path, _ = run
    members = ["logistic_regression", "extra_trees"]
    config = EnsembleConfig.model_validate({"kind": kind, "members": members, "weights": weights})
    outcome = train_ensemble(frame, path, config, tmp_path)
    told = outcome.comparison
    assert told.kept
    assert told.delivered_gain is None
    assert outcome.result is not None
    model = outcome.result.model
    again = model_from_parts(model_parts(model))
    assert again.margins(frame).tolist() == model.margins(frame).tolist()
    columns, effects = again.contributions(frame.head(50))
    assert effects.sum(axis=-1) == pytest.approx(model.margins(frame.head(50)), abs=1e-9)
    assert set(columns) <= set(frame.columns)
    assert outcome.result.best_candidate == "ensemble"
    assert outcome.result.candidates[0].title == told.title
    assert abs(outcome.result.evaluation.score - told.score) < 0.05


@pytest.mark.slow
def test_a_stack_of_two_that_know_different_halves_beats_either(run: Run, tmp_path: Path) -> None:
    frame, path, _ = run
    config = EnsembleConfig(kind="stacking", members=["logistic_regression", "extra_trees"])
    told = train_ensemble(frame, path, config, tmp_path).comparison
    assert told.interval[0] > 0
    assert [member.share > 0 for member in told.members] == [True, True]
    assert told.megabytes > told.single_megabytes > 0


@pytest.mark.slow
def test_an_ensemble_with_the_baseline_is_no_gain_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    frame, path, _ = run
    config = EnsembleConfig(kind="stacking", members=["logistic_regression", "baseline"])
    outcome = train_ensemble(frame, path, config, tmp_path)
    assert outcome.result is None
    assert outcome.comparison.headline.startswith("No real gain")


@pytest.mark.slow
def test_another_table_is_refused_and_so_is_a_model_that_did_not_run(run: Run, tmp_path: Path) -> None:
    _, path, _ = run
    config = EnsembleConfig(kind="stacking", members=["logistic_regression", "ridge"])
    with pytest.raises(InvalidInput) as refused:
        train_ensemble(_table(10), path, config, tmp_path / "one")
    assert refused.value.code == "ensemble_member_unknown"


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "run.zip"
    wrong.write_bytes(b"PK no")
    with pytest.raises(InvalidInput) as refused:
        read_facts(wrong)
    assert refused.value.code == "run_record_unreadable"
