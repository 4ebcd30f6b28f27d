"""Facts of what is live."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources


@formula("deployment.field", "recorded by the server", "deployment", recorded=True)
def recorded_field(sources: Sources, name_of_field: str) -> Value:
    facts = sources.need_deployment()
    if name_of_field == "p95_seconds":
        return None if facts.p95_ms is None else facts.p95_ms / 1000
    value = facts.model_dump()[name_of_field]
    return value if isinstance(value, str | int | float | bool) else None
