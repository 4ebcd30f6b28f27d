"""What a story says about a rare class and about stated costs."""

from __future__ import annotations

from narrative.engine.story.draft import Draft
from narrative.engine.story.formulas.balance import told_way


def say_about_rare_class(draft: Draft) -> None:
    """How a way to balance compares with the rows as they are; nothing when nothing was compared."""
    result, book = draft.book.sources.need_result(), draft.book
    report, way = result.imbalance, told_way(result)
    if report is None or way is None:
        return
    book.add("rare", "balance.rarest", "the rarest class", "text")
    book.add("rare_rows", "balance.rarest_rows", "rows of the rarest class", "integer", unit="rows")
    book.add("ways", "balance.ways", "ways to balance that were compared", "integer", unit="ways")
    book.add("way_folds", "balance.folds", "folds they were compared on", "integer", unit="folds")
    book.add("way", "balance.way", "the way to balance", "text", name=way.name)
    book.add("way_metric", "balance.metric", "the score that decided", "text")
    book.add("way_gain", "balance.gain", "what it gained", "score", name=way.name)
    book.add("way_low", "balance.gain_low", "lower end of the gain", "score", name=way.name)
    book.add("way_high", "balance.gain_high", "upper end of the gain", "score", name=way.name)
    book.add("way_taken", "balance.taken", "whether it gained beyond chance", "text", name=way.name)
    draft.say(
        "found",
        "Only {rare_rows:unit} hold {rare}, so {ways:unit} to balance the rows ran against the rows as they are, "
        "on {way_folds:unit}.",
        type="count",
    )
    figures = "{way} changed {way_metric} by {way_gain} ({way_low} to {way_high})"
    if report.asked != "auto":
        draft.say("meaning", f"You chose {{way}}. On the same folds {figures}.")
    elif report.chosen == way.name:
        present = {"op": "present", "fact": "way_taken"}
        draft.say("meaning", f"{figures}, so the model learned with it.", present, type="presence")
    else:
        absent = {"op": "absent", "fact": "way_taken"}
        draft.say("meaning", f"{figures}, which luck can explain: the rows stayed as is.", absent, type="presence")


def say_about_costs(draft: Draft) -> None:
    """What the tuned cut saves against one at a half; nothing when no costs were stated."""
    costs, book = draft.book.sources.need_result().evaluation.costs, draft.book
    if costs is None:
        return
    book.add("cut", "evaluation.threshold", "probability from which the answer is yes", "percent")
    book.add("plain_cut", "costs.plain_cut", "the cut without costs", "percent")
    book.add("cost", "costs.with_cut", "cost with the cut for your costs", "decimal", rows="untouched rows")
    book.add("cost_at_half", "costs.at_half", "cost with the plain cut", "decimal", rows="untouched rows")
    book.add("cost_rows", "costs.rows", "rows the cost was measured on", "integer", unit="rows")
    book.add("saved", "costs.saved", "what the cut saves", "decimal", rows="untouched rows")
    text = (
        "By your costs, mistakes on {cost_rows:unit} cost {cost} with the cut at {cut}, {cost_at_half} at {plain_cut}"
    )
    draft.say(
        "meaning",
        f"{text}: a saving of {{saved}}." if costs.saved > 0 else f"{text}.",
        {"op": "difference", "left": "cost_at_half", "right": "cost", "result": "saved"} if costs.saved > 0 else None,
        type="difference" if costs.saved > 0 else "value",
    )
