"""What the features stage does in a child process: a table in, a report out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Report = Callable[[dict[str, Any]], None]


def search(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Search for ideas, select columns, or look for leaks.

    Args:
        payload: ``what`` (``ideas``, ``selection`` or ``leaks``), ``table`` (Parquet), ``profile`` (JSON file or None),
            ``options`` (TrainingOptions), ``settings`` (of the search), ``folder``.

    Returns:
        the report of the search; numbers that are not finite are null.
    """
    import polars as pl

    from narrative.core.clock import Deadline, SystemClock
    from narrative.engine.features.leaks.detective import find_leaks
    from narrative.engine.features.material import make_material
    from narrative.engine.features.searching import find_ideas
    from narrative.engine.features.selecting import select_columns
    from narrative.engine.features.selection.base import SelectionOptions
    from narrative.engine.profile.types import TableProfile
    from narrative.engine.training.types import TrainingOptions

    def say(message: str, share: float) -> None:
        report({"share": min(max(share, 0.0), 1.0), "message": message})

    say("Reading the table", 0.0)
    frame = pl.read_parquet(payload["table"])
    options, settings = TrainingOptions(**payload["options"]), payload["settings"]
    path = payload["profile"]
    profile = TableProfile.model_validate_json(Path(path).read_bytes()) if path else None
    if payload["what"] == "leaks":
        found = find_leaks(frame, options, profile=profile, seconds=settings["budget_seconds"], say=say)
        return _plain(found)
    material = make_material(frame, options, profile=profile)
    if payload["what"] == "ideas":
        return _plain(find_ideas(material, budget_seconds=settings["budget_seconds"], say=say))
    deadline = Deadline(SystemClock(), settings["budget_seconds"])
    chosen = SelectionOptions(**settings["selection"])
    return _plain(select_columns(material, chosen, deadline=deadline, say=say))


def _plain(value: Any) -> dict[str, Any]:
    """JSON of a typed value, a number that is not finite as null: documents hold no NaN."""
    return dict(json.loads(value.model_dump_json()))
