"""Facts of an evaluation: what was measured on the rows it was given, kept in its account."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources


@formula(
    "assessment.figure",
    "measured on the rows that were evaluated; the same model, rows and seed give it again",
    "table",
    recorded=True,
)
def figure(sources: Sources, name: str) -> Value:
    value = sources.need_table()[name][0]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is no plain value")
