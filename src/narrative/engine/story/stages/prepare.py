"""Prepare and features: what the automatic preparation did, which columns carry the signal."""

from __future__ import annotations

from typing import Final

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.preparation import left_out_columns, left_out_with_kind
from narrative.engine.story.sources import Sources

REASONS: Final = (
    (
        "identifier",
        "{column} is left out, as it only names rows.",
        "{count:unit} only name rows, such as {column}: left out.",
    ),
    (
        "constant",
        "{column} is the same in each row, so it is left out.",
        "{count:unit} do not change, such as {column}: left out.",
    ),
    ("empty", "{column} is left out, as it is empty.", "{count:unit} are empty, such as {column}: left out."),
)
WORK: Final = (
    (["encode", "group_rare_categories"], "encoded", "Words turn into numbers in {encoded:unit}."),
    (["date_parts"], "dated", "Dates become parts such as month and weekday in {dated:unit}."),
    (["text_statistics", "text_vectors"], "texts", "Free text becomes lengths and key words in {texts:unit}."),
    (["scale"], "scaled", "Where the model needs it, numbers share a common scale, in {scaled:unit}."),
)


def draft_preparation(sources: Sources) -> Draft:
    """Claims about the preparation. Needs ``result``."""
    draft = Draft("data_preparation", book := FactBook(sources))
    result = sources.need_result()
    book.add("given", "preparation.given", "columns besides the target", "integer", unit="columns")
    book.add("used", "preparation.used", "columns the model reads", "integer", unit="columns")
    book.add("left_out", "preparation.left_out", "columns the model does not read", "integer", unit="columns")
    if left_out_columns(result):
        draft.say(
            "headline",
            "{used} of {given:unit} feed the model, {left_out} left out.",
            {"op": "difference", "left": "given", "right": "used", "result": "left_out"},
            type="difference",
        )
    else:
        draft.say(
            "headline",
            "{used:unit} feed the model, none left out.",
            {"op": "absent", "fact": "left_out"},
            type="presence",
        )
    _reasons(draft)
    if book.add("filled", "preparation.filled", "columns with gaps filled", "integer", unit="columns").value:
        draft.say(
            "found",
            "Gaps are filled in {filled:unit}, with values learned from training rows.",
            {"op": "present", "fact": "filled"},
            type="presence",
        )
    for steps, key, text in WORK:
        touched = book.add(
            key, "preparation.touched", f"columns with {', '.join(steps)}", "integer", unit="columns", steps=steps
        )
        if touched.value:
            draft.say("found", text, {"op": "present", "fact": key}, type="presence")
    if not draft.claims["found"]:
        draft.say("found", "The columns hold numbers, and these pass on as they are.")
    draft.say("meaning", "All of this is learned again inside each fold, from training rows only.")
    draft.say("meaning", "New rows pass through the same steps, and each keeps its place.")
    draft.say("unknown", "What an empty cell stands for is not in the data. You may know.")
    draft.step("See the columns", "open_stage", stage="data_profiling")
    draft.step("See how the training went", "open_stage", stage="model_training")
    return draft


def _reasons(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    explained = 0
    for kind, single, several in REASONS:
        names = left_out_with_kind(result, [kind])
        if not names:
            continue
        explained += len(names)
        count, name = f"n_{kind}", f"name_{kind}"
        book.add(
            count, "preparation.left_out_of_kind", f"{kind} columns left out", "integer", unit="columns", kinds=[kind]
        )
        book.add(name, "preparation.left_out_column", f"a column of kind {kind}", "text", kinds=[kind], position=0)
        text = single if len(names) == 1 else several
        bound = text.replace("{column}", f"{{{name}}}").replace("{count:unit}", f"{{{count}:unit}}")
        draft.say("found", bound, {"op": "present", "fact": count}, type="presence")
    if 0 < explained < len(left_out_columns(result)):
        draft.say("found", "The other columns left out gave the model too little to learn from.")
    elif left_out_columns(result) and not explained:
        book.add("name_other", "preparation.left_out_column", "a column left out", "text", kinds=None, position=0)
        draft.say("found", "What was left out, such as {name_other}, gave the model too little to learn from.")


def draft_features(sources: Sources) -> Draft:
    """Claims about what the model relies on. Needs ``result`` with importances."""
    draft = Draft("feature_engineering", book := FactBook(sources))
    result = sources.need_result()
    book.add("metric", "evaluation.metric_in_text", "the score", "text")
    book.add("features", "preparation.features", "numbers the model reads per row", "integer", unit="features")
    book.add("used", "preparation.used", "columns the model reads", "integer", unit="columns")
    strongest = sorted(result.importances, key=lambda item: (-item.loss, item.column))
    _strongest(
        draft, [item.column for item in strongest], clear=len(strongest) > 1 and strongest[0].low > strongest[1].high
    )
    draft.say("headline", "The model reads {features:unit} from {used:unit}.", type="count")
    draft.say("found", "The model reads {features:unit} made from {used:unit}.", type="count")
    if result.importances:
        book.add("measured", "training.columns_measured", "columns measured", "integer", unit="columns")
        book.add("matter", "training.columns_that_matter", "columns beyond chance", "integer", unit="columns")
        draft.say("found", "Beyond chance, {matter} of {measured:unit} carry signal.", type="count")
        draft.say(
            "meaning",
            "Shuffling a column shows what the model uses, not what shapes the outcome.",
        )
        draft.say("unknown", "Columns that say the same can stand in for each other, and then each looks weak.")
    draft.say("unknown", "A column that was not in the file may matter just as much.")
    draft.step("See how good it is", "open_stage", stage="model_evaluation")
    draft.step("See the columns", "open_stage", stage="data_profiling")
    return draft


def _strongest(draft: Draft, columns: list[str], *, clear: bool) -> None:
    book = draft.book
    for letter, column in zip("abc", columns, strict=False):
        book.add(f"column_{letter}", "training.importance_column", "a column of the model", "text", column=column)
    for place, column in enumerate(columns):
        book.add(f"loss_{place}", "training.importance", f"loss when {column} is shuffled", "score", column=column)
    if not columns or book.number("loss_0") <= 0:
        return
    top = {"op": "max", "fact": "loss_0", "among": [f"loss_{place}" for place in range(len(columns))]}
    draft.say("headline", "Shuffling {column_a} costs {loss_0} of {metric}.", top, type="rank")
    if clear:
        draft.say("found", "{column_a} matters most: shuffling it costs {loss_0} of {metric}.", top, type="rank")
    else:
        draft.say("found", "Shuffling {column_a} costs {loss_0} of {metric}.", top, type="rank")
    if len(columns) > 2 and book.number("loss_2") > 0:
        draft.say(
            "found",
            "Next come {column_b} with {loss_1} and {column_c} with {loss_2}.",
            {"op": ">=", "left": "loss_1", "right": "loss_2"},
            type="rank",
        )
