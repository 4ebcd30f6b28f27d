"""One self-contained page about a table and its model, and the same facts as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.report.build import build_profile_report, build_report, chart_words
    from narrative.engine.report.types import ChartWords, ReportFiles, ReportInput

__all__ = ["ChartWords", "ReportFiles", "ReportInput", "build_profile_report", "build_report", "chart_words"]


def __getattr__(name: str) -> Any:
    """Import on first use: a program that only names the report must not load charts and templates."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = "types" if name[0].isupper() else "build"
    return getattr(import_module(f"narrative.engine.report.{home}"), name)
