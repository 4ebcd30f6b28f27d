"""Data checks: one file per check, found by name; run together they give the findings of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import polars as pl

from narrative.core.plugins import discover
from narrative.engine.checks._wording import quoted
from narrative.engine.checks.base import Check, Finding, FindingAction
from narrative.engine.types import Severity

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

__all__ = ["Check", "Finding", "FindingAction", "checks", "run_checks"]

ORDER: Final[tuple[Severity, ...]] = ("fix", "decide", "good_to_know", "fine")


def checks() -> Mapping[str, type[Check]]:
    """All checks by name."""
    return discover("narrative.engine.checks", Check)


def run_checks(frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
    """All findings, the most urgent first; within a severity in the order of check names, then of columns."""
    place = {name: index for index, name in enumerate(frame.columns)}
    found = [
        _with_look(finding, profile.target) for check in checks().values() for finding in check().find(frame, profile)
    ]
    return sorted(
        found,
        key=lambda finding: (
            ORDER.index(finding.severity),
            finding.code,
            place.get(finding.columns[0], 0) if finding.columns else -1,
        ),
    )


def _with_look(finding: Finding, target: str | None) -> Finding:
    """A finding about columns can always be looked at; no button works on the column to predict."""
    actions = [action for action in finding.actions if target is None or not works_on(action, target)]
    if finding.columns:
        first = finding.columns[0]
        actions.append(FindingAction(kind="show_column", title=f"Show {quoted(first)}", column=first))
    return finding.model_copy(update={"actions": actions})


def works_on(action: FindingAction, column: str) -> bool:
    """Whether the step of a button names a column."""
    return action.step is not None and column in action.step.params.get("columns", [])
