"""``narrative profile``: what a table holds, without training anything."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrative.core.clock import SystemClock
from narrative.engine.files import write_atomically
from narrative.entrypoints.lines import import_data, labelled, reading_lines
from narrative.entrypoints.output import Output, check_writable

if TYPE_CHECKING:
    import polars as pl

    from narrative.engine.profile.types import TableProfile
    from narrative.engine.story.types import Story
    from narrative.engine.tables.stored import StoredTable
    from narrative.engine.tables.types import ImportReport

FINDINGS_SHOWN = 5
COLUMNS_SHOWN = 30


def run_profile(file: str, *, out: str | None, output: Output) -> None:
    """Read and profile a file; write a report when asked: a page, or Markdown or JSON by the ending of its name."""
    from narrative.engine.profile import profile_table
    from narrative.engine.story import tell_charts, tell_load, tell_profile
    from narrative.engine.tables.stored import StoredTable

    clock = SystemClock()
    started = clock.monotonic()
    if out is not None:
        check_writable(Path(out), folder=False)
    output.note(f"Reading {Path(file).name} …")
    with tempfile.TemporaryDirectory(prefix="narrative-profile-") as folder:
        table, report = _load(Path(file), Path(folder))
        output.note(f"Looking at {table.height:,} rows and {table.width:,} columns …")
        profile = profile_table(table)
        frame = table.as_frame() if isinstance(table, StoredTable) else table
        stories = [tell_load(report, frame, table_hash=profile.content_hash), tell_profile(profile, frame)]
        profile = tell_charts(profile)
    if out is not None:
        write_atomically(Path(out), _report(profile, stories, report, Path(file).name, Path(out).suffix.lower()))
    seconds = round(clock.monotonic() - started, 3)
    reading = [*reading_lines(report), *labelled("Note", report.warnings)]
    output.result(profile_data(profile, stories, report, seconds, out), _text(profile, stories, reading, file, out))


def _load(path: Path, folder: Path) -> tuple[pl.DataFrame | StoredTable, ImportReport]:
    """The table in memory, or in a file in ``folder`` where it is too large for that."""
    from narrative.engine.hiding import hide_personal, hide_stored
    from narrative.engine.tables import read_table
    from narrative.engine.tables.read import DEFAULT_LIMITS, DEFAULT_OPTIONS
    from narrative.engine.tables.store import is_large, read_in_pieces

    imported = None
    if path.is_file() and is_large(path):
        imported = read_in_pieces(path, folder / "table.parquet", options=DEFAULT_OPTIONS, limits=DEFAULT_LIMITS)
    if imported is not None:
        out = folder / "shown.parquet"
        return hide_stored(imported.table, imported.report, {}, otherwise="keep", salt="", out=out)
    loaded = read_table(path)
    return hide_personal(loaded.frame, loaded.report, {}, otherwise="keep")


def _report(profile: TableProfile, stories: list[Story], imported: ImportReport, name: str, ending: str) -> str:
    """The text of the report in the form that the ending of its file asks for; a page unless it says otherwise."""
    from narrative.core.version import program_version
    from narrative.engine.report import build_profile_report, table_markdown

    if ending in (".md", ".markdown"):
        return table_markdown(profile, stories, name=name, imported=imported, version=program_version())
    files = build_profile_report(profile, stories, name=name, imported=imported, version=program_version())
    return files.json if ending == ".json" else files.html


def profile_data(
    profile: TableProfile, stories: list[Story], report: ImportReport, seconds: float, out: str | None
) -> dict[str, Any]:
    """The object of ``--json``."""
    suggested = profile.suggested_targets[0] if profile.suggested_targets else None
    problem = profile.suggested_problem
    return {
        "rows": profile.n_rows,
        "columns": profile.n_columns,
        "quality": {
            "score": profile.quality.score,
            "dimensions": dict(profile.quality.dimensions),
            "formula": profile.quality.formula,
        },
        "column_profiles": [column.model_dump(mode="json") for column in profile.columns],
        "findings": [finding.model_dump(mode="json") for finding in profile.findings],
        "suggested_target": suggested.column if suggested else None,
        "problem": suggested.problem if suggested else problem.problem if problem else None,
        "suggested_problem": problem.model_dump(mode="json") if problem else None,
        "duplicate_rows": profile.duplicate_rows,
        "content_hash": profile.content_hash,
        "import": import_data(report),
        "seconds": seconds,
        "warnings": [*report.warnings, *profile.not_computed],
        "stories": [story.model_dump(mode="json") for story in stories],
        "report": out,
    }


def _text(profile: TableProfile, stories: list[Story], reading: list[str], file: str, out: str | None) -> str:
    """The profile on one screen: headline, how the file was read, columns, findings, what next."""
    from narrative.engine.story.wording import format_percent

    loading, profiling = stories
    quality = [sentence.text for sentence in profiling.meaning if "quality" in sentence.text.lower()]
    lines = [loading.headline.text, *quality, ""]
    lines += [*reading, ""] if reading else []
    width = min(max((len(column.name) for column in profile.columns[:COLUMNS_SHOWN]), default=6), 30)
    for column in profile.columns[:COLUMNS_SHOWN]:
        name = column.name if len(column.name) <= width else column.name[: width - 1] + "…"
        empty = f"{format_percent(column.missing_share)} empty" if column.missing else ""
        lines.append(f"  {name:<{width}}  {column.kind:<10}  {column.distinct:>9,} different  {empty}".rstrip())
    if profile.n_columns > COLUMNS_SHOWN:
        lines.append(f"  and {profile.n_columns - COLUMNS_SHOWN:,} more columns")
    for finding in profile.findings[:FINDINGS_SHOWN]:
        lines += [""] if finding is profile.findings[0] else []
        lines.append(f"  {finding.severity.replace('_', ' ').capitalize()}: {finding.headline}")
    if len(profile.findings) > FINDINGS_SHOWN:
        lines.append(f"  and {len(profile.findings) - FINDINGS_SHOWN:,} more, listed with --json")
    lines.append("")
    if out is not None:
        lines.append(f"  Report  {out}")
    if profile.suggested_targets:
        suggested = profile.suggested_targets[0]
        lines.append(f"  Next    narrative model {shlex.quote(file)} --target {shlex.quote(suggested.column)}")
        lines.append(f"          {suggested.reason}")
    return "\n".join(lines)
