"""Several files: said before it runs, done as a new version, noted what it was made of and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app

ORDERS = b"order,customer,amount\n" + b"".join(f"{n},C{n % 30:02},{n * 3 % 97}\n".encode() for n in range(60))
CUSTOMERS = b"customer,city\n" + b"".join(f"C{n:02},{'Oslo' if n % 2 else 'Bern'}\n".encode() for n in range(25))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def load(studio: StudioApp, content: bytes, name: str) -> str:
    return str(studio.owner.upload(content, name).json()["dataset"]["id"])


def planned(studio: StudioApp, first: str, body: dict[str, Any]) -> dict[str, Any]:
    started = studio.owner.post(f"/datasets/{first}/combine/plan", json=body)
    assert started.status_code == 202, started.text
    studio.work()
    answer: dict[str, Any] = studio.owner.get(f"/datasets/{first}/combine/plan/{started.json()['job']['id']}").json()
    return answer


@pytest.mark.slow
def test_a_join_is_planned_then_run_as_a_new_version_that_names_its_parents(studio: StudioApp) -> None:
    orders, customers = load(studio, ORDERS, "orders.csv"), load(studio, CUSTOMERS, "customers.csv")
    studio.work()
    body = {"dataset_id": customers, "how": "left"}
    plan = planned(studio, orders, body)
    assert (plan["job"]["state"], plan["append"]) == ("completed", None)
    join = plan["join"]
    assert [(key["first"], key["second"]) for key in join["keys"]] == [("customer", "customer")]
    assert (join["n_rows"], join["n_without_partner"], join["n_extra_rows"], join["n_unused"]) == (60, 10, 0, 0)

    before = studio.owner.get(f"/datasets/{orders}").json()["version"]
    second = studio.owner.get(f"/datasets/{customers}").json()["version"]
    assert studio.owner.post(f"/datasets/{orders}/combine", json=body).status_code == 202
    assert studio.owner.get(f"/datasets/{orders}").json()["state"] == "importing"
    assert studio.owner.post(f"/datasets/{orders}/combine", json=body).json()["code"] == "import_running"
    studio.work()
    after = studio.owner.get(f"/datasets/{orders}").json()
    assert (after["state"], after["version"]["number"], after["version"]["n_columns"]) == ("ready", 2, 4)
    assert after["version"]["parents"] == [before["id"], second["id"]]
    assert "10 rows of 60 find no partner" in " ".join(after["import_report"]["warnings"])
    preview = studio.owner.get(f"/datasets/{orders}/preview", params={"offset": 24, "limit": 2}).json()
    assert preview["rows"] == [[24, "C24", 72, "Bern"], [25, "C25", 75, None]]

    versions = studio.owner.get(f"/datasets/{orders}/versions").json()["items"]
    assert [(item["number"], item["created_by"]) for item in versions] == [(2, "Owner"), (1, "Owner")]
    assert len({item["content_hash"] for item in versions}) == 2


@pytest.mark.slow
def test_rows_are_appended_and_a_plan_that_cannot_be_fails_plainly(studio: StudioApp) -> None:
    more = ORDERS.replace(b"order,customer,amount", b"Amount,extra,order")
    first, second = load(studio, ORDERS, "orders.csv"), load(studio, more, "more.csv")
    studio.work()
    plan = planned(studio, first, {"dataset_id": second, "how": "append"})["append"]
    assert (plan["n_rows"], plan["only_first"], plan["only_second"]) == (120, ["customer"], ["extra"])
    studio.owner.post(f"/datasets/{first}/combine", json={"dataset_id": second, "how": "append"})
    studio.work()
    after = studio.owner.get(f"/datasets/{first}").json()
    assert (after["version"]["n_rows"], after["version"]["n_columns"]) == (120, 4)

    wrong = {"dataset_id": second, "how": "inner", "keys": [{"first": "order", "second": "nothing"}]}
    assert planned(studio, first, wrong)["job"]["error"]["code"] == "join_key_unknown"
    studio.owner.post(f"/datasets/{first}/combine", json=wrong)
    studio.work()
    still = studio.owner.get(f"/datasets/{first}").json()
    assert (still["state"], still["version"]["number"], still["error"]["code"]) == ("ready", 2, "join_key_unknown")


def test_what_is_not_read_yet_or_not_there_is_not_combined(studio: StudioApp) -> None:
    first, second = load(studio, ORDERS, "orders.csv"), load(studio, CUSTOMERS, "customers.csv")
    for path in ("combine", "combine/plan"):
        answer = studio.owner.post(f"/datasets/{first}/{path}", json={"dataset_id": second, "how": "append"})
        assert answer.json()["code"] == "dataset_not_ready"
        missing = studio.owner.post(f"/datasets/{first}/{path}", json={"dataset_id": "data_x", "how": "append"})
        assert (missing.status_code, missing.json()["code"]) == (404, "dataset_not_found")
    jobs = studio.owner.get("/jobs").json()["items"]
    assert studio.owner.get(f"/datasets/{first}/combine/plan/{jobs[0]['id']}").status_code == 404


def test_the_same_content_is_stored_once(studio: StudioApp) -> None:
    load(studio, ORDERS, "orders.csv")
    load(studio, ORDERS, "again.csv")
    assert len(list(studio.parts.platform.blobs.list(studio.tenant))) == 1
