"""What combining does in a child process: files in, files out, no store and no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.tables.types import PersonalColumn

Report = Callable[[dict[str, Any]], None]


def plan(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """The plan of a combination.

    Args:
        payload: ``first`` and ``second`` (Parquet files), ``how``, ``keys`` (pairs of names, or None).

    Returns:
        ``append`` or ``join``, the other None.
    """
    import polars as pl

    from narrative.engine.tables.combine import plan_append, plan_join

    report({"share": 0.1, "message": "Reading both tables"})
    first, second = pl.read_parquet(payload["first"]), pl.read_parquet(payload["second"])
    report({"share": 0.4, "message": "Comparing both tables"})
    if payload["how"] == "append":
        return {"append": plan_append(first, second).model_dump(mode="json"), "join": None}
    planned = plan_join(first, second, payload["keys"], payload["how"])
    return {"append": None, "join": planned.model_dump(mode="json")}


def combine(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Combine; leave ``table.parquet``, ``profile.json`` and ``stories.json`` in ``folder``.

    Args:
        payload: as for :func:`plan`, and ``report`` (of the first table's import), ``second_name``,
            ``second_personal`` (its columns of personal data), ``folder``.

    Returns:
        what :func:`narrative.studio.datasets.work.describe_table` gives.
    """
    import polars as pl

    from narrative.engine.tables.combine import append, join, plan_append, plan_join
    from narrative.engine.tables.types import ImportReport
    from narrative.studio.datasets.work import describe_table

    report({"share": 0.05, "message": "Reading both tables"})
    first, second = pl.read_parquet(payload["first"]), pl.read_parquet(payload["second"])
    report({"share": 0.2, "message": "Combining both tables"})
    if payload["how"] == "append":
        frame, warnings = append(first, second), plan_append(first, second).warnings
        done = f"{second.height:,} rows of {payload['second_name']} were appended."
    else:
        frame = join(first, second, payload["keys"], payload["how"])
        warnings = plan_join(first, second, payload["keys"], payload["how"]).warnings
        done = f"{frame.width - first.width:,} columns of {payload['second_name']} were joined."
    known = ImportReport.model_validate(payload["report"])
    told = known.model_copy(
        update={
            "n_rows": frame.height,
            "n_columns": frame.width,
            "repairs": [*known.repairs, done],
            "warnings": [*known.warnings, *warnings],
            "personal": [*known.personal, *_joined(payload["second_personal"], set(first.columns))],
        }
    )
    return describe_table(frame, told, Path(payload["folder"]), report)


def _joined(personal: list[dict[str, Any]], known: set[str]) -> list[PersonalColumn]:
    """Columns of personal data that the second table brought."""
    from narrative.engine.tables.types import PersonalColumn

    return [PersonalColumn.model_validate(column) for column in personal if column["name"] not in known]
