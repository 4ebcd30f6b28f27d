"""API keys: what they may call, how long, and how often in an hour."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from narrative.core.clock import ManualClock
from narrative.core.errors import Unavailable
from narrative.studio.accounts.service import AccountService
from narrative.studio.rates import KeyRate
from tests.fixtures.studio_app import ROW, StudioApp, studio_app

HOUR = 3_600


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def studio(tmp_path: Path, clock: ManualClock) -> Iterator[StudioApp]:
    with studio_app(tmp_path, clock, key_calls_per_hour=5) as made:
        yield made


def key_for(studio: StudioApp, **given: object) -> str:
    answer = studio.owner.post("/production/api-keys", json={"name": "program", **given})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def test_each_answer_says_how_many_calls_are_left_and_the_one_too_many_is_429(
    studio: StudioApp, clock: ManualClock
) -> None:
    deployment_id, key = studio.deployed()
    program, path = studio.anyone(**{"X-API-Key": key}), f"/production/v1/models/{deployment_id}/predict"
    answers = [program.post(path, json={"data": [ROW]}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"5"}
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    now = clock.now()
    full_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    assert {answer.headers["x-ratelimit-reset"] for answer in answers} == {str(int(full_hour.timestamp()))}
    refused = answers[-1]
    assert refused.json()["code"] == "key_limit_reached"
    assert refused.headers["content-type"] == "application/problem+json"
    assert abs(int(refused.headers["retry-after"]) - (full_hour - now).total_seconds()) <= 1
    clock.advance(int(refused.headers["retry-after"]))
    assert program.post(path, json={"data": [ROW]}).headers["x-ratelimit-remaining"] == "4"


def test_a_refused_call_counts_and_a_person_has_no_such_limit(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    program, path = studio.anyone(**{"X-API-Key": key}), f"/production/v1/models/{deployment_id}/predict"
    refused = program.post(path, json={"data": "nothing"})
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (422, "4")
    for _ in range(7):
        answer = studio.owner.post(path, json={"data": [ROW]})
        assert answer.status_code == 200
        assert "x-ratelimit-limit" not in answer.headers


def test_too_many_rows_in_one_call_are_413(studio: StudioApp) -> None:
    deployment_id, key = studio.deployed()
    program, path = studio.anyone(**{"X-API-Key": key}), f"/production/v1/models/{deployment_id}/predict"
    answer = program.post(path, json={"data": [{"city": "Oslo"}] * 1_001})
    assert (answer.status_code, answer.json()["code"]) == (413, "records_over_limit")
    assert answer.headers["x-ratelimit-remaining"] == "4"


def test_a_hundred_clients_at_once_get_exactly_what_there_is(tmp_path: Path) -> None:
    with studio_app(tmp_path, ManualClock(), key_calls_per_hour=60) as studio:
        accounts = studio.parts.services.of(AccountService)
        caller = accounts.identity_of_key(key_for(studio))
        with ThreadPoolExecutor(100) as pool:
            quotas = list(pool.map(lambda _: accounts.count_call(caller), range(100)))
    allowed = [quota for quota in quotas if not quota.exceeded]
    assert sorted(quota.remaining for quota in allowed) == list(range(60))
    assert len(quotas) - len(allowed) == 40


def test_two_processes_count_together(studio: StudioApp) -> None:
    first, second = KeyRate(studio.parts.platform), KeyRate(studio.parts.platform)
    assert [rate.take("key_1").remaining for rate in (first, second, first, second)] == [4, 3, 2, 1]


def test_without_the_shared_count_a_process_goes_on_alone_and_never_without_a_limit(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate = KeyRate(studio.parts.platform)
    rate.take("key_1")

    def down(*_: object) -> None:
        raise Unavailable("metadata_busy", "Busy.")

    monkeypatch.setattr(rate, "_shared", down)
    with ThreadPoolExecutor(10) as pool:
        quotas = list(pool.map(lambda _: rate.take("key_1"), range(10)))
    assert sorted(quota.remaining for quota in quotas if not quota.exceeded) == [0, 1, 2, 3]
    assert sum(quota.exceeded for quota in quotas) == 6


def test_a_key_stops_when_its_days_are_over(studio: StudioApp, clock: ManualClock) -> None:
    deployment_id, _ = studio.deployed()
    program = studio.anyone(**{"X-API-Key": key_for(studio, expires_in_days=1)})
    path = f"/production/v1/models/{deployment_id}/info"
    assert program.get(path).status_code == 200
    keys = studio.owner.get("/production/api-keys").json()["items"]
    ends = [key["expires_at"] for key in keys if key["expires_at"] is not None]
    assert len(ends) == 1
    assert datetime.fromisoformat(ends[0]) == clock.now().astimezone(UTC) + timedelta(days=1)
    clock.advance(24 * HOUR + 1)
    assert (program.get(path).status_code, program.get(path).json()["code"]) == (401, "api_key_not_valid")


def test_a_key_for_some_models_calls_only_their_deployments(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed("one")
    other_id, _ = studio.deployed("two")
    model_id = studio.owner.get(f"/deployments/{deployment_id}").json()["model_id"]
    program = studio.anyone(**{"X-API-Key": key_for(studio, model_ids=[model_id])})
    assert program.get(f"/production/v1/models/{deployment_id}/info").status_code == 200
    refused = program.get(f"/production/v1/models/{other_id}/info")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_scope")


def test_a_key_without_the_scope_predicts_nothing(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed()
    program = studio.anyone(**{"X-API-Key": key_for(studio, scopes=["outcomes"])})
    answer = program.post(f"/production/v1/models/{deployment_id}/predict", json={"data": [ROW]})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


def test_a_key_cannot_be_limited_to_what_is_not_there(studio: StudioApp) -> None:
    stranger = studio.stranger()
    deployment_id, _ = studio.deployed()
    model_id = studio.owner.get(f"/deployments/{deployment_id}").json()["model_id"]
    answer = stranger.post("/production/api-keys", json={"name": "x", "model_ids": [model_id]})
    assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")
