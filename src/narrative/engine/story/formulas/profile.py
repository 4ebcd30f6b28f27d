"""Facts that profiling computed, and counts over its findings and kinds."""

from __future__ import annotations

import math

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources


@formula("profile.quality", "points the table keeps out of a hundred, by the quality formula, rounded down", "profile")
def quality(sources: Sources) -> Value:
    return math.floor(sources.need_profile().quality.score)


@formula("profile.quality_dimension", "points of one dimension of quality, rounded down", "profile")
def quality_dimension(sources: Sources, dimension: str) -> Value:
    return math.floor(
        {str(name): value for name, value in sources.need_profile().quality.dimensions.items()}[dimension]
    )


@formula("profile.weakest_dimension", "the dimension of quality with the fewest points", "profile")
def weakest_dimension(sources: Sources) -> Value:
    dimensions = sources.need_profile().quality.dimensions
    return str(min(dimensions, key=lambda name: (dimensions[name], name)))


@formula("profile.findings_with_code", "findings with the code", "profile")
def findings_with_code(sources: Sources, code: str) -> Value:
    return sum(finding.code == code for finding in sources.need_profile().findings)


@formula("profile.kind_count", "columns of the given kinds", "profile")
def kind_count(sources: Sources, kinds: list[str]) -> Value:
    return sum(column.kind in kinds for column in sources.need_profile().columns)


@formula("profile.findings_count", "findings of the given severities", "profile")
def findings_count(sources: Sources, severities: list[str]) -> Value:
    return sum(finding.severity in severities for finding in sources.need_profile().findings)


@formula("profile.duplicate_rows", "rows - different rows", "profile", recorded=True)
def duplicate_rows(sources: Sources) -> Value:
    return sources.need_profile().duplicate_rows


@formula("profile.suggested_target", "the column that looks most like an outcome", "profile")
def suggested_target(sources: Sources, position: int) -> Value:
    return sources.need_profile().suggested_targets[position].column


@formula("profile.flagged_column", "column of the first finding with the code", "profile")
def flagged_column(sources: Sources, code: str) -> Value:
    return next(item.columns[0] for item in sources.need_profile().findings if item.code == code and item.columns)


@formula("profile.association", "strength of the relation between a column and the target, by its measure", "profile")
def association(sources: Sources, column: str) -> Value:
    return sources.need_profile().column(column).target_association
