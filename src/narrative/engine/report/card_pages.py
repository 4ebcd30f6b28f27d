"""A card as JSON, as Markdown and as a page: the same facts, each with the same bytes for the same card."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from narrative.engine.report.card import Card
from narrative.engine.report.charts.base import Row, Table
from narrative.engine.report.page import render, shortened
from narrative.engine.story.wording import format_decimal, format_percent, format_score, interval_text


def card_json(card: Card) -> str:
    """The card as JSON, the form that is checked."""
    return (
        json.dumps(card.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"
    )


def card_html(card: Card) -> str:
    """The card as one self-contained page for screen and paper."""
    sections = [(title, text, table) for title, text, table in _sections(card) if text or table.rows]
    context = {
        "title": f"Card of the model of {card.target}",
        "name": shortened(card.target, 40),
        "subtitle": "model card",
        "version": card.program_version,
        "purpose": card.purpose,
        "headline": card.headline,
        "sections": sections,
        "limits": card.limits,
        "identity": _identity(card),
    }
    return render("card.html.j2", context)


def card_markdown(card: Card) -> str:
    """The card as Markdown, for wikis and pull requests."""
    lines = [f"# Card of the model of {_plain(card.target)}", "", _plain(card.purpose), ""]
    if card.headline:
        lines += [f"**{_plain(card.headline)}**", ""]
    for title, text, table in _sections(card):
        if not text and not table.rows:
            continue
        lines += [f"## {title}", ""]
        lines += [_plain(text), ""] if text else []
        if table.rows:
            lines += [_row(table.columns), "|" + "---|" * len(table.columns), *(_row(row) for row in table.rows), ""]
    lines += ["## Limits", "", *(f"- {_plain(limit)}" for limit in card.limits), "", "## Identity", ""]
    lines += [_row(("What", "Value")), "|---|---|", *(_row(row) for row in _identity(card))]
    return "\n".join(lines) + "\n"


CARD_FORMS: Final[dict[str, Callable[[Card], str]]] = {"html": card_html, "json": card_json, "md": card_markdown}


def _sections(card: Card) -> list[tuple[str, str, Table]]:
    """Title, sentence and table of each part, in the order of reading."""
    return [
        ("How good it is", card.method, _scores(card)),
        ("What to expect", "", _expected(card)),
        ("What it relies on", "", _importances(card)),
        ("Where it is weak", " ".join([card.weak_words or "", *card.fairness]).strip(), _groups(card)),
        ("What it learned from", _learned(card), Table((), ())),
        ("What it reads", "", _columns(card)),
        ("Decision", "", _decision(card)),
    ]


def _scores(card: Card) -> Table:
    rows: list[Row] = [
        (score.title, _number(score.value), "–" if score.interval is None else interval_text(*score.interval),
         _number(score.baseline), score.reason or "")
        for score in card.scores
    ]  # fmt: skip
    columns: Sequence[str] = ("Score", "Value", "95 % interval", "Same answer to every row", "Note")
    if not any(score.reason for score in card.scores):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    return Table(columns, rows, frozenset({1, 2, 3}))


def _expected(card: Card) -> Table:
    rows = [
        (line.what, f"{line.number:,}", f"{line.low:,} to {line.high:,}",
         "–" if line.baseline is None else f"{line.baseline:,}")
        for line in card.expected
    ]  # fmt: skip
    columns = ("Of 1,000 new rows like these", "Expected", "95 % interval", "Same answer to every row")
    return Table(columns, rows, frozenset({1, 2, 3}))


def _importances(card: Card) -> Table:
    rows = [
        (shortened(item.column), format_score(item.loss), interval_text(*item.interval)) for item in card.importances
    ]
    return Table(("Column", "Score lost when shuffled", "95 % interval"), rows, frozenset({1, 2}))


def _groups(card: Card) -> Table:
    rows = [
        (group.name, f"{group.n_rows:,}", _number(group.score), _number(group.outside)) for group in card.weak_groups
    ]
    return Table(("Weak group", "Rows", "Score there", "Score elsewhere"), rows, frozenset({1, 2, 3}))


def _learned(card: Card) -> str:
    members = ", ".join(f"{name} ({format_percent(share)})" for name, share in card.members)
    without = f" {card.rows_without_target:,} without {card.target} were left out." if card.rows_without_target else ""
    return f"It learned from {card.rows_learned:,} rows.{without} It is made of {members or 'one answer to all'}."


def _columns(card: Card) -> Table:
    rows = [
        (shortened(column.name), column.kind, "yes" if column.required else "no", _bound(column.minimum),
         _bound(column.maximum))
        for column in card.columns
    ]  # fmt: skip
    if card.n_columns > len(rows):
        rows.append((f"and {card.n_columns - len(rows):,} more", "", "", "", ""))
    return Table(("Column", "Kind", "Always there", "From", "To"), rows, frozenset({3, 4}))


def _decision(card: Card) -> Table:
    if card.decision is None:
        return Table((), ())
    told = card.decision
    given = (("Accepted by", told.accepted_by), ("On", told.accepted_on), ("Note", told.note))
    return Table(("What people decided", ""), [(name, value) for name, value in given if value])


def _identity(card: Card) -> list[tuple[str, str]]:
    rows = [
        ("Model file, SHA-256", card.model_sha256),
        ("Table, content hash", card.table_sha256),
        ("File, SHA-256", card.file_sha256 or "–"),
        ("Lineage, SHA-256", card.lineage_sha256),
        ("This card, SHA-256", card.content_sha256),
    ]
    if card.signature is None:
        return [*rows, ("Signature", "not signed")]
    return [*rows, ("Signature", f"{card.signature.algorithm}, key {card.signature.key_id}: {card.signature.value}")]


def _number(value: float | None) -> str:
    return "–" if value is None else format_score(value)


def _bound(value: float | str | None) -> str:
    if value is None:
        return "–"
    return shortened(value.removesuffix("T00:00:00"), 19) if isinstance(value, str) else format_decimal(value)


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _plain(text: Any) -> str:
    """A text on one line that cannot end a cell or begin markup."""
    line = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in "\\|`*_<>[]#" else letter for letter in line)
