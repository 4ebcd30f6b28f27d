"""A profile cut for the page: what is said of the table as a whole, and every column on its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.studio.tables.schemas import ColumnAssociation, ColumnGaps, ColumnLosses, ProfileOverview

MOST_LISTED: Final = 100
SEVERITIES: Final = ("fix", "decide", "good_to_know", "fine")
UNIT_IN_NAME: Final = re.compile(r"[(\[]\s*([^()\[\]\d][^()\[\]]{0,11}?)\s*[)\]]\s*$")
"""A unit behind a name, such as "weight (kg)"; what begins with a digit is a number of something."""


@dataclass(frozen=True)
class CutProfile:
    """The overview and the columns of a profile as JSON, and where each column stands."""

    overview: bytes
    columns: tuple[bytes, ...]
    places: Mapping[str, int]

    @property
    def size_bytes(self) -> int:
        """What it takes to keep it, about."""
        return len(self.overview) + sum(len(column) for column in self.columns)


def cut(profile: TableProfile, units: Mapping[str, str]) -> CutProfile:
    """The parts of a profile. ``units``: what the import set aside around the numbers of a column."""
    columns = profile.columns
    return CutProfile(
        overview=overview_of(profile, units).model_dump_json().encode(),
        columns=tuple(column.model_dump_json().encode() for column in columns),
        places={column.name: place for place, column in enumerate(columns)},
    )


def overview_of(profile: TableProfile, units: Mapping[str, str]) -> ProfileOverview:
    """What is said of a table as a whole."""
    columns = profile.columns
    findings = sorted(profile.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    losses = sorted((column for column in columns if column.quality_losses), key=lambda column: column.quality)
    gaps = sorted((column for column in columns if column.missing), key=lambda column: -column.missing)
    related = _related(profile)
    return ProfileOverview(
        **{
            name: getattr(profile, name)
            for name in ProfileOverview.model_fields
            if name in TableProfile.model_fields and name not in ("columns", "findings")
        },
        names=[column.name for column in columns],
        kinds=[column.kind for column in columns],
        missing=[column.missing for column in columns],
        units=units_of([column.name for column in columns], units),
        losses=[ColumnLosses(column=item.name, losses=item.quality_losses) for item in losses[:MOST_LISTED]],
        n_losses=len(losses),
        findings=findings[:MOST_LISTED],
        n_findings=len(findings),
        n_urgent=sum(finding.severity in ("fix", "decide") for finding in findings),
        associations=related[:MOST_LISTED],
        n_associations=len(related),
        gaps=[
            ColumnGaps(column=item.name, missing=item.missing, missing_share=item.missing_share)
            for item in gaps[:MOST_LISTED]
        ],
        n_gaps=len(gaps),
    )


def units_of(names: list[str], set_aside: Mapping[str, str]) -> dict[str, str]:
    """The unit of each column that has one: a sign that stood around its numbers, or the end of its name.

    >>> units_of(["weight (kg)", "price", "area [m²]", "Q (2024)"], {"price": "€"})
    {'weight (kg)': 'kg', 'price': '€', 'area [m²]': 'm²'}
    """
    found = {}
    for name in names:
        at_end = UNIT_IN_NAME.search(name)
        if name in set_aside:
            found[name] = set_aside[name]
        elif at_end is not None and at_end.start() > 0:
            found[name] = at_end[1]
    return found


def _related(profile: TableProfile) -> list[ColumnAssociation]:
    def told(column: ColumnProfile) -> ColumnAssociation | None:
        if column.target_association is None or column.name == profile.target:
            return None
        return ColumnAssociation(
            column=column.name,
            association=column.target_association,
            measure=column.association_measure,
            information=column.target_information,
        )

    found = [item for column in profile.columns if (item := told(column)) is not None]
    return sorted(found, key=lambda item: -item.association)
