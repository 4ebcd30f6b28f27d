"""The report of a project: every story that was told, its charts and its lineage, as one page, as Markdown and as JSON.

Equal input gives equal bytes: nothing here asks what time it is, and nothing is left to the order of a dictionary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from narrative.engine.profile.types import TableProfile
from narrative.engine.report.charts import rows as row_charts
from narrative.engine.report.charts.base import Chart, Table
from narrative.engine.report.page import (
    STAGE_TITLES,
    column_rows,
    fact_cards,
    fact_groups,
    finding_rows,
    importance_rows,
    plain_json,
    render,
    shortened,
)
from narrative.engine.report.types import ChartWords, LineageNode, ProjectReport
from narrative.engine.story.types import ChartStory, Sentence, Story
from narrative.engine.story.wording import format_percent, format_score
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import CandidateReport

HTML_BYTES: Final = 1_000_000
HEADLINES_SHOWN: Final = 40


def project_html(given: ProjectReport) -> str:
    """One self-contained page, at most 1 MB: no script, no request to anywhere."""
    charts = list(given.charts)
    page = _page(given, charts)
    while len(page.encode()) > HTML_BYTES and charts:
        charts.pop()
        page = _page(given, charts)
    return page


def _page(given: ProjectReport, charts: Sequence[Chart]) -> str:
    told = list(_chart_stories(given.profile))
    groups = fact_groups(given.stories, charts)
    columns, more_columns = ([], None) if given.profile is None else column_rows(given.profile)
    return render(
        "project.html.j2",
        {
            "title": given.name,
            "name": shortened(given.name),
            "subtitle": "project",
            "question": given.question,
            "version": given.program_version,
            "stories": given.stories,
            "stage_titles": STAGE_TITLES,
            "cards": fact_cards(groups),
            "fact_groups": groups,
            "findings": [] if given.profile is None else finding_rows(given.profile.findings),
            "columns": columns,
            "more_columns": more_columns,
            "has_target": given.profile is not None and given.profile.target is not None,
            "relations": Table(
                ("Chart", "What it shows"),
                [(title, _plain(words)) for title, words in told if words.headline is not None],
            ),
            "charts": charts,
            "hero": None if given.evaluation is None else row_charts.hero(given.evaluation),
            "score_title": "" if given.evaluation is None else given.evaluation.metric_title,
            "importances": importance_rows(given.importances)["importances"],
            "candidates": _candidates(given.candidates),
            "lineage": _lineage(given),
        },
    )


def project_markdown(given: ProjectReport) -> str:
    """The same as plain text with Markdown headings, for wikis and pull requests."""
    lines = [f"# {_escaped(given.name)}", ""]
    if given.question:
        lines += [_escaped(given.question), ""]
    for story in given.stories:
        lines += [f"## {STAGE_TITLES[story.stage]}: {_escaped(story.headline.text)}", ""]
        for sentences in (story.found, story.meaning):
            if sentences:
                lines += [_escaped(" ".join(sentence.text for sentence in sentences)), ""]
        lines += [f"- Not known: {_escaped(sentence.text)}" for sentence in story.unknown]
        lines += [""] if story.unknown else []
        lines += _markdown_charts(given, story.stage)
    lines += ["## Lineage", "", *_grid(_lineage(given))]
    facts = [
        (group["title"], fact["name"], fact["text"], fact["how"], fact["rows"], fact["source"])
        for group in fact_groups(given.stories, [])
        for fact in group["facts"]
    ]
    lines += ["", "## Every number above", ""]
    lines += _grid(Table(("Where", "What", "Value", "How", "Rows", "Data"), facts))
    return "\n".join(lines) + "\n"


def table_markdown(
    profile: TableProfile, stories: Sequence[Story], *, name: str, imported: ImportReport, version: str = ""
) -> str:
    """The report of a table alone as Markdown."""
    size = {"size": f"{imported.size_bytes:,} bytes"}
    file = LineageNode(id="file", kind="File", title=name, sha256=imported.sha256, facts=size)
    facts = {"rows": f"{profile.n_rows:,}", "columns": f"{profile.n_columns:,}"}
    table = LineageNode(id="table", kind="Table", title="", sha256=profile.content_hash, facts=facts, parents=["file"])
    return project_markdown(ProjectReport(name, "", stories, [file, table], profile=profile, program_version=version))


def _markdown_charts(given: ProjectReport, stage: str) -> list[str]:
    if stage == "data_profiling" and given.profile is not None:
        told = [(column.name, _plain(column)) for column in given.profile.columns[:HEADLINES_SHOWN] if column.headline]
        told += [(title, _plain(words)) for title, words in _chart_stories(given.profile) if words.headline]
        return [*_grid(Table(("Chart", "What it shows"), told)), ""] if told else []
    if stage == "model_training" and given.candidates:
        return [*_grid(_candidates(given.candidates)), ""]
    if stage == "model_evaluation":
        return [
            line for chart in given.charts for line in (f"### {_escaped(chart.headline.text)}", "", chart.caption, "")
        ]
    return []


def project_json(given: ProjectReport) -> str:
    """Everything as typed values: stories with their facts, profile, evaluation, lineage."""
    return plain_json(
        {
            "name": given.name,
            "question": given.question,
            "program_version": given.program_version,
            "stories": [story.model_dump(mode="json") for story in given.stories],
            "profile": None if given.profile is None else given.profile.model_dump(mode="json"),
            "evaluation": None if given.evaluation is None else given.evaluation.model_dump(mode="json"),
            "importances": [item.model_dump(mode="json") for item in given.importances],
            "candidates": [item.model_dump(mode="json") for item in given.candidates],
            "charts": [
                {"id": chart.id, "headline": chart.headline.model_dump(mode="json"), "caption": chart.caption}
                for chart in given.charts
            ],
            "lineage": [node.model_dump(mode="json") for node in given.lineage],
        }
    )


def _chart_stories(profile: TableProfile | None) -> Iterator[tuple[str, ChartStory]]:
    """Charts of a profile that set columns side by side, each with its title."""
    if profile is None:
        return
    relations = profile.relations
    found = (
        ("Columns with the target", profile.target_chart),
        ("Numbers, straight lines", profile.correlation),
        ("Numbers, by rank", None if relations is None else relations.spearman),
        ("Categories", None if relations is None else relations.categories),
        ("Categories with numbers", None if relations is None else relations.ratios),
        ("Empty cells", profile.missing_chart),
    )
    yield from ((title, words) for title, words in found if words is not None)


def _plain(words: ChartStory) -> str:
    told: list[Sentence] = [each for each in (words.headline, words.sentence) if each is not None]
    return " ".join(each.text for each in told)


def _candidates(candidates: Sequence[CandidateReport]) -> Table:
    rows = [
        (
            line.title,
            "–" if line.score is None or not math.isfinite(line.score) else format_score(line.score),
            format_percent(line.weight) if line.weight else "–",
            line.reason or "",
        )
        for line in candidates
    ]
    return Table(("Candidate", "Score", "Share of the model", "Note"), rows, frozenset({1, 2}))


def _lineage(given: ProjectReport) -> Table:
    """What was made of what, oldest first."""
    titles = {node.id: f"{node.kind} {node.title}".strip() for node in given.lineage}
    rows = [
        (
            node.kind,
            shortened(node.title),
            ", ".join(shortened(titles.get(parent, parent)) for parent in node.parents) or "–",
            "; ".join(f"{name}: {value}" for name, value in node.facts.items()),
            (node.made_at or "")[:19].replace("T", " ") or "–",
            node.sha256[:16] if node.sha256 else "–",
        )
        for node in given.lineage
    ]
    return Table(("What", "Name", "Made from", "Facts", "When (UTC)", "SHA-256"), rows)


def _grid(table: Table) -> list[str]:
    rule = ["---:" if place in table.numeric else "---" for place in range(len(table.columns))]
    rows = [table.columns, rule, *table.rows]
    return [
        "| " + " | ".join(_escaped(cell, in_table=True) if row is not rule else cell for cell in row) + " |"
        for row in rows
    ]


def _escaped(text: str, *, in_table: bool = False) -> str:
    """Text that Markdown shows as it is: names of columns may hold any sign."""
    for sign in "\\`*_[]<>#" + ("|" if in_table else ""):
        text = text.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return " ".join(text.split())


def charts_of(pictures: Sequence[dict[str, Any]], words: Sequence[dict[str, Any]]) -> list[Chart]:
    """Charts as they were stored with a model version: pictures with their tables, and what they say, by id."""
    said = {item["id"]: ChartWords.model_validate(item) for item in words}
    return [
        Chart(
            id=item["id"],
            headline=said[item["id"]].headline,
            caption=said[item["id"]].caption,
            svg=item["svg"],
            table=Table(item["columns"], item["rows"], frozenset(item["numeric"])),
            facts=said[item["id"]].facts,
        )
        for item in pictures
        if item["id"] in said
    ]


def pictures_of(charts: Sequence[Chart]) -> list[dict[str, Any]]:
    """The drawn part of charts, for storage; :func:`charts_of` reads it again."""
    return [
        {
            "id": chart.id,
            "svg": chart.svg,
            "columns": list(chart.table.columns),
            "rows": [list(row) for row in chart.table.rows],
            "numeric": sorted(chart.table.numeric),
        }
        for chart in charts
    ]
