from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.dependence import partial_dependence
from narrative.engine.evaluation.rows import gather
from narrative.engine.evaluation.subject import Subject
from tests.fixtures.evaluated import LINE, SUBJECT, chances, numbers, scored, scored_numbers


def test_the_dependence_of_a_line_is_its_slope() -> None:
    rows = scored_numbers(300)
    found = partial_dependence(LINE, rows, "a")
    slopes = np.diff(found.mean) / np.diff(found.values)
    assert slopes == pytest.approx(np.full(len(slopes), 2.0))
    # Mean answer where a is v: 2 v less the mean of b; single rows spread as b does.
    assert found.mean[0] == pytest.approx(2 * found.values[0] - rows.cells["b"].mean())
    quantiles = np.quantile(-rows.cells["b"].to_numpy(), [0.1, 0.9])
    assert found.tenth[0] - 2 * found.values[0] == pytest.approx(quantiles[0])
    assert found.ninetieth[0] - 2 * found.values[0] == pytest.approx(quantiles[1])
    assert all(low < mean < high for low, mean, high in zip(found.low, found.mean, found.high, strict=True))
    assert found.baseline == pytest.approx(rows.predictions.mean())


def test_two_classes_tell_the_probability_of_the_positive_one() -> None:
    rows = scored(300)
    found = partial_dependence(SUBJECT, rows, "b")
    assert found.answer == "yes"
    changed = rows.cells.with_columns(b=np.full(300, found.values[3]))
    assert found.mean[3] == pytest.approx(chances(changed)[:, 1].mean())
    assert found.words.sentence is not None


def test_a_column_the_model_does_not_use_does_not_move_the_answer() -> None:
    found = partial_dependence(SUBJECT, scored(), "c")
    assert sorted(found.values) == ["x", "y", "z"]
    assert max(found.mean) == min(found.mean)
    assert found.words.sentence is not None
    assert "does not move" in found.words.sentence.text


def test_a_constant_column_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(InvalidInput, match="'z'"):
        partial_dependence(LINE, scored_numbers(), "z")
    subject = Subject(problem="regression", target="v", predict=lambda f: f["a"].to_numpy(), columns=["a"])
    rows = gather(subject, [numbers(50, 1).with_columns(a=np.zeros(50))], "v", most_cells=50).sample
    with pytest.raises(NotApplicable, match="one value"):
        partial_dependence(subject, rows, "a")
