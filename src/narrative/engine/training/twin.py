"""The twin: one small model that answers as the large one does, made of what the large one says.

The model of a scope says what it thinks of the rows it learned from and of made rows, and one short booster learns to
say the same. Rows that are scored are never among them, so the score of the twin is as honest as that of the model.

Source: Buciluă, Caruana & Niculescu-Mizil (2006), "Model compression"; Hinton, Vinyals & Dean (2015), "Distilling the
knowledge in a neural network" (learning probabilities instead of classes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import NarrativeError
from narrative.engine.candidates.base import Fitted, TrainingData, View
from narrative.engine.learners.base import Learner
from narrative.engine.model import Intervals, Member, Model
from narrative.engine.recipe import FittedRecipe
from narrative.engine.training.limits import MEGABYTE
from narrative.engine.training.models import ALL, DEVELOPMENT, build_model, has_scope
from narrative.engine.training.plan import Trial
from narrative.engine.training.select import Selection
from narrative.engine.training.session import Session
from narrative.engine.training.store import Fit
from narrative.engine.types import FloatArray, IntArray, Label, Problem

PIECE: Final = "twin"
"""Name of the pieces in the run folder."""
CANDIDATES: Final = ("lightgbm", "hist_gradient_boosting", "decision_tree")
"""What a twin may be made of; the first that can run here."""
VIEW: Final[View] = "trees"
ROUNDS: Final = 150
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "lightgbm": {
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_child_samples": 5,
        "feature_fraction": 1.0,
        "bagging_fraction": 1.0,
        "lambda_l2": 1.0,
    }
}
"""Few small trees, each of all rows; others take their first settings."""
MOST_ROWS: Final = 20_000
"""The model is asked about so many rows at most, made ones included."""
MADE_PER_ROW: Final = 4
SWAPPED: Final = 0.25
"""Chance that a value of a made row comes from another row."""
LEAST_SHARE: Final = 0.005
"""Classes less likely than this are not learned for a row."""
COST_ROWS: Final = 1_000
COST_PASSES: Final = 3
NO_TIME: Final = "The time did not reach for a twin; give it more, or leave the twin out."
NOT_LIGHTER: Final = "The model itself is as small and as quick as a twin would be, so none was kept."


@dataclass(frozen=True)
class Made:
    """A twin of one scope."""

    recipe: FittedRecipe
    fitted: Fitted


@dataclass(frozen=True)
class _Scope:
    """A scope: its name, the rows its models learned from, the rows they are scored on."""

    name: str
    learned: IntArray
    others: IntArray


def make_twin(session: Session, selection: Selection) -> None:
    """Make the twin of a choice and leave it in the folder: what it says of the scored rows, the learner that is
    delivered, and what both models cost; or the reason why there is none."""
    if session.folder.read_json(PIECE) is not None:
        return
    session.say("scoring", "Making a small twin of the model")
    candidate = _candidate(session)
    try:
        facts = _made(session, selection, candidate)
    except NarrativeError as error:
        facts = {"reason": f"No twin could be made: {error.message}"}
    session.folder.write_json(PIECE, facts)


def twin_model(
    recipe: FittedRecipe,
    learner: Learner,
    candidate: str,
    *,
    problem: Problem,
    target: str,
    classes: list[Label],
    threshold: float,
    intervals: Intervals | None = None,
) -> Model:
    """A twin as a model of its own."""
    return Model(
        problem=problem,
        target=target,
        classes=classes,
        recipes={VIEW: recipe},
        members=[Member(candidate, VIEW, learner, 1.0)],
        offsets=np.zeros(learner.n_outputs),
        threshold=threshold,
        intervals=intervals,
    )


def estimated_seconds(session: Session, members: Sequence[Trial]) -> float:
    """Seconds the twin is expected to take: the members are asked about every row of every lesson, and one short
    booster learns each of them.

    Args:
        members: trials that are likely to be in the model.
    """
    split, n_classes = session.setup.split, session.setup.target.n_classes
    rows = min((1 + MADE_PER_ROW) * split.development.size, MOST_ROWS)
    learned = session.candidates[_candidate(session)].estimated_seconds(rows, 2 * session.setup.frame.width, n_classes)
    standings = [session.board.standing(trial.id) for trial in members]
    asked = rows * sum(each.predict_seconds / max(each.n_predicted, 1) for each in standings)
    lessons = len(_scored_scopes(session, DEVELOPMENT)) + 1
    return lessons * (asked + learned * max(session.meter.speed, 1.0))


def _candidate(session: Session) -> str:
    """What the twin is made of."""
    known = session.candidates
    return next(name for name in CANDIDATES if name in known and known[name].unavailable_reason() is None)


def _scored_scopes(session: Session, scope: str) -> list[_Scope]:
    """Scopes whose models are scored."""
    split = session.setup.split
    if split.is_small:
        folds = split.folds[: split.folds_per_repeat]
        return [_Scope(f"fold_{index}", fold.train, fold.valid) for index, fold in enumerate(folds)]
    learned = split.development if scope == DEVELOPMENT else split.folds[0].train
    return [_Scope(scope, learned, split.test)]


def _made(session: Session, selection: Selection, candidate: str) -> dict[str, Any]:
    scored_in = DEVELOPMENT if has_scope(session.folder, selection, DEVELOPMENT) else "fold_0"
    delivered = ALL if has_scope(session.folder, selection, ALL) else scored_in
    rows, margins, fulls = list[IntArray](), list[FloatArray](), list[FloatArray]()
    last: Made | None = None
    for scope in _scored_scopes(session, scored_in):
        if not has_scope(session.folder, selection, scope.name):
            return {"reason": NO_TIME}
        last = _learned(session, selection, candidate, scope)
        if last is None:
            return {"reason": NO_TIME}
        frame = session.setup.frame[scope.others]
        rows.append(scope.others)
        margins.append(last.fitted.learner.margins(last.recipe.matrix(frame)))
        fulls.append(_model(session, selection, scope.name).margins(frame))
    if delivered == ALL:
        every = np.arange(session.setup.target.values.size, dtype=np.int64)
        last = _learned(session, selection, candidate, _Scope(ALL, every, every[:0]))
    if last is None:
        return {"reason": NO_TIME}
    costs = _costs(session, selection, candidate, delivered, last)
    lighter = costs["megabytes"] < costs["full_megabytes"] or costs["ms_per_row"] < costs["full_ms_per_row"]
    if not lighter:
        return {"reason": NOT_LIGHTER}
    session.folder.write_recipe(f"{PIECE}_{delivered}", VIEW, last.recipe)
    fit = Fit(
        last.fitted.learner,
        seconds=0.0,
        rounds=last.fitted.rounds,
        stopped_by_deadline=False,
        predict_seconds=0.0,
        score=None,
        margins=None,
    )
    session.folder.write_fit(PIECE, delivered, fit, at=session.seconds_of_run)
    session.folder.write_arrays(
        PIECE, rows=np.concatenate(rows), margins=np.concatenate(margins), full=np.concatenate(fulls)
    )
    return {"candidate": candidate, "scored_in": scored_in, "delivered": delivered, "trials": selection.trials, **costs}


def _learned(session: Session, selection: Selection, candidate: str, scope: _Scope) -> Made | None:
    """The twin of the model of a scope, from the rows that one learned from; None when there is no time for it."""
    teacher, setup = _model(session, selection, scope.name), session.setup
    lesson = lesson_of(setup.frame[scope.learned], setup.seed)
    said = teacher.predictions(teacher.margins(lesson))
    recipe = session.recipe_of(scope.name, VIEW, scope.learned, scope.others)
    data = to_learn(recipe.matrix(lesson), said, setup.target.problem, setup.target.n_classes)
    kind = session.candidates[candidate]
    settings = SETTINGS.get(candidate) or kind.settings(data.problem, len(data.target), data.features.shape[1])[0]
    fitted = session.learn(kind, data, settings, ROUNDS if kind.stops_early else None)
    return None if fitted.stopped_by_deadline else Made(recipe, fitted)


def lesson_of(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Rows to ask the model about: the given ones (a part of very many), and made ones, in which each value may come
    from another row."""
    random = np.random.default_rng(seed)
    if frame.height >= MOST_ROWS:
        return frame[np.sort(random.permutation(frame.height)[:MOST_ROWS])]
    count = min(MADE_PER_ROW * frame.height, MOST_ROWS - frame.height)
    own, other = (random.integers(0, frame.height, count) for _ in range(2))
    made = [series.gather(np.where(random.random(count) < SWAPPED, other, own)) for series in frame.get_columns()]
    return pl.concat([frame, pl.DataFrame(made)])


def to_learn(features: FloatArray, said: FloatArray, problem: Problem, n_classes: int) -> TrainingData:
    """What the model said, to be learned: values as they are; a row of probabilities as one row for each class that is
    not next to impossible, weighed by its probability, which has the same loss as the probabilities themselves."""
    if problem == "regression":
        return TrainingData(features, said, problem, n_classes)
    rows, classes = np.nonzero(said >= LEAST_SHARE)
    return TrainingData(
        features[rows], classes.astype(np.float64), problem, n_classes, weights=np.asarray(said[rows, classes])
    )


def _model(session: Session, selection: Selection, scope: str) -> Model:
    return build_model(
        session.folder,
        selection,
        scope,
        problem=session.setup.target.problem,
        target=session.setup.target_name,
        classes=session.setup.target.classes,
        candidates={trial.id: trial.candidate for trial in session.board.trials},
    )


def _costs(session: Session, selection: Selection, candidate: str, delivered: str, made: Made) -> dict[str, float]:
    """Milliseconds per row, from raw values to answers, and megabytes of learned parts, of both delivered models."""
    setup = session.setup
    full = _model(session, selection, delivered)
    own = twin_model(
        made.recipe,
        made.fitted.learner,
        candidate,
        problem=setup.target.problem,
        target=setup.target_name,
        classes=setup.target.classes,
        threshold=full.threshold,
    )
    found = {}
    for prefix, model in (("", own), ("full_", full)):
        found[f"{prefix}ms_per_row"] = _ms_per_row(session, model)
        found[f"{prefix}megabytes"] = megabytes_of(model)
    return found


def megabytes_of(model: Model) -> float:
    """Megabytes of the learned parts of a model."""
    return sum(member.learner.size_bytes() for member in model.members) / MEGABYTE


def _ms_per_row(session: Session, model: Model) -> float:
    """The quickest of a few passes: others that work on this machine only ever make it slower."""
    frame, seconds = session.setup.frame.head(COST_ROWS), list[float]()
    for _ in range(COST_PASSES):
        started = session.clock.monotonic()
        model.margins(frame)
        seconds.append(session.clock.monotonic() - started)
    return 1000.0 * min(seconds) / frame.height
