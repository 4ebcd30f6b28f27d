"""Stage 2, profile: what every column is, how good the table is, and what could be predicted."""

from narrative.engine.profile.kinds import infer_kinds, kind_of
from narrative.engine.profile.suggestion import suggest_problem, suggest_targets
from narrative.engine.profile.table import profile_table
from narrative.engine.profile.target import check_target, infer_problem, lone_classes, nearest_names
from narrative.engine.profile.types import ColumnProfile, TableProfile

__all__ = [
    "ColumnProfile",
    "TableProfile",
    "check_target",
    "infer_kinds",
    "infer_problem",
    "kind_of",
    "lone_classes",
    "nearest_names",
    "profile_table",
    "suggest_problem",
    "suggest_targets",
]
