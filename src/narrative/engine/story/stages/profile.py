"""Profile: the facts that matter most, quality and why, what to fix before training."""

from __future__ import annotations

from typing import Final

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.table import ranked_values
from narrative.engine.story.sources import Sources
from narrative.engine.story.stages import groups

WEAK_SIDE: Final = 95
"""Points from which the weakest side of quality is not worth a sentence."""
ALL_FILLED: Final = {"op": "absent", "fact": "gap_columns"}


def draft_profile(sources: Sources) -> Draft:
    """Claims about a table. Needs ``profile`` and ``table``."""
    draft = Draft("data_profiling", book := FactBook(sources))
    profile = sources.need_profile()
    book.add("n_rows", "table.rows", "rows of the table", "integer", unit="rows")
    book.add("n_columns", "table.columns", "columns of the table", "integer", unit="columns")
    book.add("gap_columns", "table.columns_with_gaps", "columns with empty cells", "integer", unit="columns")
    book.add("quality", "profile.quality", "quality of the data", "integer", unit="points")
    if profile.target is not None and profile.problem is not None:
        book.add("target", "table.column_name", "the column to predict", "text", column=profile.target)
        _target_headline(draft)
        groups.say_strongest(draft)
    draft.say("headline", "{n_rows:unit}, {n_columns:unit}, quality {quality:unit}.", type="count")
    _quality(draft)
    _gaps(draft)
    _leaks(draft)
    _findings(draft)
    if not draft.claims["found"]:
        draft.say("found", "No cell of {n_rows:unit} and {n_columns:unit} is empty.", ALL_FILLED, type="presence")
    draft.say("unknown", "Whether the rows to come will look like these is not in the data.")
    _steps(draft)
    return draft


def _target_headline(draft: Draft) -> None:
    profile, book = draft.book.sources.need_profile(), draft.book
    frame, target = book.sources.need_table(), profile.target or ""
    if profile.problem == "regression":
        filled = f"rows with a value of {target}"
        book.add("known", "table.filled", filled, "integer", unit="rows", rows=filled, column=target)
        book.add("target_middle", "table.quantile", f"middle value of {target}", rows=filled, column=target, share=0.5)
        draft.say("headline", "The middle {target} is {target_middle} over {known:unit}.")
        book.add("target_low", "table.quantile", f"low value of {target}", column=target, share=0.05)
        book.add("target_high", "table.quantile", f"high value of {target}", column=target, share=0.95)
        draft.say(
            "found",
            "{target} mostly lies between {target_low} and {target_high}.",
            type="interval",
            relation={"op": "within", "value": "target_middle", "low": "target_low", "high": "target_high"},
        )
        return
    values = ranked_values(frame, target)
    if not values:
        return
    position = 1 if profile.problem == "binary" and len(values) > 1 else 0
    label = book.add("label", "table.value_at", f"a value of {target}", "text", column=target, position=position)
    filled = f"rows with a value of {target}"
    book.add("known", "table.filled", filled, "integer", unit="rows", rows=filled, column=target)
    own = [{"column": target, "op": "==", "value": str(label.value)}]
    book.add(
        "label_count", "table.count", f"rows with {target} = {label.value}", "integer", unit="rows", conditions=own
    )
    book.add(
        "label_share",
        "table.group_share",
        f"share of {target} = {label.value}",
        "percent",
        rows=filled,
        column=target,
        value=str(label.value),
        conditions=[],
    )
    part = {"op": "share", "part": "label_count", "whole": "known", "result": "label_share"}
    draft.say("headline", "{label_share} of {known:unit} have {target} = {label}.", part, type="share")
    draft.say("headline", "{label_share} of {known:unit} are {label}.", part, type="share")
    if book.number("known") < book.number("n_rows"):
        draft.say(
            "found",
            "Shares of {target} are shares of the {known} rows that have a value, of {n_rows:unit}.",
            {"op": "<", "left": "known", "right": "n_rows"},
            type="count",
        )
    if profile.problem != "binary":
        book.add(
            "n_classes", "table.distinct", f"different values of {target}", "integer", unit="classes", column=target
        )
        draft.say("found", "{target} has {n_classes:unit}.", type="count")


def _quality(draft: Draft) -> None:
    profile, book = draft.book.sources.need_profile(), draft.book
    book.add("quality_floor", "definition.constant", "quality that training asks for", "integer", name="quality_floor")
    book.add("weak_side", "profile.weakest_dimension", "weakest side of quality", "text")
    weakest = min(profile.quality.dimensions, key=lambda name: (profile.quality.dimensions[name], name))
    book.add(
        "weak_points",
        "profile.quality_dimension",
        "points of the weakest side",
        "integer",
        unit="points",
        dimension=weakest,
    )
    if book.number("quality") > book.number("quality_floor"):
        draft.say(
            "meaning",
            "Data quality is {quality:unit}, above the {quality_floor} that training asks for.",
            {"op": ">", "left": "quality", "right": "quality_floor"},
            type="order",
        )
    else:
        draft.say(
            "meaning",
            "Data quality is {quality:unit}; training asks for over {quality_floor}.",
            {"op": "<=", "left": "quality", "right": "quality_floor"},
            type="order",
        )
    if book.number("weak_points") < WEAK_SIDE:
        draft.say("found", "The weak side of the data is {weak_side}, with {weak_points:unit}.")


def _gaps(draft: Draft) -> None:
    profile, book = draft.book.sources.need_profile(), draft.book
    gappy = sorted(
        (column for column in profile.columns if column.missing_share > 0), key=lambda c: (-c.missing_share, c.name)
    )
    for number, column in enumerate(gappy[:2]):
        name, share = f"gap_name_{'ab'[number]}", f"gap_share_{'ab'[number]}"
        book.add(name, "table.column_name", "a column with gaps", "text", column=column.name)
        book.add(share, "table.missing_share", f"share of {column.name} that is empty", "percent", column=column.name)
    if len(gappy) == 1:
        draft.say("found", "{gap_name_a} is empty in {gap_share_a} of rows.", type="share")
    elif gappy:
        draft.say(
            "found",
            "{gap_name_a} is empty in {gap_share_a} of rows, {gap_name_b} in {gap_share_b}.",
            {"op": ">=", "left": "gap_share_a", "right": "gap_share_b"},
            type="order",
        )
    if profile.duplicate_rows:
        book.add("copies", "profile.duplicate_rows", "rows that repeat another row", "integer", unit="rows")
        draft.say("found", "Copies of other rows: {copies}.", type="count")


def _leaks(draft: Draft) -> None:
    profile, book = draft.book.sources.need_profile(), draft.book
    if any(finding.code == "leak_suspect" and finding.columns for finding in profile.findings):
        book.add(
            "leaks", "profile.findings_with_code", "leak suspects", "integer", unit="findings", code="leak_suspect"
        )
        book.add("leak", "profile.flagged_column", "a leak suspect", "text", code="leak_suspect")
        draft.say(
            "meaning",
            "{leak} nearly gives {target} away. Check that it is known in time.",
            {"op": "present", "fact": "leaks"},
            type="presence",
        )


def _findings(draft: Draft) -> None:
    book = draft.book
    book.add("to_fix", "profile.findings_count", "findings to fix", "integer", unit="findings", severities=["fix"])
    book.add(
        "to_decide", "profile.findings_count", "findings to decide", "integer", unit="findings", severities=["decide"]
    )
    if book.number("to_fix"):
        draft.say("meaning", "Fix before training: {to_fix:unit}. Yours to decide: {to_decide}.", type="count")
    elif book.number("to_decide"):
        draft.say("meaning", "Yours to decide: {to_decide:unit}.", type="count")
    else:
        draft.say(
            "meaning",
            "Nothing here needs a decision.",
            {
                "op": "all",
                "of": [{"op": "absent", "fact": "to_fix"}, {"op": "absent", "fact": "to_decide"}],
            },
            type="presence",
        )


def _steps(draft: Draft) -> None:
    profile = draft.book.sources.need_profile()
    if profile.target is None:
        suggested = [item.column for item in profile.suggested_targets[:1]]
        draft.step("Choose what to predict", "choose_target", **({"column": suggested[0]} if suggested else {}))
    for finding in profile.findings:
        step = finding.actions[0].step if finding.actions else None
        if finding.severity in ("fix", "decide") and step is not None and len(draft.next_steps) < 2:
            title = finding.actions[0].title
            draft.step(title, "add_step", step=step.type, params=step.params, columns=finding.columns)
    if profile.target is not None:
        draft.step("Train a model", "open_stage", stage="model_training")
