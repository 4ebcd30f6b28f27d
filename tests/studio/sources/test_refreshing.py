"""A table is fetched again: what is equal changes nothing, what differs is a new version read the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Query, UnitOfWork
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.repository import VersionRepository
from narrative.studio.sources.entities import Place
from narrative.studio.sources.fetching import NO_SECRETS
from narrative.studio.sources.refreshing import RefreshService
from narrative.studio.sources.repository import SourceRepository
from narrative.studio.sources.service import SourceService
from tests.adapters.egress.test_guarded import Web, send, serving
from tests.fixtures.lying_database import TEXT_OID, database
from tests.fixtures.studio_app import StudioApp, studio_app

pytestmark = pytest.mark.slow

FIRST = b"day;people\n" + b"".join(f"{day:02}/01/2026;{day * 3}\n".encode() for day in range(1, 13))
SECOND = FIRST + b"05/02/2026;40\n06/02/2026;41\n"
THIRD = SECOND + b"07/02/2026;50\n"


class Served:
    """What the web gives now."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status = 200

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        send(handler, self.status, self.body, **{"Content-Type": "text/csv"})


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path, egress_allow="127.0.0.1") as made:
        yield made


def loaded(studio: StudioApp, web: Web, query: str = "") -> str:
    answer = studio.owner.post("/sources/url", json={"url": f"http://127.0.0.1:{web.port}/days.csv{query}"})
    assert answer.status_code == 202, answer.text
    studio.work()
    return str(answer.json()["dataset"]["id"])


def refreshed(studio: StudioApp, dataset_id: str, **given: Any) -> dict[str, Any]:
    answer = studio.owner.post(f"/datasets/{dataset_id}/refresh", json=given)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def now(studio: StudioApp, dataset_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    source = studio.owner.get(f"/datasets/{dataset_id}/source").json()
    return source, studio.owner.get(f"/datasets/{dataset_id}").json()


def test_equal_content_is_said_and_makes_no_version(studio: StudioApp) -> None:
    with serving(Served(FIRST)) as web:
        dataset_id = loaded(studio, web)
        assert now(studio, dataset_id)[0]["sentence"] == "It was not looked at again since it was loaded."
        source = refreshed(studio, dataset_id)
    assert (source["outcome"], source["job_id"]) == ("same", None)
    assert source["sentence"] == "Nothing had changed at the source, so there is no new version."
    assert studio.work() == 0
    assert now(studio, dataset_id)[1]["version"]["number"] == 1


def test_other_content_is_a_new_version_read_the_same_way(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        studio.owner.post(f"/datasets/{dataset_id}/reimport", json={"options": {"date_order": "month_first"}})
        studio.work()
        served.body = SECOND
        source = refreshed(studio, dataset_id)
        assert source["outcome"] == "reading"
        studio.work()
        source, dataset = now(studio, dataset_id)
        assert dataset["version"]["number"] == 3
        assert dataset["version"]["n_rows"] == 14
        assert dataset["version"]["read_options"]["date_order"] == "month_first"
        assert (source["outcome"], source["version"]) == ("loaded", dataset["version"]["id"])
        assert source["sentence"] == "Version 3 is what arrived: 2 rows more than version 2."
        served.body = SECOND.replace(b"\n", b"\r\n")
        refreshed(studio, dataset_id)
        studio.work()
        assert now(studio, dataset_id)[0]["sentence"] == (
            "Version 4 is what arrived; other bytes with the same rows as version 3."
        )


def test_a_source_that_fails_leaves_the_table_as_it_is(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        served.status = 404
        answer = studio.owner.post(f"/datasets/{dataset_id}/refresh", json={})
        assert (answer.status_code, answer.json()["code"]) == (422, "source_refused")
        served.status, served.body = 200, b"%PDF-1.7 not a table at all"
        refreshed(studio, dataset_id)
        studio.work()
        source, dataset = now(studio, dataset_id)
        assert (source["outcome"], dataset["state"], dataset["version"]["number"]) == ("failed", "ready", 1)
        assert source["error"]["code"]
        served.body = FIRST
        refreshed(studio, dataset_id)
        studio.work()
        assert now(studio, dataset_id)[0]["outcome"] == "loaded"


def test_a_planned_refresh_that_runs_twice_reads_once(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        served.body = SECOND
        service = studio.parts.services.of(RefreshService)
        plan: dict[str, Any] = {"user_id": None, "key": "idem_same", "check": lambda: None}
        first = service.refresh_as_planned(studio.tenant, dataset_id, **plan)
        second = service.refresh_as_planned(studio.tenant, dataset_id, **plan)
        assert first is not None
        studio.work()
        third = service.refresh_as_planned(studio.tenant, dataset_id, **plan)
        assert (first.id, third) == (second.id if second else first.id, None)
    assert studio.work() == 0
    assert now(studio, dataset_id)[1]["version"]["number"] == 2


def test_what_was_not_kept_is_asked_for_again(studio: StudioApp) -> None:
    with serving(Served(FIRST)) as web:
        dataset_id = loaded(studio, web, "?token=hunter2")
        source = now(studio, dataset_id)[0]
        assert (source["needs"], source["place"]) == ("url", "an address that holds a secret and is not kept")
        answer = studio.owner.post(f"/datasets/{dataset_id}/refresh", json={})
        assert (answer.status_code, answer.json()["code"]) == (422, "source_needs_secret")
        given = refreshed(studio, dataset_id, url=f"http://127.0.0.1:{web.port}/days.csv?token=hunter2")
        assert given["outcome"] == "same"
    with database({"city": TEXT_OID}, [[("Oslo",)]]) as there:
        body = {"database_url": there.url(), "query": "SELECT city FROM places"}
        dataset_id = studio.owner.post("/sources/query", json=body).json()["dataset"]["id"]
        studio.work()
        assert now(studio, dataset_id)[0]["needs"] == "database_url"
    with database({"city": TEXT_OID}, [[("Oslo",), ("Bergen",)]]) as there:
        assert refreshed(studio, dataset_id, database_url=there.url())["outcome"] == "reading"
        assert there.statements[1].endswith("SELECT city FROM places")


def test_a_file_has_no_source_and_a_combined_table_is_not_refreshed(studio: StudioApp) -> None:
    file_id = studio.owner.upload(FIRST, "days.csv").json()["dataset"]["id"]
    assert studio.owner.get(f"/datasets/{file_id}/source").json() is None
    answer = studio.owner.post(f"/datasets/{file_id}/refresh", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "source_not_found")
    with serving(Served(FIRST)) as web:
        dataset_id = loaded(studio, web)
        added = studio.owner.post(f"/datasets/{dataset_id}/combine", json={"dataset_id": file_id, "how": "append"})
        assert added.status_code == 202, added.text
        studio.work()
        answer = studio.owner.post(f"/datasets/{dataset_id}/refresh", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "source_combined")


def test_steps_that_made_the_table_are_named_and_a_restored_version_is_refreshed(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        read = now(studio, dataset_id)[1]["version"]["id"]
        project = studio.owner.post("/projects", json={"dataset_id": dataset_id, "name": "Days"}).json()["id"]
        sort = {"type": "sort_rows", "params": {"columns": ["people"], "descending": True}, "id": "sort"}
        studio.owner.put(f"/projects/{project}/recipe", json={"steps": [sort]})
        assert studio.owner.post(f"/projects/{project}/recipe/apply", json={}).status_code == 202
        studio.work()
        assert now(studio, dataset_id)[1]["version"]["number"] == 2
        told = studio.owner.post(f"/datasets/{dataset_id}/refresh", json={})
        assert (told.status_code, told.json()["code"]) == (409, "source_shaped")
        assert told.json()["detail"] == "Version 2 was made by 1 step from what arrived; a refresh would lose that."
        assert studio.owner.post(f"/versions/{read}/restore").status_code == 200
        served.body = SECOND
        assert refreshed(studio, dataset_id)["outcome"] == "reading"
        studio.work()
        assert now(studio, dataset_id)[1]["version"]["n_rows"] == 14


def test_a_table_that_was_added_before_the_steps_is_still_the_reason(studio: StudioApp) -> None:
    file_id = studio.owner.upload(FIRST, "days.csv").json()["dataset"]["id"]
    with serving(Served(FIRST)) as web:
        dataset_id = loaded(studio, web)
        studio.owner.post(f"/datasets/{dataset_id}/combine", json={"dataset_id": file_id, "how": "append"})
        studio.work()
        project = studio.owner.post("/projects", json={"dataset_id": dataset_id, "name": "Days"}).json()["id"]
        sort = {"type": "sort_rows", "params": {"columns": ["people"], "descending": True}, "id": "sort"}
        studio.owner.put(f"/projects/{project}/recipe", json={"steps": [sort]})
        studio.owner.post(f"/projects/{project}/recipe/apply", json={})
        studio.work()
        assert now(studio, dataset_id)[1]["version"]["number"] == 3
        told = studio.owner.post(f"/datasets/{dataset_id}/refresh", json={})
        assert (told.status_code, told.json()["code"]) == (409, "source_combined")


def files_with(folder: Path, planted: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and planted in path.read_bytes()]


def test_what_was_decided_about_personal_data_holds_for_what_is_fetched_again(
    studio: StudioApp, tmp_path: Path
) -> None:
    people = b"email,spent\n" + b"".join(b"ada%dlovelace@example.org,%d\n" % (n, n % 40) for n in range(60))
    served = Served(people)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        assert files_with(tmp_path, b"ada7lovelace")  # the search can find something
        body = {"options": {"personal": {"email": "hash"}}, "delete_file": True}
        assert studio.owner.post(f"/datasets/{dataset_id}/reimport", json=body).status_code == 202
        studio.work()
        assert files_with(tmp_path, b"ada7lovelace") == []
        assert refreshed(studio, dataset_id)["outcome"] == "same"
        assert files_with(tmp_path, b"ada7lovelace") == []
        served.body = people + b"ada77lovelace@example.org,5\n"
        refreshed(studio, dataset_id)
        studio.work()
    source, dataset = now(studio, dataset_id)
    assert (source["outcome"], dataset["version"]["n_rows"], dataset["file_kept"]) == ("loaded", 61, False)
    assert files_with(tmp_path, b"lovelace") == []


def rebuilt(studio: StudioApp, dataset_id: str) -> dict[str, Any]:
    """Delete every table of a dataset and build them again; what the job said."""
    for version in versions_of(studio, dataset_id):
        studio.parts.platform.blobs.delete(studio.tenant, version.table_sha256)
    started = studio.owner.post(f"/lineage/{dataset_id}/reproduce", json={})
    assert started.status_code == 202, started.text
    studio.work()
    return dict(studio.owner.get(f"/jobs/{started.json()['job']['id']}").json()["result"])


def versions_of(studio: StudioApp, dataset_id: str) -> list[DatasetVersion]:
    """All versions, oldest first."""
    found = VersionRepository(studio.parts.platform.store).where(studio.tenant, [("dataset_id", "=", dataset_id)])
    return sorted(found, key=lambda version: version.number)


def refreshed_twice(studio: StudioApp, served: Served, web: Web, bodies: tuple[bytes, bytes, bytes]) -> str:
    """A dataset with a version of each content."""
    served.body = bodies[0]
    dataset_id = loaded(studio, web)
    for body in bodies[1:]:
        served.body = body
        refreshed(studio, dataset_id)
        studio.work()
    return dataset_id


def test_every_version_is_built_again_of_the_file_it_was_read_of(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = refreshed_twice(studio, served, web, (FIRST, SECOND, THIRD))
    hashes = [hashlib.sha256(body).hexdigest() for body in (FIRST, SECOND, THIRD)]
    assert [version.raw_sha256 for version in versions_of(studio, dataset_id)] == hashes
    told = rebuilt(studio, dataset_id)
    assert (told["all_equal"], told["n_restored"]) == (True, 3), told
    graph = studio.owner.get(f"/lineage/{dataset_id}/graph").json()
    files = {node["id"]: node["hash"] for node in graph["nodes"] if node["kind"] == "raw"}
    numbers = {node["id"]: node["facts"]["number"] for node in graph["nodes"] if node["kind"] == "version"}
    read = {numbers[line["target"]]: files[line["source"]] for line in graph["relationships"]}
    assert read == dict(zip((1, 2, 3), hashes, strict=True))


def test_a_version_from_before_its_file_was_noted_is_not_built_of_another_one(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = refreshed_twice(studio, served, web, (FIRST, SECOND, THIRD))
    versions = VersionRepository(studio.parts.platform.store)

    made = versions_of(studio, dataset_id)

    def forget_files(unit: UnitOfWork) -> None:
        for version in made:
            versions.change(unit, studio.tenant, version.id, lambda known: known.with_(raw_sha256=None))

    studio.parts.platform.store.atomic(forget_files)
    plan = studio.owner.get(f"/lineage/{dataset_id}/reproduce").json()
    assert [action["obstacle"] for action in plan["actions"]] == ["its file was deleted."] * 2 + [None]


def test_files_go_with_the_last_version_that_was_read_of_them(studio: StudioApp) -> None:
    served = Served(FIRST)
    blobs = studio.parts.platform.blobs
    with serving(served) as web:
        dataset_id = refreshed_twice(studio, served, web, (FIRST, SECOND, THIRD))
        served.body = b"%PDF-1.7 not a table at all"
        refreshed(studio, dataset_id)
        studio.work()
        unread = hashlib.sha256(served.body).hexdigest()
        assert blobs.exists(studio.tenant, unread)  # to be read differently, until something else arrives
        served.body = THIRD
        refreshed(studio, dataset_id)
        studio.work()
        assert not blobs.exists(studio.tenant, unread)
    assert all(blobs.exists(studio.tenant, hashlib.sha256(body).hexdigest()) for body in (FIRST, SECOND, THIRD))
    studio.owner.delete(f"/projects/{studio.owner.get('/projects').json()['items'][0]['id']}")
    assert studio.owner.delete(f"/datasets/{dataset_id}").status_code == 204
    assert list(blobs.list(studio.tenant)) == []


def test_the_end_of_a_file_with_personal_data_is_that_of_all_earlier_ones(studio: StudioApp, tmp_path: Path) -> None:
    people = b"email,spent\n" + b"".join(b"ada%dlovelace@example.org,%d\n" % (n, n % 40) for n in range(60))
    served = Served(people)
    with serving(served) as web:
        bodies = (people, people + b"ada77lovelace@example.org,5\n", people + b"ada88lovelace@example.org,6\n")
        dataset_id = refreshed_twice(studio, served, web, bodies)
        assert len(files_with(tmp_path, b"ada7lovelace")) == 3
        body = {"options": {"personal": {"email": "hash"}}}
        studio.owner.post(f"/datasets/{dataset_id}/reimport", json=body)
        studio.work()
        assert len(files_with(tmp_path, b"ada7lovelace")) == 3  # nobody asked for their end
        studio.owner.post(f"/datasets/{dataset_id}/reimport", json=body | {"delete_file": True})
        studio.work()
    assert files_with(tmp_path, b"lovelace") == []
    assert {version.raw_sha256 for version in versions_of(studio, dataset_id)} == {None}
    plan = studio.owner.get(f"/lineage/{dataset_id}/reproduce").json()
    assert {action["obstacle"] for action in plan["actions"]} == {"its file was deleted."}


def test_a_dataset_is_never_there_without_its_source(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies while the source is written."""

    def die(*_: object) -> None:
        raise RuntimeError("died")

    monkeypatch.setattr(SourceRepository, "insert_once", die)
    sources = studio.parts.services.of(SourceService)
    who = Identity("session", "sess_1", "user_1", "Somebody", studio.tenant.workspace_id, "editor")
    with serving(Served(FIRST)) as web:
        place = Place(kind="url", address=f"http://127.0.0.1:{web.port}/days.csv")
        with pytest.raises(RuntimeError, match="died"):
            sources.load(who, Ids(), place, NO_SECRETS, name=None, project_id=None)
    for name in ("datasets", "projects", "jobs", "sources"):
        assert studio.parts.platform.store.count(studio.tenant, name, Query()) == 0
