"""The workflow bar, stage by stage: what is done, what waits, what is out of date, and why."""

from __future__ import annotations

from typing import Any

import pytest

from narrative.studio.projects.entities import (
    DatasetFacts,
    DeploymentFacts,
    ModelFacts,
    PredictionFacts,
    PreparedFacts,
    ProfileFacts,
    Project,
    QualityNote,
    RecipeFacts,
    StepFacts,
    TargetFacts,
    TrainingFacts,
)
from narrative.studio.projects.schemas import Stage
from narrative.studio.projects.stages import stages_of

TABLE = DatasetFacts(dataset_id="data_1", state="ready", version_id="dver_1", n_rows=100_000, n_columns=21)
PROFILE = ProfileFacts(version_id="dver_1", target=None, problem=None, quality=87.4, n_to_fix=0, n_to_decide=0)
TARGET = TargetFacts(target="churn", problem="binary")
RUNNING = TrainingFacts(experiment_id="exp_1", state="running", version_id="dver_1", target="churn")
MODEL = ModelFacts(
    model_id="model_1", version_id="mver_1", dataset_version_id="dver_1", target="churn",
    metric="roc_auc", metric_title="ROC AUC", score=0.87145, n_features=34,
)  # fmt: skip
LIVE = DeploymentFacts(deployment_id="depl_1", model_version_id="mver_1", state="live")
LOADED: dict[str, Any] = {"dataset": TABLE, "profile": PROFILE}
TRAINED: dict[str, Any] = LOADED | {"target": TARGET, "model": MODEL}


def bar(**facts: Any) -> dict[str, Stage]:
    project = Project(id="proj_1", created_at="", updated_at="", name="n", **facts)
    return {stage.id: stage for stage in stages_of(project)}


def states(**facts: Any) -> str:
    """First letters of the eight states in order."""
    return " ".join(stage.state for stage in bar(**facts).values())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "current locked locked locked locked locked locked locked"),
        (
            {"dataset": DatasetFacts(dataset_id="d", state="importing")},
            "current locked locked locked locked locked locked locked",
        ),
        (LOADED, "done current done ready locked locked locked locked"),
        (LOADED | {"target": TARGET}, "done done done ready current locked locked locked"),
        (LOADED | {"target": TARGET, "training": RUNNING}, "done done done ready current locked locked locked"),
        (LOADED | {"target": TargetFacts(postponed=True)}, "done done done ready locked locked locked locked"),
        (TRAINED, "done done done done done done current ready"),
        (
            TRAINED | {"predictions": PredictionFacts(model_version_id="mver_1", n_single=1)},
            "done done done done done done done current",
        ),
        (
            TRAINED | {"predictions": PredictionFacts(model_version_id="mver_1", n_single=1), "deployment": LIVE},
            "done done done done done done done done",
        ),
        (
            TRAINED | {"target": TargetFacts(target="price", problem="regression")},
            "done done out_of_date out_of_date out_of_date out_of_date ready ready",
        ),
    ],
    ids=[
        "nothing",
        "importing",
        "loaded",
        "target",
        "training",
        "postponed",
        "trained",
        "predicted",
        "live",
        "new-target",
    ],
)
def test_the_bar_follows_the_work(facts: dict[str, Any], expected: str) -> None:
    assert states(**facts) == expected


def test_exactly_one_stage_is_current_until_all_is_done() -> None:
    for facts in ({}, LOADED, TRAINED, LOADED | {"target": TARGET, "training": RUNNING}):
        assert [stage.state for stage in bar(**facts).values()].count("current") == 1


def test_facts_say_what_there_is() -> None:
    shown = bar(**TRAINED, predictions=PredictionFacts(model_version_id="mver_1", n_batches=2), deployment=LIVE)
    assert [stage.fact for stage in shown.values()] == [
        "100,000 rows", "quality 87", "automatic", "34 features", "trained", "AUC 0.871", "2 files", "live",
    ]  # fmt: skip


def test_features_that_were_created_are_counted_until_a_model_says_how_many_it_uses() -> None:
    made = [StepFacts(type="interaction"), StepFacts(type="date_parts", enabled=False), StepFacts(type="impute")]
    recipe = RecipeFacts(steps=made)
    assert bar(**LOADED, recipe=recipe)["feature_engineering"].fact == "1 created"
    assert bar(**LOADED, recipe=RecipeFacts(steps=made[1:]))["feature_engineering"].fact == "automatic"
    model = MODEL.model_copy(update={"steps": made})
    trained = bar(**TRAINED | {"model": model}, recipe=recipe)["feature_engineering"]
    assert (trained.state, trained.fact) == ("done", "34 features")


@pytest.mark.parametrize(("n_to_fix", "n_to_decide", "fact"), [(1, 5, "1 to fix"), (0, 2, "2 to decide")])
def test_what_must_be_decided_comes_before_the_quality(n_to_fix: int, n_to_decide: int, fact: str) -> None:
    profile = PROFILE.model_copy(update={"n_to_fix": n_to_fix, "n_to_decide": n_to_decide})
    assert bar(dataset=TABLE, profile=profile)["data_profiling"].fact == fact


def test_a_fact_never_exceeds_eighteen_characters() -> None:
    long = MODEL.model_copy(update={"metric": "x", "metric_title": "A very long name of a score", "score": 1e12})
    stage = bar(**TRAINED | {"model": long})["model_evaluation"]
    assert stage.fact is not None
    assert len(stage.fact) <= 18


def test_a_file_that_could_not_be_read_says_why() -> None:
    stage = bar(dataset=DatasetFacts(dataset_id="d", state="failed", error="Line 7 is cut."))["data_loading"]
    assert (stage.state, stage.reason) == ("current", "Line 7 is cut.")


def test_a_new_table_makes_everything_after_it_out_of_date_with_a_reason() -> None:
    newer = TABLE.model_copy(update={"version_id": "dver_2"})
    shown = bar(**TRAINED | {"dataset": newer})
    late = [stage for stage in shown.values() if stage.state == "out_of_date"]
    assert {stage.id for stage in late} >= {"data_profiling", "model_training", "model_evaluation"}
    assert all(stage.reason for stage in late)


def test_a_deployment_of_an_older_version_is_out_of_date() -> None:
    older = LIVE.model_copy(update={"model_version_id": "mver_0"})
    assert bar(**TRAINED, deployment=older)["deployment"].state == "out_of_date"


def test_locked_stages_say_what_opens_them() -> None:
    assert all(stage.reason for stage in bar().values() if stage.state == "locked")


def test_a_stage_leads_to_the_page_of_its_model() -> None:
    assert bar(**TRAINED)["prediction"].route == "/p/proj_1/predict/model_1"
    assert bar()["prediction"].route == "/p/proj_1/predict"


def test_a_failed_training_can_be_started_again_and_says_why() -> None:
    failed = RUNNING.model_copy(update={"state": "failed", "error": "Only one class."})
    stage = bar(**LOADED | {"target": TARGET, "training": failed})["model_training"]
    assert (stage.state, stage.fact, stage.reason) == ("current", "failed", "Only one class.")


POOR = LOADED | {"profile": PROFILE.model_copy(update={"quality": 61.0}), "target": TARGET}
FILL = StepFacts(type="impute", params={"columns": ["age"]}, id="fill")


def test_a_poor_table_is_prepared_once_somebody_says_why_to_go_on() -> None:
    waiting = bar(**POOR)["data_preparation"]
    assert (waiting.state, waiting.fact) == ("ready", "automatic")
    assert waiting.reason == "Quality is 61 of 100; above 80 is enough. Add steps, or note why to go on."
    note = QualityNote(base_id="dver_1", quality=61.0, text="Gaps are closed days.", user_id="user_1", at="now")
    noted = bar(**POOR, quality_note=note)["data_preparation"]
    assert (noted.state, noted.reason) == ("done", "Quality is 61 of 100, which was accepted: Gaps are closed days.")
    of_another_table = note.model_copy(update={"base_id": "dver_0"})
    assert bar(**POOR, quality_note=of_another_table)["data_preparation"].state == "ready"


def test_quality_after_the_steps_counts_once_they_were_carried_out_and_as_long_as_they_stay() -> None:
    made = PreparedFacts(version_id="dver_2", base_id="dver_1", steps=[FILL], quality=93.0)
    recipe = RecipeFacts(steps=[FILL])
    assert bar(**POOR, recipe=recipe)["data_preparation"].state == "ready"
    stage = bar(**POOR, recipe=recipe, prepared=made)["data_preparation"]
    assert (stage.state, stage.fact) == ("done", "1 step")
    assert stage.reason is not None
    assert stage.reason.startswith("Quality is 93 of 100.")
    assert bar(**POOR, recipe=RecipeFacts(), prepared=made)["data_preparation"].state == "ready"
    limit = POOR["profile"].model_copy(update={"quality": 80.0})
    assert bar(**POOR | {"profile": limit})["data_preparation"].state == "ready", "80 is not above 80"
