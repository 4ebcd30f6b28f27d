"""The report of a project in its three forms, from outcomes made by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import polars as pl
import pytest

from narrative.engine.profile import profile_table
from narrative.engine.report import (
    LineageNode,
    ProjectReport,
    chart_papers,
    charts_of,
    project_html,
    project_json,
    project_markdown,
)
from narrative.engine.report.project import HTML_BYTES
from narrative.engine.story import tell_charts, tell_pipeline
from narrative.engine.types import Problem
from tests.fixtures.outcomes import outcome


def _given(problem: Problem = "binary") -> ProjectReport:
    made = outcome(problem)
    words, pictures = chart_papers(made.result)
    said = [item.model_dump(mode="json") for item in words]
    return ProjectReport(
        name="Who *leaves* | <b>why</b>",
        question="What predicts [churn](x)?",
        stories=tell_pipeline(made.result, made.frame, imported=made.imported),
        lineage=[
            LineageNode(id="d", kind="File", title="a|b.csv", sha256="ab" * 32, made_at="2026-11-01T10:00:00Z"),
            LineageNode(id="v", kind="Table", title="version 1", parents=["d"], facts={"rows": "600"}),
        ],
        profile=made.profile,
        evaluation=made.result.evaluation,
        importances=made.result.importances,
        candidates=made.result.candidates,
        charts=charts_of(pictures, said),
        program_version="1.2.3",
    )


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_every_story_stands_in_all_three_forms(problem: Problem) -> None:
    given = _given(problem)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", project_html(given)))
    data = json.loads(project_json(given))
    for story in given.stories:
        assert story.headline.text in page.replace("&#39;", "'").replace("&amp;", "&")
        assert story.headline.text in [each["headline"]["text"] for each in data["stories"]]
    assert project_markdown(given).count("\n## ") == len(given.stories) + 2


def test_equal_input_gives_equal_bytes() -> None:
    for write in (project_html, project_markdown, project_json):
        assert write(_given()) == write(_given())


def test_names_of_the_data_are_shown_and_never_become_markup() -> None:
    page, text = project_html(_given()), project_markdown(_given())
    assert "<b>why</b>" not in page
    assert "<b>why</b>" not in text
    assert r"Who \*leaves\*" in text
    assert r"\[churn\](x)" in text
    assert r"a\|b.csv" in text


def test_every_fact_link_leads_to_a_fact_on_the_page() -> None:
    page = project_html(_given())
    links = set(re.findall(r'href="#([^"]+)"', page))
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert len(links) > 20
    assert links <= ids


def test_a_page_that_would_be_too_large_leaves_out_charts_last_first() -> None:
    given = _given()
    heavy = [replace(chart, svg=chart.svg + " " * (HTML_BYTES // 2)) for chart in given.charts]
    page = project_html(replace(given, charts=heavy))
    assert len(page.encode()) <= HTML_BYTES
    assert heavy[0].headline.text in re.sub(r"<[^>]+>", "", page)


def test_a_wide_table_stays_a_small_page() -> None:
    frame = pl.DataFrame({f"column number {i:04}": [i * 0.5, 1.0, None, float(i)] for i in range(2_000)})
    given = ProjectReport(
        name="wide", question="", stories=tell_pipeline(outcome().result, outcome().frame)[:1], lineage=[],
        profile=tell_charts(profile_table(frame)),
    )  # fmt: skip
    assert len(project_html(given).encode()) <= HTML_BYTES
