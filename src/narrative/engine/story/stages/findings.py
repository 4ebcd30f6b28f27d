"""Features: which columns carry the signal, which could go, which suspect was proven or cleared."""

from __future__ import annotations

from typing import Final

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import FeatureFacts, Sources
from narrative.engine.story.types import FactFormat

_FIELDS: Final[tuple[tuple[str, str, FactFormat, str], ...]] = (
    ("judged", "columns judged", "integer", "columns"),
    ("kept", "columns that help", "integer", "columns"),
    ("dropped", "columns that could go", "integer", "columns"),
    ("strongest", "a column that helps", "text", ""),
    ("ideas_tried", "ideas looked at", "integer", "ideas"),
    ("ideas_helping", "ideas that help beyond luck", "integer", "ideas"),
    ("best_idea", "the best idea", "text", ""),
    ("best_gain", "gain of the best idea", "score", ""),
    ("suspects", "leak suspects", "integer", "suspects"),
    ("proven", "suspects proven", "integer", "suspects"),
    ("cleared", "suspects cleared", "integer", "suspects"),
    ("leak", "what was proven", "text", ""),
    ("score_with", "score with it", "score", ""),
    ("score_without", "score without it", "score", ""),
    ("metric", "the score", "text", ""),
)


def draft_findings(sources: Sources) -> Draft:
    """Claims about what the searches found. Needs ``features``."""
    draft = Draft("feature_engineering", book := FactBook(sources))
    facts = sources.need_features()
    known = facts.model_dump()
    for field, name, form, unit in _FIELDS:
        if known[field] is not None:
            book.add(field, "features.field", name, form, unit=unit, name_of_field=field)
    _leaks(draft, facts)
    _selection(draft, facts)
    _ideas(draft, facts)
    draft.say("meaning", "These are proposals: you decide, and training learns your decision anew inside each fold.")
    draft.say("unknown", "A column that was not in the file may matter just as much.")
    draft.step("Train with these columns", "open_stage", stage="model_training")
    draft.step("See the columns", "open_stage", stage="data_profiling")
    return draft


def _leaks(draft: Draft, facts: FeatureFacts) -> None:
    if facts.suspects is None:
        draft.say("unknown", "Nobody has looked for leaks yet.")
        return
    if facts.proven and facts.leak is not None:
        draft.say("headline", "{leak} flatters the score: that is proven.")
        draft.say("found", "With {leak} the {metric} is {score_with}, without it {score_without}.")
        draft.say("meaning", "In use, expect the score without it.")
    elif facts.suspects:
        draft.say(
            "found", "{suspects:unit} looked at, none proven.", {"op": "absent", "fact": "proven"}, type="presence"
        )
    else:
        draft.say(
            "found", "Nothing looks as if it held the answer.", {"op": "absent", "fact": "suspects"}, type="presence"
        )
    if facts.cleared:
        draft.say("found", "{cleared:unit} cleared.", {"op": "present", "fact": "cleared"}, type="presence")


def _selection(draft: Draft, facts: FeatureFacts) -> None:
    if facts.judged is None:
        draft.say("headline", "The search for features has results.")
        return
    relation = {"op": "difference", "left": "judged", "right": "kept", "result": "dropped"}
    draft.say("headline", "{kept} of {judged:unit} help.", {"op": "present", "fact": "kept"}, type="presence")
    if facts.dropped:
        draft.say("found", "Of {judged:unit}, {kept} help and {dropped} could go.", relation, type="difference")
    else:
        draft.say("found", "No column could go.", {"op": "absent", "fact": "dropped"}, type="presence")
    if facts.strongest is not None:
        draft.say("found", "Among those that help is {strongest}.")


def _ideas(draft: Draft, facts: FeatureFacts) -> None:
    if facts.ideas_tried is None:
        return
    if facts.ideas_helping and facts.best_idea is not None:
        draft.say(
            "found", "Of {ideas_tried:unit}, {ideas_helping} help beyond luck.",
            {"op": "present", "fact": "ideas_helping"}, type="presence",
        )  # fmt: skip
        draft.say("found", "The idea {best_idea} gains {best_gain} of {metric}.")
    else:
        draft.say(
            "found", "Of {ideas_tried:unit}, none helps beyond luck.", {"op": "absent", "fact": "ideas_helping"},
            type="presence",
        )  # fmt: skip
