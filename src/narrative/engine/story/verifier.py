"""The verifier: computes every fact and relation of a claim again, and cuts what is not proven.

It trusts nothing the narrator says: a fact is looked up by its formula and computed from the sources; a word that
asserts (a number, a direction, a superlative, "none") needs a relation that holds; wording of cause is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from narrative.engine.story import lexicon
from narrative.engine.story.formulas import REGISTRY, compute_value
from narrative.engine.story.formulas.base import Value
from narrative.engine.story.relations import (
    OPS,
    ORDER_OPS,
    QUALITY_OPS,
    Relation,
    fact_ids,
    flatten,
    holds,
    same_value,
)
from narrative.engine.story.sentences import REFERENCE, literal_text, references
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim, Fact, Sentence, Story
from narrative.engine.story.wording import UNIT_WORDS, format_fact

SHARE_OF: Final = re.compile(r"\{([a-z][a-z0-9_]*)\} of (?:the |all )?\{([a-z][a-z0-9_]*)(?::unit)?\}")
"""A share and what it is told to be a share of."""
_NEEDS_RELATION = frozenset({"difference", "ratio", "rank", "direction", "order", "presence", "interval"})


@dataclass
class Verifier:
    """Checks claims against sources. Values are computed once per verifier, never taken from the narrator."""

    sources: Sources
    facts: Mapping[str, Fact]
    _values: dict[str, Value] = field(default_factory=dict)

    def why_not(self, claim: Claim) -> str | None:
        """Why a claim may not be shown, in words; None when everything in it is proven."""
        ids = {key for key, _ in references(claim.text)}
        unknown = sorted((ids | _safe_ids(claim.relation)) - set(self.facts))
        if unknown:
            return f"it refers to a fact that was not computed: {unknown[0]}"
        return (
            self._facts_problem(ids | _safe_ids(claim.relation))
            or _units_problem(claim.text, self.facts)
            or _denominator_problem(claim, self.facts)
            or _words_problem(claim, self.facts)
            or self._relation_problem(claim)
        )

    def value(self, id: str) -> Value:
        """A fact's value computed again from the sources."""
        if id not in self._values:
            fact = self.facts[id]
            self._values[id] = compute_value(fact.formula, self.sources, fact.arguments)
        return self._values[id]

    def fact_problem(self, key: str) -> str | None:
        """Why a fact may not be shown: it does not compute, or not to this value."""
        return self._facts_problem([key])

    def _facts_problem(self, ids: Iterable[str]) -> str | None:
        for key in sorted(ids):
            fact = self.facts[key]
            registered = REGISTRY.get(fact.formula)
            if registered is None:
                return f"the fact {key} has an unknown formula"
            try:
                again = self.value(key)
                source = self.sources.hash_of(registered.source)
            except Exception as error:  # noqa: BLE001 - whatever a formula trips over, the claim is not proven
                return f"the fact {key} cannot be computed again ({type(error).__name__})"
            if again is None:
                return f"the fact {key} has no value"
            if not same_value(again, fact.value):
                return f"the fact {key} does not agree with the data"
            if source != fact.source:
                return f"the fact {key} was computed from other data"
        return None

    def _relation_problem(self, claim: Claim) -> str | None:
        if claim.relation is None:
            return f"a claim of type {claim.type} needs a relation" if claim.type in _NEEDS_RELATION else None
        if any(part.get("op") not in OPS for part in flatten(claim.relation)):
            return "its relation is not known"
        values = {key: self.value(key) for key in _safe_ids(claim.relation)}
        try:
            true = holds(claim.relation, values, self.facts)
        except (KeyError, TypeError):
            return "its relation is not complete"
        return None if true else "the data say otherwise"


def _safe_ids(relation: Relation | None) -> set[str]:
    """Ids of a relation; a malformed one has an id nobody can know."""
    try:
        return {str(key) for key in fact_ids(relation)}
    except (KeyError, TypeError, AttributeError):
        return {"(malformed relation)"}


def _units_problem(text: str, facts: Mapping[str, Fact]) -> str | None:
    """A counted noun right after a reference must be the unit of that fact: rows are not columns."""
    for match in REFERENCE.finditer(text):
        following = lexicon.words_of(text[match.end() : match.end() + 24])
        if text[match.end() : match.end() + 1] == " " and following and following[0] in UNIT_WORDS:
            unit = facts[match[1]].unit
            if match[2] or following[0] not in {unit, unit.removesuffix("s"), unit.removesuffix("es")}:
                return f"{match[1]} does not count {following[0]}"
    return None


def _denominator_problem(claim: Claim, facts: Mapping[str, Fact]) -> str | None:
    """ "26% of 1,500 rows" holds only with the proof that these rows are what the share was divided by."""
    proven = {(part.get("result"), part.get("whole")) for part in flatten(claim.relation) if part.get("op") == "share"}
    for match in SHARE_OF.finditer(claim.text):
        share, whole = match[1], match[2]
        if facts[share].format == "percent" and facts[whole].format == "integer" and (share, whole) not in proven:
            return f"{share} is told of {whole} without proof that it is a share of it"
    return None


def _words_problem(claim: Claim, facts: Mapping[str, Fact]) -> str | None:
    text = literal_text(claim.text)
    number = lexicon.unbound_number(text)
    if number is not None:
        return f"“{number}” is not bound to a fact"
    cause = lexicon.CAUSES.search(text)
    if cause is not None:
        return f"“{cause[0]}” speaks of a cause"
    if "{" in text or "}" in text:
        return "it holds a broken reference"
    return _direction_problem(claim, lexicon.words_of(text), facts)


def _direction_problem(claim: Claim, words: list[str], facts: Mapping[str, Fact]) -> str | None:
    parts = list(flatten(claim.relation))
    told = _spoken_of(claim, facts)
    for spoken, ops, kind in (
        (lexicon.polarity(words, lexicon.UP, lexicon.DOWN), ORDER_OPS, "direction"),
        (lexicon.polarity(words, lexicon.GOOD, lexicon.BAD), QUALITY_OPS, "judgement"),
    ):
        proven = {
            ops[part["op"]] * _orientation(claim.text, part)
            for part in parts
            if part.get("op") in ops and _names_sides(told, part)
        }
        if spoken and spoken != proven:
            return f"its {kind} is not what the relation says"
    extremes = lexicon.polarity(words, lexicon.HIGHEST, lexicon.LOWEST)
    shown = {
        1 if part["op"] == "max" else -1
        for part in parts
        if part.get("op") in {"max", "min"} and part.get("fact") in told
    }
    if extremes and extremes != shown:
        return "it says most or least without proof"
    if any(word in lexicon.BEST for word in words) and not any(part.get("op") == "best" for part in parts):
        return "it says best without proof"
    if any(word in lexicon.NEGATIVES for word in words) and not any(part.get("op") == "absent" for part in parts):
        return "it says none without proof"
    return None


def _spoken_of(claim: Claim, facts: Mapping[str, Fact]) -> set[str]:
    """Facts the sentence shows, and those of what it names: the score of a candidate goes with its name."""
    shown = {key for key, _ in references(claim.text)}
    named = [facts[key].arguments for key in shown if facts[key].format == "text" and facts[key].arguments]
    return shown | {key for key, fact in facts.items() if fact.arguments in named}


def _names_sides(told: set[str], relation: Relation) -> bool:
    """Whether the sentence speaks of what is compared: both sides of an order; of a judgement, what it is held against.

    A relation about other facts than those of the sentence proves nothing in it.
    """
    if relation["op"] in QUALITY_OPS:
        return relation.get("right") in told
    return {relation.get("left"), relation.get("right")} <= told


def _orientation(text: str, relation: Relation) -> int:
    """-1 when the sentence names the right side before the left one, so that its words run the other way."""
    order = [key for key, _ in references(text)]
    left, right = relation.get("left"), relation.get("right")
    if left in order and right in order and order.index(str(right)) < order.index(str(left)):
        return -1
    return 1


def scan_sentence(sentence: Sentence, facts: Mapping[str, Fact]) -> str | None:
    """Why a finished sentence may not be shown, whoever wrote it: an unbound or altered number; else None."""
    if "".join(part.get("text", "") for part in sentence.parts) != sentence.text:
        return "its parts do not add up to its text"
    for part in sentence.parts:
        if "fact" not in part:
            number = lexicon.unbound_number(part["text"])
            if number is not None:
                return f"“{number}” is not bound to a fact"
            continue
        fact = facts.get(part["fact"])
        if fact is None:
            return f"it refers to a fact that was not computed: {part['fact']}"
        if part["text"] not in (format_fact(fact), format_fact(fact, with_unit=True)):
            return f"“{part['text']}” is not the value of {fact.id}"
    return None


def scan_story(story: Story, sources: Sources) -> list[str]:
    """Everything in a finished story that is not bound to a fact that can be computed again; empty when it is sound."""
    facts = {fact.id: fact for fact in story.facts}
    verifier = Verifier(sources, facts)
    problems = [f"{key}: {problem}" for key in facts if (problem := verifier.fact_problem(key)) is not None]
    for sentence in (story.headline, *story.found, *story.meaning, *story.unknown):
        problem = scan_sentence(sentence, facts)
        if problem is not None:
            problems.append(f"{sentence.text}: {problem}")
    return problems
