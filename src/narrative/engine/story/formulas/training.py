"""Facts of a training run: what was tried, how it ranked, how long it took."""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.training.types import CandidateReport, TrainingResult

BASELINE = "baseline"
ENSEMBLE = "ensemble"
"""Line of the leaderboard for the combination that is delivered; it is no algorithm that was tried."""
LINEAR = ("logistic_regression", "ridge", "elastic_net")
BEFORE: Final = ("reading", "profiling", "preparing")
"""Parts of a run before anything is learned."""
OVERHEAD: Final = ("learning", "finishing")
"""Parts that a run without a model spent on starting to learn, and on ending."""
FITS_OF_A_MODEL: Final = 3
"""A fold, the model that is scored, and the model that is delivered."""
STARTING_SECONDS: Final = 2.0
"""Loading the libraries of a first real candidate, which a run without one never did."""
LEARNING_SHARE: Final = 0.5
"""Part of a budget that is there for all this; the rest is kept for importance, writing and a busy machine."""
ROUND_SECONDS: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1_200, 1_800, 3_600, 7_200)


def ranked(result: TrainingResult) -> list[CandidateReport]:
    """Candidates with a score, best first; equal scores by name."""
    sign = -1.0 if result.evaluation.higher_is_better else 1.0
    scored = [(candidate.score, candidate) for candidate in result.candidates if candidate.score is not None]
    return [candidate for _, candidate in sorted(scored, key=lambda pair: (sign * pair[0], pair[1].name))]


def contenders(result: TrainingResult) -> list[CandidateReport]:
    """Ranked candidates without the naive baseline and without their combination."""
    return [candidate for candidate in ranked(result) if candidate.name not in (BASELINE, ENSEMBLE)]


def algorithms(result: TrainingResult) -> list[CandidateReport]:
    """All lines of the leaderboard but the combination."""
    return [candidate for candidate in result.candidates if candidate.name != ENSEMBLE]


def only_guesses(result: TrainingResult) -> bool:
    """Whether the delivered model is the naive baseline and nothing else."""
    return {member.candidate for member in result.model.members} <= {BASELINE}


def seconds_needed(result: TrainingResult) -> float | None:
    """A budget that should reach for a model, where this one only reached for guessing; None when nothing tells.

    From what was measured (reading, profiling, preparing, starting to learn), the start of a library and the estimated
    fits of the quickest candidate, rounded up to a round number.
    """
    fits = [seconds for name, seconds in result.plan.get("estimated_seconds", {}).items() if name != BASELINE]
    if not fits or "learning" not in result.timings or contenders(result):
        return None
    measured = sum(result.timings.get(part, 0.0) for part in (*BEFORE, *OVERHEAD))
    needed = (measured + STARTING_SECONDS + FITS_OF_A_MODEL * min(fits)) / LEARNING_SHARE
    at_least = max(needed, 1.5 * result.options.budget_seconds)
    return float(next((seconds for seconds in ROUND_SECONDS if seconds >= at_least), round(at_least)))


def _named(sources: Sources, name: str) -> CandidateReport:
    for candidate in sources.need_result().candidates:
        if candidate.name == name:
            return candidate
    raise LookupError(f"There is no candidate {name!r}.")


@formula("training.candidate_title", "name of a candidate", "training")
def candidate_title(sources: Sources, name: str) -> Value:
    return _named(sources, name).title


@formula("training.candidate_score", "cross-validated score of a candidate", "training", recorded=True)
def candidate_score(sources: Sources, name: str) -> Value:
    return _named(sources, name).score


@formula("training.score_gap", "how much better one candidate scored than another", "training")
def score_gap(sources: Sources, name: str, other: str) -> Value:
    better, worse = _named(sources, name).score, _named(sources, other).score
    if better is None or worse is None:
        return None
    return (better - worse) if sources.need_result().evaluation.higher_is_better else (worse - better)


@formula("training.candidate_seconds", "time a candidate took", "training", recorded=True)
def candidate_seconds(sources: Sources, name: str) -> Value:
    return _named(sources, name).seconds


@formula("training.candidate_weight", "share of a candidate in the delivered model", "training")
def candidate_weight(sources: Sources, name: str) -> Value:
    return sum(member.weight for member in sources.need_result().model.members if member.candidate == name)


@formula(
    "training.candidate_ties",
    "whether a candidate is as good as the leader on the same rows",
    "training",
    recorded=True,
)
def candidate_ties(sources: Sources, name: str) -> Value:
    return _named(sources, name).ties_with_best


@formula("training.ties", "candidates other than the leader that are as good as it on the same rows", "training")
def ties(sources: Sources) -> Value:
    result = sources.need_result()
    return sum(candidate.ties_with_best for candidate in contenders(result)[1:])


@formula("training.tried", "candidates that were tried", "training")
def tried(sources: Sources) -> Value:
    return sum(candidate.state in ("finished", "failed") for candidate in algorithms(sources.need_result()))


@formula("training.finished", "candidates with a score, the naive baseline left out", "training")
def finished(sources: Sources) -> Value:
    return len(contenders(sources.need_result()))


@formula("training.not_finished", "candidates that failed, were skipped or found no time", "training")
def not_finished(sources: Sources) -> Value:
    return sum(candidate.score is None for candidate in algorithms(sources.need_result()))


@formula("training.members", "candidates that the delivered model combines", "training")
def members(sources: Sources) -> Value:
    return len({member.candidate for member in sources.need_result().model.members})


@formula("training.folds", "folds that every candidate with a score was measured on, if they are the same", "training")
def folds(sources: Sources) -> Value:
    done = {candidate.folds_done for candidate in algorithms(sources.need_result()) if candidate.score is not None}
    return done.pop() if len(done) == 1 else None


@formula("training.seconds", "time of the whole run", "training", recorded=True)
def seconds(sources: Sources) -> Value:
    return sources.need_result().seconds


@formula("training.budget", "time the run was allowed", "training")
def budget(sources: Sources) -> Value:
    return sources.need_result().options.budget_seconds


@formula("training.rows", "rows with a known target", "training")
def rows(sources: Sources) -> Value:
    return sources.need_result().n_rows


@formula("training.rows_without_target", "rows without a target, left out", "training")
def rows_without_target(sources: Sources) -> Value:
    return sources.need_result().n_rows_without_target


@formula("training.rows_tried", "rows with a known target that were not kept aside", "training")
def rows_tried(sources: Sources) -> Value:
    result = sources.need_result()
    kept = 0 if result.evaluation.method == "cross_validation" else len(result.test_target)
    return result.n_rows - kept


@formula("training.rows_learned", "rows the delivered model learned from", "training")
def rows_learned(sources: Sources) -> Value:
    return sources.need_result().n_rows_learned


@formula("training.score", "score of the delivered model, mean over the folds", "training", recorded=True)
def score(sources: Sources) -> Value:
    return sources.need_result().evaluation.cross_validated_score


@formula("training.folds_of_model", "folds the delivered model was measured on", "training")
def folds_of_model(sources: Sources) -> Value:
    return _named(sources, sources.need_result().best_candidate).folds_done


@formula("training.guesses", "whether the delivered model looks at no column", "training")
def guesses(sources: Sources) -> Value:
    return only_guesses(sources.need_result())


@formula("training.only_answer", "what the delivered model answers without looking at a column", "training")
def only_answer(sources: Sources) -> Value:
    model = sources.need_result().model
    margins = [each.weight * each.learner.margins(np.zeros((1, each.learner.n_features))) for each in model.members]
    answer = model.answers(model.predictions(np.asarray(sum(margins)) * model.slope + model.offsets))[0]
    return answer if isinstance(answer, float) else str(answer)


@formula(
    "training.seconds_needed",
    "(measured time around learning + start of a library + estimated fits of the quickest candidate) / share of the "
    "time that is there for them, rounded up",
    "training",
    recorded=True,
)
def needed(sources: Sources) -> Value:
    return seconds_needed(sources.need_result())


@formula("training.part_seconds", "measured time of parts of the run", "training", recorded=True)
def part_seconds(sources: Sources, parts: list[str]) -> Value:
    timings = sources.need_result().timings
    known = [timings[part] for part in parts if part in timings]
    return sum(known) if known else None


@formula("training.all_seconds", "measured time of all parts of the run before writing", "training", recorded=True)
def all_seconds(sources: Sources) -> Value:
    timings = sources.need_result().timings
    return sum(timings.values()) if timings else None


@formula("training.leader_weight", "share of the leader in the delivered model", "training")
def leader_weight(sources: Sources) -> Value:
    leaders = contenders(sources.need_result())
    return candidate_weight(sources, leaders[0].name) if leaders else None


@formula(
    "training.outlook_gain",
    "gain of the last doubling of the time (half of it for a single step), halved for every further doubling",
    "training",
    recorded=True,
)
def outlook_gain(sources: Sources) -> Value:
    outlook = sources.need_result().outlook
    return None if outlook is None else outlook.gain


@formula("training.outlook_seconds", "extra time the outlook is about", "training")
def outlook_seconds(sources: Sources) -> Value:
    outlook = sources.need_result().outlook
    return None if outlook is None else outlook.seconds


@formula("training.searched_out", "whether the search ended before its time was over", "training", recorded=True)
def searched_out(sources: Sources) -> Value:
    outlook = sources.need_result().outlook
    return outlook is not None and outlook.searched_out


@formula("training.settings_tried", "settings of all candidates that were tried", "training")
def settings_tried(sources: Sources) -> Value:
    return len(sources.need_result().plan.get("trials", []))


@formula("training.target", "column the model predicts", "training")
def target(sources: Sources) -> Value:
    return sources.need_result().model.target


@formula("training.importance", "loss of score when the column is shuffled", "training", recorded=True)
def importance(sources: Sources, column: str) -> Value:
    return next(item.loss for item in sources.need_result().importances if item.column == column)


@formula(
    "training.importance_low", "lower end of the loss of score when the column is shuffled", "training", recorded=True
)
def importance_low(sources: Sources, column: str) -> Value:
    return next(item.low for item in sources.need_result().importances if item.column == column)


@formula("training.importance_column", "name of a column whose importance was measured", "training")
def importance_column(sources: Sources, column: str) -> Value:
    return next(item.column for item in sources.need_result().importances if item.column == column)


@formula("training.columns_measured", "columns whose importance was measured", "training")
def columns_measured(sources: Sources) -> Value:
    return len(sources.need_result().importances)


@formula("training.columns_that_matter", "columns whose shuffling costs score beyond chance", "training")
def columns_that_matter(sources: Sources) -> Value:
    return sum(item.low > 0 for item in sources.need_result().importances)


@formula("training.warnings", "warnings of the run", "training")
def warnings(sources: Sources) -> Value:
    return len(sources.need_result().warnings)
