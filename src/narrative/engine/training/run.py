"""A training run: its folder, what it is about, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from narrative.engine.profile.types import TableProfile
from narrative.engine.training.plan import Plan
from narrative.engine.training.splits import Split
from narrative.engine.training.store import RunFolder
from narrative.engine.training.targets import Target
from narrative.engine.training.types import TrainingOptions


@dataclass(frozen=True)
class Run:
    """What the parent knows about a run, before and after the child has worked."""

    folder: RunFolder
    frame: pl.DataFrame
    """The used rows, without the target."""
    target: Target
    split: Split
    plan: Plan
    options: TrainingOptions
    profile: TableProfile
    n_rows_without_target: int
    warnings: list[str]
