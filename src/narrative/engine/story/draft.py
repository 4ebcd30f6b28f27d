"""A story being written: claims under their headings, assembled into a story by way of the verifier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from narrative.engine.story import lexicon
from narrative.engine.story.facts import FactBook
from narrative.engine.story.relations import fact_ids
from narrative.engine.story.sentences import references, render
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import ChartStory, Claim, ClaimType, Fact, NextStep, Sentence, Stage, Story
from narrative.engine.story.verifier import Verifier

HEADLINE_CHARACTERS: Final = 60
STORY_WORDS: Final = 200
NEXT_STEPS: Final = 3
Section = Literal["headline", "found", "meaning", "unknown"]
Check = Callable[[Claim], str | None]


@dataclass
class Draft:
    """Claims of one stage. ``headline`` holds alternatives: the one that is proven and fits is taken, in order."""

    stage: Stage
    book: FactBook
    claims: dict[Section, list[Claim]] = field(
        default_factory=lambda: {"headline": [], "found": [], "meaning": [], "unknown": []}
    )
    next_steps: list[NextStep] = field(default_factory=list)

    def say(
        self, section: Section, text: str, relation: dict[str, Any] | None = None, *, type: ClaimType = "value"
    ) -> None:
        """Add a claim to a section."""
        self.claims[section].append(Claim(type=type, text=text, relation=relation))

    def step(self, title: str, action: str, **arguments: Any) -> None:
        """Offer a next step, unless there are enough or it is offered already."""
        offered = NextStep(title=title, action=action, arguments=arguments)
        if len(self.next_steps) < NEXT_STEPS and offered not in self.next_steps:
            self.next_steps.append(offered)


def verifying(sources: Sources, book: FactBook) -> Check:
    """The check every story passes: recompute or cut."""
    return Verifier(sources, book.facts).why_not


def assemble(draft: Draft, check: Check | None = None) -> Story:
    """The verified story of a draft.

    Args:
        check: says why a claim may not be shown, or None; by default the verifier. Tests switch it off to prove that
            it is what keeps false sentences out.
    """
    facts = draft.book.facts
    check = check or verifying(draft.book.sources, draft.book)
    cut: list[str] = []
    kept: dict[Section, list[Claim]] = {}
    for section, claims in draft.claims.items():
        kept[section] = []
        for claim in claims:
            reason = check(claim)
            if reason is None:
                kept[section].append(claim)
            else:
                cut.append(f"{claim.text} ({reason})")
    headline = _headline(kept["headline"] or kept["found"], facts)
    _shorten(kept, facts, headline)
    shown = [claim for claims in kept.values() for claim in claims]
    used = {key for claim in shown for key, _ in references(claim.text)} | {
        str(key) for claim in shown for key in fact_ids(claim.relation)
    }
    return Story(
        stage=draft.stage,
        headline=headline,
        found=[render(claim, facts) for claim in kept["found"]],
        meaning=[render(claim, facts) for claim in kept["meaning"]],
        next_steps=[step for step in draft.next_steps if _is_plain(step)],
        unknown=[render(claim, facts) for claim in kept["unknown"]],
        facts=[fact for key, fact in facts.items() if key in used],
        cut=cut,
    )


def prove(book: FactBook, claims: Iterable[Claim]) -> Sentence | None:
    """The sentence of the first claim that the verifier lets through; None when it cuts them all."""
    check = verifying(book.sources, book)
    return next((render(claim, book.facts) for claim in claims if check(claim) is None), None)


def words_of_chart(book: FactBook, headlines: Iterable[Claim], sentences: Iterable[Claim]) -> ChartStory:
    """The first proven headline and sentence, with the facts they show."""
    headline, sentence = prove(book, headlines), prove(book, sentences)
    shown = {part["fact"] for each in (headline, sentence) if each for part in each.parts if "fact" in part}
    return ChartStory(
        headline=headline, sentence=sentence, facts=[fact for key, fact in book.facts.items() if key in shown]
    )


def _headline(claims: list[Claim], facts: dict[str, Fact]) -> Sentence:
    """The first headline that fits on the page, else the shortest; only proven claims come here."""
    sentences = [render(claim, facts) for claim in claims]
    for sentence in sentences:
        if len(sentence.text) <= HEADLINE_CHARACTERS:
            return sentence
    if sentences:
        return min(sentences, key=lambda sentence: len(sentence.text))
    text = "What was computed here could not be proven, so it is not shown."
    return Sentence(text=text, parts=[{"text": text}])


def _shorten(kept: dict[Section, list[Claim]], facts: dict[str, Fact], headline: Sentence) -> None:
    """Drop the last sentences until the story fits its limit of words: details first, then meaning."""
    sections: tuple[Section, ...] = ("found", "meaning", "unknown")

    def words() -> int:
        told = [render(claim, facts).text for section in sections for claim in kept[section]]
        return sum(len(text.split()) for text in [headline.text, *told])

    while words() > STORY_WORDS:
        longest = max(sections, key=lambda section: len(kept[section]))
        kept[longest].pop()


def _is_plain(step: NextStep) -> bool:
    """A button holds no number, except inside a name that its arguments carry."""
    title = step.title
    for value in _texts(step.arguments):
        title = title.replace(value, " ")
    return lexicon.unbound_number(title) is None


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
