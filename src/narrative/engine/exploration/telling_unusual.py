"""Unusual rows in words: cells, typical values and counts are facts over the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from narrative.engine.exploration.reasons import Blamed
from narrative.engine.exploration.telling_groups import free_name
from narrative.engine.exploration.types import UnusualReason
from narrative.engine.story.draft import Draft, assemble, prove
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim, Fact, FactFormat, Story
from narrative.engine.story.wording import format_fact
from narrative.engine.story.years import holds_years

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Listed:
    """A row (from 0) and the columns that make it unusual."""

    row: int
    blamed: list[Blamed]


def tell_reasons(
    tables: list[pl.DataFrame], listed: list[Listed], *, table_hash: str, is_same: bool
) -> tuple[list[list[UnusualReason]], list[Fact]]:
    """For every listed row its reasons as sentences, and the facts of them all.

    Args:
        tables: the rows looked at, and those compared with; facts number the rows of both below each other.
        is_same: both are one table.
    """
    table = tables[0] if is_same else pl.concat(tables)
    offset = 0 if is_same else tables[0].height
    book = FactBook(Sources(table=table, table_hash=table_hash))
    told = [[_reason(book, each.row, place, item, offset) for place, item in enumerate(each.blamed)] for each in listed]
    return told, list(book.facts.values())


def _reason(book: FactBook, row: int, place: int, blamed: Blamed, offset: int) -> UnusualReason:
    key = f"r{row}_{place}"
    rows = [at + offset for at in blamed.alike]
    form: FactFormat = "text" if holds_years(book.sources.need_table()[blamed.column]) else "decimal"
    book.add(f"{key}_column", "table.column_name", "name of a column", "text", column=blamed.column)
    cell = book.add(
        f"{key}_value", "exploration.cell", f"{blamed.column} of the row", form, column=blamed.column, row=row
    )
    typical = book.add(
        f"{key}_typical", "exploration.typical", f"{blamed.column} of rows alike", form,
        column=blamed.column, alike=rows,
    )  # fmt: skip
    text = f"{{{key}_column}} is {{{key}_value}}; rows alike in the other columns have {{{key}_typical}}."
    return UnusualReason(
        column=blamed.column,
        value=format_fact(cell),
        typical=format_fact(typical),
        share=blamed.share,
        sentence=prove(book, [Claim(type="value", text=text)]),
    )


def tell_unusual(
    frame: pl.DataFrame, flags: Flags, apart: Flags, *, alarm_rate: float, table_hash: str, is_same: bool
) -> Story:
    """The story of all rows: how many are listed, how many were to be expected, how many stand apart."""
    listed, far = free_name(frame, "unusual"), free_name(frame, "apart")
    table = frame.with_columns(pl.Series(listed, flags, pl.Boolean), pl.Series(far, apart, pl.Boolean))
    draft = Draft("data_profiling", book := FactBook(Sources(table=table, table_hash=table_hash)))
    book.add("n_rows", "question.rows", "all rows", "integer", unit="rows", conditions=[])
    of_listed = [{"column": listed, "op": "=", "value": "true"}]
    book.add("n_listed", "question.rows", "rows listed", "integer", unit="rows", conditions=of_listed)
    of_far = [{"column": far, "op": "=", "value": "true"}]
    book.add("n_apart", "question.rows", "rows that stand apart", "integer", unit="rows", conditions=of_far)
    book.add("share", "question.share", "share of rows listed", "percent", conditions=of_listed, among=[])
    book.add("rate", "definition.argument", "share of false alarms", "percent", value=alarm_rate)
    present = {"op": "present", "fact": "n_apart"}
    n_apart, share = book.number("n_apart"), book.number("share")
    # Only what holds is claimed: a claim that fails counts as cut by the check, and nothing was wrong here.
    if n_apart:
        far_rows = "{n_apart:unit} " + ("stands" if n_apart == 1 else "stand")
        draft.say("headline", f"{far_rows} apart from all others.", present, type="presence")
    else:
        nothing = {"op": "absent", "fact": "n_apart"}
        draft.say("headline", "No row stands apart from all others.", nothing, type="presence")
    if not is_same:
        relation = {"op": "share", "part": "n_listed", "whole": "n_rows", "result": "share"}
        draft.say("found", "{share} of {n_rows:unit} are unlike the table compared with ({n_listed:unit}).",
                  relation, type="share")  # fmt: skip
        draft.say("meaning", "Of rows drawn like that table, {rate} would be listed.")
        if share > alarm_rate:
            over = {"op": ">", "left": "share", "right": "rate"}
            draft.say("meaning", "{share} listed is more than the {rate} expected.", over, type="order")
    elif book.number("n_listed"):
        draft.say("found", "Of {n_rows:unit}, the {n_listed} that are hardest to place among the others are listed.",
                  {"op": "present", "fact": "n_listed"}, type="presence")  # fmt: skip
        draft.say("meaning", "A clean table has such a list too: {rate} of the rows are listed in any case.")
    if n_apart:
        draft.say(
            "meaning", "Those that stand apart go beyond what the tail of a clean table would reach.", present,
            type="presence",
        )  # fmt: skip
    draft.say("unknown", "Unusual is not wrong: whether a row is an error, only its source can tell.")
    return assemble(draft)
