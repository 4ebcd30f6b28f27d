"""Train: what was tried, what leads and by how much, what may be luck."""

from __future__ import annotations

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.training import BASELINE, LINEAR, contenders, ranked
from narrative.engine.story.sources import Sources

EXTRA_TIME = 5
"""The next run is offered this many times the budget."""


def draft_training(sources: Sources) -> Draft:
    """Claims about a training run. Needs ``result``."""
    draft = Draft("model_training", book := FactBook(sources))
    result = sources.need_result()
    book.add("metric", "evaluation.metric_in_text", "the score that ranks", "text")
    book.add("target", "training.target", "the column to predict", "text")
    book.add("higher_is_better", "evaluation.higher_is_better", "whether higher is better", "text")
    book.add("tried", "training.tried", "candidates tried", "integer", unit="candidates")
    book.add("n_rows", "training.rows", "rows with a known target", "integer", unit="rows", rows="rows with a target")
    _headline(draft)
    _tried(draft)
    _order(draft)
    _linear(draft)
    if result.n_rows_without_target:
        book.add("no_target", "training.rows_without_target", "rows with an empty target", "integer", unit="rows")
        draft.say("found", "Left out for an empty {target}: {no_target:unit}.", type="count")
    missing = book.add(
        "missing", "training.not_finished", "candidates that gave no score", "integer", unit="candidates"
    )
    if missing.value:
        draft.say("unknown", "{missing:unit} gave a reason instead of a score. The list shows it.", type="count")
    draft.say("unknown", "Whether extra time helps is not known until you try it.")
    draft.step("See how good it is", "open_stage", stage="model_evaluation")
    draft.step("Train with extra time", "train", budget_seconds=result.options.budget_seconds * EXTRA_TIME)
    return draft


def _headline(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    leaders = contenders(result)
    book.add("members", "training.members", "candidates in the delivered model", "integer", unit="models")
    blended = int(book.number("members")) > 1 and result.evaluation.cross_validated_score is not None
    naive = next((candidate for candidate in ranked(result) if candidate.name == BASELINE), None)
    if naive is not None:
        book.add("naive", "training.candidate_score", "score of guessing", "score", name=BASELINE)
    if blended:
        book.add("blend_score", "evaluation.cross_validated", "score of the blend over the folds", "score")
        if naive is not None:
            draft.say("headline", "A blend of {members:unit} scores {metric} {blend_score}; guessing {naive}.")
        draft.say("headline", "A blend of {members:unit} scores {metric} {blend_score}.")
    if leaders:
        book.add(
            "leader", "training.candidate_title", "the candidate with the best score", "text", name=leaders[0].name
        )
        book.add("leader_score", "training.candidate_score", "its score over the folds", "score", name=leaders[0].name)
        if naive is not None:
            draft.say("headline", "{leader} scores {metric} {leader_score}; guessing {naive}.")
        draft.say("headline", "{leader} scores {metric} {leader_score}.")
    elif naive is not None:
        draft.say("headline", "Only guessing gave a score: {metric} {naive}.")
    draft.say("headline", "{tried:unit} tried on {n_rows:unit}.", type="count")


def _tried(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    book.add("seconds", "training.seconds", "time of the run", "seconds")
    book.add("budget", "training.budget", "time allowed", "seconds")
    book.add("folds", "training.folds", "parts for cross-validation", "integer", unit="folds")
    if result.seconds and int(book.number("folds")) > 1:
        draft.say(
            "found",
            "The run tried {tried:unit} on {n_rows:unit}, each over {folds:unit}, in {seconds} of {budget}.",
            type="count",
        )
    elif result.seconds:
        draft.say(
            "found",
            "The run tried {tried:unit} on {n_rows:unit}, in {seconds} of {budget}.",
            type="count",
        )
    else:
        draft.say("found", "The run tried {tried:unit} on {n_rows:unit}.", type="count")


def _order(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    leaders = contenders(result)
    if len(leaders) < 2:
        return
    second = leaders[1]
    book.add("second", "training.candidate_title", "the next candidate", "text", name=second.name)
    book.add("second_score", "training.candidate_score", "its score over the folds", "score", name=second.name)
    book.add("second_ties", "training.candidate_ties", "whether it ties with the leader", "text", name=second.name)
    ordered = {"op": "better", "left": "leader_score", "right": "second_score", "higher_is_better": "higher_is_better"}
    draft.say("found", "Over the folds {leader} scored {leader_score}, {second} {second_score}.", type="value")
    if second.ties_with_best:
        draft.say(
            "meaning",
            "{second} did as well as {leader} on the same rows, so their order may be luck.",
            {"op": "present", "fact": "second_ties"},
            type="presence",
        )
        return
    ids = ["leader_score", "second_score"]
    best = {
        "op": "best",
        "fact": "leader_score",
        "among": ids,
        "higher_is_better": "higher_is_better",
        "ties": ["second_ties"],
    }
    draft.say(
        "meaning",
        "{leader} beats {second} on the same rows by a margin that luck does not explain.",
        {"op": "all", "of": [ordered, best]},
        type="order",
    )


def _linear(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    leaders = contenders(result)
    linear = next((candidate for candidate in leaders if candidate.name in LINEAR), None)
    if linear is None or linear is leaders[0]:
        if linear is not None:
            draft.say("meaning", "A straight-line model did well here, and it is easy to explain.")
        return
    book.add("linear", "training.candidate_title", "the straight-line model", "text", name=linear.name)
    book.add("linear_score", "training.candidate_score", "its score over the folds", "score", name=linear.name)
    book.add("linear_ties", "training.candidate_ties", "whether it ties with the leader", "text", name=linear.name)
    if linear.ties_with_best:
        draft.say(
            "meaning",
            "{linear}, a straight-line model, did as well and is easy to explain.",
            {"op": "present", "fact": "linear_ties"},
            type="presence",
        )
        return
    book.add(
        "linear_gap",
        "training.score_gap",
        "gap between the leader and the straight-line model",
        "score",
        name=leaders[0].name,
        other=linear.name,
    )
    left, right = (
        ("leader_score", "linear_score") if result.evaluation.higher_is_better else ("linear_score", "leader_score")
    )
    draft.say(
        "found",
        "The gap to {linear}, a straight-line model, is {linear_gap}.",
        {"op": "difference", "left": left, "right": right, "result": "linear_gap"},
        type="difference",
    )
