"""From a claim's template and its facts to a sentence in which every number is a part of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from narrative.engine.story.types import Claim, Fact, Sentence
from narrative.engine.story.wording import format_fact

REFERENCE: Final = re.compile(r"\{([a-z][a-z0-9_]*)(:unit)?\}")


def references(text: str) -> list[tuple[str, bool]]:
    """Fact ids of a template in order, each with whether its unit is asked for."""
    return [(match[1], bool(match[2])) for match in REFERENCE.finditer(text)]


def literal_text(text: str) -> str:
    """The template without its references: what the narrator says in its own words."""
    return REFERENCE.sub(" ", text)


def render(claim: Claim, facts: Mapping[str, Fact]) -> Sentence:
    """The sentence of a claim. KeyError when a fact is missing."""
    parts: list[dict[str, str]] = []
    position = 0
    for match in REFERENCE.finditer(claim.text):
        if match.start() > position:
            parts.append({"text": claim.text[position : match.start()]})
        parts.append({"text": format_fact(facts[match[1]], with_unit=bool(match[2])), "fact": match[1]})
        position = match.end()
    if position < len(claim.text):
        parts.append({"text": claim.text[position:]})
    return Sentence(text="".join(part["text"] for part in parts), parts=parts)
