"""Predict: what is predicted, how sure, what looked odd."""

from __future__ import annotations

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources

SURE = 0.9
UNSURE = 0.6


def draft_predictions(sources: Sources) -> Draft:
    """Claims about a batch of predictions. Needs ``predictions``."""
    draft = Draft("prediction", book := FactBook(sources))
    summary = sources.need_predictions()
    book.add("n_rows", "predictions.rows", "rows given", "integer", unit="rows")
    book.add("predicted", "predictions.predicted", "rows with a prediction", "integer", unit="rows")
    book.add("bad_rows", "predictions.bad_rows", "rows that could not be read", "integer", unit="rows")
    book.add("target", "predictions.target", "what is predicted", "text")
    if summary.answers:
        (_values if summary.problem == "regression" else _classes)(draft)
    draft.say("headline", "{predicted} of {n_rows:unit} have a prediction.", type="count")
    _odd(draft)
    draft.say("unknown", "How right these answers are shows only when the true outcomes arrive.")
    draft.step("Download the predictions", "download_predictions")
    if summary.n_bad_rows or summary.n_asides:
        draft.step("Show the rows left out", "show_bad_rows")
    draft.step("Put the model to work", "open_stage", stage="deployment")
    return draft


def _classes(draft: Draft) -> None:
    summary, book = draft.book.sources.need_predictions(), draft.book
    counts = [sum(answer == label for answer in summary.answers) for label in summary.classes]
    index = 1 if summary.problem == "binary" else max(range(len(counts)), key=lambda place: (counts[place], -place))
    book.add("label", "predictions.class_name", "a class", "text", index=index)
    book.add("label_share", "predictions.class_share", "share of rows with the class", "percent", index=index)
    book.add("label_count", "predictions.class_count", "rows with the class", "integer", unit="rows", index=index)
    draft.say(
        "headline",
        "{label_share} of {predicted:unit} get {target} = {label}.",
        {"op": "share", "part": "label_count", "whole": "predicted", "result": "label_share"},
        type="share",
    )
    draft.say("found", "The answer is {label} for {label_count:unit}.", type="count")
    if summary.probabilities is None:
        return
    book.add("sure_limit", "definition.argument", "a sure answer", "percent", value=SURE)
    book.add("sure_share", "predictions.sure_share", "share of sure answers", "percent", probability=SURE)
    draft.say("found", "In {sure_share} of rows the answer has a chance of {sure_limit} or beyond.", type="share")


def _values(draft: Draft) -> None:
    summary, book = draft.book.sources.need_predictions(), draft.book
    for key, share, name in (("low", 0.05, "a low"), ("middle", 0.5, "the middle"), ("high", 0.95, "a high")):
        book.add(key, "predictions.quantile", f"{name} prediction", share=share)
    draft.say("headline", "The middle {target} predicted is {middle}, over {predicted:unit}.")
    draft.say("headline", "The middle prediction is {middle} over {predicted:unit}.")
    draft.say(
        "found",
        "Predictions mostly lie between {low} and {high}.",
        {"op": "within", "value": "middle", "low": "low", "high": "high"},
        type="interval",
    )
    if summary.lower is not None and summary.upper is not None:
        book.add("width", "predictions.median_width", "middle width of the ranges")
        book.add("stated", "definition.constant", "level of the ranges", "percent", name="prediction_interval_level")
        draft.say("meaning", "The middle range is {width} wide and is meant to hold the truth in {stated} of rows.")


def _odd(draft: Draft) -> None:
    summary, book = draft.book.sources.need_predictions(), draft.book
    if summary.n_bad_rows:
        draft.say(
            "found",
            "It could not read {bad_rows:unit}, kept in a file apart.",
            {"op": "present", "fact": "bad_rows"},
            type="presence",
        )
    elif not summary.n_asides:
        draft.say("found", "No row was left out.", {"op": "absent", "fact": "bad_rows"}, type="presence")
    if summary.n_asides:
        book.add("asides", "predictions.asides", "rows that are no cases", "integer", unit="rows")
        draft.say(
            "found",
            "Left out, as totals or a repeated header: {asides:unit}.",
            {"op": "present", "fact": "asides"},
            type="presence",
        )
    book.add("repairs", "predictions.repairs", "repairs to fit the model", "integer", unit="repairs")
    book.add("warnings", "predictions.warnings", "warnings about the file", "integer", unit="warnings")
    if summary.repairs and summary.warnings:
        draft.say("meaning", "To fit the model, the file took {repairs:unit} and gave {warnings:unit}.", type="count")
    elif summary.repairs:
        draft.say("meaning", "To fit the model, the file took {repairs:unit}.", type="count")
    elif summary.warnings:
        draft.say("meaning", "The file fits the model, with {warnings:unit} to read.", type="count")
    else:
        draft.say(
            "meaning",
            "The file fits the model, with nothing to repair.",
            {
                "op": "all",
                "of": [{"op": "absent", "fact": "repairs"}, {"op": "absent", "fact": "warnings"}],
            },
            type="presence",
        )
    if summary.n_out_of_range:
        book.add("odd", "predictions.out_of_range", "rows beyond what training saw", "integer", unit="rows")
        draft.say(
            "meaning", "Values outside the range of training: {odd:unit}. Trust those answers with care.", type="count"
        )
