"""What data checks do in a child process: a table in, results out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


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


def check_rows(frame: pl.DataFrame, rules: list[dict[str, Any]], today: dt.date, out: Path) -> list[dict[str, Any]]:
    """Results of rules on rows that shall be predicted; those that break one are listed in the CSV file ``out``.

    Rules of columns that are not there, and of the table as a whole (how many rows), say nothing about such rows.
    Columns under a name that differs a little count as there.
    """
    import polars as pl

    from narrative.engine.bundle.matching import match_columns
    from narrative.engine.expectations import CheckSpec, broken_rows, resolved, run_data_checks
    from narrative.engine.tables import write_table

    specs = [CheckSpec.model_validate(rule) for rule in rules if rule["enabled"]]
    looked_at = {spec.id: resolved(spec)[0].columns(resolved(spec)[1]) for spec in specs}
    match = match_columns(sorted({name for names in looked_at.values() for name in names}), frame.columns)
    specs = [spec for spec in specs if looked_at[spec.id] and not set(looked_at[spec.id]) & set(match.missing)]
    named = frame.rename({there: name for name, there in match.columns.items()})
    results = run_data_checks(named, specs, today=today)
    broken = {result.id: result.sentence for result in results if not result.passed}
    listed = []
    for spec in specs:
        marked = broken_rows(named, spec) if spec.id in broken else None
        if marked is not None and marked.any():
            numbers = (pl.Series(marked.arg_true()) + 1).cast(pl.Int64)
            rows = frame.filter(marked)
            rule = pl.repeat(broken[spec.id], len(numbers), dtype=pl.String, eager=True)
            names = [_free(name, frame.columns) for name in ("row", "data check")]
            listed.append(pl.DataFrame([numbers.alias(names[0]), rule.alias(names[1]), *rows.get_columns()]))
    if listed:
        write_table(pl.concat(listed), out)
    return [result.model_dump(mode="json") for result in results]


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name
