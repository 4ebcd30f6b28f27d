"""Delimiter and quote character of a delimited text, by the pattern of its rows and the types of its cells.

Source: G. J. J. van den Burg, A. Nazábal, C. Sutton, "Wrangling messy CSV files by detecting row and type patterns",
Data Mining and Knowledge Discovery 33 (2019): the dialect with the most regular rows *and* the most recognisable
cells wins, so neither a decimal comma nor words in a sentence pass for a delimiter.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from narrative.engine.tables.values import NumberStyle, fits, is_boolean, is_marker, is_number

DELIMITERS: Final = (",", ";", "\t", "|", " ")
_PREFERENCE: Final = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, " ": 0.7}
NO_DELIMITER: Final = "\x1f"
NAMES: Final = {NO_DELIMITER: "none", ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.{0,15})?|\d{1,2}:\d{2}(?::\d{2})?")
_WORD: Final = re.compile(r"[^\W\d_][\w .'’/&+()\-]{0,39}")
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_CODE: Final = re.compile(r"[\w.+\-#/:@]{1,64}")
_URL: Final = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+")


@dataclass(frozen=True)
class Dialect:
    """How cells are divided; ``delimiter`` is a character that no text holds when there is a single column."""

    delimiter: str
    quote: str
    confidence: float
    evidence: str
    escape: bool = False
    """Quotes inside quoted cells are written with a backslash instead of doubled."""


def split_line(line: str, delimiter: str, quote: str) -> list[str]:
    """Cells of one record, quotes removed; lenient about stray quotes."""
    if not quote or quote not in line:
        return line.split(delimiter)
    cells, position, size = [], 0, len(line)
    while position <= size:
        begin = position
        while delimiter != " " and line.startswith(" ", begin):
            begin += 1
        if line.startswith(quote, begin):
            text, position = _quoted(line, begin + 1, delimiter, quote)
            cells.append(text)
        else:
            end = line.find(delimiter, position)
            end = size if end < 0 else end
            cells.append(line[position:end])
            position = end
        if position >= size:
            break
        position += len(delimiter)
        if position == size:
            cells.append("")
            break
    return cells


def _quoted(line: str, start: int, delimiter: str, quote: str) -> tuple[str, int]:
    """Text up to the closing quote, and the place behind it; a quote that closes nothing is kept as text."""
    parts, position = [], start
    while True:
        end = line.find(quote, position)
        if end < 0:
            parts.append(line[position:])
            return "".join(parts), len(line)
        parts.append(line[position:end])
        if line.startswith(quote * 2, end):
            parts.append(quote)
            position = end + 2
        elif (behind := _behind(line, end + 1, delimiter)) == len(line) or line.startswith(delimiter, behind):
            return "".join(parts), behind
        else:
            parts.append(quote)
            position = end + 1


def _behind(line: str, position: int, delimiter: str) -> int:
    """The place behind the blanks that follow a closing quote."""
    while delimiter != " " and line.startswith(" ", position):
        position += 1
    return position


def sample_records(text: str, quote: str, limit: int = 300) -> list[str]:
    """The first records of a text; a line break inside quotes does not end one (within reason)."""
    records: list[str] = []
    pending = ""
    for line in text.split("\n"):
        candidate = f"{pending}\n{line}" if pending else line.rstrip("\r")
        if quote and candidate.count(quote) % 2 and candidate.count("\n") < 20:
            pending = candidate
            continue
        pending = ""
        if candidate.strip():
            records.append(candidate)
        if len(records) >= limit:
            break
    if pending:
        records.append(pending)
    return records


def guess_dialect(
    text: str, delimiter: str | None = None, hint: str | None = None, quote: str | None = None
) -> Dialect:  # fmt: skip
    """The dialect of a text sample.

    Args:
        text: the first lines, and a few from further down.
        delimiter: given by the user; then only quoting is guessed.
        hint: a delimiter the file's name suggests; wins ties.
        quote: given by the user; "" for none.
    """
    scores: list[tuple[float, str, str]] = []
    for candidate in _quotes(text) if quote is None else (quote,):
        records = _without_comments(sample_records(text, candidate))
        for mark in (delimiter,) if delimiter else DELIMITERS:
            score = _score(records, mark, candidate) * _PREFERENCE.get(mark, 1.0) * (1.05 if mark == hint else 1.0)
            scores.append((score, mark, candidate))
    scores.sort(key=lambda item: -item[0])
    usual = '"' if quote is None else quote
    best, mark, quote = scores[0]
    if mark == "," and not delimiter and _is_decimal_comma(sample_records(text, quote)):
        return Dialect(NO_DELIMITER, usual, 0.7, "one column of numbers with a decimal comma")
    escape = quote != "" and f"\\{quote}" in text
    if delimiter:
        return Dialect(delimiter, quote, 1.0, "you said so", escape)
    if best <= 0:
        return _undivided(sample_records(text, quote), quote or usual, escape=escape)
    others = [score for score, other, _ in scores if other != mark]
    confidence = round(min(0.99, 0.5 + 0.5 * (1 - max([0.0, *others]) / best)), 2)
    records = sample_records(text, quote)
    counts = Counter(len(split_line(record, mark, quote)) for record in records)
    width, times = counts.most_common(1)[0]
    evidence = f"{times} of {len(records)} rows looked at have {width} cells when split at {NAMES.get(mark, mark)}"
    return Dialect(mark, quote or usual, confidence, evidence, escape)


def _without_comments(records: list[str]) -> list[str]:
    """The records without comments at the top."""
    first = next((index for index, record in enumerate(records) if not record.startswith("#")), 0)
    return records[first:] if first < len(records) - 1 else records


def _undivided(records: list[str], quote: str, *, escape: bool) -> Dialect:
    """No delimiter divides most rows: what divides the header counts, else the table has one column."""
    top = records[0] if records else ""
    mark = max(DELIMITERS[:4], key=lambda mark: len(split_line(top, mark, quote)))
    if len(split_line(top, mark, quote)) > 1:
        return Dialect(mark, quote, 0.5, "it divides the first line, though not the ones below", escape)
    return Dialect(NO_DELIMITER, quote, 0.6, "no delimiter divides the rows evenly: one column", escape)


def _is_decimal_comma(records: list[str]) -> bool:
    """Whether a text is one column of numbers like 1,5 under a name without a comma."""
    rest = records[1:]
    return (
        any("," in record for record in rest)
        and "," not in records[0]
        and all(fits(record, NumberStyle(",")) for record in rest)
    )


def _quotes(text: str) -> list[str]:
    quotes = ['"'] if '"' in text else [""]
    if re.search(r"(?:^|[,;\t|])'[^'\n]*'(?:$|[,;\t|\r])", text, re.MULTILINE) and '"' not in text:
        quotes.append("'")
    return quotes


def _score(records: list[str], delimiter: str, quote: str) -> float:
    """Pattern score times type score; 0 when no row is divided."""
    rows = [split_line(record, delimiter, quote) for record in records]
    patterns = Counter(len(row) for row in rows)
    if max(patterns, default=1) == 1:
        return 0.0
    pattern = sum(count * (width - 1) / width for width, count in patterns.items()) / len(patterns)
    width, times = patterns.most_common(1)[0]
    if width == 1 or (delimiter == " " and times < 0.95 * len(rows)):
        return 0.0
    cells = [cell for row in rows[:100] for cell in row[:200]]
    known = sum(_plausibility(cell, delimiter) for cell in cells) / len(cells)
    even = times / len(rows)
    return pattern / len(rows) * even * max(known, 1e-3)


def _plausibility(cell: str, delimiter: str) -> float:
    text = cell.strip()
    if len(text) > 200:
        return 0.3
    # A plain number is one in any notation, and quicker to tell than all that follows.
    if _PLAIN.fullmatch(text) or is_marker(text, among_values=True) or is_boolean(text):
        return 1.0
    if _DATE.fullmatch(text) or _URL.fullmatch(text) or is_number(text):
        return 1.0
    if _WORD.fullmatch(text):
        return 0.9 if delimiter != " " else 0.6
    if _CODE.fullmatch(text):
        return 0.7
    return 0.4 if not any(mark in text for mark in ";\t|") else 0.1
