"""Constants that are part of a definition and that sentences quote."""

from __future__ import annotations

from typing import Final

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources

CONSTANTS: Final[dict[str, float]] = {
    "interval_level": 0.95,
    "prediction_interval_level": 0.90,
    "quality_floor": 80.0,
    "perfect": 1.0,
    "zero": 0.0,
    "middle_half": 0.5,
    "weak_relation": 0.3,
    "strong_relation": 0.7,
    "giveaway": 0.95,
}


@formula("definition.constant", "a constant of the product's definitions", "definition")
def constant(sources: Sources, name: str) -> Value:  # noqa: ARG001 - formulas share one call
    return CONSTANTS[name]


@formula("definition.argument", "a limit that another fact of the sentence is computed with", "definition")
def argument(sources: Sources, value: float) -> Value:  # noqa: ARG001 - formulas share one call
    return value
