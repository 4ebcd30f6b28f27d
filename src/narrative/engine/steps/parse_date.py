"""Read dates out of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import TEXTUAL, TIMES, ColumnsParams, named, text_columns, unread_notes
from narrative.engine.steps.base import FitContext, Layout, State, Step
from narrative.engine.types import ColumnKind

if TYPE_CHECKING:
    from narrative.engine.tables.dates import MomentStyle

_SAMPLE = 1_000
_MOST_STYLES = 8


class ParseDateParams(ColumnsParams):
    columns: list[str] = Field(title="Columns", description="Text to read as dates.", min_length=1)
    order: Literal["auto", "day_first", "month_first"] = Field(
        default="auto",
        title="Order of 3/4/2025",
        description="auto: the order the values themselves leave, else day first.",
    )


class ParseDate(Step[ParseDateParams]):
    """Reads dates and times as people write them: ``3.4.2025``, ``04/03/2025 14:30``, ``3 April 2025``, ISO 8601.

    The notations, and whether day or month comes first, are learned once per column from the training rows. Times with
    a zone become UTC. What cannot be read becomes missing and is counted.
    """

    name: ClassVar[str] = "parse_date"
    title: ClassVar[str] = "Read dates"
    sentence: ClassVar[str] = "Turns dates that are written as text into dates."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL | TIMES
    inverse: ClassVar[str] = "Cast to text; the notation becomes ISO 8601."
    Params = ParseDateParams

    def says(self, params: ParseDateParams) -> str:
        order = "" if params.order == "auto" else f", {params.order.replace('_', ' ')}"
        return f"Reads {named(params.columns, '')} as dates{order}."

    def columns(self, params: ParseDateParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: ParseDateParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns, "datetime"))

    def fit(self, frame: pl.DataFrame, params: ParseDateParams, context: FitContext) -> State:
        columns = text_columns(self, frame, params.columns, also=TIMES)
        return {"styles": {name: _learned(frame[name], params.order) for name in columns}}

    def apply(self, frame: pl.LazyFrame, params: ParseDateParams, state: State) -> pl.LazyFrame:
        from narrative.engine.tables.dates import EARLIEST, moment_expr

        made = []
        for name, learned in state["styles"].items():
            moments = [moment_expr(pl.col(name), _style(style)) for style in learned["styles"]]
            moment = pl.coalesce([*moments, pl.lit(None, dtype=pl.Datetime("us"))])
            moment = pl.when(moment >= EARLIEST).then(moment)
            made.append((moment if learned["has_time"] else moment.cast(pl.Date)).alias(name))
        return frame.with_columns(made)

    def notes(self, frame: pl.DataFrame, params: ParseDateParams, state: State) -> list[str]:
        return unread_notes(self, frame, params, state, "a date")

    def outputs(self, params: ParseDateParams, state: State) -> dict[str, str]:
        return {name: name for name in state["styles"]}


def _learned(column: pl.Series, order: str) -> dict[str, Any]:
    """The notations that read the column, in the order in which they are tried."""
    from narrative.engine.tables.dates import candidate_styles, decide_order, read_moments

    values = column.drop_nulls().unique(maintain_order=True).head(_SAMPLE)
    styles = candidate_styles(values.to_list())[: 2 * _MOST_STYLES]
    doubtful: dict[Any, pl.Series] = {
        style.date.order: read_moments(values, style) for style in reversed(styles) if style.date.order is not None
    }
    chosen = order
    if order == "auto":
        dotted = all("." in style.date.format for style in styles if style.date.order is not None)
        both = len(doubtful) == 2
        chosen = decide_order(doubtful, [], dotted=dotted).order if both else next(iter(doubtful), "day_first")
    kept = [style for style in styles if style.date.order in {None, chosen}][:_MOST_STYLES]
    return {
        "has_time": any(style.has_time for style in kept),
        "styles": [
            {"format": style.date.format, "shape": style.date.shape, "time": style.time, "zoned": style.zoned}
            for style in kept
        ],
    }


def _style(learned: dict[str, Any]) -> MomentStyle:
    """The notation that was written down, as the program knows it."""
    from narrative.engine.tables.dates import DATE_STYLES, MomentStyle

    date = next(s for s in DATE_STYLES if (s.format, s.shape) == (learned["format"], learned["shape"]))
    return MomentStyle(date, learned["time"], learned["zoned"])
