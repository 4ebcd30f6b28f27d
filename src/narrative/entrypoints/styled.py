"""A result on a terminal: the headline bold, labels quiet, the interval in colour. The words stay the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.text import Text

LABELS: Final = re.compile(
    r"^  (Range|Model|Time|Relies|Caution|Read as|Note|Report|Bundle|Next|Repaired|Written|Bad rows|Speed)\b", re.M
)


def styled(text: str) -> Text:
    """The text with styles on it; its letters are unchanged."""
    from rich.text import Text

    result = Text(text)
    result.stylize("bold", 0, len(text.partition("\n")[0]))
    for match in LABELS.finditer(text):
        result.stylize("bright_black", match.start(), match.end())
    result.highlight_regex(r"━+", "blue")
    result.highlight_regex(r"●", "bold blue")
    result.highlight_regex(r"─{3,}|┆", "bright_black")
    return result


def print_styled(stream: TextIO, text: str) -> None:
    """Print to a terminal; what the terminal cannot colour comes out plain."""
    from rich.console import Console

    Console(file=stream, highlight=False, soft_wrap=True).print(styled(text))
    stream.flush()
