"""``narrative groups``, ``unusual`` and ``forecast``: what a table shows without training a model of one column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from narrative.core.errors import InvalidInput
from narrative.entrypoints.lines import import_data, labelled, reading_lines
from narrative.entrypoints.output import Output, check_writable

if TYPE_CHECKING:
    import polars as pl

    from narrative.engine.forecasting.types import ForecastResult
    from narrative.engine.story.types import Story
    from narrative.engine.tables.types import ImportReport, LoadedTable

FORMATS: Final = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".ndjson")
ROWS_SHOWN: Final = 10


def run_groups(file: str, *, number: int | None, seed: int, out: str | None, output: Output) -> None:
    """Find groups of rows; write the table with its groups as a column when asked."""
    from narrative.engine.exploration import find_groups
    from narrative.engine.exploration.telling_groups import free_name

    place = _place(out)
    loaded = _read(file, output)
    output.note("Looking for rows that are alike …")
    found = find_groups(loaded.frame, number=number, seed=seed)
    result = found.result
    if place is not None:
        _write(loaded.frame.with_columns(found.column().alias(free_name(loaded.frame, "group"))), place)
    lines = _head(result.story, loaded.report)
    for group in result.groups:
        lines += ["", f"  {group.label}"] + [f"    {sentence.text}" for sentence in group.sentences]
    lines += _foot(result.story, result.warnings, out)
    output.result(_data(result.model_dump(mode="json"), loaded.report, out), "\n".join(lines))


def run_unusual(
    file: str, *, reference: str | None, alarm_rate: float, seed: int, out: str | None, output: Output
) -> None:
    """List the most unusual rows with their reasons; write the table with a flag per row when asked."""
    from narrative.engine.exploration import find_unusual
    from narrative.engine.exploration.telling_groups import free_name

    place = _place(out)
    loaded = _read(file, output)
    usual = None if reference is None else _read(reference, output).frame
    output.note("Looking for rows that are unlike all others …")
    found = find_unusual(loaded.frame, reference=usual, alarm_rate=alarm_rate, lines=loaded.lines, seed=seed)
    result = found.result
    if place is not None:
        _write(loaded.frame.with_columns(found.column().alias(free_name(loaded.frame, "unusual"))), place)
    lines = _head(result.story, loaded.report)
    for row in result.rows[:ROWS_SHOWN]:
        where = f"Row {row.row + 1:,}" if row.line is None else f"Line {row.line:,}"
        told = [reason.sentence.text for reason in row.reasons if reason.sentence is not None]
        lines += ["", f"  {where}"] + [f"    {text}" for text in told or ["Its cells are unusual only together."]]
    if result.n_unusual > ROWS_SHOWN:
        lines += ["", f"  and {result.n_unusual - ROWS_SHOWN:,} more; --out writes the whole table with a flag"]
    lines += _foot(result.story, result.warnings, out)
    output.result(_data(result.model_dump(mode="json"), loaded.report, out), "\n".join(lines))


def run_forecast(
    file: str,
    *,
    target: str,
    time: str,
    horizon: int,
    series: str | None,
    combine: Literal["sum", "mean"] | None,
    budget: float,
    seed: int,
    out: str | None,
    output: Output,
) -> None:
    """Forecast a column; write the forecasts as a table when asked."""
    from narrative.engine.forecasting import find_forecast
    from narrative.engine.forecasting.outcome import forecast_frame

    place = _place(out)
    loaded = _read(file, output)
    output.note(f"Forecasting {target}, {horizon:,} ahead …")
    result = find_forecast(
        loaded.frame, target, time, horizon, series=series, combine=combine, budget=budget, seed=seed
    )
    if place is not None:
        _write(forecast_frame(result), place)
    lines = [*_head(result.story, loaded.report), "", *_forecast_lines(result)]
    lines += _foot(result.story, result.warnings, out)
    output.result(_data(result.model_dump(mode="json"), loaded.report, out), "\n".join(lines))


def _forecast_lines(result: ForecastResult) -> list[str]:
    """The first forecasts, and what was tried."""
    from narrative.engine.story.wording import format_decimal

    lines = []
    for point in result.forecasts[:ROWS_SHOWN]:
        name = "" if point.series is None else f"{point.series}  "
        low, high = format_decimal(point.lower), format_decimal(point.upper)
        lines.append(f"  {name}{str(point.time)[:16]}  {format_decimal(point.forecast)}  ({low} to {high})")
    if len(result.forecasts) > ROWS_SHOWN:
        lines.append(f"  and {len(result.forecasts) - ROWS_SHOWN:,} more, written with --out")
    lines += ["", f"  {result.frequency.words.capitalize()}, {result.n_periods:,} periods. Off by, on average:"]
    width = max(len(method.title) for method in result.methods)
    for method in result.methods:
        mark = "  chosen" if method.chosen else ""
        lines.append(f"    {method.title:<{width}}  {format_decimal(method.test_mae)}{mark}")
    return lines


def _read(file: str, output: Output) -> LoadedTable:
    from narrative.engine.tables import read_table

    output.note(f"Reading {Path(file).name} …")
    return read_table(Path(file))


def _place(out: str | None) -> Path | None:
    """Where to write, tried before any long work. Raises ``InvalidInput``: ``format_unknown``, ``out_not_writable``."""
    if out is None:
        return None
    place = Path(out)
    if place.suffix.lower() not in FORMATS:
        raise InvalidInput(
            "format_unknown",
            f"'{place.name}' does not say which format to write.",
            fix=f"End the name with one of {', '.join(FORMATS)}.",
        )
    check_writable(place, folder=False)
    return place


def _write(frame: pl.DataFrame, place: Path) -> None:
    from narrative.engine.tables import write_table

    write_table(frame, place)


def _head(story: Story, report: ImportReport) -> list[str]:
    return [
        story.headline.text,
        *[sentence.text for sentence in (*story.found, *story.meaning)],
        *reading_lines(report),
    ]


def _foot(story: Story, warnings: list[str], out: str | None) -> list[str]:
    told = labelled("Note", [*warnings, *(sentence.text for sentence in story.unknown)])
    return ["", *told, *([f"  Written  {out}"] if out is not None else [])]


def _data(result: dict[str, Any], report: ImportReport, out: str | None) -> dict[str, Any]:
    return {**result, "import": import_data(report), "out": out}
