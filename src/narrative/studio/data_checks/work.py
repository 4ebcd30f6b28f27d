"""What data checks do in a child process: a table in, results out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any


def check_table(payload: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Results of the rules of every project.

    Args:
        payload: ``path`` (Parquet), ``rules`` (project id → data checks), ``today`` (ISO 8601), ``folder``.
    """
    from narrative.engine.expectations import CheckSpec, run_data_checks
    from narrative.engine.tables.store import open_table
    from narrative.engine.tables.stored import StoredTable

    report({"share": 0.97, "message": "Running the data checks"})
    table = open_table(Path(payload["path"]))
    frame = table.as_frame() if isinstance(table, StoredTable) else table
    today = dt.date.fromisoformat(payload["today"])
    return {
        project_id: [
            result.model_dump(mode="json")
            for result in run_data_checks(frame, [CheckSpec.model_validate(rule) for rule in rules], today=today)
        ]
        for project_id, rules in payload["rules"].items()
    }
