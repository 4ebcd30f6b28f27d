"""What import and profile jobs do in a child process: files in, files out, no store and no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

    from narrative.engine.tables.stored import StoredTable
    from narrative.engine.tables.types import ImportReport

Report = Callable[[dict[str, Any]], None]
INLINE_BAD_ROWS = 20
MOST_CURES: Final = 50
"""So many of the most urgent findings stand in the project with what takes care of them."""
UNDECIDED: Final = "hash"
"""What others see of personal data until somebody decides: codes, which still tell equal values and count them."""


def import_file(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Read a raw file; leave ``table.parquet``, ``profile.json``, ``stories.json`` and ``bad_rows.csv`` in ``folder``.

    ``lines.parquet`` says on which line of the file each row begins, where the format has lines.

    Args:
        payload: ``path``, ``name``, ``options`` (ReadOptions), ``limits`` (ReadLimits), ``salt``, ``folder``.

    Personal data that nobody decided about is hidden behind codes before anything is written that others can see.

    Returns:
        facts of the new version, the profile's summary and the import report with its first bad rows.
    """
    import polars as pl

    from narrative.engine.hiding import hide_personal, hide_stored
    from narrative.engine.tables import read_table, write_table
    from narrative.engine.tables.lines import line_runs
    from narrative.engine.tables.store import is_large, read_in_pieces
    from narrative.engine.tables.stored import StoredTable
    from narrative.engine.tables.types import ReadLimits, ReadOptions

    folder, path, name = Path(payload["folder"]), Path(payload["path"]), payload["name"]
    options, limits = ReadOptions(**payload["options"]), ReadLimits(**payload["limits"])
    table: pl.DataFrame | StoredTable
    is_written = False
    report({"share": 0.05, "message": "Reading the file"})
    read, out = folder / "read.parquet", folder / "table.parquet"
    imported = None
    if is_large(path, limits):
        imported = read_in_pieces(path, read, name=name, options=options, limits=limits)
    if imported is not None:
        stored, account = hide_stored(
            imported.table, imported.report, options.personal, otherwise=UNDECIDED, salt=payload["salt"], out=out
        )
        if stored is imported.table:
            table = StoredTable(read.rename(out))
        else:
            table = stored
            read.unlink()
    else:
        loaded = read_table(path, name=name, options=options, limits=limits, keep=read)
        table, account = hide_personal(
            loaded.frame, loaded.report, options.personal, otherwise=UNDECIDED, salt=payload["salt"]
        )
        if table is loaded.frame:
            read.rename(out)
            is_written = True
        else:
            read.unlink()
        if loaded.lines is not None:
            line_runs(loaded.lines).write_parquet(folder / "lines.parquet")
    facts = describe_table(table, account, folder, report, is_written=is_written)
    bad_rows = account.bad_rows
    if bad_rows:
        fields = {"line": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String, "text": pl.String}
        write_table(pl.DataFrame([row.model_dump() for row in bad_rows], schema=fields), folder / "bad_rows.csv")
    return facts


def describe_table(
    table: pl.DataFrame | StoredTable,
    account: ImportReport,
    folder: Path,
    report: Report,
    *,
    is_written: bool = False,
) -> dict[str, Any]:
    """Profile a table and tell both stages; leave ``table.parquet``, ``profile.json`` and ``stories.json``.

    A table that stays in its file is there already; so is a frame that ``is_written``.

    Returns:
        facts of the new version, the profile's summary and the import report with its first bad rows.
    """
    from narrative.engine.profile import profile_table
    from narrative.engine.story import tell_charts, tell_load, tell_profile
    from narrative.engine.tables.stored import StoredTable

    report({"share": 0.6, "message": f"Profiling {table.height:,} rows"})
    profile = profile_table(table)
    frame = table.as_frame() if isinstance(table, StoredTable) else table
    report({"share": 0.9, "message": "Telling what was found"})
    stories = [tell_load(account, frame, table_hash=profile.content_hash), tell_profile(profile, frame)]
    if not isinstance(table, StoredTable) and not is_written:
        # As in the files of large tables: half the time of the smaller form, to write and at each look.
        table.write_parquet(folder / "table.parquet", compression="lz4")
    (folder / "profile.json").write_text(tell_charts(profile).model_dump_json(), encoding="utf-8")
    _write_stories(folder, stories)
    shown = account.model_copy(update={"bad_rows": account.bad_rows[:INLINE_BAD_ROWS]})
    return {
        "n_rows": frame.height,
        "n_columns": frame.width,
        "content_hash": profile.content_hash,
        "kinds": {column.name: column.kind for column in profile.columns},
        "report": shown.model_dump(mode="json"),
        "summary": summary_of(profile),
    }


def profile_file(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Profile a table for a target; leave ``profile.json`` and ``stories.json`` in ``folder``.

    Raises:
        InvalidInput: the target does not exist, or cannot be predicted (one class, all missing, …).
    """
    from narrative.engine.profile import check_target, profile_table
    from narrative.engine.story import tell_charts, tell_profile
    from narrative.engine.tables.store import open_table
    from narrative.engine.tables.stored import StoredTable

    folder = Path(payload["folder"])
    target, problem = payload["target"], payload["problem"]
    report({"share": 0.1, "message": f"Checking the column {target}"})
    table = open_table(Path(payload["path"]))
    frame = table.as_frame() if isinstance(table, StoredTable) else table
    decided, _, _ = check_target(frame, target, problem)
    report({"share": 0.3, "message": f"Relating every column to {target}"})
    profile = profile_table(table, target=target, problem=problem)
    (folder / "profile.json").write_text(tell_charts(profile).model_dump_json(), encoding="utf-8")
    _write_stories(folder, [tell_profile(profile, frame)])
    return {"summary": summary_of(profile), "problem": profile.problem or decided}


def summary_of(profile: Any) -> dict[str, Any]:
    """What the workflow bar says of a profile."""
    severities = [finding.severity for finding in profile.findings]
    return {
        "quality": profile.quality.score,
        "n_to_fix": severities.count("fix"),
        "n_to_decide": severities.count("decide"),
        "problem": profile.problem,
        "cures": [
            {"severity": finding.severity, "columns": finding.columns, "steps": steps}
            for finding in profile.findings
            if finding.severity in ("fix", "decide")
            and (steps := [action.step.model_dump() for action in finding.actions if action.step is not None])
        ][:MOST_CURES],
    }


def _write_stories(folder: Path, stories: list[Any]) -> None:
    text = ",".join(story.model_dump_json() for story in stories)
    (folder / "stories.json").write_text(f"[{text}]", encoding="utf-8")
