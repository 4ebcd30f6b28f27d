"""A class that is much rarer than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import percent, quoted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

RARE: Final = 0.2
"""For two classes: rarer than one row in five; for more classes, correspondingly less."""
STRONG: Final = 20.0


class Imbalance(Check):
    """Imbalanced target."""

    name: ClassVar[str] = "imbalance"
    title: ClassVar[str] = "Imbalanced target"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        if profile.target is None or profile.problem not in {"binary", "multiclass"}:
            return []
        counts = frame[profile.target].drop_nulls().value_counts(name="count").sort(["count", profile.target])
        rarest, rows = str(counts[profile.target][0]), int(counts["count"][0])
        total = int(counts["count"].sum())
        if rows / total >= RARE / len(counts) * 2:
            return []
        ratio = (total - rows) / rows
        return [
            Finding(
                code=self.name,
                severity="decide" if ratio > STRONG else "good_to_know",
                columns=[profile.target],
                headline=f"Class {quoted(rarest)} is rare: {percent(rows / total)} of {quoted(profile.target)}",
                reason="Accuracy flatters here: judge by a score that looks at the rare class, and set the threshold.",
                facts={"class": rarest, "count": rows, "share": rows / total, "ratio": ratio},
            )
        ]
