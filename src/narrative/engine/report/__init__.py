"""Self-contained pages about a table, a model or a whole project, and the same facts as JSON and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.report.build import build_profile_report, build_report, chart_papers, report_of
    from narrative.engine.report.card import Card, Decision, card_of, check_card, read_card
    from narrative.engine.report.card_pages import CARD_FORMS
    from narrative.engine.report.project import (
        charts_of,
        project_html,
        project_json,
        project_markdown,
        table_markdown,
    )
    from narrative.engine.report.types import ChartWords, LineageNode, ProjectReport, ReportFiles, ReportInput

__all__ = [
    "CARD_FORMS",
    "Card",
    "ChartWords",
    "Decision",
    "LineageNode",
    "ProjectReport",
    "ReportFiles",
    "ReportInput",
    "build_profile_report",
    "build_report",
    "card_of",
    "chart_papers",
    "charts_of",
    "check_card",
    "project_html",
    "project_json",
    "project_markdown",
    "read_card",
    "report_of",
    "table_markdown",
]
_CARD = {"Card", "Decision", "card_of", "check_card", "read_card"}
_PROJECT = {"charts_of", "project_html", "project_json", "project_markdown", "table_markdown"}


def __getattr__(name: str) -> Any:
    """Import on first use: a program that only names the report must not load charts and templates."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    if name in _CARD or name == "CARD_FORMS":
        return getattr(import_module(f"narrative.engine.report.{'card' if name in _CARD else 'card_pages'}"), name)
    home = "types" if name[0].isupper() else "project" if name in _PROJECT else "build"
    return getattr(import_module(f"narrative.engine.report.{home}"), name)
