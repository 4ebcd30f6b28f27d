"""Two versions of a table compared in words."""

from narrative.engine.versions.compare import compare_tables
from narrative.engine.versions.types import Change, Comparison

__all__ = ["Change", "Comparison", "compare_tables"]
