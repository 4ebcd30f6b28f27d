"""The report of a project: everything told so far, the same bytes each time, in three forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.studio.datasets.repository import VersionRepository
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def _text(studio: StudioApp, project_id: str, form: str) -> str:
    answer = studio.member("viewer").get(f"/projects/{project_id}/report?format={form}")
    assert answer.status_code == 200
    return str(answer.text)


def test_a_table_alone_has_its_stories_charts_and_lineage(studio: StudioApp) -> None:
    dataset_id, project_id = studio.loaded()
    page = _text(studio, project_id, "html")
    for stage in ("data_loading", "data_profiling"):
        story = studio.owner.get(f"/projects/{project_id}/stories/{stage}").json()
        assert story["headline"]["text"] in re.sub(r"<[^>]+>", "", page)
    data = json.loads(_text(studio, project_id, "json"))
    assert [node["kind"] for node in data["lineage"]] == ["File", "Table"]
    assert data["lineage"][1]["parents"] == [dataset_id]
    assert data["profile"]["n_rows"] == int(data["lineage"][1]["facts"]["rows"].replace(",", ""))
    assert "mini-chart" in page


def test_a_deployed_model_is_followed_back_to_the_file(studio: StudioApp) -> None:
    deployment_id, _ = studio.deployed()
    project_id = studio.owner.get(f"/deployments/{deployment_id}").json()["project_id"]
    data = json.loads(_text(studio, project_id, "json"))
    nodes = {node["id"]: node for node in data["lineage"]}
    walked: list[str] = []
    place: str | None = deployment_id
    while place is not None:
        walked.append(nodes[place]["kind"])
        place = next(iter(nodes[place]["parents"]), None)
    assert walked == ["Deployment", "Model", "Table", "File"]
    stages = [story["stage"] for story in data["stories"]]
    assert stages[0] == "data_loading"
    assert stages[-1] == "deployment"
    assert "model_training" in stages


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_version_that_was_deleted_is_named_in_the_report_of_what_was_made_of_it(studio: StudioApp, form: str) -> None:
    dataset_id, project_id = studio.loaded()
    versions = VersionRepository(studio.parts.platform.store)
    made = versions.where(studio.tenant, [("dataset_id", "=", dataset_id)])[0]
    studio.parts.platform.store.atomic(
        lambda unit: versions.change(unit, studio.tenant, made.id, lambda known: known.with_(parents=("dver_gone",)))
    )
    text = _text(studio, project_id, form)
    assert "deleted version" in text
    if form == "json":
        nodes = json.loads(text)["lineage"]
        assert [(node["title"], node["parents"]) for node in nodes][1:] == [
            ("deleted version", []),
            ("version 1", ["dver_gone"]),
        ]


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_the_same_lineage_gives_the_same_bytes(studio: StudioApp, form: str) -> None:
    _, project_id = studio.loaded()
    assert _text(studio, project_id, form) == _text(studio, project_id, form)


def test_the_page_is_small_and_loads_nothing(studio: StudioApp) -> None:
    _, project_id = studio.loaded()
    answer = studio.owner.get(f"/projects/{project_id}/report")
    assert len(answer.content) <= 1_000_000
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert "http" not in answer.text.replace('http-equiv="Content-Security-Policy"', "")
    assert "<script" not in answer.text
    named = studio.owner.get(f"/projects/{project_id}/report?download=true").headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+-report\.html"', named)


def test_a_project_whose_table_is_not_read_yet_says_so(studio: StudioApp) -> None:
    project_id = studio.owner.upload(b"a,b\n1,2\n").json()["project"]["id"]
    assert "No stage has run yet" in _text(studio, project_id, "html")
    assert studio.owner.get("/projects/prj_none/report").status_code == 404
    assert studio.owner.get(f"/projects/{project_id}/report?format=pdf").status_code == 422
