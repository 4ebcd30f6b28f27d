"""Datasets: files that arrive, what is read from them, and the choice of a target."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from narrative.engine.tables.types import ReadOptions
from narrative.http.files import label_of
from narrative.http.idempotency import IdempotencyStore, Ids
from narrative.ports.metadata import Query
from narrative.studio.datasets.preview import cell_of
from narrative.studio.datasets.service import DatasetService
from tests.fixtures.studio_app import StudioApp, studio_app

PEOPLE = b"age,city,left\n" + b"".join(
    f"{20 + n % 50},{'Oslo' if n % 3 else 'Bern'},{'yes' if n % 4 == 0 else 'no'}\n".encode() for n in range(80)
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path, upload_limit_bytes=1024**2) as made:
        yield made


def test_a_file_is_stored_as_it_came_before_it_is_read(studio: StudioApp) -> None:
    answer = studio.owner.upload(PEOPLE, "people.csv")
    assert answer.status_code == 202
    body = answer.json()
    assert (body["dataset"]["state"], body["dataset"]["original_filename"]) == ("importing", "people.csv")
    assert studio.parts.platform.blobs.exists(studio.tenant, hashlib.sha256(PEOPLE).hexdigest())
    assert body["project"]["running_jobs"] == [body["job"]["id"]]


def test_before_it_is_read_there_is_nothing_to_show_yet(studio: StudioApp) -> None:
    dataset_id = studio.owner.upload(PEOPLE).json()["dataset"]["id"]
    assert studio.owner.get(f"/datasets/{dataset_id}/preview").json()["code"] == "dataset_not_ready"
    assert studio.owner.get(f"/datasets/{dataset_id}/profile").json()["code"] == "profile_not_ready"
    assert studio.owner.get(f"/datasets/{dataset_id}/bad-rows.csv").status_code == 409


@pytest.mark.slow
def test_a_file_becomes_a_table_a_profile_two_stories_and_then_a_target(studio: StudioApp) -> None:
    started = studio.owner.upload(PEOPLE, "people.csv").json()
    dataset_id, project_id = started["dataset"]["id"], started["project"]["id"]
    assert studio.work() == 1
    dataset = studio.owner.get(f"/datasets/{dataset_id}").json()
    assert (dataset["state"], dataset["version"]["n_rows"], dataset["version"]["number"]) == ("ready", 80, 1)
    preview = studio.owner.get(f"/datasets/{dataset_id}/preview", params={"offset": 78, "limit": 20}).json()
    assert (len(preview["rows"]), preview["total"]) == (2, 80)
    assert preview["rows"][0] == [48, "Bern", "no"]
    assert studio.owner.get(f"/projects/{project_id}/stories/data_profiling").json()["facts"]

    chosen = studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"})
    assert chosen.status_code == 202
    assert studio.work() == 1
    project = studio.owner.get(f"/projects/{project_id}").json()
    assert (project["target"], project["problem"]) == ("left", "binary")
    profile = studio.owner.get(f"/datasets/{dataset_id}/profile", params={"project_id": project_id}).json()
    assert profile["target"] == "left"


@pytest.mark.slow
def test_reading_again_makes_a_version_and_checks_the_target_again(studio: StudioApp) -> None:
    started = studio.owner.upload(PEOPLE, "people.csv").json()
    dataset_id, project_id = started["dataset"]["id"], started["project"]["id"]
    studio.work()
    studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"})
    studio.work()
    again = studio.owner.post(f"/datasets/{dataset_id}/reimport", json={"options": {"delimiter": ","}})
    assert again.status_code == 202
    assert studio.owner.post(f"/datasets/{dataset_id}/reimport", json={}).json()["code"] == "import_running"
    assert studio.work() == 2
    version = studio.owner.get(f"/datasets/{dataset_id}").json()["version"]
    assert (version["number"], version["read_options"]["delimiter"]) == (2, ",")
    earlier = studio.owner.get(f"/datasets/{dataset_id}/versions").json()["items"][-1]
    assert (earlier["number"], earlier["read_options"]["delimiter"]) == (1, None)
    assert studio.owner.get(f"/projects/{project_id}").json()["target"] == "left"
    studio.owner.post(f"/datasets/{dataset_id}/reimport", json={"options": {"delimiter": ";"}})
    studio.work()
    project = studio.owner.get(f"/projects/{project_id}").json()
    assert project["target"] is None
    assert "no column 'left'" in {stage["id"]: stage for stage in project["stages"]}["data_profiling"]["reason"]


@pytest.mark.slow
def test_a_column_that_cannot_be_predicted_is_refused_and_the_stage_says_why(studio: StudioApp) -> None:
    started = studio.owner.upload(PEOPLE.replace(b"yes", b"no"), "people.csv").json()
    project_id = started["project"]["id"]
    studio.work()
    job = studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"}).json()["job"]
    studio.work()
    ended = studio.owner.get(f"/jobs/{job['id']}").json()
    assert (ended["state"], ended["error"]["column"]) == ("failed", "left")
    assert ended["error"]["fix"]
    project = studio.owner.get(f"/projects/{project_id}").json()
    assert project["target"] is None
    assert {stage["id"]: stage for stage in project["stages"]}["data_profiling"]["reason"] == ended["error"]["message"]


def test_an_unknown_target_is_refused_at_once_with_the_nearest_name(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    answer = studio.owner.put(f"/projects/{project_id}/target", json={"target": "amuont"})
    assert (answer.status_code, answer.json()["code"]) == (422, "target_unknown")
    assert "'amount'" in answer.json()["fix"]


def test_the_choice_of_a_target_can_be_postponed(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    answer = studio.owner.put(f"/projects/{project_id}/target", json={"target": None}).json()
    assert answer["job"] is None
    assert answer["project"]["target_postponed"] is True


def test_only_the_newest_choice_of_a_target_counts(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    first = studio.owner.put(f"/projects/{project_id}/target", json={"target": "amount"}).json()["job"]
    studio.owner.put(f"/projects/{project_id}/target", json={"target": None})
    studio.owner.post(f"/jobs/{first['id']}/cancel")
    assert studio.owner.get(f"/projects/{project_id}").json()["target_postponed"] is True


def test_a_file_over_the_limit_is_refused_before_it_is_read(studio: StudioApp) -> None:
    answer = studio.owner.upload(b"x" * (1024**2 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert answer.json()["context"]["limit"] == 1024**2
    assert list(studio.parts.platform.blobs.list(studio.tenant)) == []


def test_an_undeclared_file_over_the_limit_is_cut_off_and_leaves_nothing(studio: StudioApp) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 64 * 1024

    answer = studio.owner.post(
        "/datasets/upload", params={"filename": "x.csv"}, content=pieces(), headers={"Content-Type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert list(studio.parts.platform.blobs.list(studio.tenant)) == []
    assert studio.owner.get("/datasets").json()["items"] == []


def test_an_empty_file_is_refused(studio: StudioApp) -> None:
    assert studio.owner.upload(b"").json()["code"] == "empty_file"


@pytest.mark.parametrize("query", [{}, {"filename": ""}, {"filename": "x" * 1_001}])
def test_a_file_needs_a_name(studio: StudioApp, query: dict[str, str]) -> None:
    answer = studio.owner.post(
        "/datasets/upload", params=query, content=b"a", headers={"Content-Type": "application/octet-stream"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("filename", "label"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\sales.csv", "sales.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("/", "table"),
        ("  ", "table"),
        ("x" * 500, "x" * 200),
        ("Umsätze 2024.csv", "Umsätze 2024.csv"),
    ],
)
def test_a_file_name_is_a_label_and_never_a_path(filename: str, label: str) -> None:
    assert label_of(filename) == label


def test_the_same_upload_with_the_same_key_is_one_dataset(studio: StudioApp) -> None:
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "upload-1"}
    sent = [
        studio.owner.post("/datasets/upload", params={"filename": "p.csv"}, content=PEOPLE, headers=headers)
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert len(studio.owner.get("/datasets").json()["items"]) == 1
    assert len(studio.owner.get("/jobs").json()["items"]) == 1


def test_a_call_that_died_after_its_write_is_completed_and_not_doubled(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was killed between the durable write and the answer: the record of the key never got its answer."""
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "upload-1"}

    def send() -> dict[str, dict[str, str]]:
        answer = studio.owner.post("/datasets/upload", params={"filename": "p.csv"}, content=PEOPLE, headers=headers)
        return dict(answer.json())

    with monkeypatch.context() as crash:
        crash.setattr(IdempotencyStore, "finish", lambda *_: None)
        first = send()
    record = studio.parts.platform.store.find(studio.tenant, "idempotency", Query())[0]
    lapsed = record | {"lease_until": "2000-01-01T00:00:00+00:00"}
    studio.parts.platform.store.replace(studio.tenant, "idempotency", lapsed, rev=record["rev"])
    second = send()
    assert {name: first[name]["id"] for name in first} == {name: second[name]["id"] for name in second}
    assert len(studio.owner.get("/jobs").json()["items"]) == 1


def test_a_repeated_reimport_leaves_alone_what_its_job_has_done_meanwhile(studio: StudioApp) -> None:
    """As when the server was killed before its answer, and the same request comes again after the job has ended."""
    dataset_id, project_id = studio.loaded()
    ids = [Ids("idem_" + "a" * 20) for _ in range(3)]
    datasets = studio.parts.services.of(DatasetService)
    first = datasets.reimport(studio.tenant, ids[0], dataset_id, ReadOptions())
    assert datasets.reimport(studio.tenant, ids[1], dataset_id, ReadOptions()).id == first.id
    studio.parts.platform.queue.cancel(studio.tenant, first.id)
    assert datasets.reimport(studio.tenant, ids[2], dataset_id, ReadOptions()).state == "canceled"
    assert studio.owner.get(f"/datasets/{dataset_id}").json()["state"] == "ready"
    assert studio.owner.get(f"/projects/{project_id}").json()["stages"][0]["state"] == "done"


def test_another_reimport_waits_for_the_one_that_runs_with_a_key_or_without(studio: StudioApp) -> None:
    dataset_id, _ = studio.loaded()
    path = f"/datasets/{dataset_id}/reimport"
    running = studio.owner.post(path, json={}, headers={"Idempotency-Key": "one"}).json()["job"]
    for headers in ({}, {"Idempotency-Key": "two"}):
        assert studio.owner.post(path, json={}, headers=headers).json()["code"] == "import_running"
    assert [job["id"] for job in studio.owner.get("/jobs?state=open").json()["items"]] == [running["id"]]
    studio.parts.platform.queue.cancel(studio.tenant, running["id"])
    assert studio.owner.post(path, json={}, headers={"Idempotency-Key": "two"}).status_code == 202


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (float("nan"), None),
        (float("inf"), None),
        ("x" * 1_001, "x" * 999 + "…"),
    ],
)
def test_cells_are_safe_for_a_browser(value: object, cell: object) -> None:
    assert cell_of(value) == cell


def test_a_viewer_looks_but_does_not_load(studio: StudioApp) -> None:
    dataset_id, _ = studio.loaded()
    viewer = studio.member("viewer")
    assert viewer.get(f"/datasets/{dataset_id}/preview").status_code == 200
    assert viewer.upload(PEOPLE).status_code == 403


def test_an_upload_that_breaks_off_leaves_nothing(studio: StudioApp) -> None:
    cookie = f"narrative_session={studio.owner.http.cookies['narrative_session']}".encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/datasets/upload",
        "raw_path": b"/api/v1/datasets/upload",
        "query_string": b"filename=x.csv",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"cookie", cookie), (b"content-type", b"text/csv")],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
    }
    piece: dict[str, object] = {"type": "http.request", "body": b"a" * 200_000, "more_body": True}
    arriving: Iterator[dict[str, object]] = iter([piece, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(arriving)

    async def send(_: object) -> None: ...

    studio.portal.call(lambda: studio.app(scope, receive, send))
    assert list(studio.parts.platform.blobs.list(studio.tenant)) == []
    assert not [file for file in (studio.parts.settings.data_dir / "blobs").rglob("*") if file.is_file()]
    assert studio.owner.get("/datasets").json()["items"] == []
