"""Evaluate: how good, how sure, where weak, what is not known."""

from __future__ import annotations

import math

import numpy as np

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.training import only_guesses
from narrative.engine.story.sources import Sources
from narrative.engine.story.stages.balance import say_about_costs
from narrative.engine.story.stages.train import EXTRA_TIME, say_that_it_guesses
from narrative.engine.story.wording import format_score

FEW_ROWS = 200
WORN_OUT = 20
"""From so many runs on the range for the best of them is half as wide again (the normal quantiles of 1 - 0.025 / 20 and
of 1 - 0.025 stand as 3.02 to 1.96)."""
BEYOND_SENSE = 1e100
"""An interval that ends here says that nothing could be said."""


def draft_evaluation(sources: Sources) -> Draft:
    """Claims about the score of a model. Needs ``result``."""
    draft = Draft("model_evaluation", book := FactBook(sources))
    result = sources.need_result()
    aside = "rows kept aside"
    book.add("metric", "evaluation.metric", "the score", "text")
    book.add("metric_in_text", "evaluation.metric_in_text", "the score", "text")
    book.add("target", "training.target", "the column to predict", "text")
    book.add("higher_is_better", "evaluation.higher_is_better", "whether higher is better", "text")
    book.add(
        "score", "evaluation.score", "score on rows kept aside", "score", rows=aside, metric=result.evaluation.metric
    )
    book.add("baseline", "evaluation.baseline", "score of guessing", "score", rows=aside)
    book.add("low", "evaluation.interval_low", "lower end of the range", "score", rows=aside)
    book.add("high", "evaluation.interval_high", "upper end of the range", "score", rows=aside)
    book.add("n_test", "evaluation.test_rows", "rows kept aside", "integer", unit="rows", rows=aside)
    book.add("level", "definition.constant", "level of the range", "percent", name="interval_level")
    if only_guesses(result):
        _guessing(draft)
    else:
        _headline(draft)
        if max(abs(end) for end in result.evaluation.interval) >= BEYOND_SENSE:
            draft.say("unknown", "These rows are too few to say how sure the score is.")
        else:
            _range(draft)
        _against_guessing(draft)
        {"binary": _binary, "multiclass": _multiclass, "regression": _regression}[result.problem](draft)
        _promise(draft)
        _looked_at_before(draft)
    _groups(draft)
    if result.evaluation.method == "time_holdout":
        draft.say("meaning", "The rows kept aside are the latest ones, as in real use.")
    else:
        draft.say("unknown", "Rows from another time or place may behave in another way.")
    if len(result.test_target) < FEW_ROWS and not only_guesses(result):
        draft.say("unknown", "With {n_test:unit} to judge by, the range stays wide.", type="count")
    if not only_guesses(result):
        draft.step("Predict new rows", "open_stage", stage="prediction")
        draft.step("See what the model relies on", "show_importance")
        draft.step("Train with extra time", "train", budget_seconds=result.options.budget_seconds * EXTRA_TIME)
    return draft


def _headline(draft: Draft) -> None:
    """The score; told only when the predictions give again what training reported."""
    draft.book.add("recorded", "evaluation.recorded_score", "score as training reported it", "score")
    same = {"op": "==", "left": "score", "right": "recorded"}
    texts = [
        "{metric} is {score} on {n_test} unseen rows; guessing {baseline}.",
        "{metric} is {score} on {n_test} unseen rows.",
        "{metric} is {score}.",
    ]
    if draft.book.sources.need_result().evaluation.method != "cross_validation":
        texts.insert(0, "{metric} is {score} on {n_test:unit} kept aside; guessing {baseline}.")
    for text in texts:
        draft.say("headline", text, same)


def _guessing(draft: Draft) -> None:
    """A score that looks like one, of a model that knows nothing: said first."""
    draft.book.add("recorded", "evaluation.recorded_score", "score as training reported it", "score")
    same = {"op": "==", "left": "score", "right": "recorded"}
    draft.say("headline", "Only guessing: {metric} {score} on {n_test} unseen rows.", same)
    draft.say("headline", "Only guessing: {metric} {score}.", same)
    say_that_it_guesses(draft)
    draft.say(
        "found",
        "It gave the same answer to the {n_test:unit} it was scored on.",
        {"op": "present", "fact": "guesses"},
        type="presence",
    )


def _range(draft: Draft) -> None:
    draft.say(
        "found",
        "On new rows like these, {metric_in_text} should land between {low} and {high} in {level} of cases.",
        {"op": "within", "value": "score", "low": "low", "high": "high"},
        type="interval",
    )


def _looked_at_before(draft: Draft) -> None:
    """Rows that several runs were scored on: the best of these runs takes luck with it."""
    evaluation = draft.book.sources.need_result().evaluation
    if evaluation.interval_after_uses is None:
        return
    book = draft.book
    book.add("uses", "evaluation.test_uses", "experiments scored on these rows", "integer", unit="experiments")
    book.add("low_after", "evaluation.low_after_uses", "lower end for the best of these runs", "score")
    book.add("high_after", "evaluation.high_after_uses", "upper end for the best of these runs", "score")
    draft.say(
        "unknown",
        "So far {uses:unit} were scored on these rows. If you choose among them, read the range as {low_after} to "
        "{high_after}.",
        {"op": "within", "value": "score", "low": "low_after", "high": "high_after"},
        type="interval",
    )
    if evaluation.test_uses >= WORN_OUT:
        draft.say("unknown", "After that many looks these rows are worn out: test on fresh rows before you rely on it.")


def _groups(draft: Draft) -> None:
    """What was kept on one side of the split."""
    if draft.book.sources.need_result().evaluation.group_column is None:
        return
    draft.book.add("group", "evaluation.group_column", "column that tells the groups apart", "text")
    draft.say(
        "meaning",
        "Rows that share a value of {group} were kept together, so the score is for values it had not seen.",
    )


def _binary(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    book.add("label", "evaluation.outcome_name", "the positive class", "text", index=1)
    book.add("flagged", "evaluation.flagged", "rows answered with the class", "integer", unit="rows", index=1)
    book.add(
        "recall", "evaluation.recall", "share of the class that is found", "percent", rows="rows of the class", index=1
    )
    book.add("share", "evaluation.class_share", "share of the class", "percent", index=1)
    book.add("expected", "evaluation.predicted_share", "mean probability of the class", "percent", index=1)
    book.add("threshold", "evaluation.threshold", "probability from which it answers with the class", "percent")
    if result.evaluation.metric == "roc_auc":
        book.add("picks", "evaluation.score", "pairs of rows put in the right order", "percent", metric="roc_auc")
        draft.say(
            "meaning",
            "Shown a row with {label} and a row without, it picks the right row in {picks} of cases.",
            type="share",
        )
    if book.number("flagged"):
        book.add(
            "precision",
            "evaluation.precision",
            "share of answers that are right",
            "percent",
            rows="rows answered with the class",
            index=1,
        )
        draft.say(
            "found",
            "It flags rows as {label} from a chance of {threshold}. Of those, {precision} are right. "
            "It finds {recall} of all rows with {label}.",
            type="share",
        )
    else:
        draft.say(
            "found",
            "From a chance of {threshold} it would say {label}, but no row reached that.",
            {"op": "absent", "fact": "flagged"},
            type="presence",
        )
    draft.say("found", "On average it expected {label} in {expected} of rows; {share} came true.", type="share")
    say_about_costs(draft)


def _multiclass(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    book.add("accuracy", "evaluation.accuracy", "share of right answers", "percent")
    book.add("majority", "evaluation.majority_accuracy", "share of the commonest class", "percent")
    draft.say(
        "found",
        "It names the right class for {accuracy} of rows. The same answer each time would give {majority}.",
        type="share",
    )
    target = np.asarray(result.test_target)
    present = [index for index in range(len(result.model.classes)) if (target == index).any()]
    recalls = []
    for index in present:
        book.add(
            f"recall_{index}",
            "evaluation.recall",
            "share of the class that is found",
            "percent",
            rows="rows of the class",
            index=index,
        )
        recalls.append((book.number(f"recall_{index}"), index))
    if len(recalls) < 2:
        return
    weak = min(recalls)[1]
    book.add("weak_class", "evaluation.class_name", "the class found least often", "text", index=weak)
    draft.say(
        "found",
        "Its weak spot is {weak_class}: it finds {recall_%d} of those rows." % weak,  # noqa: UP031 - braces are references
        {"op": "min", "fact": f"recall_{weak}", "among": [f"recall_{index}" for _, index in recalls]},
        type="rank",
    )


def _regression(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    book.add("miss", "evaluation.median_absolute_error", "middle size of a miss")
    book.add("middle", "evaluation.target_median", "middle value of the target")
    draft.say("found", "The middle miss is {miss}, where the middle {target} is {middle}.")
    book.add("r2", "evaluation.r2", "share of the spread that is predicted", "percent")
    if book.value("r2") is not None and book.number("r2") > 0:
        draft.say("found", "It accounts for {r2} of the spread in {target}.", type="share")
    if result.evaluation.interval_coverage is not None and result.model.intervals is not None:
        book.add(
            "stated", "definition.constant", "stated level of its ranges", "percent", name="prediction_interval_level"
        )
        book.add("covered", "evaluation.interval_coverage", "rows inside their own range", "percent")
        draft.say("meaning", "Its ranges are meant to hold {stated} of rows, and held {covered}.", type="share")


def _against_guessing(draft: Draft) -> None:
    book = draft.book
    better = {"op": "better", "left": "score", "right": "baseline", "higher_is_better": "higher_is_better"}
    outside = {"op": "outside", "value": "baseline", "low": "low", "high": "high"}
    inside = not (book.number("low") > book.number("baseline") or book.number("baseline") > book.number("high"))
    if inside:
        draft.say(
            "meaning",
            "Guessing, at {baseline}, lies inside that range. The model may have learned little.",
            {"op": "within", "value": "baseline", "low": "low", "high": "high"},
            type="interval",
        )
    else:
        draft.say(
            "meaning",
            "That is better than guessing, at {baseline}, by a margin that luck does not explain.",
            {"op": "all", "of": [better, outside]},
            type="order",
        )


def _promise(draft: Draft) -> None:
    """Why the score over the folds is another number than the one of this page."""
    evaluation, book = draft.book.sources.need_result().evaluation, draft.book
    promised = evaluation.cross_validated_score
    if promised is None or not math.isfinite(promised):
        return
    book.add("promised", "training.score", "score of the model, mean over the folds", "score", rows="rows of the folds")
    book.add("model_folds", "training.folds_of_model", "folds it was measured on", "integer", unit="folds")
    if evaluation.method == "cross_validation":
        if format_score(promised) != format_score(evaluation.score):
            draft.say("meaning", "Fold by fold the mean was {promised}; their rows together give {score}.")
        return
    within = evaluation.interval[0] <= promised <= evaluation.interval[1]
    told = "luck can do that." if within else "luck does not explain that, so trust this page."
    draft.say(
        "meaning",
        f"Training measured {{promised}} on {{model_folds:unit}} held out, here it is {{score}}: {told}",
        {"op": "within" if within else "outside", "value": "promised", "low": "low", "high": "high"},
        type="interval",
    )
    draft.say("meaning", "The rows of the folds also helped to choose the model, so their score can flatter.")
