"""Holes in columns of dates that otherwise keep a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class DateGaps(Check):
    """Gaps in dates."""

    name: ClassVar[str] = "date_gaps"
    title: ClassVar[str] = "Gaps in dates"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            gaps = column.gaps
            if gaps is None or not gaps.n_gaps or gaps.longest is None:
                continue
            before, after = gaps.longest
            findings.append(
                Finding(
                    code=self.name,
                    severity="good_to_know",
                    columns=[column.name],
                    headline=f"{quoted(column.name)} leaves out {counted(gaps.n_missing, 'step')}",
                    reason=f"The longest hole lies between {before} and {after}; ask whether rows are missing there.",
                    actions=[
                        apply_step(
                            f"Count the days in {quoted(column.name)}",
                            "date_parts",
                            columns=[column.name],
                            parts=["elapsed"],
                            keep_original=True,
                        )
                    ],
                    facts={
                        "gaps": gaps.n_gaps,
                        "steps_missing": gaps.n_missing,
                        "step_seconds": gaps.step_seconds,
                        "longest_from": before,
                        "longest_to": after,
                    },
                )
            )
        return findings
