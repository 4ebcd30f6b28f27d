"""Deploy: what is live, who may call it, what it expects, how to stop it."""

from __future__ import annotations

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import FactFormat


def draft_deployment(sources: Sources) -> Draft:
    """Claims about a deployment. Needs ``deployment``."""
    draft = Draft("deployment", book := FactBook(sources))
    facts = sources.need_deployment()
    fields: list[tuple[str, str, FactFormat, str]] = [
        ("name", "name of the deployment", "text", ""),
        ("model_version", "version that answers", "integer", ""),
        ("target", "what is predicted", "text", ""),
        ("metric_title", "the score", "text", ""),
        ("score", "score of the version", "score", ""),
        ("n_inputs", "columns a call may send", "integer", "columns"),
        ("requires_key", "whether a key is needed", "text", ""),
        ("calls_total", "calls answered", "integer", "calls"),
    ]
    for field, name, form, unit in fields:
        book.add(field, "deployment.field", name, form, unit=unit, name_of_field=field)
    if facts.state == "live":
        draft.say("headline", "{name} is live with version {model_version}.")
        draft.say("headline", "Version {model_version} is live.")
    else:
        draft.say("headline", f"{{name}} is {facts.state}; version {{model_version}} waits.")
        draft.say("headline", f"Version {{model_version}} is {facts.state}.")
    draft.say("found", "It predicts {target} and scored {metric_title} {score} on rows kept aside.")
    draft.say("found", "A call may send {n_inputs:unit}; what is missing counts as empty.", type="count")
    if facts.calls_total:
        draft.say("found", "It has answered {calls_total:unit} so far.", type="count")
        if facts.p95_ms is not None:
            book.add(
                "p95",
                "deployment.field",
                "time that nearly all calls stay under",
                "seconds",
                name_of_field="p95_seconds",
            )
            book.add("p95_share", "definition.constant", "share of calls", "percent", name="interval_level")
            draft.say("found", "In {p95_share} of calls the answer took up to {p95}.")
    else:
        draft.say("found", "It has answered no call yet.", {"op": "absent", "fact": "calls_total"}, type="presence")
    if facts.requires_key:
        draft.say(
            "meaning",
            "Only callers with a key of this workspace get an answer.",
            {"op": "present", "fact": "requires_key"},
            type="presence",
        )
    draft.say("meaning", "Pausing stops the answers right away; the address stays yours.")
    draft.say("unknown", "Whether the calls to come look like the rows of training is not known yet.")
    if facts.state == "live":
        draft.step("Copy a call to try it", "copy_call")
        draft.step("Make a key", "create_key")
        draft.step("Pause it", "pause_deployment")
    else:
        draft.step("Let it answer again", "resume_deployment")
    return draft
