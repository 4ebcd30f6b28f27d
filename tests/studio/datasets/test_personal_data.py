"""Personal data: hidden until somebody decides, then kept, masked or removed, and nowhere on the disk afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.studio.datasets.repository import DatasetRepository, VersionRepository
from narrative.studio.datasets.service import DatasetService
from tests.fixtures.studio_app import StudioApp, studio_app

MAILS = [f"ada{n}lovelace@example.org" for n in range(70)]
PEOPLE = b"email,city,spent\n" + b"".join(
    f"{mail},{'Oslo' if n % 3 else 'Bern'},{10 + n % 40}\n".encode() for n, mail in enumerate(MAILS)
)
TORN = PEOPLE + b"ada99lovelace@example.org,Oslo,12,surplus\n"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def loaded(studio: StudioApp, content: bytes = PEOPLE) -> tuple[str, str]:
    """A file that was read: ids of dataset and project."""
    started = studio.owner.upload(content, "people.csv").json()
    assert studio.work() == 1
    return started["dataset"]["id"], started["project"]["id"]


def decide(studio: StudioApp, dataset_id: str, choice: str, *, delete_file: bool = False, **options: Any) -> int:
    """Say what shall happen to the addresses; gives how many jobs it took."""
    body = {"options": {"personal": {"email": choice}, **options}, "delete_file": delete_file}
    answer = studio.owner.post(f"/datasets/{dataset_id}/reimport", json=body)
    assert answer.status_code == 202, answer.text
    return studio.work()


def dataset(studio: StudioApp, dataset_id: str) -> dict[str, Any]:
    return dict(studio.owner.get(f"/datasets/{dataset_id}").json())


def emails(studio: StudioApp, dataset_id: str) -> set[str]:
    preview = studio.owner.get(f"/datasets/{dataset_id}/preview", params={"limit": 100}).json()
    place = next((n for n, column in enumerate(preview["columns"]) if column["name"] == "email"), None)
    return set() if place is None else {row[place] for row in preview["rows"]}


def files_with(folder: Path, planted: bytes) -> list[Path]:
    """Files below a folder that hold a piece of text anywhere."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and planted in path.read_bytes()]


def answers_with(studio: StudioApp, ids: tuple[str, str], planted: str) -> list[str]:
    """Addresses whose answers hold a piece of text."""
    dataset_id, project_id = ids
    addresses = [
        f"/datasets/{dataset_id}",
        f"/datasets/{dataset_id}/versions",
        f"/datasets/{dataset_id}/preview",
        f"/datasets/{dataset_id}/profile",
        f"/datasets/{dataset_id}/bad-rows.csv",
        f"/projects/{project_id}",
        f"/projects/{project_id}/stories/data_loading",
        f"/projects/{project_id}/stories/data_profiling",
        f"/projects/{project_id}/data-checks/proposals",
        "/jobs",
    ]
    return [address for address in addresses if planted in studio.owner.get(address).text]


@pytest.mark.slow
def test_until_somebody_decides_nothing_personal_can_be_seen_and_the_column_is_named(
    studio: StudioApp, tmp_path: Path
) -> None:
    ids = loaded(studio, TORN)
    [column] = dataset(studio, ids[0])["import_report"]["personal"]
    assert (column["name"], column["decided"], column["treatment"]) == ("email", False, "hash")
    assert "70 of 70 different values are e-mail addresses" in column["evidence"]
    assert len(emails(studio, ids[0])) == 70
    assert answers_with(studio, ids, "lovelace") == []
    assert files_with(tmp_path, b"lovelace") == [
        path for path in files_with(tmp_path, b"email,city,spent") if path.read_bytes() == TORN
    ]
    assert decide(studio, ids[0], "keep") == 1
    assert emails(studio, ids[0]) == set(MAILS)
    shown = answers_with(studio, ids, "lovelace")  # the search can find something
    assert {f"/datasets/{ids[0]}/{part}" for part in ("preview", "bad-rows.csv")} <= set(shown)


@pytest.mark.slow
@pytest.mark.parametrize(("choice", "left"), [("hash", 70), ("redact", 1), ("generalize", 1), ("drop", 0)])
def test_masked_or_removed_with_its_file_it_is_nowhere_on_the_disk(
    studio: StudioApp, tmp_path: Path, choice: str, left: int
) -> None:
    ids = loaded(studio, TORN)
    assert files_with(tmp_path, b"lovelace")  # the file as it came
    decide(studio, ids[0], choice, delete_file=True)
    assert files_with(tmp_path, b"lovelace") == []
    assert len(emails(studio, ids[0])) == left
    assert dataset(studio, ids[0])["file_kept"] is False
    again = studio.owner.post(f"/datasets/{ids[0]}/reimport", json={"options": {}})
    assert (again.status_code, again.json()["code"]) == (409, "file_deleted")


@pytest.mark.slow
def test_what_was_kept_at_first_is_forgotten_with_every_version_that_showed_it(
    studio: StudioApp, tmp_path: Path
) -> None:
    ids = loaded(studio)
    decide(studio, ids[0], "keep")
    assert len(studio.owner.get(f"/datasets/{ids[0]}/versions").json()["items"]) == 2
    before = files_with(tmp_path, b"lovelace")
    assert any(path.read_bytes().startswith(b"PAR1") for path in before)  # a table among them
    assert decide(studio, ids[0], "drop", delete_file=True) == 2  # reading, and forgetting
    assert [
        (item["number"], item["read_options"]["personal"])
        for item in studio.owner.get(f"/datasets/{ids[0]}/versions").json()["items"]
    ] == [(3, {"email": "drop"}), (1, {})]
    assert files_with(tmp_path, b"lovelace") == []
    assert answers_with(studio, ids, "lovelace") == []


@pytest.mark.slow
def test_the_file_stays_for_another_choice_unless_its_end_was_asked_for(studio: StudioApp) -> None:
    ids = loaded(studio)
    decide(studio, ids[0], "drop")
    assert (dataset(studio, ids[0])["file_kept"], emails(studio, ids[0])) == (True, set())
    decide(studio, ids[0], "generalize")
    assert emails(studio, ids[0]) == {"@example.org"}


@pytest.mark.slow
def test_a_decision_holds_for_the_next_file_and_its_codes_are_the_same(studio: StudioApp) -> None:
    ids = loaded(studio)
    decide(studio, ids[0], "hash")
    first = emails(studio, ids[0])
    second = studio.owner.upload(PEOPLE.replace(b"Bern", b"Rome"), "people.csv", project=ids[1]).json()["dataset"]["id"]
    studio.work()
    assert emails(studio, second) == first
    assert dataset(studio, second)["import_report"]["personal"][0]["decided"] is True


@pytest.mark.slow
def test_a_rule_about_hidden_values_goes_with_them_and_holds_nothing(studio: StudioApp) -> None:
    ids = loaded(studio)
    decide(studio, ids[0], "keep")
    rules = [
        {"type": "allowed_values", "params": {"column": "email", "values": MAILS}},
        {"type": "value_range", "params": {"column": "spent", "low": 0}},
    ]
    saved = studio.owner.put(f"/projects/{ids[1]}/data-checks", json={"checks": rules})
    assert saved.status_code == 200, saved.text
    decide(studio, ids[0], "redact")
    state = studio.owner.get(f"/projects/{ids[1]}/data-checks").json()
    assert state["held"] is None
    assert [rule["type"] for rule in state["checks"]] == ["value_range"]
    assert "lovelace" not in json.dumps(state)


@pytest.mark.slow
def test_a_table_that_everybody_may_see_is_stored_as_it_is(studio: StudioApp) -> None:
    ids = loaded(studio, PEOPLE.replace(b"email", b"order").replace(b"lovelace@example.org", b"-x"))
    assert dataset(studio, ids[0])["import_report"]["personal"] == []


@pytest.mark.slow
def test_a_file_whose_end_comes_while_it_is_read_is_not_named_by_the_version(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = loaded(studio)
    service, datasets = studio.parts.services.of(DatasetService), DatasetRepository(studio.parts.platform.store)
    file = datasets.get(studio.tenant, ids[0]).raw_sha256

    def look(*_: Any) -> dict[str, Any]:
        """In the job, after the file was read and before the version is recorded."""
        studio.parts.platform.store.atomic(
            lambda unit: datasets.change(unit, studio.tenant, ids[0], lambda known: known.with_(raw_sha256=None))
        )
        studio.parts.platform.blobs.delete(studio.tenant, str(file))
        return {}

    monkeypatch.setattr(service, "look", look)
    decide(studio, ids[0], "drop")
    versions = VersionRepository(studio.parts.platform.store).where(studio.tenant, [("dataset_id", "=", ids[0])])
    assert {version.number: version.raw_sha256 for version in versions} == {1: file, 2: None}


@pytest.mark.slow
def test_a_file_that_another_one_replaced_stays_for_its_versions(studio: StudioApp, tmp_path: Path) -> None:
    ids = loaded(studio)
    studio.owner.upload(PEOPLE.replace(b"Bern", b"Rome"), "people.csv", project=ids[1])
    studio.work()
    assert [path for path in files_with(tmp_path, b"Bern") if path.read_bytes() == PEOPLE]
    plan = studio.owner.get(f"/lineage/{ids[0]}/reproduce").json()
    assert (plan["can_reproduce"], len(plan["actions"])) == (True, 1)
