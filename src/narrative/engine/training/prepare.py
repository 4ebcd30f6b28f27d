"""From a table to a run folder: target, split and plan, all the child has to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_json
from narrative.core.version import program_version
from narrative.engine.profile import check_target, lone_classes, profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.scores import check_metric
from narrative.engine.training.imbalance import check_choice
from narrative.engine.training.imbalance_types import CHOICES
from narrative.engine.training.plan import Plan, Size, make_plan, plan_of
from narrative.engine.training.run import Run
from narrative.engine.training.splits import Split, check_groups, choose_split
from narrative.engine.training.store import RunFolder
from narrative.engine.training.targets import Target, code_target
from narrative.engine.training.threshold import check_costs
from narrative.engine.training.types import TrainingOptions
from narrative.engine.training.user_steps import check_steps, profile_after
from narrative.engine.types import TIME_KINDS, IntArray, Problem

CELLS_PER_SECOND: Final = 150_000
"""Cells of the table per second of budget; a larger table is sampled, and the result says so."""
LEAST_SAMPLED_ROWS: Final = 5_000
COLUMN_RANGE: Final = (50, 500)
"""Most input columns a model may use, by how many the time allows."""


def prepare(
    frame: pl.DataFrame,
    options: TrainingOptions,
    profile: TableProfile | None,
    folder: RunFolder,
    memory_bytes: int,
    *,
    lines: pl.Series | None = None,
) -> Run:
    """Target, split and plan, written to the run folder.

    A folder that holds the beginning of the same run (same table, options and version) keeps its plan and all that is
    finished; anything else in it is removed first.
    """
    problem, _, warnings = check_target(frame, options.target, options.problem, lines=lines)
    profile = profile or profile_table(frame, target=options.target, problem=problem)
    missing = frame.height - code_target(frame[options.target], problem).rows.size
    target = code_target(_without_lone_classes(frame[options.target], problem), problem)
    check_metric(options.metric, problem)
    target = replace(target, metric=options.metric)
    used, target, notes = _sampled(frame[target.rows], target, options)
    check_choice(options.imbalance, options.imbalance_settings, problem)
    check_costs(options.costs, problem)
    check_steps(options.steps, {column.name: column.kind for column in profile.columns}, options.target)
    if used.width < 2:
        raise InvalidInput(
            "no_columns", "There is no column besides the target.", fix="Add the columns the target may depend on."
        )
    times = [column.name for column in profile.columns if column.kind in TIME_KINDS and column.name != options.target]
    group = options.group_column
    check_groups(options.split, group, options.target)
    split = choose_split(used, target, split=options.split, time_columns=times, group_column=group, seed=options.seed)
    notes += notes_on_groups(options, profile)
    plan = _planned(used, target, split, options, memory_bytes)
    features = used.drop(options.target, *([] if group is None else [group]))
    max_columns = int(np.clip(CELLS_PER_SECOND * options.budget_seconds / used.height, *COLUMN_RANGE))
    if features.width > max_columns:
        notes.append(
            f"The table has {features.width:,} columns; every model chose the {max_columns:,} that say most about the "
            "target on its own training rows."
        )
    identity = _identity(profile, options, used)
    if folder.read_json("identity") == identity:
        split = folder.read_split()[0]
        plan = Plan.from_dict(cast("dict[str, Any]", folder.read_json("plan")))
        return Run(folder, features, target, split, plan, options, profile, missing, [*warnings, *notes])
    folder.clear()
    run = Run(folder, features, target, split, plan, options, profile, missing, [*warnings, *notes])
    _write(run, max_columns)
    folder.write_json("identity", identity)
    return run


def notes_on_groups(options: TrainingOptions, profile: TableProfile) -> list[str]:
    """A word of warning where rows look as if they came in groups and nobody decided; nothing is changed by it."""
    found = [finding.columns[0] for finding in profile.findings if finding.code == "groups"]
    if not found or options.split == "group":
        return []
    return [
        f"Several rows share each value of '{found[0]}', and some of them are on both sides of the split, so the score "
        f"may flatter; split by group with '{found[0]}' if new rows will come from values not seen before."
    ]


def _identity(profile: TableProfile, options: TrainingOptions, used: pl.DataFrame) -> str:
    """Equal for two runs that would do the same work."""
    told = options.model_dump(mode="json")
    return hash_json([program_version(), profile.content_hash, list(used.shape), told])


def _without_lone_classes(series: pl.Series, problem: Problem) -> pl.Series:
    """The target without classes of a single row: these rows then have none and are left out."""
    lone = lone_classes(series) if problem != "regression" else series.clear()
    if lone.is_empty():
        return series
    return series.to_frame().select(pl.when(~pl.first().is_in(lone.implode())).then(pl.first())).to_series()


def sampled_rows(frame: pl.DataFrame, options: TrainingOptions) -> tuple[IntArray | None, list[str]]:
    """Rows drawn at random, in the order of the table, when the budget does not allow all; a note says so.

    None for all rows. Depends on the table, the budget and the seed only.
    """
    width = min(frame.width, COLUMN_RANGE[1])
    most = max(int(CELLS_PER_SECOND * options.budget_seconds / width), LEAST_SAMPLED_ROWS)
    if frame.height <= most:
        return None, []
    kept = np.sort(np.random.default_rng(options.seed).permutation(frame.height)[:most])
    part = f"{most:,} rows ({most / frame.height:.0%})"
    return kept, [f"I used a random sample of {part}, because all {frame.height:,} would not fit into the time."]


def _sampled(used: pl.DataFrame, target: Target, options: TrainingOptions) -> tuple[pl.DataFrame, Target, list[str]]:
    kept, notes = sampled_rows(used, options)
    if kept is None:
        return used, target, []
    return used[kept], replace(target, rows=target.rows[kept], values=target.values[kept]), notes


def _planned(used: pl.DataFrame, target: Target, split: Split, options: TrainingOptions, memory_bytes: int) -> Plan:
    """The recorded plan, or a new one."""
    size = Size(
        n_rows=round(float(np.mean([fold.train.size for fold in split.folds]))),
        n_features=2 * (used.width - 1),
        n_classes=target.n_classes,
        folds=len(split.folds),
        folds_per_repeat=split.folds_per_repeat,
        is_small=split.is_small,
        is_in_time=split.method == "time_holdout",
    )
    return (
        plan_of(options.plan)
        if options.plan is not None
        else make_plan(
            target.problem,
            size,
            budget_seconds=options.budget_seconds,
            names=options.candidates,
            memory_bytes=memory_bytes,
            threads=options.threads,
        )
    )


def _write(run: Run, max_columns: int) -> None:
    run.frame.write_ipc(run.folder.data_path, compression="uncompressed")
    run.folder.write_split(run.split, run.target.values)
    profile = profile_after(run.options.steps, run.frame, run.profile)
    columns = [column for column in profile.columns if column.name != run.split.group_column]
    slim = run.profile.model_copy(
        update={
            "columns": [column.model_copy(update={"histogram": None, "top_values": []}) for column in columns],
            "findings": [],
            "correlation": None,
        }
    )
    run.folder.write_json(
        "setup",
        {
            "problem": run.target.problem,
            "classes": run.target.classes,
            "metric": run.target.metric,
            "target": run.options.target,
            "steps": [step.model_dump(mode="json") for step in run.options.steps],
            "profile": slim.model_dump(mode="json"),
            "plan": run.plan.to_dict(),
            "seed": run.options.seed,
            "threads": run.options.threads,
            "max_columns": max_columns,
            "twin": run.options.twin,
            "limits": {"ms_per_row": run.options.max_ms_per_row, "megabytes": run.options.max_megabytes},
        },
    )
    run.folder.write_json("plan", run.plan.to_dict())
    choices = run.options.model_dump(
        mode="json", include={"imbalance", "imbalance_settings", "costs", "budget_seconds", "metric"}
    )
    run.folder.write_json(CHOICES, choices)
