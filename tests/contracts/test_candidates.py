"""Every candidate keeps the contract, and the checks notice a candidate that does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from narrative.core.plugins import discover
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.base import Learner
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, Problem
from tests.contracts import candidate_contract as contract

CANDIDATES = discover("narrative.engine.candidates", Candidate)
Check = Callable[[Candidate], None]
SLOW = {
    *("check_learns", "check_cancel", "check_deadline", "check_strange_data", "check_odd_tables"),
    *("check_weights", "check_rounds", "check_settings_mix"),
}
BY_THE_CLOCK = {"check_cancel", "check_deadline"}
"""They hold a candidate to seconds of the clock, so nothing else may have the processors."""


def _marks(check: Check) -> list[pytest.MarkDecorator]:
    slow = [pytest.mark.slow] if check.__name__ in SLOW else []
    return [*slow, pytest.mark.serial] if check.__name__ in BY_THE_CLOCK else slow


def _cases() -> list[Any]:
    return [pytest.param(name, check, marks=_marks(check)) for name in CANDIDATES for check in contract.CHECKS]


@pytest.mark.parametrize(("name", "check"), _cases(), ids=lambda value: getattr(value, "__name__", value))
def test_candidate_keeps_the_contract(name: str, check: Check) -> None:
    check(CANDIDATES[name]())


def test_the_order_puts_the_baseline_and_the_linear_models_first() -> None:
    ordered = sorted(CANDIDATES.values(), key=lambda candidate: candidate.order)
    assert ordered[0].name == "baseline"
    assert {candidate.name for candidate in ordered[1:3]} == {"logistic_regression", "ridge"}


class _Breach(Candidate):
    """A linear candidate with one planted fault."""

    name: ClassVar[str] = "breach"
    title: ClassVar[str] = "Breach"
    sentence: ClassVar[str] = "Learns nothing."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 1
    stops_early: ClassVar[bool] = False

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.calls = 0
        if fault == "check_declarations":
            self.sentence = "No full stop"  # type: ignore[misc]  # the planted fault

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        self.calls += 1
        step = self.calls if self.fault == "check_settings" else 0
        return [{"note": "One.", "step": step}, {"note": "Two.", "step": step + 1}]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 0 if self.fault == "check_estimates" else 1 + n_rows

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        rounds = options.rounds
        if self.fault == "check_data_stay":
            data.target[0] = 1.0 - data.target[0]
        if self.fault == "check_rounds":
            rounds = 7
        if self.fault == "check_absent_class":
            data = replace(data, n_classes=int(data.target.max()))
        if options.on_progress is not None and self.fault != "check_progress":
            options.on_progress(1.0)
        if self.fault == "check_deadline" and options.deadline is not None:
            time.sleep(2.1)
        return Fitted(self._learner(data), rounds)

    def _learner(self, data: TrainingData) -> Learner:
        self.calls += 1
        n_outputs = data.n_classes if data.problem == "multiclass" else 1
        weights = np.zeros((n_outputs, data.features.shape[1]))
        if self.fault == "check_repeats":
            weights += self.calls
        if self.fault in {"check_strange_data", "check_odd_tables", "check_settings_mix"}:
            weights += np.nan
        kind = _NotAdditive if self.fault == "check_learner" else Linear
        return kind(weights, np.zeros(n_outputs), np.zeros(data.features.shape[1]))


class _NotAdditive(Linear):
    def margins(self, features: FloatArray) -> FloatArray:
        return super().margins(features) + 1.0


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, marks=_marks(check) if check.__name__ == "check_deadline" else [], id=check.__name__)
        for check in contract.CHECKS
        # The planted candidate calls back before it works, and lives in a module with light imports.
        if check.__name__ not in {"check_cancel", "check_import_is_light"}
    ],
)
def test_the_check_notices_a_planted_breach(check: Check) -> None:
    with pytest.raises(AssertionError):
        check(_Breach(check.__name__))
