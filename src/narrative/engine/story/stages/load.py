"""Load: what arrived, what was guessed, what was left out, what to check."""

from __future__ import annotations

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources

SURE = 0.8
MANY_BAD = 0.05


def draft_load(sources: Sources) -> Draft:
    """Claims about how a file became a table. Needs ``imported`` and ``table``."""
    draft = Draft("data_loading", book := FactBook(sources))
    report = sources.need_import()
    book.add("n_rows", "table.rows", "rows of the table", "integer", unit="rows")
    book.add("n_columns", "table.columns", "columns of the table", "integer", unit="columns")
    book.add("bad_rows", "import.bad_rows", "rows left out", "integer", unit="rows")
    book.add("rows_found", "import.rows_found", "rows found in the file", "integer", unit="rows")
    book.add("bad_share", "import.bad_rows_share", "share of rows left out", "percent")
    _headline(draft)
    _format(draft)
    _left_out(draft)
    _gaps(draft)
    if report.repairs:
        book.add("repairs", "import.repairs", "repairs of the reader", "integer", unit="repairs")
        draft.say("found", "The reader made {repairs:unit}, listed with the file.", type="count")
    if report.personal:
        book.add("personal", "import.personal_columns", "columns of personal data", "integer", unit="columns")
        draft.say("found", "Personal data was found in {personal:unit}. Check what is done with it.", type="count")
    unsure = book.add(
        "unsure", "import.unsure_guesses", "guesses that may be wrong", "integer", unit="guesses", confidence=SURE
    )
    if unsure.value:
        draft.say("found", "It is not sure of {unsure:unit}.", type="count")
        draft.say("unknown", "A guess about the format can be wrong. Check a few dates and decimals by eye.")
        draft.step("Check how the file was read", "change_import")
    draft.say("unknown", "The file cannot tell which cases were left out before it was saved.")
    if report.n_bad_rows:
        draft.step("Show the rows left out", "show_bad_rows")
    draft.step("Look at the columns", "open_stage", stage="data_profiling")
    return draft


def _headline(draft: Draft) -> None:
    none_lost = {"op": "absent", "fact": "bad_rows"}
    draft.say("headline", "{n_rows:unit} and {n_columns:unit} loaded, none left out.", none_lost, type="presence")
    some_lost = {"op": "present", "fact": "bad_rows"}
    if draft.book.number("bad_rows"):
        draft.claims["headline"].clear()
        draft.say("headline", "{n_rows} of {rows_found:unit} loaded, {bad_rows} left out.", some_lost, type="presence")


def _format(draft: Draft) -> None:
    report, book = draft.book.sources.need_import(), draft.book
    book.add("file_format", "import.format", "kind of file", "text")
    if report.format != "csv" or not report.encoding or not report.delimiter:
        draft.say("found", "The file is in the {file_format} format.")
        return
    book.add("encoding", "import.encoding", "how letters are stored", "text")
    if draft.book.sources.need_table().width > 1:
        book.add("delimiter", "import.delimiter", "what separates cells", "text")
        draft.say("found", "The file is {file_format} in {encoding}, with cells split by {delimiter}.")
    else:
        draft.say("found", "The file is {file_format} in {encoding}.")
    if report.decimal == ",":
        book.add("decimal", "import.decimal", "decimal mark", "text")
        draft.say("found", "Decimals are written with {decimal}.")


def _left_out(draft: Draft) -> None:
    report, book = draft.book.sources.need_import(), draft.book
    if not report.n_bad_rows:
        draft.say(
            "meaning",
            "Each row of the file is in the table, in its order.",
            {"op": "absent", "fact": "bad_rows"},
            type="presence",
        )
        return
    text = "The reader left out {bad_rows:unit}, {bad_share} of the file."
    if report.bad_rows:
        book.add("bad_line", "import.line_of_bad_row", "line of an early bad row", "integer", position=0)
        text = "The reader left out {bad_rows:unit}, {bad_share} of the file, starting at line {bad_line}."
    draft.say(
        "found", text, {"op": "share", "part": "bad_rows", "whole": "rows_found", "result": "bad_share"}, type="share"
    )
    if book.number("bad_share") > MANY_BAD:
        draft.say("meaning", "That is a large part of the file. Look at those lines before you trust the rest.")
    else:
        draft.say("meaning", "The other rows are in the table, in their order.")


def _gaps(draft: Draft) -> None:
    book = draft.book
    gaps = book.add("gap_columns", "table.columns_with_gaps", "columns with empty cells", "integer", unit="columns")
    book.add("gap_share", "table.missing_cells_share", "share of cells that are empty", "percent")
    if gaps.value:
        draft.say("found", "Empty cells: {gap_share} of the table, in {gap_columns:unit}.", type="share")
    else:
        draft.say("found", "No cell is empty.", {"op": "absent", "fact": "gap_columns"}, type="presence")
