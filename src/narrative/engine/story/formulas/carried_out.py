"""Facts of steps that were carried out on a whole table."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources


@formula("carried_out.field", "counted when the steps were carried out", "carried_out", recorded=True)
def counted_field(sources: Sources, name_of_field: str) -> Value:
    value = sources.need_carried_out().model_dump()[name_of_field]
    return value if isinstance(value, str | int | float | bool) else None


@formula("carried_out.lost", "before less after", "carried_out")
def lost(sources: Sources, of: str) -> Value:
    facts = sources.need_carried_out().model_dump()
    return int(facts[f"{of}_before"]) - int(facts[f"{of}_after"])
