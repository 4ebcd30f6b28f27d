"""What an exploration does in a child process: a table in, an account out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl
    from pydantic import BaseModel

    from narrative.engine.exploration.groups import FoundGroups
    from narrative.engine.exploration.unusual import FoundUnusual

Report = Callable[[dict[str, Any]], None]
SEED: Final = 42


def explore(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Look for groups, unusual rows or the next values.

    Args:
        payload: ``kind`` (``groups``, ``unusual`` or ``forecast``), ``table`` and ``lines`` (Parquet; lines may be
            None), ``settings`` (of the request).

    Returns:
        the account, a number that is not finite as null.
    """
    import polars as pl

    frame = pl.read_parquet(payload["table"])
    if payload["kind"] != "forecast":
        return _plain(_search(frame, payload, report).result)
    from narrative.engine.forecasting import find_forecast

    settings = payload["settings"]
    return _plain(
        find_forecast(
            frame,
            settings["target"],
            settings["time"],
            settings["horizon"],
            series=settings["series"],
            combine=settings["combine"],
            budget=settings["budget"],
            seed=SEED,
            say=_sayer(report, 1.0),
        )
    )


def label(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Put what was found into the table as a column; leave ``table.parquet``, ``profile.json``, ``stories.json``.

    Args:
        payload: as for :func:`explore`, ``report`` (of the import), ``folder``.

    Returns:
        what :func:`narrative.studio.datasets.work.describe_table` gives.
    """
    import polars as pl

    from narrative.engine.exploration.telling_groups import free_name
    from narrative.engine.tables.types import ImportReport
    from narrative.studio.datasets.work import describe_table

    frame = pl.read_parquet(payload["table"])
    column = _search(frame, payload, report, share=0.5).column()
    name = free_name(frame, column.name)
    known = ImportReport.model_validate(payload["report"])
    done = f"The column {name} was added: what was found by looking at all rows."
    told = known.model_copy(update={"n_columns": frame.width + 1, "repairs": [*known.repairs, done]})
    return describe_table(frame.with_columns(column.alias(name)), told, Path(payload["folder"]), report)


def _search(
    frame: pl.DataFrame, payload: dict[str, Any], report: Report, share: float = 1.0
) -> FoundGroups | FoundUnusual:
    from narrative.engine.exploration import find_groups, find_unusual
    from narrative.engine.tables.lines import lines_at

    say = _sayer(report, share)
    if payload["kind"] == "groups":
        return find_groups(frame, number=payload["settings"]["number"], seed=SEED, say=say)
    lines = None
    if payload["lines"] is not None:
        import numpy as np
        import polars as pl

        numbers = lines_at(pl.read_parquet(payload["lines"]), np.arange(frame.height, dtype=np.uint32))
        lines = pl.Series("line", numbers)
    return find_unusual(frame, alarm_rate=payload["settings"]["alarm_rate"], lines=lines, seed=SEED, say=say)


def _sayer(report: Report, part: float) -> Callable[[str, float], None]:
    return lambda message, share: report({"share": part * min(max(share, 0.0), 1.0), "message": message})


def _plain(value: BaseModel) -> dict[str, Any]:
    """JSON of an account: documents hold no NaN."""
    return dict(json.loads(value.model_dump_json()))
