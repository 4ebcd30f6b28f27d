"""What every candidate must do, as checks that any candidate can be held to, planted breaches included."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from narrative.core.clock import Deadline, SystemClock
from narrative.core.errors import Canceled, NotApplicable
from narrative.core.hashing import canonical_json
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData
from narrative.engine.learners.base import Learner
from narrative.engine.types import Problem
from tests.contracts import learner_contract
from tests.fixtures.training_rows import N_FEATURES, loss, training_rows

PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")
FEW_ROUNDS = FitOptions(rounds=8)
LONG_SECONDS = 120.0


def data_for(candidate: Candidate, problem: Problem, **kinds: int) -> TrainingData:
    return training_rows(problem, candidate.view, **kinds)


def first_settings(candidate: Candidate, problem: Problem) -> dict[str, Any]:
    return candidate.settings(problem, 240, N_FEATURES)[0]


def fit(candidate: Candidate, data: TrainingData, options: FitOptions = FEW_ROUNDS) -> Fitted:
    return candidate.fit(data, first_settings(candidate, data.problem), options)


def check_declarations(candidate: Candidate) -> None:
    """A candidate says of itself what leaderboard and catalog need."""
    for text in (candidate.title, candidate.sentence, type(candidate).__doc__ or ""):
        assert text.strip()
    assert candidate.sentence.endswith(".")
    assert candidate.problems
    assert candidate.problems <= set(PROBLEMS)
    assert candidate.view in ("linear", "trees")
    reason = candidate.unavailable_reason()
    assert reason is None or reason.endswith(".")


def check_settings(candidate: Candidate) -> None:
    """Settings are JSON, the same on every call, explained when there are several, and there for any size of table."""
    for problem in sorted(candidate.problems):
        for n_rows, n_features in ((2, 1), (240, 4), (5_000, 300), (2_000_000, 40)):
            settings = candidate.settings(problem, n_rows, n_features)
            assert settings
            assert settings == candidate.settings(problem, n_rows, n_features)
            assert json.loads(canonical_json(settings)) == settings
            assert len(settings) == 1 or all(str(each["note"]).endswith(".") for each in settings)
            assert len({canonical_json(each) for each in settings}) == len(settings)


def check_settings_mix(candidate: Candidate) -> None:
    """The search mixes settings: any one value of one list entry is accepted within any other entry."""
    for problem in sorted(candidate.problems):
        data = training_rows(problem, candidate.view, n_rows=60, n_valid=0)
        listed = candidate.settings(problem, 60, N_FEATURES)
        mixed = {
            canonical_json({**listed[0], name: other[name]}): {**listed[0], name: other[name]}
            for other in listed
            for name in other
            if name != "note" and other[name] != listed[0].get(name)
        }
        for settings in mixed.values():
            learner = candidate.fit(data, settings, FitOptions(rounds=2)).learner
            assert np.isfinite(learner.margins(data.features)).all(), settings


def check_estimates(candidate: Candidate) -> None:
    """Memory and time are positive and do not shrink when the table grows."""
    sizes = [(100, 3, 2), (10_000, 30, 2), (1_000_000, 300, 2)]
    memory = [candidate.memory_bytes(*size) for size in sizes]
    seconds = [candidate.estimated_seconds(*size) for size in sizes]
    assert 0 < memory[0] <= memory[1] <= memory[2]
    assert 0 < seconds[0] <= seconds[1] <= seconds[2]


def check_learner(candidate: Candidate) -> None:
    """What it returns keeps the contract of learners, and has an output for every class."""
    for problem in sorted(candidate.problems):
        data = data_for(candidate, problem)
        learner = fit(candidate, data).learner
        assert learner.n_features == N_FEATURES
        assert learner.n_outputs == (data.n_classes if problem == "multiclass" else 1)
        for check in learner_contract.CHECKS:
            check(learner, data.features[:25])


def check_learns(candidate: Candidate) -> None:
    """On rows it has not seen it beats the answer that ignores the features; the baseline itself equals it."""
    for problem in sorted(candidate.problems):
        data = data_for(candidate, problem)
        assert data.valid_features is not None
        assert data.valid_target is not None
        fitted = candidate.fit(data, first_settings(candidate, problem), FitOptions())
        reached = loss(problem, fitted.learner.margins(data.valid_features), data.valid_target)
        factor = 1.05 if candidate.order == 0 else 0.8
        assert reached < factor * _naive_loss(data)


def check_repeats(candidate: Candidate) -> None:
    """Same data and seed, same bits."""
    for problem in sorted(candidate.problems):
        data = data_for(candidate, problem)
        first, second = (fit(candidate, data).learner.to_parts() for _ in range(2))
        assert first[0] == second[0]
        for name, array in first[1].items():
            np.testing.assert_array_equal(array, second[1][name])


def check_data_stay(candidate: Candidate) -> None:
    """A fit changes none of the arrays it is given."""
    for problem in sorted(candidate.problems):
        data = data_for(candidate, problem)
        before = {name: np.array(value) for name, value in vars(data).items() if isinstance(value, np.ndarray)}
        fit(candidate, data)
        for name, value in before.items():
            np.testing.assert_array_equal(getattr(data, name), value)


def check_rounds(candidate: Candidate) -> None:
    """A given number of rounds is kept exactly, validation rows or not; without validation rows any default ends."""
    data = data_for(candidate, sorted(candidate.problems)[0])
    fitted = fit(candidate, data)
    if fitted.rounds is None:
        return
    assert fitted.rounds == 8
    assert fit(candidate, replace(data, valid_features=None, valid_target=None)).rounds == 8
    free = fit(candidate, data, FitOptions())
    assert free.rounds is not None
    if candidate.stops_early:
        alone = replace(data, valid_features=None, valid_target=None)
        again = fit(candidate, alone, FitOptions(rounds=free.rounds))
        np.testing.assert_array_equal(again.learner.margins(data.features), free.learner.margins(data.features))


def check_progress(candidate: Candidate) -> None:
    """Progress is reported at least once, lies between 0 and 1 and never goes back."""
    shares: list[float] = []
    fit(candidate, data_for(candidate, sorted(candidate.problems)[0]), replace(FEW_ROUNDS, on_progress=shares.append))
    assert shares
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0


def check_cancel(candidate: Candidate) -> None:
    """``Canceled`` comes out within a second of being raised by the callback, in the middle of long work too."""
    clock = SystemClock()
    raised_at = 0.0

    def stop(share: float) -> None:
        nonlocal raised_at
        raised_at = raised_at or clock.monotonic()
        raise Canceled("canceled", "The work was stopped.")

    data = data_for(candidate, sorted(candidate.problems)[0], n_rows=4_000)
    with pytest.raises(Canceled):
        fit(candidate, data, FitOptions(rounds=100_000, on_progress=stop))
    assert clock.monotonic() - raised_at < 1.0


def check_deadline(candidate: Candidate) -> None:
    """It returns by the deadline with what it has; the first round may run over, but never by much."""
    clock = SystemClock()
    data = data_for(candidate, sorted(candidate.problems)[0], n_rows=4_000)
    fit(candidate, data, FitOptions(rounds=1))  # Imports are not part of a fit.
    started = clock.monotonic()
    fitted = fit(candidate, data, FitOptions(rounds=100_000, deadline=Deadline(clock, 1.0)))
    assert clock.monotonic() - started < 2.0
    if fitted.rounds is not None:
        assert fitted.stopped_by_deadline
        assert 1 <= fitted.rounds < 100_000
    assert np.isfinite(fitted.learner.margins(data.features)).all()


def check_absent_class(candidate: Candidate) -> None:
    """A class that none of the training rows has gets a small probability, not an error; the others keep theirs."""
    if "multiclass" not in candidate.problems:
        return
    data = data_for(candidate, "multiclass")
    kept = data.target != 2.0
    part = replace(data, features=data.features[kept], target=data.target[kept])
    for rows in (part, replace(part, valid_features=None, valid_target=None)):
        learner = fit(candidate, rows, FitOptions(rounds=20)).learner
        probabilities = _softmax(learner.margins(part.features))
        assert probabilities.shape == (len(part.features), 4)
        assert 0.0 < probabilities[:, 2].max() < 0.05
        learner_contract.check_effects_add_up(learner, part.features[:10])
        learner_contract.check_survives_storage(learner, part.features[:10])


def check_weights(candidate: Candidate) -> None:
    """Rows of more weight pull the answer their way, on average."""
    for problem in sorted(candidate.problems):
        data = data_for(candidate, problem, n_valid=0)
        heavy = data.target > (np.median(data.target) if problem == "regression" else data.n_classes - 1.5)
        weighted = replace(data, weights=np.where(heavy, 5.0, 1.0))
        answers = []
        for rows in (data, weighted):
            margins = fit(candidate, rows, FitOptions(rounds=20)).learner.margins(data.features)
            answers.append(_softmax(margins)[:, -1] if problem == "multiclass" else margins[:, 0])
        assert np.mean(answers[1] - answers[0]) > 0.0


def check_strange_data(candidate: Candidate) -> None:
    """Constant features, tiny tables, huge and tiny values: a finite model, or ``NotApplicable`` with its reason."""
    for problem in sorted(candidate.problems):
        for data in strange_data(problem):
            try:
                learner = fit(candidate, data, FitOptions(rounds=5)).learner
            except NotApplicable:
                continue
            assert np.isfinite(learner.margins(data.features)).all()
            learner_contract.check_effects_add_up(learner, data.features)


def strange_data(problem: Problem) -> list[TrainingData]:
    """Tables that break careless code."""
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]
    random = np.random.default_rng(0)
    labels = np.arange(60) % max(2, n_classes)
    target = labels.astype(np.float64) if n_classes else random.normal(size=60)
    constant = np.ones((60, 3))
    tables = [
        (constant, target),
        (np.column_stack([target * 1e30, target * 1e-30]), target),
        (constant[:2], target[:2]),
        (random.normal(size=(60, 1)), target),
        (random.normal(size=(20, 200)), target[:20]),
        (np.zeros((60, 0)), target),
        (random.normal(size=(60, 2)), np.zeros(60)),
    ]
    if problem == "regression":
        tables += [(random.normal(size=(60, 2)), target * 1e12 + 1e15), (random.normal(size=(60, 2)), target * 1e-12)]
    return [TrainingData(features, values, problem, n_classes) for features, values in tables]


def check_odd_tables(candidate: Candidate) -> None:
    """A constant column beside good ones, two rows per class, 26 classes, weights: a finite model that adds up, or
    ``NotApplicable`` with a plain sentence."""
    for problem in sorted(candidate.problems):
        for name, data in odd_tables(problem, gaps=candidate.view == "trees").items():
            settings = candidate.settings(problem, len(data.target), data.features.shape[1])[0]
            try:
                learner = candidate.fit(data, settings, FitOptions(rounds=3)).learner
            except NotApplicable as reason:
                told = str(reason).strip()
            else:
                told = _finite_and_additive(learner, data)
            assert told.endswith("."), f"{name}: {told}"


def _finite_and_additive(learner: Learner, data: TrainingData) -> str:
    learner_contract.check_effects_add_up(learner, data.features[:6])
    if learner.n_outputs != (data.n_classes if data.problem == "multiclass" else 1):
        return "The outputs are not those of the problem"
    if not np.isfinite(learner.margins(data.features)).all():
        return "An answer is not a finite number"
    return "A model."


def odd_tables(problem: Problem, *, gaps: bool) -> dict[str, TrainingData]:
    """Tables as people have them: with gaps where the view of the table leaves them."""
    random = np.random.default_rng(1)
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]

    def table(n_rows: int, classes: int, **parts: Any) -> TrainingData:
        features = random.normal(size=(n_rows, 3))
        target = np.arange(n_rows) % classes if classes else features[:, 0] + random.normal(size=n_rows)
        features[:, 0] += target
        if gaps:
            features[random.random(features.shape) < 0.2] = np.nan
        return TrainingData(features, target.astype(np.float64), problem, classes, **parts)

    constant = table(80, n_classes)
    constant.features[:, 1] = 7.0
    empty = table(80, n_classes)
    empty.features[:, 2] = np.nan if gaps else 0.0
    tables = {
        "one column constant": constant,
        "one column empty": empty,
        "two rows per class": table(2 * max(2, n_classes), n_classes),
        "weights": table(80, n_classes, weights=random.uniform(0.1, 10.0, 80)),
        "few rows, to stop by a few": replace(table(12, n_classes), **vars_of_valid(table(6, n_classes))),
    }
    if problem == "multiclass":
        tables["26 classes"] = table(260, 26)
        tables["26 classes of two rows"] = table(52, 26)
    return tables


def vars_of_valid(data: TrainingData) -> dict[str, Any]:
    """Rows of one table as the rows another one stops by."""
    return {"valid_features": data.features, "valid_target": data.target}


def check_import_is_light(candidate: Candidate) -> None:
    """The module imports no heavy library at its top, and what its fits import is declared."""
    source = inspect.getsource(inspect.getmodule(candidate) or type(candidate))
    lines = [line for line in source.splitlines() if line.strip().startswith(("import ", "from "))]
    for heavy in ("sklearn", "lightgbm", "xgboost", "catboost", "scipy"):
        found = [line for line in lines if line.split()[1].split(".")[0] == heavy]
        assert all(line.startswith(" ") for line in found)
        assert {line.split()[1] for line in found} <= set(candidate.libraries)


def _naive_loss(data: TrainingData) -> float:
    assert data.valid_target is not None
    if data.problem == "regression":
        margins = np.full((len(data.valid_target), 1), data.target.mean())
    else:
        shares = np.bincount(data.target.astype(np.int64), minlength=data.n_classes) / len(data.target)
        margins = np.tile(np.log(shares), (len(data.valid_target), 1))
        margins = margins[:, 1:] - margins[:, :1] if data.problem == "binary" else margins
    return loss(data.problem, margins, data.valid_target)


def _softmax(margins: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


CHECKS = (
    check_declarations,
    check_settings,
    check_settings_mix,
    check_estimates,
    check_learner,
    check_learns,
    check_repeats,
    check_data_stay,
    check_rounds,
    check_progress,
    check_cancel,
    check_deadline,
    check_absent_class,
    check_weights,
    check_strange_data,
    check_odd_tables,
    check_import_is_light,
)
