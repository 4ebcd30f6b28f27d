"""Train: what was tried, what leads and by how much, what may be luck."""

from __future__ import annotations

from typing import Any, Final

from narrative.engine.story.draft import Draft
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.training import (
    BASELINE,
    BEFORE,
    LINEAR,
    contenders,
    only_guesses,
    ranked,
    seconds_needed,
)
from narrative.engine.story.sources import Sources
from narrative.engine.story.stages.balance import say_about_rare_class
from narrative.engine.story.types import FactFormat

EXTRA_TIME: Final = 5
"""The next run is offered this many times the budget."""
GUESSING_HEADLINES: Final = {
    False: "Only guessing so far: {metric} {naive}.",
    True: "Guessing was not beaten: {metric} {naive}.",
}
"""When only the baseline is delivered, by whether a real candidate had a score."""


def draft_training(sources: Sources) -> Draft:
    """Claims about a training run. Needs ``result``."""
    draft = Draft("model_training", book := FactBook(sources))
    result = sources.need_result()
    book.add("metric", "evaluation.metric", "the score that ranks", "text")
    book.add("target", "training.target", "the column to predict", "text")
    book.add("higher_is_better", "evaluation.higher_is_better", "whether higher is better", "text")
    book.add("tried", "training.tried", "candidates tried", "integer", unit="candidates")
    book.add("n_rows", "training.rows", "rows with a known target", "integer", unit="rows", rows="rows with a target")
    if only_guesses(result):
        say_that_it_guesses(draft)
        draft.say("headline", GUESSING_HEADLINES[bool(contenders(result))])
    else:
        _headline(draft)
    _tried(draft)
    _time(draft)
    _order(draft)
    _linear(draft)
    say_about_rare_class(draft)
    if result.n_rows_without_target:
        book.add("no_target", "training.rows_without_target", "rows with an empty target", "integer", unit="rows")
        draft.say("found", "Left out for an empty {target}: {no_target:unit}.", type="count")
    missing = book.add(
        "missing", "training.not_finished", "candidates that gave no score", "integer", unit="candidates"
    )
    if missing.value:
        draft.say("unknown", "Without a score: {missing:unit}. The list says why.", type="count")
    _outlook(draft)
    draft.step("See how good it is", "open_stage", stage="model_evaluation")
    if not only_guesses(result):
        draft.step("Train with extra time", "train", budget_seconds=result.options.budget_seconds * EXTRA_TIME)
    return draft


def say_that_it_guesses(draft: Draft) -> None:
    """The delivered model is no better than none: what it does, why, and what would work; as claims and steps."""
    book, result = draft.book, draft.book.sources.need_result()
    form: FactFormat = "decimal" if result.problem == "regression" else "text"
    book.add("guesses", "training.guesses", "whether the model looks at no column", "text")
    book.add("answer", "training.only_answer", "its one answer", form)
    naive = next((candidate for candidate in ranked(result) if candidate.name == BASELINE), None)
    if naive is not None:
        book.add("naive", "training.candidate_score", "score of guessing", "score", name=BASELINE)
    proof: dict[str, Any] = {"op": "present", "fact": "guesses"}
    draft.say(
        "meaning",
        "This model only guesses: it does not look at the columns and answers {answer} for each row.",
        proof,
        type="presence",
    )
    if contenders(result):
        draft.say("meaning", "The columns here say little about {target}. Other columns or added rows may help.")
        draft.step("See the columns", "open_stage", stage="data_profiling")
        return
    seconds = seconds_needed(result)
    if seconds is None:
        draft.say("meaning", "The time ended before a real candidate was done, so train with extra time.")
        seconds = result.options.budget_seconds * EXTRA_TIME
    else:
        book.add("needed", "training.seconds_needed", "time a usable model needs", "seconds")
        draft.say(
            "meaning",
            "The time ended before a real candidate was done. A usable model needs about {needed}.",
        )
    draft.step("Train with extra time", "train", budget_seconds=seconds)


def _headline(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    leaders = contenders(result)
    book.add("members", "training.members", "candidates in the delivered model", "integer", unit="models")
    book.add("score", "training.score", "score of the model, mean over the folds", "score", rows="rows of the folds")
    book.add("model_folds", "training.folds_of_model", "folds it was measured on", "integer", unit="folds")
    book.add("model", "training.candidate_title", "the candidate that is delivered", "text", name=result.best_candidate)
    if leaders:
        book.add(
            "leader", "training.candidate_title", "the candidate with the best score", "text", name=leaders[0].name
        )
        book.add("leader_score", "training.candidate_score", "its score over the folds", "score", name=leaders[0].name)
        book.add("leader_weight", "training.leader_weight", "its share in the model", "percent")
    if any(candidate.name == BASELINE for candidate in ranked(result)):
        book.add("naive", "training.candidate_score", "score of guessing", "score", name=BASELINE)
        draft.say("headline", "{metric} {score} on {model_folds:unit} held out; guessing {naive}.")
    draft.say("headline", "{metric} {score} on {model_folds:unit} held out.")
    draft.say("headline", "{metric} {score}.")
    if int(book.number("members")) > 1:
        draft.say("found", "The model is an ensemble of {members:unit}, weighed on rows they had not seen.")
    else:
        draft.say("found", "The model is {model}.")
    _absent_leader(draft)


def _absent_leader(draft: Draft) -> None:
    """Why the candidate on top of the list is not in the model, in one sentence."""
    why = draft.book.sources.need_result().plan.get("absent_leader")
    if why is None or "leader" not in draft.book.facts:
        return
    texts = {
        "time": "{leader} heads the list but is not in the model: its last fit found no time.",
        "limits": "{leader} heads the list but is not in the model: it would break a limit you set.",
        "others": "{leader} heads the list, ranked fold by fold; the model was chosen on all their rows together.",
    }
    draft.say("meaning", texts[why], {"op": "absent", "fact": "leader_weight"}, type="presence")


def _tried(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    whole = "reading" in result.timings
    book.add("seconds", "training.all_seconds" if whole else "training.seconds", "time before writing", "seconds")
    book.add("budget", "training.budget", "time allowed", "seconds")
    book.add("folds", "training.folds", "parts for cross-validation", "integer", unit="folds")
    book.add("rows_tried", "training.rows_tried", "rows not kept aside", "integer", unit="rows")
    book.add("rows_learned", "training.rows_learned", "rows the model learned from", "integer", unit="rows")
    text = "The run tried {tried:unit} on {rows_tried:unit}"
    if int(book.number("folds")) > 1:
        text += ", each over {folds:unit}"
    if result.seconds:
        text += ", in {seconds} of {budget}"
    draft.say("found", f"{text}.", type="count")
    if result.n_rows_learned < result.n_rows:
        draft.say(
            "meaning",
            "The model learned from {rows_learned} of {n_rows:unit}: time ran out before a last fit.",
            {"op": "<", "left": "rows_learned", "right": "n_rows"},
            type="count",
        )


def _time(draft: Draft) -> None:
    """Where the time went, when it did not reach for all that was planned."""
    result, book = draft.book.sources.need_result(), draft.book
    if not result.timings or result.plan.get("completed", True):
        return
    parts = (("before", BEFORE, "reading and preparing the table"), ("learning", ("learning",), "learning"))
    for key, names, what in parts:
        book.add(f"{key}_seconds", "training.part_seconds", f"time of {what}", "seconds", parts=list(names))
    draft.say("found", "Reading and preparing the table took {before_seconds}, learning {learning_seconds}.")


def _outlook(draft: Draft) -> None:
    """What five more minutes would likely buy."""
    result, book = draft.book.sources.need_result(), draft.book
    outlook = result.outlook
    if outlook is None or only_guesses(result):
        draft.say("unknown", "Whether extra time helps is not known until you try it.")
        return
    if outlook.searched_out:
        book.add("searched_out", "training.searched_out", "whether the search ended by itself", "text")
        book.add("settings", "training.settings_tried", "settings that were tried", "integer", unit="settings")
        draft.say(
            "meaning",
            "The search ended by itself after {settings:unit}: extra time is not expected to help.",
            {"op": "present", "fact": "searched_out"},
            type="presence",
        )
        return
    book.add("extra", "training.outlook_seconds", "extra time", "seconds")
    book.add("gain", "training.outlook_gain", "what the extra time may bring", "score")
    if outlook.gain == 0:
        text = "The curve of this run was flat at its end, so {extra} of extra time may bring nothing."
        draft.say("unknown", text, {"op": "absent", "fact": "gain"}, type="presence")
        return
    draft.say(
        "unknown", "By the curve of this run, {extra} of extra time may bring {gain} of {metric}. Only a try can tell."
    )


def _order(draft: Draft) -> None:
    result, book = draft.book.sources.need_result(), draft.book
    leaders = contenders(result)
    if len(leaders) < 2 or only_guesses(result):
        return
    second = leaders[1]
    book.add("second", "training.candidate_title", "the next candidate", "text", name=second.name)
    book.add("second_score", "training.candidate_score", "its score over the folds", "score", name=second.name)
    book.add("second_ties", "training.candidate_ties", "whether it ties with the leader", "text", name=second.name)
    ordered = {"op": "better", "left": "leader_score", "right": "second_score", "higher_is_better": "higher_is_better"}
    draft.say("found", "On held-out rows {leader} scored {leader_score}, {second} {second_score}.", type="value")
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
    if only_guesses(result):
        return
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
