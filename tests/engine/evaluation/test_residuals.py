from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.residuals import residuals
from narrative.engine.evaluation.rows import Rows
from narrative.engine.model import Intervals
from tests.fixtures.evaluated import scored, scored_numbers


def leaning(shift: float) -> Rows:
    rows = scored_numbers()
    return Rows("regression", rows.target, rows.predictions + shift, rows.positions)


def test_errors_that_lean_are_told_and_fair_ones_are_not() -> None:
    fair, off = residuals(leaning(0.0)), residuals(leaning(-0.5))
    assert fair.interval[0] <= 0 <= fair.interval[1]
    assert off.interval[0] > 0
    assert off.mean == pytest.approx(fair.mean + 0.5)
    assert fair.words.sentence is not None
    assert off.words.sentence is not None
    assert "even on both sides" in fair.words.sentence.text
    assert off.words.sentence.text.startswith("Errors lean")


def test_quantiles_and_bins_are_those_of_numpy() -> None:
    rows = scored_numbers(500)
    found = residuals(rows)
    errors = rows.target - rows.predictions
    assert found.quantiles["0.5"] == pytest.approx(np.median(errors))
    first = np.argsort(rows.predictions, kind="stable")[:50]
    assert found.by_prediction.y[0] == pytest.approx(errors[first].mean())
    assert sum(found.by_prediction.rows) == 500
    assert found.baseline_quantiles["0.95"] > found.quantiles["0.95"]


def test_ranges_that_keep_their_word_cover_what_they_say() -> None:
    ranges = Intervals(0.9, np.array([]), np.array([-1.645]), np.array([1.645]))  # normal errors of spread 1
    found = residuals(scored_numbers(4_000), ranges).coverage
    assert found is not None
    assert found.interval[0] <= 0.9 <= found.interval[1]
    narrow = residuals(scored_numbers(4_000), Intervals(0.9, np.array([]), np.array([-1.0]), np.array([1.0]))).coverage
    assert narrow is not None
    assert narrow.interval[1] < 0.9


def test_classes_have_no_residuals() -> None:
    with pytest.raises(NotApplicable):
        residuals(scored())
    with pytest.raises(NotApplicable):
        residuals(scored_numbers().at(np.arange(4)))
