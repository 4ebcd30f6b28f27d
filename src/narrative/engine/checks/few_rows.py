"""Tables too small to judge a model well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import counted
from narrative.engine.checks.base import Check, Finding

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

FEW: Final = 100


class FewRows(Check):
    """Few rows."""

    name: ClassVar[str] = "few_rows"
    title: ClassVar[str] = "Few rows"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        if profile.n_rows >= FEW:
            return []
        return [
            Finding(
                code=self.name,
                severity="good_to_know",
                columns=[],
                headline=f"The table has only {counted(profile.n_rows, 'row')}",
                reason="A model may still be found, but its score will be uncertain; more rows help most.",
                facts={"n_rows": profile.n_rows, "recommended": FEW},
            )
        ]
