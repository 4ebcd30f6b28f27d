"""A table is fetched again: what is equal changes nothing, what differs is a new version read the same way."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.sources.refreshing import RefreshService
from tests.adapters.egress.test_guarded import Web, send, serving
from tests.fixtures.lying_database import TEXT_OID, database
from tests.fixtures.studio_app import StudioApp, studio_app

pytestmark = pytest.mark.slow

FIRST = b"day;people\n" + b"".join(f"{day:02}/01/2026;{day * 3}\n".encode() for day in range(1, 13))
SECOND = FIRST + b"05/02/2026;40\n06/02/2026;41\n"


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


def test_the_file_of_the_look_before_is_not_kept(studio: StudioApp) -> None:
    served = Served(FIRST)
    with serving(served) as web:
        dataset_id = loaded(studio, web)
        first = now(studio, dataset_id)[1]["import_report"]["sha256"]
        blobs = studio.parts.platform.blobs
        assert blobs.exists(studio.tenant, first)
        served.body = SECOND
        refreshed(studio, dataset_id)
        assert not blobs.exists(studio.tenant, first)
