"""Self-contained pages about a table, a model or a whole project, and the same facts as JSON and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.report.build import build_profile_report, build_report, chart_papers
    from narrative.engine.report.project import (
        charts_of,
        project_html,
        project_json,
        project_markdown,
        table_markdown,
    )
    from narrative.engine.report.types import ChartWords, LineageNode, ProjectReport, ReportFiles, ReportInput

__all__ = [
    "ChartWords",
    "LineageNode",
    "ProjectReport",
    "ReportFiles",
    "ReportInput",
    "build_profile_report",
    "build_report",
    "chart_papers",
    "charts_of",
    "project_html",
    "project_json",
    "project_markdown",
    "table_markdown",
]
_PROJECT = {"charts_of", "project_html", "project_json", "project_markdown", "table_markdown"}


def __getattr__(name: str) -> Any:
    """Import on first use: a program that only names the report must not load charts and templates."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = "types" if name[0].isupper() else "project" if name in _PROJECT else "build"
    return getattr(import_module(f"narrative.engine.report.{home}"), name)
