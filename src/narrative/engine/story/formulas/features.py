"""Facts of the searches of the features stage."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources


@formula("features.field", "counted or measured by the search", "features", recorded=True)
def searched_field(sources: Sources, name_of_field: str) -> Value:
    value = sources.need_features().model_dump()[name_of_field]
    return value if isinstance(value, str | int | float) else None
