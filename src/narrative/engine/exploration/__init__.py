"""Looking without a target: rows that are alike, and rows that are unlike all others."""

from narrative.engine.exploration.groups import find_groups
from narrative.engine.exploration.types import GroupsResult, UnusualResult
from narrative.engine.exploration.unusual import find_unusual

__all__ = ["GroupsResult", "UnusualResult", "find_groups", "find_unusual"]
