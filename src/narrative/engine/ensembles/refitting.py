"""Members fitted again with the settings and rounds of the run: for the score, for the drivers, and for delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from narrative.core.clock import Clock, Deadline
from narrative.core.errors import InternalError
from narrative.engine.explain.importance import Part, permutation_importance
from narrative.engine.model import Model
from narrative.engine.recipe import FittedRecipe
from narrative.engine.training.child import read_setup
from narrative.engine.training.fitting import Fitter, grown
from narrative.engine.training.imbalance import known_method
from narrative.engine.training.models import ALL, DEVELOPMENT, build_model
from narrative.engine.training.plan import Trial, available_candidates
from narrative.engine.training.run import Run
from narrative.engine.training.select import BASELINE, Selection, folds_done
from narrative.engine.training.types import Importance
from narrative.engine.training.views import Views
from narrative.engine.types import FloatArray, IntArray

SECONDS: Final = 3_600.0
"""No clock runs against a refit, as rounds are known; the job around it has its own end."""
IMPORTANCE_SECONDS: Final = 20.0
IMPORTANCE_ROWS: Final = 2_000
REPEATS: Final = 5


class Refit:
    """All fits an ensemble needs, written to the folder of its run."""

    def __init__(self, run: Run, selection: Selection, clock: Clock, say: Callable[[str, float], None]) -> None:
        self._run, self._selection, self._clock, self._say = run, selection, clock, say
        self._setup = read_setup(run.folder, SECONDS)
        self._method = known_method(run.folder)
        trials = [*run.plan.trials, *(Trial(**each) for each in run.folder.read_json("extras") or [])]
        self._trials = {trial.id: trial for trial in trials}
        setup = self._setup
        self._views = Views(
            setup.frame,
            setup.target,
            setup.profile,
            target_name=setup.target_name,
            steps=setup.steps,
            max_columns=setup.max_columns,
            seed=setup.seed,
            window=setup.split.folds[0] if setup.split.method == "time_holdout" else None,
        )
        self._fitter = Fitter(
            setup.target, is_small=setup.split.is_small, seed=setup.seed, threads=run.options.threads, clock=clock
        )

    def work(self) -> None:
        """Every scope with every member, then what each column contributes."""
        scopes = self._scopes()
        total, done = len(scopes) * len(self._selection.trials), 0
        for scope, train, other in scopes:
            for name in self._selection.trials:
                title = available_candidates()[self._trials[name].candidate].title
                self._say(f"{title}: learning again from {train.size:,} rows", 0.15 + 0.7 * done / total)
                self._fit(name, scope, train, other)
                done += 1
        self._say("Measuring what each column contributes", 0.88)
        self._importance([(scope, other) for scope, _, other in scopes if other.size])

    def _scopes(self) -> list[tuple[str, IntArray, IntArray]]:
        """The scope that gives the score (with few rows the folds, for the drivers), and all rows."""
        split, none = self._setup.split, np.zeros(0, dtype=np.int64)
        everything = np.arange(self._setup.target.values.size, dtype=np.int64)
        if not split.is_small:
            return [(DEVELOPMENT, split.development, split.test), (ALL, everything, none)]
        folds = split.folds[: split.folds_per_repeat]
        return [(f"fold_{index}", fold.train, fold.valid) for index, fold in enumerate(folds)] + [
            (ALL, everything, none)
        ]

    def _fit(self, name: str, scope: str, train: IntArray, other: IntArray) -> None:
        trial, folder = self._trials[name], self._run.folder
        candidate = available_candidates()[trial.candidate]

        def on_new(new_scope: str, view: str, recipe: FittedRecipe) -> None:
            folder.write_recipe(new_scope, view, recipe)

        matrices = self._views.get(scope, candidate.view, train, other, on_new)
        fit = self._fitter.fit(
            candidate,
            trial.settings,
            matrices,
            other,
            rounds=self._rounds(name, scope, train.size),
            deadline=Deadline(self._clock, SECONDS),
            on_progress=lambda _share: None,
            method=None if trial.candidate == BASELINE else self._method,
        )
        if fit.stopped_by_deadline:
            raise InternalError("ensemble_member_slow", f"{candidate.title} did not end within an hour.")
        folder.write_fit(name, scope, fit)

    def _rounds(self, name: str, scope: str, n_rows: int) -> int | None:
        """Those of the fold itself, else the mean of the folds, grown with the rows; None for one that has none."""
        if scope.startswith("fold"):
            own: int | None = (self._run.folder.read_json(f"fit-{name}-{scope}") or {}).get("rounds")
            return own
        counts, sizes = [], []
        for fold in folds_done(self._run.folder, name, len(self._setup.split.folds)):
            facts = self._run.folder.read_json(f"fit-{name}-fold_{fold}") or {}
            if facts.get("rounds") is not None:
                counts.append(float(facts["rounds"]))
                sizes.append(float(self._setup.split.folds[fold].train.size))
        if not counts:
            return None
        return grown(float(np.average(counts, weights=sizes)), n_rows / float(np.average(sizes, weights=sizes)))

    def _importance(self, scored: list[tuple[str, IntArray]]) -> None:
        parts, columns = [], set[str]()
        most = max(IMPORTANCE_ROWS // max(len(scored), 1), 1)
        for scope, rows in scored:
            model = self._model(scope)
            columns |= {column for recipe in model.recipes.values() for column in recipe.input_columns}
            kept = np.sort(np.random.default_rng(self._setup.seed).permutation(rows)[:most])
            parts.append(Part(self._setup.frame[kept], self._setup.target.values[kept], _predictor(model)))
        if not parts or not columns:
            return
        found: list[Importance] = permutation_importance(
            self._setup.target.problem,
            parts,
            sorted(columns),
            repeats=REPEATS,
            seed=self._setup.seed,
            deadline=Deadline(self._clock, IMPORTANCE_SECONDS),
        )
        self._run.folder.write_json("importance", [each.model_dump() for each in found])

    def _model(self, scope: str) -> Model:
        setup = self._setup
        return build_model(
            self._run.folder,
            self._selection,
            scope,
            problem=setup.target.problem,
            target=setup.target_name,
            classes=setup.target.classes,
            candidates={name: trial.candidate for name, trial in self._trials.items()},
        )


def _predictor(model: Model) -> Callable[..., FloatArray]:
    return lambda frame: model.predictions(model.margins(frame))
