"""Ensembles over HTTP: what can be combined, what is refused, and what stays of an attempt."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.experiments.repository import ExperimentRepository
from tests.fixtures.studio_app import StudioApp, studio_app


def people(n_rows: int = 400) -> bytes:
    """A table in which ``left`` follows from the others, mostly."""
    rng = random.Random(7)  # noqa: S311 - a table, not a secret
    lines = ["age,plan,calls,left"]
    for _ in range(n_rows):
        age, plan, calls = rng.randint(18, 80), rng.choice("abc"), rng.randint(0, 9)
        noisy = rng.random() < 0.15
        lines.append(f"{age},{plan},{calls},{'yes' if ((calls > 5) ^ (plan == 'c')) ^ noisy else 'no'}")
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path, heartbeat_seconds=0.2, lease_seconds=5.0) as made:
        yield made


MEMBERS = ["logistic_regression", "extra_trees"]


def _trained(studio: StudioApp) -> dict[str, Any]:
    """A run that is stopped when all its candidates have finished, however fast this machine is."""
    project_id = str(studio.owner.upload(people(), "people.csv").json()["project"]["id"])
    studio.work()
    studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"})
    studio.work()
    body = {"budget_seconds": 600, "candidates": MEMBERS}
    started = studio.owner.post(f"/projects/{project_id}/experiments", json=body).json()
    address = f"/experiments/{started['experiment']['id']}"
    worker = threading.Thread(target=studio.work)
    worker.start()
    while worker.is_alive():
        lines = studio.owner.get(address).json()["candidates"]
        done = {line["name"] for line in lines if 0 < line["folds"] == line["folds_done"]}
        if done.issuperset(MEMBERS):
            studio.owner.post(f"/jobs/{started['job']['id']}/cancel")
            break
        worker.join(0.3)
    worker.join()
    return dict(studio.owner.get(address).json())


def _pretended(studio: StudioApp) -> str:
    """A run of which something was kept, with two models that finished; nothing was trained."""
    project_id, _, _ = studio.trained()
    experiment_id = str(studio.owner.get(f"/projects/{project_id}").json()["experiment_id"])
    experiments = ExperimentRepository(studio.parts.platform.store)
    line = {"title": "x", "sentence": "x", "state": "finished", "score": 0.7}
    lines = [line | {"name": name} for name in MEMBERS]
    studio.parts.platform.store.atomic(
        lambda unit: experiments.change(
            unit,
            studio.tenant,
            experiment_id,
            lambda known: known.with_(candidates=lines, record_sha256="0" * 64, problem="binary"),
        )
    )
    return experiment_id


@pytest.mark.slow
def test_a_run_offers_its_candidates_and_an_ensemble_is_kept_only_when_it_is_better(studio: StudioApp) -> None:
    run = _trained(studio)
    offered = studio.owner.get(f"/experiments/{run['id']}/ensembles").json()
    assert offered["reason"] is None
    assert {member["name"] for member in offered["members"]} >= {"logistic_regression", "extra_trees"}
    assert [kind["name"] for kind in offered["kinds"]] == [
        *("stacking", "blending", "voting_soft", "voting_hard", "greedy")
    ]
    body = {"kind": "voting_soft", "members": MEMBERS}
    accepted = studio.owner.post(f"/experiments/{run['id']}/ensembles", json=body)
    assert accepted.status_code == 202
    studio.work()
    tried = studio.owner.get(f"/ensembles/{accepted.json()['ensemble']['id']}").json()
    told = tried["comparison"]
    assert tried["state"] == "completed"
    assert told["kept"] == (tried["model_version_id"] is not None)
    assert told["interval"][0] <= told["gain"] <= told["interval"][1]
    assert studio.owner.get(f"/experiments/{run['id']}/ensembles").json()["ensembles"][0]["id"] == tried["id"]
    versions = studio.owner.get(f"/models/{run['model_id']}").json()["versions"]
    assert len(versions) == (2 if told["kept"] else 1)
    listed = studio.owner.get("/experiments").json()["items"]
    assert [line["id"] for line in listed] == [run["id"]]
    assert listed[0]["result"]["replay_hash"]
    assert listed[0]["started_by"]
    assert studio.owner.delete(f"/projects/{run['project_id']}").status_code == 204
    dataset = studio.owner.get("/datasets").json()["items"][0]["id"]
    assert studio.owner.delete(f"/datasets/{dataset}").status_code == 204
    assert list(studio.parts.platform.blobs.list(studio.tenant)) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "stacking", "members": ["logistic_regression", "catboost"]}, "ensemble_member_unknown"),
        ({"kind": "stacking", "members": ["extra_trees", "extra_trees"]}, "ensemble_members_repeated"),
    ],
)
def test_members_that_make_no_sense_are_refused(studio: StudioApp, body: dict[str, Any], code: str) -> None:
    answer = studio.owner.post(f"/experiments/{_pretended(studio)}/ensembles", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["fix"]


def test_a_run_that_has_not_ended_says_why_nothing_can_be_combined(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    studio._choose_target(project_id)
    started = studio.owner.post(f"/projects/{project_id}/experiments", json={}).json()["experiment"]
    offered = studio.owner.get(f"/experiments/{started['id']}/ensembles").json()
    assert "has ended" in offered["reason"]
    body = {"kind": "stacking", "members": ["logistic_regression", "extra_trees"]}
    answer = studio.owner.post(f"/experiments/{started['id']}/ensembles", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "ensemble_not_possible")
