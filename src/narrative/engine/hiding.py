"""Personal data on their way into a table (L9): named with evidence, then kept, masked or left out as was decided.

Whoever stores a table for others hides what is personal before the first byte of it is written; whoever reads a file
for himself keeps it and is told.  What is hidden leaves no trace in the account of the import either: values of hidden
columns are cut out of evidence and notes, and the text of rows that were left out is withheld.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.bundle.matching import folded, match_columns
from narrative.engine.profile.personal import Personal, find_personal
from narrative.engine.steps.mask_values import REDACTED, MaskValues, MaskValuesParams, Method
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.types import BadRow, ImportReport, OddCell, PersonalChoice, PersonalColumn

LOOKED_AT: Final = 50_000
"""Rows in which personal data are looked for."""
WITHHELD: Final = "withheld, because this table hides columns"
MASKS: Final[tuple[Method, ...]] = ("hash", "redact", "generalize")
_SPOKEN: Final = {
    "name": "its name",
    "pattern": "how values are written",
    "checksum": "check digits",
    "values": "values",
}
_DONE: Final[dict[PersonalChoice, str]] = {
    "hash": "is hidden behind codes",
    "redact": "is blanked out",
    "generalize": "is made coarser",
    "drop": "is left out",
}
_QUOTED: Final = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_WORD: Final = re.compile(r"[^\s,;:()'\"]+")
_NUMERIC_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


def personal_columns(
    table: pl.DataFrame | StoredTable, choices: Mapping[str, PersonalChoice], otherwise: PersonalChoice
) -> list[PersonalColumn]:
    """Columns of personal data, and those that somebody made a choice for, in the order of the table.

    Args:
        choices: what was decided, by column; names that are not there say nothing.
        otherwise: what happens to personal data that nobody decided about.
    """
    head = table.head(LOOKED_AT)
    listed = []
    for name in table.columns:
        found, choice = find_personal(head[name]), choices.get(name)
        if found is not None or choice not in (None, "keep"):
            listed.append(_listed(name, found, choice, otherwise))
    return listed


def hide_personal(
    table: pl.DataFrame,
    report: ImportReport,
    choices: Mapping[str, PersonalChoice],
    *,
    otherwise: PersonalChoice,
    salt: str = "",
) -> tuple[pl.DataFrame, ImportReport]:
    """The table without what shall not be seen, and its account without a trace of it.

    Args:
        choices: what was decided, by column.
        otherwise: what happens to personal data that nobody decided about.
        salt: mixed into every code; the same salt gives the same codes in all tables.

    Raises:
        InvalidInput: ``all_columns_left_out``.
    """
    personal, told = _told(table, report, choices, otherwise)
    if not hidden_columns(personal):
        return table, told
    shown = _masked(table.lazy(), personal, salt).collect()
    return shown, told.model_copy(update={"n_columns": shown.width})


def hide_stored(
    table: StoredTable,
    report: ImportReport,
    choices: Mapping[str, PersonalChoice],
    *,
    otherwise: PersonalChoice,
    salt: str,
    out: Path,
) -> tuple[StoredTable, ImportReport]:
    """The same for a table in its file: it is written anew into ``out`` when something of it is hidden."""
    personal, told = _told(table, report, choices, otherwise)
    if not hidden_columns(personal):
        return table, told
    _masked(table.lazy(), personal, salt).sink_parquet(out)
    shown = StoredTable(out)
    return shown, told.model_copy(update={"n_columns": shown.width})


def hidden_columns(personal: Iterable[PersonalColumn]) -> list[str]:
    """Names of the columns whose values are not in the table."""
    return [column.name for column in personal if column.treatment != "keep"]


def mask_alike(frame: pl.DataFrame, personal: Iterable[PersonalColumn], salt: str) -> pl.DataFrame:
    """Other rows of the same columns, hidden in the same way; columns that are not there are passed over.

    Names are matched as a model matches them, so that 'E-Mail' is hidden where 'email' was. Of several columns of the
    same name but for case and signs, all are hidden.
    """
    known = list(personal)
    near = match_columns([column.name for column in known], frame.columns).columns
    there = [
        column.model_copy(update={"name": name})
        for column in known
        for name in frame.columns
        if name == near.get(column.name) or folded(name) == folded(column.name)
    ]
    return _masked(frame.lazy(), there, salt).collect() if hidden_columns(there) else frame


def without_traces(report: ImportReport, table: pl.DataFrame | StoredTable, hidden: list[str]) -> ImportReport:
    """The account with no value of a hidden column in it.

    Args:
        table: with the values that shall not be seen.
        hidden: names that are not there say only that the text of rows that were left out may hold such values.
    """
    words = _Values(report, table, hidden)
    odd = [_odd_cell(cell, hidden, words) for cell in report.odd_cells]
    bad = [
        BadRow(line=row.line, column=row.column, reason=words.cut(row.reason), text=WITHHELD) for row in report.bad_rows
    ]
    return report.model_copy(
        update={
            "guesses": [item.model_copy(update={"evidence": words.cut(item.evidence)}) for item in report.guesses],
            "repairs": [words.cut(text) for text in report.repairs],
            "warnings": [words.cut(text) for text in report.warnings],
            "odd_cells": odd,
            "bad_rows": bad,
        }
    )


def _told(
    table: pl.DataFrame | StoredTable,
    report: ImportReport,
    choices: Mapping[str, PersonalChoice],
    otherwise: PersonalChoice,
) -> tuple[list[PersonalColumn], ImportReport]:
    """Personal columns with what happens to them, and the account that says so."""
    personal = personal_columns(table, choices, otherwise)
    if table.width and [column.treatment for column in personal] == ["drop"] * table.width:
        raise InvalidInput(
            "all_columns_left_out",
            "Every column would be removed.",
            fix="Keep or mask at least one column of the table.",
        )
    hidden = hidden_columns(personal)
    return personal, _with_notes(without_traces(report, table, hidden) if hidden else report, personal)


def _listed(
    name: str, found: Personal | None, choice: PersonalChoice | None, otherwise: PersonalChoice
) -> PersonalColumn:
    if found is None:
        evidence, title, confidence = "You said so.", "", 1.0
    else:
        spoken = " and ".join(_SPOKEN[source] for source in sorted(found.evidence))
        n, of = found.n_matching, found.n_checked
        evidence = f"Seen by {spoken}: {n:,} of {of:,} different values are {found.detail}."
        title, confidence = found.title, found.confidence
    return PersonalColumn(
        name=name,
        title=title,
        evidence=evidence,
        confidence=confidence,
        decided=choice is not None,
        treatment=choice or otherwise,
    )


def _masked(query: pl.LazyFrame, personal: Iterable[PersonalColumn], salt: str) -> pl.LazyFrame:
    columns = list(personal)
    query = query.drop([column.name for column in columns if column.treatment == "drop"])
    for method in MASKS:
        names = [column.name for column in columns if column.treatment == method]
        if names:
            query = MaskValues().apply(query, MaskValuesParams(columns=names, method=method, salt=salt), {})
    return query


# ---------------------------------------------------------------------- the account
def _with_notes(report: ImportReport, personal: list[PersonalColumn]) -> ImportReport:
    """What was hidden on somebody's word is told as done, what nobody decided about as a thing to decide."""
    done = [
        f"Column {item.name!r} {_DONE[item.treatment]}."
        for item in personal
        if item.decided and item.treatment != "keep"
    ]
    open_ = [f"Column {item.name!r} holds {item.title}; {_meanwhile(item)}." for item in personal if not item.decided]
    return report.model_copy(
        update={
            "personal": personal,
            "repairs": [*report.repairs, *done],
            "warnings": [*report.warnings, *open_],
        }
    )


def _meanwhile(column: PersonalColumn) -> str:
    if column.treatment == "keep":
        return "it was kept as it is"
    return f"it {_DONE[column.treatment]} until you decide"


def _odd_cell(cell: OddCell, hidden: list[str], words: _Values) -> OddCell:
    if cell.column in hidden:
        return cell.model_copy(
            update={"value": REDACTED, "reason": words.cut(cell.reason.replace(cell.value, REDACTED))}
        )
    return cell


class _Values:
    """Values of hidden columns that stand in the account; they are looked up once, whatever the size of the table."""

    def __init__(self, report: ImportReport, table: pl.DataFrame | StoredTable, hidden: list[str]) -> None:
        texts = [guess.evidence for guess in report.guesses] + report.repairs + report.warnings
        texts += [row.reason for row in report.bad_rows] + [cell.reason for cell in report.odd_cells]
        pieces = sorted({piece for text in texts for piece in _pieces(text)} - set(table.columns))
        wanted = pl.Series(pieces, dtype=pl.String)
        found: set[str] = set()
        self._dates = False
        for name in set(hidden) & set(table.columns):
            column: Any = pl.col(name).cast(pl.String).str.strip_chars()
            held = table.select(column.filter(column.is_in(wanted.implode())).unique())
            found |= set(held.to_series().to_list())
            self._dates |= table.schema[name].is_temporal()
        self._found = sorted(found, key=lambda text: (-len(text), text))

    def cut(self, text: str) -> str:
        """The text with *** for each value; dates as the file wrote them are not in the table, so all of them go."""
        for value in self._found:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", REDACTED, text)
        return _NUMERIC_DATE.sub(REDACTED, text) if self._dates else text


def _pieces(text: str) -> Iterable[str]:
    for match in _QUOTED.finditer(text):
        yield (match.group(1) or match.group(2)).strip()
    for match in _WORD.finditer(text):
        yield match.group(0).strip(".")
