"""Running text (a letter, an article) told apart from a table: looked at only when no good table came out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

LOOKED_AT: Final = 200_000
FEWEST_LINES: Final = 3
FEWEST_WORDS: Final = 30
FEWEST_OF_A_NOTE: Final = 8
"""Words of a short letter, which is known by how it begins."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_AROUND: Final = "\"'\u201c\u201d\u2018\u2019().,;:!?-\u2013\u2014"
_TOKEN: Final = re.compile(r"\S+")
_GREETING: Final = re.compile(
    r"(?:dear|hello|hi|to whom|good (?:morning|evening|day)|sehr geehrte[rs]?|liebe[rs]?|hallo|guten tag|madame|"
    r"monsieur|bonjour|ch[eè]re?s?|estimad[oa]s?|querid[oa]s?|hola|gentile|egregi[oa]|caro|cara|geachte|beste|kære|kära|hei|hej)"
    r"\b[^\d;|\t]{0,60}[,!:]?",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)]?(?:\s|$)")


def is_prose(text: str) -> bool:
    """Whether a text reads like sentences that run over lines or stand in paragraphs.

    A list of sentences, one per line under a name (reviews, comments), is a table of one column and no prose.

    >>> is_prose("a,b\\n1,2\\n3,4\\n")
    False
    """
    lines = [line.strip() for line in text[:LOOKED_AT].splitlines()[:400]]
    filled = [line for line in lines if line]
    tokens = [token for line in filled for token in _TOKEN.findall(line)]
    greets = bool(filled) and _GREETING.fullmatch(filled[0]) is not None
    fewest = FEWEST_OF_A_NOTE if greets else FEWEST_WORDS
    if len(filled) < FEWEST_LINES or len(tokens) < fewest or "\t" in text[:LOOKED_AT].strip():
        return False
    words = sum(_WORD.fullmatch(token.strip(_AROUND)) is not None for token in tokens)
    if words < 0.85 * len(tokens) or not _spaced_commas(filled):
        return False
    ends = sum(len(_SENTENCE_END.findall(line)) for line in filled)
    if greets and ends and len(tokens) < FEWEST_WORDS:
        return True
    if ends < 2 or len(tokens) / ends > 60:
        return False
    return _runs_over_lines(lines) or _has_paragraphs(lines)


def _spaced_commas(lines: list[str]) -> bool:
    """Commas of prose have a space or a line end behind them."""
    text = "\n".join(lines) + "\n"
    commas = text.count(",")
    spaced = text.count(", ") + text.count(",\n")
    return commas == 0 or spaced >= 0.9 * commas


def _runs_over_lines(lines: list[str]) -> bool:
    """Sentences go on in the next line: it begins with a small letter, and the one before did not end."""
    pairs = [(one, other) for one, other in pairwise(lines) if one and other]
    running = sum(other[0].islower() and one[-1] not in ".!?;|" and " " in one for one, other in pairs)
    return bool(pairs) and running >= 0.3 * len(pairs)


def _has_paragraphs(lines: list[str]) -> bool:
    """Blank lines between blocks, some of which are long or hold several sentences."""
    gaps = sum(1 for one, other in pairwise(lines) if one and not other)
    long = sum(len(line) > 100 and len(_SENTENCE_END.findall(line)) > 1 for line in lines)
    return gaps >= 2 and long >= 2
