"""Planted errors: true claims and sentences made false, number by number and direction by direction.

Nothing here looks at the words or rules of the verifier: the opposites are a list of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from narrative.engine.story.facts import FactBook
from narrative.engine.story.sentences import references, render
from narrative.engine.story.types import Claim, Fact, Sentence
from narrative.engine.story.wording import format_fact

OPPOSITES: Final = (
    ("above", "below"), ("more", "fewer"), ("more", "less"), ("higher", "lower"), ("most", "least"),
    ("highest", "lowest"), ("largest", "smallest"), ("better", "worse"), ("beats", "trails"), ("best", "worst"),
    ("strongest", "weakest"), ("rises", "falls"), ("rise", "fall"), ("same way", "opposite ways"),
)  # fmt: skip
TURNED: Final = {
    ">": "<", "<": ">", ">=": "<", "<=": ">", "better": "worse", "worse": "better", "max": "min", "min": "max",
    "within": "outside", "outside": "within", "present": "absent", "absent": "present",
}  # fmt: skip
ASSERTIONS: Final = (
    "That is {word} than before: {id}.", "It {word} to {id}.", "At {id}, it is the {word} of all.",
    "Since then it {word}, and is {id}.",
)  # fmt: skip
ASSERTED: Final = (
    ("higher", "lower", "larger", "smaller", "better", "worse", "more", "less"), ("rises", "falls", "grew", "shrank"),
    ("highest", "lowest", "largest", "smallest", "best"), ("increased", "declined", "climbed", "dropped"),
)  # fmt: skip
Lie = tuple[str, Claim, dict[str, Fact]]


def false_numbers(book: FactBook, claim: Claim) -> Iterator[Lie]:
    """The claim with one of its facts holding another value: ``(kind, claim, facts)``."""
    facts = book.facts
    for key in dict.fromkeys(key for key, _ in references(claim.text)):
        fact = facts[key]
        for kind, value in _wrong(fact, facts):
            if format_fact(fact.model_copy(update={"value": value})) != format_fact(
                fact
            ):  # What reads the same is no lie.
                yield kind, claim, facts | {key: fact.model_copy(update={"value": value})}
    for text in (f"{claim.text} That is 12 in all.", f"{claim.text} It was twenty before.", f"{claim.text} Up ½."):
        yield "typed by hand", claim.model_copy(update={"text": text}), facts


def _wrong(fact: Fact, facts: Mapping[str, Fact]) -> Iterator[tuple[str, Any]]:
    value = fact.value
    others = [other.value for other in facts.values() if other.format == fact.format and other.value != value]
    if others:
        yield "swapped with another fact", others[len(fact.id) % len(others)]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return
    yield "order of magnitude", value * 10
    yield "order of magnitude", value / 10 if isinstance(value, float) else value // 10
    yield "sign", -value
    yield "off by one", value + 1
    yield "off by one", value - 1
    yield "percent for share", value * 100
    size = max(abs(value), 1e-12)
    digit = 10.0 ** (math.floor(math.log10(size)) - 3)
    yield "last digit", value + digit if isinstance(value, float) else value + 10 ** max(0, len(str(abs(value))) - 4)


def false_sentences(book: FactBook, claim: Claim) -> Iterator[tuple[str, Sentence]]:
    """The finished sentence with its text altered behind the back of its facts."""
    sentence = render(claim, book.facts)
    bound = [place for place, part in enumerate(sentence.parts) if "fact" in part]
    for place in bound:
        part = sentence.parts[place]
        digit = re.search(r"\d", part["text"])
        if digit is not None:
            other = str((int(digit[0]) + 3) % 10)
            shown = part["text"][: digit.start()] + other + part["text"][digit.end() :]
            yield "text altered", _with(sentence, place, {"text": shown, "fact": part["fact"]})
            yield "binding lost", _with(sentence, place, {"text": part["text"]})
        for other_place in bound:
            name = sentence.parts[other_place]["fact"]
            if book.facts[name].value != book.facts[part["fact"]].value:
                yield "bound to another fact", _with(sentence, place, {"text": part["text"], "fact": name})


def _with(sentence: Sentence, place: int, part: dict[str, str]) -> Sentence:
    parts = [*sentence.parts[:place], part, *sentence.parts[place + 1 :]]
    return Sentence(text="".join(piece["text"] for piece in parts), parts=parts)


def false_directions(book: FactBook, claim: Claim) -> Iterator[Lie]:
    """The claim saying the opposite: in its words, in its relation, in both, with its sides changed over."""
    facts, relation = book.facts, claim.relation
    spoken = [
        (pattern, new)
        for pair in OPPOSITES
        for old, new in (pair, pair[::-1])
        if (pattern := re.compile(rf"\b{old}\b")).search(claim.text)
    ]
    for pattern, new in spoken:
        text = pattern.sub(new, claim.text)
        yield "word", claim.model_copy(update={"text": text}), facts
        for turned in _turned(relation):
            yield "word and relation", claim.model_copy(update={"text": text, "relation": turned}), facts
    for turned in _turned(relation):
        yield "relation", claim.model_copy(update={"relation": turned}), facts
    for swapped in _swapped(relation):
        yield "sides", claim.model_copy(update={"relation": swapped}), facts
    for key in list(dict.fromkeys(key for key, _ in references(claim.text)))[:1]:
        for text, words in zip(ASSERTIONS, ASSERTED, strict=True):
            for word in words:
                said = text.replace("{word}", word).replace("{id}", f"{{{key}}}")
                yield "asserted without proof", Claim(type="value", text=said, relation=relation), facts


def _each(relation: Any, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Iterator[dict[str, Any]]:
    """The relation with one of its parts changed, for each part that can be."""
    if relation is None:
        return
    if relation["op"] == "all":
        for place, part in enumerate(relation["of"]):
            for changed in _each(part, change):
                yield {"op": "all", "of": [*relation["of"][:place], changed, *relation["of"][place + 1 :]]}
        return
    made = change(dict(relation))
    if made is not None:
        yield made


def _turned(relation: Any) -> Iterator[dict[str, Any]]:
    return _each(relation, lambda part: part | {"op": TURNED[part["op"]]} if part["op"] in TURNED else None)


def _swapped(relation: Any) -> Iterator[dict[str, Any]]:
    def swap(part: dict[str, Any]) -> dict[str, Any] | None:
        if part["op"] not in (">", "<", "better", "worse", "difference", "ratio"):
            return None
        return part | {"left": part["right"], "right": part["left"]}

    return _each(relation, swap)
