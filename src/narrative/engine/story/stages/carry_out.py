"""Prepare, by a person's steps: what changed, what was lost, what it did to quality."""

from __future__ import annotations

from typing import Final

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import FactFormat

_FIELDS: Final[tuple[tuple[str, str, FactFormat, str], ...]] = (
    ("n_steps", "steps carried out", "integer", "steps"),
    ("rows_before", "rows before", "integer", "rows"),
    ("rows_after", "rows after", "integer", "rows"),
    ("columns_before", "columns before", "integer", "columns"),
    ("columns_after", "columns after", "integer", "columns"),
    ("empty_before", "empty cells before", "integer", "cells"),
    ("empty_after", "empty cells after", "integer", "cells"),
    ("quality_before", "quality before, of 100", "decimal", ""),
    ("quality_after", "quality after, of 100", "decimal", ""),
)


def draft_carried_out(sources: Sources) -> Draft:
    """Claims about steps that were carried out. Needs ``carried_out``."""
    draft = Draft("data_preparation", book := FactBook(sources))
    facts = sources.need_carried_out()
    for field, name, form, unit in _FIELDS:
        book.add(field, "carried_out.field", name, form, unit=unit, name_of_field=field)
    draft.say("headline", "{n_steps:unit} carried out: {rows_after:unit} and {columns_after:unit} now.")
    _rows(draft)
    _columns(draft)
    _gaps(draft)
    _quality(draft)
    if facts.is_base:
        draft.say("meaning", "The rows are other rows now, so training starts from this table.")
        draft.say("unknown", "These steps read all rows, and a later test cannot undo that.")
    else:
        draft.say("meaning", "This table is for looking. Training learns the steps again from training rows only.")
        draft.say("unknown", "Only a training shows whether the steps help a model.")
    draft.step("Look at the columns", "open_stage", stage="data_profiling")
    draft.step("Train with these steps", "open_stage", stage="model_training")
    return draft


def _rows(draft: Draft) -> None:
    facts, book = draft.book.sources.need_carried_out(), draft.book
    if facts.is_base:
        draft.say("found", "{rows_before:unit} became {rows_after}.")
        return
    book.add("rows_lost", "carried_out.lost", "rows left out", "integer", unit="rows", of="rows")
    relation = {"op": "difference", "left": "rows_before", "right": "rows_after", "result": "rows_lost"}
    if facts.rows_after < facts.rows_before:
        draft.say("found", "{rows_lost} of {rows_before:unit} were left out.", relation, type="difference")
    else:
        draft.say("found", "No row was left out.", {"op": "absent", "fact": "rows_lost"}, type="presence")


def _columns(draft: Draft) -> None:
    facts = draft.book.sources.need_carried_out()
    if facts.columns_after > facts.columns_before:
        draft.say(
            "found", "The table has {columns_after:unit}, up from {columns_before}.",
            {"op": ">", "left": "columns_after", "right": "columns_before"}, type="order",
        )  # fmt: skip
    elif facts.columns_after < facts.columns_before:
        draft.say(
            "found", "The table has {columns_after:unit}, down from {columns_before}.",
            {"op": ">", "left": "columns_before", "right": "columns_after"}, type="order",
        )  # fmt: skip


def _gaps(draft: Draft) -> None:
    facts = draft.book.sources.need_carried_out()
    if facts.empty_after != facts.empty_before:
        draft.say("found", "Empty cells: {empty_before} before, {empty_after} after.")


def _quality(draft: Draft) -> None:
    facts = draft.book.sources.need_carried_out()
    if facts.quality_after != facts.quality_before:
        draft.say("found", "The quality of the table was {quality_before} and is {quality_after} now.")
    else:
        draft.say("found", "The quality of the table stays at {quality_after}.")
