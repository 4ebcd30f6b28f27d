"""The report of a model and of a table, each as one page and as JSON; the same input gives the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from narrative.core.errors import InvalidInput
from narrative.engine.bundle.papers import Papers
from narrative.engine.profile.types import TableProfile
from narrative.engine.report.charts.base import Table
from narrative.engine.report.charts.drawn import bands_of, draw_charts
from narrative.engine.report.charts.words import chart_words
from narrative.engine.report.page import (
    column_rows,
    fact_cards,
    fact_groups,
    file_rows,
    finding_rows,
    plain_json,
    render,
    shortened,
    unknown_of,
)
from narrative.engine.report.project import pictures_of
from narrative.engine.report.types import ChartWords, ReportFiles, ReportInput
from narrative.engine.story.types import Story
from narrative.engine.story.wording import format_percent
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import TrainingResult


def build_report(given: ReportInput) -> ReportFiles:
    """``report.html`` and ``report.json`` of a trained model.

    Raises:
        KeyError: a story of stages 2-6 is missing; ``tell_pipeline`` gives them all.
    """
    from narrative.engine.report.account import account_of
    from narrative.engine.report.model_page import model_page

    page = model_page(account_of(given), bundle_sha256=given.bundle_sha256)
    return ReportFiles(html=page, json=plain_json(_report_data(given)))


def build_profile_report(
    profile: TableProfile,
    stories: Sequence[Story],
    *,
    name: str,
    imported: ImportReport | None = None,
    version: str = "",
) -> ReportFiles:
    """A page about a table alone. ``stories``: of loading (when there was a file) and of profiling."""
    by_stage = {story.stage: story for story in stories}
    groups = fact_groups(stories, [])
    columns, more_columns = column_rows(profile)
    guesses = [] if imported is None else imported.guesses
    bad = [] if imported is None else imported.bad_rows[:20]
    context = {
        "title": f"{name}: {by_stage['data_profiling'].headline.text}",
        "name": shortened(name),
        "subtitle": "profile",
        "version": version,
        "cards": fact_cards(groups),
        "fact_groups": groups,
        "loading": by_stage.get("data_loading"),
        "profiling": by_stage["data_profiling"],
        "numbers": _table_numbers(profile),
        "guesses": Table(
            ("What", "Taken as", "Sure", "Why"),
            [(guess.name, guess.value, format_percent(guess.confidence), guess.evidence) for guess in guesses],
            frozenset({2}),
        ),
        "bad_rows": Table(
            ("Line", "Column", "Reason", "Text"),
            [(f"{row.line:,}", row.column or "–", row.reason, shortened(row.text)) for row in bad],
        ),
        "findings": finding_rows(profile.findings),
        "columns": columns,
        "more_columns": more_columns,
        "has_target": profile.target is not None,
        "quality_formula": profile.quality.formula,
        "unknown": unknown_of(stories),
        "warnings": [] if imported is None else imported.warnings,
        "provenance": [
            ("Content hash of the table", profile.content_hash),
            *file_rows(imported),
            ("Program", version),
        ],
    }
    data = {
        "name": name,
        "program_version": version,
        "profile": profile.model_dump(mode="json"),
        "import": None if imported is None else imported.model_dump(mode="json"),
        "stories": [story.model_dump(mode="json") for story in stories],
    }
    return ReportFiles(html=render("profile.html.j2", context), json=plain_json(data))


def chart_papers(result: TrainingResult) -> tuple[list[ChartWords], list[dict[str, Any]]]:
    """What the charts of an evaluation say, for pages that draw them themselves, and the charts drawn, for reports."""
    words = chart_words(result)
    return words, pictures_of(draw_charts(result.evaluation, words, bands_of(result)))


def _table_numbers(profile: TableProfile) -> list[tuple[str, str]]:
    cells = profile.n_rows * profile.n_columns
    missing = sum(column.missing for column in profile.columns)
    numbers = [
        ("Rows", f"{profile.n_rows:,}"),
        ("Columns", f"{profile.n_columns:,}"),
        ("Empty cells", format_percent(missing / cells) if cells else "–"),
        ("Quality", f"{math.floor(profile.quality.score)} points"),
    ]
    if profile.target is not None:
        numbers.append(("Target", f"{shortened(profile.target, 40)} ({profile.problem})"))
    elif profile.suggested_targets:
        numbers.append(("Suggested target", shortened(profile.suggested_targets[0].column, 40)))
    return numbers


def _report_data(given: ReportInput) -> dict[str, Any]:
    result = given.result
    return {
        "name": given.name,
        "program_version": given.program_version,
        "target": result.model.target,
        "problem": result.problem,
        "classes": result.model.classes,
        "threshold": result.model.threshold if result.problem == "binary" else None,
        "evaluation": result.evaluation.model_dump(mode="json"),
        "candidates": [candidate.model_dump(mode="json") for candidate in result.candidates],
        "importances": [item.model_dump(mode="json") for item in result.importances],
        "best_candidate": result.best_candidate,
        "rows": result.n_rows,
        "rows_learned": result.n_rows_learned,
        "timings": result.timings,
        "rows_without_target": result.n_rows_without_target,
        "profile": given.profile.model_dump(mode="json"),
        "import": None if given.imported is None else given.imported.model_dump(mode="json"),
        "preparation": {view: recipe.recipe.to_dict() for view, recipe in sorted(result.model.recipes.items())},
        "stories": [story.model_dump(mode="json") for story in given.stories],
        "assessment": None if given.assessment is None else given.assessment.model_dump(mode="json"),
        "warnings": list(result.warnings),
        "notes": list(given.notes),
        "provenance": {
            "data_hash": result.data_hash,
            "bundle_sha256": given.bundle_sha256,
            "options": result.options.model_dump(mode="json"),
            "plan": result.plan,
        },
    }


def report_of(papers: Papers) -> str:
    """The page of a model again, from its file alone: the same bytes as when the model was trained.

    Raises:
        InvalidInput: ``report_not_kept`` for files that do not hold what the report is made of; ``bundle_unreadable``.
    """
    from narrative.engine.report.account import account_from
    from narrative.engine.report.model_page import model_page

    if papers.report is None:
        raise InvalidInput(
            "report_not_kept",
            "This model file does not hold what its report is made of.",
            fix="Use the report.html written beside it, ask for its card instead, or train the model again.",
        )
    return model_page(account_from(papers.report, papers.documents), bundle_sha256=papers.sha256)
