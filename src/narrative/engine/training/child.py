"""Entry of the training child: reads the run folder, works through the plan, leaves every piece there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import polars as pl

from narrative.core.clock import SystemClock
from narrative.engine.profile.types import TableProfile
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.imbalance import settle
from narrative.engine.training.limits import Limits
from narrative.engine.training.plan import Plan
from narrative.engine.training.runner import Runner
from narrative.engine.training.session import Session, Setup
from narrative.engine.training.store import RunFolder
from narrative.engine.training.targets import Target

SWITCH_SECONDS: Final = 0.001
"""How long one thread may keep the interpreter when another one waits for it: rounds of small fits take no longer."""


def work(payload: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Train in ``payload["folder"]`` until ``payload["ends_at"]`` (monotonic seconds, the same in all processes of a
    machine); all results are in the folder."""
    clock = SystemClock()
    folder = RunFolder(Path(payload["folder"]))
    now = clock.monotonic()
    setup = read_setup(
        folder,
        float(payload["ends_at"]) - now,
        elapsed=now - float(payload["began_at"]),
        tail=float(payload["tail"]),
        may_work_side_by_side=bool(payload["may_work_side_by_side"]),
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    session = Session(folder, setup, report, clock)
    settle(session)
    Runner(session).run()
    return {}


def read_setup(
    folder: RunFolder,
    seconds: float,
    *,
    elapsed: float = 0.0,
    tail: float = 0.0,
    may_work_side_by_side: bool = True,
) -> Setup:
    """What the parent left in the folder, and the time there is (see :class:`Setup`)."""
    facts = cast("dict[str, Any]", folder.read_json("setup"))
    split, values = folder.read_split()
    rows = np.arange(values.size, dtype=np.int64)
    return Setup(
        frame=pl.read_ipc(folder.data_path),
        target=Target(facts["problem"], rows, values, facts["classes"], facts["metric"]),
        target_name=facts["target"],
        steps=[StepSpec.model_validate(step) for step in facts["steps"]],
        profile=TableProfile.model_validate(facts["profile"]),
        split=split,
        plan=Plan.from_dict(facts["plan"]),
        seed=int(facts["seed"]),
        threads=int(facts["threads"]),
        max_columns=int(facts["max_columns"]),
        seconds=seconds,
        elapsed=elapsed,
        tail=tail,
        limits=Limits(**facts["limits"]),
        twin=bool(facts.get("twin", False)),
        may_work_side_by_side=may_work_side_by_side,
    )
