"""Experiments: what may start, what a page sees while it runs, what stays when it is stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.bootstrap import build_worker
from narrative.core.ids import new_id
from narrative.ports.metadata import UnitOfWork
from narrative.studio.experiments.service import ExperimentService
from tests.fixtures.studio_app import StudioApp, studio_app


def people(n_rows: int = 300) -> bytes:
    """A table in which ``left`` follows from the others, mostly."""
    rng = random.Random(7)  # noqa: S311 - a table, not a secret
    lines = ["age,plan,calls,left"]
    for _ in range(n_rows):
        age, plan, calls = rng.randint(18, 80), rng.choice("abc"), rng.randint(0, 9)
        lines.append(f"{age},{plan},{calls},{'yes' if (calls > 5) ^ (plan == 'c') else 'no'}")
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path, heartbeat_seconds=0.2, lease_seconds=5.0) as made:
        yield made


def ready_project(studio: StudioApp) -> str:
    """A project whose target is chosen."""
    project_id = str(studio.owner.upload(people(), "people.csv").json()["project"]["id"])
    studio.work()
    studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"})
    studio.work()
    return project_id


def test_training_needs_a_table_and_a_target(studio: StudioApp) -> None:
    project_id = studio.owner.upload(people()).json()["project"]["id"]
    assert studio.owner.post(f"/projects/{project_id}/experiments", json={}).json()["code"] == "dataset_not_ready"
    _, loaded = studio.loaded()
    assert studio.owner.post(f"/projects/{loaded}/experiments", json={}).json()["code"] == "target_not_chosen"


@pytest.mark.parametrize(
    "body",
    [
        {"budget_seconds": 0},
        {"budget_seconds": 10**9},
        {"budget_seconds": "soon"},
        {"seed": -1},
        {"seed": 1.5},
        {"problem": "guess"},
        {"split": "odd"},
        {"candidates": ["magic"]},
        {"candidates": []},
        {"metric": "x"},
        {"metric": "recall"},
        {"problem": "regression", "metric": "roc_auc"},
        {"split": "group"},
        {"split": "random", "group_column": "city"},
    ],
)
def test_options_out_of_bounds_are_refused_in_plain_words(studio: StudioApp, body: dict[str, object]) -> None:
    _, project_id = studio.loaded()
    answer = studio.owner.post(f"/projects/{project_id}/experiments", json=body)
    assert answer.status_code == 422
    assert answer.json()["fix"]


def test_one_training_of_a_project_at_a_time(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    studio._choose_target(project_id)
    first = studio.owner.post(f"/projects/{project_id}/experiments", json={}, headers={"Idempotency-Key": "1"})
    again = studio.owner.post(f"/projects/{project_id}/experiments", json={}, headers={"Idempotency-Key": "1"})
    other = studio.owner.post(f"/projects/{project_id}/experiments", json={})
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "training_running")


def test_a_training_stopped_before_it_began_leaves_the_project_as_it_was(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    studio._choose_target(project_id)
    started = studio.owner.post(f"/projects/{project_id}/experiments", json={}).json()
    studio.owner.post(f"/jobs/{started['job']['id']}/cancel")
    assert studio.owner.get(f"/experiments/{started['experiment']['id']}").json()["state"] == "canceled"
    stages = {stage["id"]: stage["state"] for stage in studio.owner.get(f"/projects/{project_id}").json()["stages"]}
    assert stages["model_training"] == "current"


@pytest.mark.slow
def test_a_training_becomes_a_model_that_predicts_files_and_is_reported(studio: StudioApp) -> None:
    project_id = ready_project(studio)
    started = studio.owner.post(f"/projects/{project_id}/experiments", json={"budget_seconds": 8}).json()
    assert studio.work() == 1
    done = studio.owner.get(f"/experiments/{started['experiment']['id']}").json()
    assert (done["state"], done["error"]) == ("completed", None)
    assert {line["name"] for line in done["candidates"]} >= {"baseline", "logistic_regression"}
    version = f"/models/{done['model_id']}/versions/{done['model_version_id']}"
    detail = studio.owner.get(version).json()
    assert detail["score"] == detail["evaluation"]["score"] > detail["baseline_score"]
    assert {"roc", "calibration"} <= {words["id"] for words in detail["charts"]}
    assert [column["name"] for column in detail["contract"]["columns"]] == ["age", "plan", "calls"]
    report = studio.owner.get(f"{version}/report")
    assert report.headers["content-security-policy"].startswith("sandbox")
    assert studio.owner.get(f"{version}/bundle").headers["content-disposition"].startswith("attachment")
    for stage in ("data_preparation", "feature_engineering", "model_training", "model_evaluation"):
        assert studio.owner.get(f"/projects/{project_id}/stories/{stage}").json()["headline"]["text"]

    batch = studio.owner.post(
        "/predictions/batches",
        params={"filename": "new.csv", "model_version_id": done["model_version_id"]},
        content=b"calls,PLAN,age,note\n9,a,40,=1+1\n0,zzz,,x\n1,b,ninety,y\n2,c\n",
        headers={"Content-Type": "application/octet-stream"},
    ).json()["batch"]
    assert studio.work() == 1
    predicted = studio.owner.get(f"/predictions/batches/{batch['id']}").json()
    assert (predicted["state"], predicted["rows"]) == ("completed", 4)
    assert predicted["predicted"] + predicted["bad_rows"] == 4
    lines = studio.owner.get(f"/predictions/batches/{batch['id']}/download").text.splitlines()
    assert lines[0] == "calls,PLAN,age,note,prediction,probability_no,probability_yes"
    assert "'=1+1" in lines[1]
    bad = studio.owner.get(f"/predictions/batches/{batch['id']}/bad-rows.csv").text
    assert "ninety" in bad
    assert len(bad.splitlines()) == 1 + predicted["bad_rows"]


@pytest.mark.slow
@pytest.mark.serial
def test_a_stopped_training_keeps_the_best_so_far(studio: StudioApp) -> None:
    project_id = ready_project(studio)
    started = studio.owner.post(f"/projects/{project_id}/experiments", json={"budget_seconds": 120}).json()
    stop = threading.Event()
    worker = threading.Thread(target=build_worker(studio.parts).run, args=(stop,), daemon=True)
    worker.start()
    clock = studio.parts.platform.clock
    try:
        path = f"/jobs/{started['job']['id']}"
        while _n_finished(studio.owner.get(path).json()) < 2:
            clock.sleep(0.2)
        asked = clock.monotonic()
        studio.owner.post(f"{path}/cancel")
        while studio.owner.get(path).json()["state"] == "running":
            clock.sleep(0.1)
        assert clock.monotonic() - asked < 30
    finally:
        stop.set()
        worker.join(20)
    done = studio.owner.get(f"/experiments/{started['experiment']['id']}").json()
    assert (done["state"], done["stopped_early"]) == ("canceled", True)
    assert studio.owner.get(f"/projects/{project_id}").json()["model_version_id"] == done["model_version_id"]


def _n_finished(job: dict[str, dict[str, dict[str, list[dict[str, str]]]]]) -> int:
    lines = (job["progress"]["detail"] or {}).get("candidates", [])
    return sum(line["state"] == "finished" for line in lines)


def finished(studio: StudioApp, project_id: str, **options: object) -> dict[str, Any]:
    """A run that has ended."""
    body = {"budget_seconds": 4, "candidates": ["logistic_regression"], **options}
    started = studio.owner.post(f"/projects/{project_id}/experiments", json=body)
    assert started.status_code == 202, started.text
    studio.work()
    return dict(studio.owner.get(f"/experiments/{started.json()['experiment']['id']}").json())


@pytest.mark.slow
def test_every_finished_run_on_the_same_rows_is_counted_once_and_told(studio: StudioApp) -> None:
    project_id = ready_project(studio)
    first, second = (finished(studio, project_id, metric=metric)["result"] for metric in ("auto", "log_loss"))
    assert (first["test_uses"], first["interval_after_uses"]) == (1, None)
    assert second["test_uses"] == 2
    assert second["metric_title"] == "Log loss"
    assert second["interval_after_uses"][0] < second["interval"][0]
    assert second["interval_after_uses"][1] > second["interval"][1]


def test_a_use_of_test_rows_is_recorded_once_however_often_a_job_is_repeated(studio: StudioApp) -> None:
    service, platform = studio.parts.services.of(ExperimentService), studio.parts.platform
    version = new_id("mver")

    def record(unit: UnitOfWork) -> None:
        service.record_test_use(unit, studio.tenant, model_version_id=version, dataset_version_id="ver", rows_hash="a")

    platform.store.atomic(record)
    platform.store.atomic(record)
    assert service.test_uses(studio.tenant, "ver") == {"a": 1}
    assert service.test_uses(studio.tenant, "other") == {}
