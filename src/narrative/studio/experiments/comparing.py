"""Two to four runs side by side: what was set differently, and which is better on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from narrative.studio.experiments.entities import Experiment

WORDS = {
    "budget_seconds": "Budget",
    "seed": "Seed",
    "split": "Rows kept for the test",
    "group_column": "Groups",
    "candidates": "Candidates",
    "problem": "Kind of answer",
    "metric": "Measure",
    "imbalance": "Rare classes",
    "max_ms_per_row": "Limit of time per row",
    "max_megabytes": "Limit of size",
    "twin": "Small twin",
}


def differences(payload: dict[str, Any], _report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """How much better each run is than the first (``records``: zip files, None where nothing was kept)."""
    from narrative.engine.ensembles.runs import compare_runs

    first, *others = [None if path is None else Path(path) for path in payload["records"]]
    return {"differences": [compare_runs(first, other).model_dump(mode="json") for other in others]}


def differing(runs: list[Experiment]) -> list[dict[str, Any]]:
    """Settings that are not the same in all runs, in words: ``name`` and one value per run."""
    rows: dict[str, list[str]] = {
        "Table": [run.dataset_version_id for run in runs],
        "Target": [run.target for run in runs],
        "Steps": [str(len(run.steps)) if run.steps else "none" for run in runs],
    }
    names = sorted({name for run in runs for name in run.options})
    for name in names:
        rows[WORDS.get(name, name.replace("_", " ").capitalize())] = [_said(run.options.get(name)) for run in runs]
    steps_differ = any(run.steps != runs[0].steps for run in runs)
    return [
        {"name": name, "values": values}
        for name, values in rows.items()
        if len(set(values)) > 1 or (name == "Steps" and steps_differ)
    ]


def _said(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)
