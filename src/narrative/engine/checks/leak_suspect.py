"""Columns that (nearly) give the target away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import drop, quoted
from narrative.engine.checks.base import Check, Finding
from narrative.engine.types import Severity

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

SUSPICIOUS: Final = 0.95
CERTAIN: Final = 0.999


class LeakSuspect(Check):
    """Leak suspects."""

    name: ClassVar[str] = "leak_suspect"
    title: ClassVar[str] = "Leak suspects"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            strength = column.target_association
            if strength is None or strength < SUSPICIOUS:
                continue
            severity: Severity = "fix" if strength >= CERTAIN else "decide"
            findings.append(
                Finding(
                    code=self.name,
                    severity=severity,
                    columns=[column.name],
                    headline=f"{quoted(column.name)} all but gives the target away ({_shown(strength)} of 1)",
                    reason=(
                        "If it is only known after the outcome, the score will be too good to be true: remove it. "
                        "If it is known before, keep it."
                    ),
                    facts={"association": strength, "measure": column.association_measure or ""},
                    actions=[drop([column.name])],
                )
            )
        return findings


def _shown(strength: float) -> str:
    """Two digits, rounded down, so that only a perfect relation reads 1.00."""
    return f"{int(strength * 100) / 100:.2f}"
