"""The last phase of a run: permutation importance of the scored model, as far as the time reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from narrative.core.clock import Deadline
from narrative.engine.explain.importance import Part, permutation_importance
from narrative.engine.model import Model
from narrative.engine.training.models import DEVELOPMENT, build_model, has_scope
from narrative.engine.training.select import Selection
from narrative.engine.training.session import Session
from narrative.engine.training.types import Importance
from narrative.engine.types import FloatArray

MOST_ROWS: Final = 2_000
LEAST_ROWS: Final = 200
REPEATS: Final = 5
MOST_COLUMNS: Final = 60
EFFECT_ROWS: Final = 30
MOST_SHARE: Final = 0.15
LEAST_SECONDS: Final = 3.0
"""Importance takes at most this part of the time, but a few seconds in any case."""


def measure_importance(session: Session, selection: Selection) -> None:
    """Importance on rows the scored models have not seen; the folder gets it after every repeat."""
    scored = _scored(session, selection)
    if not scored:
        return
    parts = [part for part, _ in scored]
    seconds = min(session.deadline.remaining(), max(MOST_SHARE * session.setup.seconds, LEAST_SECONDS))
    deadline = Deadline(session.clock, seconds)
    columns = _strongest(*scored[0])
    if not columns:
        return

    def on_repeat(known: list[Importance], share: float) -> None:
        session.folder.write_json("importance", [each.model_dump() for each in known])
        session.say("explaining", f"Measuring what each column contributes: {share:.0%}")

    permutation_importance(
        session.setup.target.problem,
        _thinned(session, parts, len(columns), deadline),
        columns,
        repeats=REPEATS,
        seed=session.setup.seed,
        metric=session.setup.target.metric,
        deadline=deadline,
        on_repeat=on_repeat,
    )


def _scored(session: Session, selection: Selection) -> list[tuple[Part, Model]]:
    """Unseen rows with the model that has not seen them (test part, or folds of the first repeat)."""
    setup = session.setup
    if setup.split.is_small:
        scopes = [(f"fold_{fold}", setup.split.folds[fold].valid) for fold in range(setup.split.folds_per_repeat)]
    else:
        scope = DEVELOPMENT if has_scope(session.folder, selection, DEVELOPMENT) else "fold_0"
        scopes = [(scope, setup.split.test)]
    found = []
    for scope, rows in scopes:
        if rows.size and has_scope(session.folder, selection, scope):
            model = build_model(
                session.folder,
                selection,
                scope,
                problem=setup.target.problem,
                target=setup.target_name,
                classes=setup.target.classes,
                candidates={trial.id: trial.candidate for trial in session.board.trials},
            )
            found.append((Part(setup.frame[rows], setup.target.values[rows], _predict(model)), model))
    return found


def _strongest(part: Part, model: Model) -> list[str]:
    """The columns of the model; of very many, those with the largest effects on a few rows."""
    columns = sorted({column for recipe in model.recipes.values() for column in recipe.input_columns})
    if len(columns) <= MOST_COLUMNS:
        return columns
    names, effects = model.contributions(part.frame.head(EFFECT_ROWS))
    mean = np.abs(effects[:, :, :-1]).mean(axis=(0, 1))
    return sorted(names[index] for index in np.argsort(-mean, kind="stable")[:MOST_COLUMNS])


def _thinned(session: Session, parts: list[Part], n_columns: int, deadline: Deadline) -> list[Part]:
    """At most 2,000 rows, and only as many as let two repeats end in time (200 at least)."""
    total = sum(part.target.size for part in parts)
    started = session.clock.monotonic()
    tried = 0
    for part in parts:
        part.predict(part.frame.head(LEAST_ROWS))
        tried += min(part.target.size, LEAST_ROWS)
    per_row = max(session.clock.monotonic() - started, 1e-4) / max(tried, 1)
    fitting = int(0.8 * deadline.remaining() / (2 * n_columns * per_row))
    most = min(MOST_ROWS, max(fitting, LEAST_ROWS))
    if total <= most:
        return parts
    random = np.random.default_rng(session.setup.seed)
    return [_sample(part, max(round(part.target.size * most / total), 2), random) for part in parts]


def _predict(model: Model) -> Callable[[pl.DataFrame], FloatArray]:
    def predict(frame: pl.DataFrame) -> FloatArray:
        return model.predictions(model.margins(frame))

    return predict


def _sample(part: Part, count: int, random: np.random.Generator) -> Part:
    rows = np.sort(random.permutation(part.target.size)[:count])
    return Part(part.frame[rows], part.target[rows], part.predict)
