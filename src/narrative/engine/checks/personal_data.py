"""Columns that tell who somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import drop, quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.personal import Personal
    from narrative.engine.profile.types import TableProfile

SPOKEN: Final = {
    "name": "its name",
    "pattern": "how values are written",
    "checksum": "check digits",
    "values": "values",
}


class PersonalData(Check):
    """Personal data."""

    name: ClassVar[str] = "personal_data"
    title: ClassVar[str] = "Personal data"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        from narrative.engine.profile.personal import find_personal

        found = []
        for name in frame.columns:
            personal = None if name == profile.target else find_personal(frame[name])
            if personal is not None:
                found.append(_finding(self.name, name, personal))
        return found


def _finding(code: str, name: str, personal: Personal) -> Finding:
    n, of = personal.n_matching, personal.n_checked
    spoken = " and ".join(SPOKEN[source] for source in sorted(personal.evidence))
    return Finding(
        code=code,
        severity="decide",
        columns=[name],
        headline=f"{quoted(name)} holds {personal.title}: {n:,} of {of:,} values",
        reason=f"Seen by {spoken} ({personal.detail}). Remove it, or mask it if equal values matter.",
        facts={
            "category": personal.category,
            "detail": personal.detail,
            "matching": n,
            "checked": of,
            "share": personal.share,
            "evidence": ", ".join(personal.evidence),
            "confidence": personal.confidence,
        },
        actions=[
            drop([name]),
            apply_step(f"Mask {quoted(name)} by codes", "mask_values", columns=[name], method="hash"),
            apply_step(f"Make {quoted(name)} coarser", "mask_values", columns=[name], method="generalize"),
        ],
    )
