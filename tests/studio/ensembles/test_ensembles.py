"""Ensembles over HTTP: what can be combined, what is refused, and what stays of an attempt."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


def _trained(studio: StudioApp) -> dict[str, Any]:
    project_id = str(studio.owner.upload(people(), "people.csv").json()["project"]["id"])
    studio.work()
    studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"})
    studio.work()
    names = ["logistic_regression", "extra_trees", "decision_tree"]
    body = {"budget_seconds": 12, "candidates": names}
    started = studio.owner.post(f"/projects/{project_id}/experiments", json=body).json()
    studio.work()
    return dict(studio.owner.get(f"/experiments/{started['experiment']['id']}").json())


@pytest.mark.slow
def test_a_run_offers_its_candidates_and_an_ensemble_is_kept_only_when_it_is_better(studio: StudioApp) -> None:
    run = _trained(studio)
    offered = studio.owner.get(f"/experiments/{run['id']}/ensembles").json()
    assert offered["reason"] is None
    assert {member["name"] for member in offered["members"]} >= {"logistic_regression", "extra_trees"}
    assert [kind["name"] for kind in offered["kinds"]] == [
        *("stacking", "blending", "voting_soft", "voting_hard", "greedy")
    ]
    body = {"kind": "voting_soft", "members": ["logistic_regression", "extra_trees"]}
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "stacking", "members": ["logistic_regression", "catboost"]}, "ensemble_member_unknown"),
        ({"kind": "stacking", "members": ["extra_trees", "extra_trees"]}, "ensemble_members_repeated"),
    ],
)
def test_members_that_make_no_sense_are_refused(studio: StudioApp, body: dict[str, Any], code: str) -> None:
    run = _trained(studio)
    answer = studio.owner.post(f"/experiments/{run['id']}/ensembles", json=body)
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
