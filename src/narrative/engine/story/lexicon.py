"""Words that assert something, so the verifier can ask for the proof: numbers, directions, superlatives, causes."""

from __future__ import annotations

import re
from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_WORDS: Final = _set(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
    millions billion billions trillion dozen dozens half halves halved third thirds quarter quarters fifth fifths tenth
    tenths once twice thrice double doubled doubles triple tripled triples quadruple tenfold twofold couple pair
    first second fourth sixth seventh eighth ninth percent percentage"""
)
UP: Final = _set(
    """more higher above greater larger bigger longer rises rise rose risen rising grows grew grow growing increases
    increased increase increasing exceeds exceeded exceed climbs climbed stronger"""
)
DOWN: Final = _set(
    """less fewer lower below smaller shorter falls fall fell fallen falling drops dropped declines declined decreases
    decreased decrease decreasing shrinks shrank sinks sank weaker"""
)
GOOD: Final = _set("better beats beat ahead improves improved outperforms wins won")
BAD: Final = _set("worse behind loses lost trails underperforms")
HIGHEST: Final = _set("most highest largest biggest strongest greatest longest top maximum commonest")
LOWEST: Final = _set("least lowest smallest fewest weakest shortest minimum rarest")
BEST: Final = _set("best winner leader leads lead")
NEGATIVES: Final = _set("no none nothing never neither nowhere")
CAUSES: Final = re.compile(
    r"\b(because|cause[sd]?|causing|lead(s|ing)? to|led to|driv(e|es|en|ing)|due to|owing to|result(s|ed)? (in|from)|"
    r"thanks to|effects?|impacts?|influences?d?|makes?|forces?d?|prevents?|boosts?|reduces?|triggers?|explains? why)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")


def words_of(text: str) -> list[str]:
    """Words in lower case, hyphenated ones taken apart ("twenty-five" is two)."""
    return [word.lower() for word in _WORD.findall(text)]


def unbound_number(text: str) -> str | None:
    """The first digit, numeral of any script or number word in a text that should hold none."""
    for letter in text:
        if letter.isnumeric():
            return letter
    for word in words_of(text):
        if word in NUMBER_WORDS:
            return word
    return None


def polarity(words: list[str], positive: frozenset[str], negative: frozenset[str]) -> set[int]:
    """{1}, {-1}, both or none: which directions the words speak of."""
    return {1 for word in words if word in positive} | {-1 for word in words if word in negative}
