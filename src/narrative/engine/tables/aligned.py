"""Tables whose columns are made by blanks: several between the cells, or as many as it takes to stand in line."""

from __future__ import annotations

import re
from typing import Final

SAMPLE_LINES: Final = 300
EVEN_SHARE: Final = 0.95
RULED_SHARE: Final = 0.7
_WIDE: Final = re.compile(r"(?: {2,}|\t+) *")
_ANY: Final = re.compile(r"[ \t]+")


def blanks_to_delimiters(text: str) -> tuple[str, str] | None:
    """The text with one tab (or one blank) between cells and that delimiter; None where blanks do not divide it.

    >>> blanks_to_delimiters("name      n\\nNew York  1\\nUlm      12\\n")
    ('name\\tn\\nNew York\\t1\\nUlm\\t12\\n', '\\t')
    """
    lines = [line for line in text.split("\n")[:SAMPLE_LINES] if line.strip()]
    if len(lines) < 2 or '"' in text or sum("  " in line for line in lines) < 0.3 * len(lines):
        return None
    for pattern, delimiter in ((_WIDE, "\t"), (_ANY, " ")):
        cells = [pattern.split(line.strip()) for line in lines]
        if sum(any(cell.endswith((",", ";", "|")) for cell in row[:-1]) for row in cells) > 0.5 * len(cells):
            return None  # a delimiter stands behind the cells; the blanks only fill them up
        widths = [len(row) for row in cells]
        width = max(set(widths), key=widths.count)
        if width > 1 and widths.count(width) >= EVEN_SHARE * len(lines) and not _is_ruled(lines):
            divided = "\n".join(pattern.sub(delimiter, line.strip()) for line in text.split("\n"))
            return divided, delimiter
    return None


def _is_ruled(lines: list[str]) -> bool:
    """Whether a usual delimiter divides most lines alike, so that the blanks only fill up its cells."""
    for mark in ";|,":
        counts = [line.count(mark) for line in lines]
        most = max(set(counts), key=counts.count)
        in_header = mark != "," or counts[0] > 0  # a comma may be a decimal mark, but not in names
        if most > 0 and in_header and counts.count(most) >= RULED_SHARE * len(lines):
            return True
    return False
