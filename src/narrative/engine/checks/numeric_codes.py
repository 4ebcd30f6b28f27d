"""Whole numbers that are names of something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from narrative.engine.checks._wording import quoted
from narrative.engine.checks.base import Check, Finding, apply_step

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_CODES: Final = 1_000
_CODE_NAME: Final = re.compile(
    r"(?:^|[_\s])(?:code|zip|plz|postcode|type|category|region|store|dept|department)(?:$|[_\s])", re.I
)


class NumericCodes(Check):
    """Numbers that are codes."""

    name: ClassVar[str] = "numeric_codes"
    title: ClassVar[str] = "Numbers that are codes"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        findings = []
        for column in profile.columns:
            if column.kind != "integer" or not _CODE_NAME.search(column.name) or column.name == profile.target:
                continue
            if not 2 < column.distinct <= MOST_CODES:
                continue
            findings.append(
                Finding(
                    code=self.name,
                    severity="good_to_know",
                    columns=[column.name],
                    headline=f"{quoted(column.name)} may be a code: {column.distinct} different whole numbers",
                    reason="If 2 is not more than 1 there, treat it as a category instead of a quantity.",
                    facts={"distinct": column.distinct},
                    actions=[
                        apply_step(
                            f"Treat {quoted(column.name)} as a category", "cast_type", columns=[column.name], to="text"
                        )
                    ],
                )
            )
        return findings
