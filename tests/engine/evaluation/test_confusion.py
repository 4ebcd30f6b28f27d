from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.confusion import confusion, money
from narrative.engine.evaluation.rows import Rows
from narrative.engine.training.imbalance_types import Costs
from tests.fixtures.evaluated import SUBJECT, scored, scored_numbers


def test_every_cell_opens_exactly_its_rows() -> None:
    rows = scored(300)
    shifted = Rows("binary", rows.target, rows.predictions, rows.positions + 1_000)
    found = confusion(shifted, SUBJECT.classes)
    expected = confusion_matrix(rows.target, rows.positive() >= 0.5)
    assert [cell.n_rows for cell in found.cells] == expected.ravel().tolist()
    for cell in found.cells:
        told = [row - 1_000 for row in cell.rows]
        assert len(told) == cell.n_rows
        assert all(SUBJECT.classes[int(rows.target[row])] == cell.actual for row in told)
        assert all(("yes" if rows.positive()[row] >= 0.5 else "no") == cell.answered for row in told)
        assert cell.share is not None
        assert cell.interval[0] <= cell.share <= cell.interval[1]


def test_the_largest_mistake_is_told() -> None:
    target = np.repeat([0.0, 1.0, 2.0], 20)
    answers = np.where(np.arange(60) < 8, 2, target).astype(int)
    rows = Rows("multiclass", target, np.eye(3)[answers], np.arange(60))
    found = confusion(rows, ["red", "green", "blue"])
    assert found.words.sentence is not None
    assert found.words.sentence.text == ("Its largest mistake: blue for 40% (22% to 61%) of the rows of red, 8 rows.")


def test_a_faultless_model_is_said_to_make_no_mistake() -> None:
    target = np.repeat([0.0, 1.0], 20)
    rows = Rows("binary", target, np.eye(2)[target.astype(int)], np.arange(40))
    sentence = confusion(rows, ["no", "yes"]).words.sentence
    assert sentence is not None
    assert sentence.text == "It made no mistake on 40 rows."


def test_costs_at_a_cut_are_those_counted_by_hand() -> None:
    rows, costs = scored(800), Costs(false_positive=2.0, false_negative=7.0)
    found = money(rows, costs)
    yes = rows.positive() >= 0.5
    by_hand = np.mean(2.0 * (yes & (rows.target == 0)) + 7.0 * (~yes & (rows.target == 1)))
    place = found.curve.x.index(0.5)
    assert found.curve.y[place] == pytest.approx(by_hand)
    assert found.curve.low[place] < by_hand < found.curve.high[place]
    assert min(found.curve.y) == pytest.approx(found.curve.y[found.curve.x.index(found.cheapest)])


def test_a_dear_mistake_moves_the_cut_and_even_costs_promise_no_saving() -> None:
    rows = scored(4_000)
    dear = money(rows, Costs(false_positive=1.0, false_negative=9.0))
    assert dear.cheapest == pytest.approx(0.1, abs=0.08)  # Elkan: 1 / (1 + 9)
    assert dear.tuned.saved_interval[0] > 0
    even = money(rows, Costs(false_positive=1.0, false_negative=1.0))
    assert even.tuned.saved_interval[0] <= 0 <= even.tuned.saved_interval[1]
    assert even.words.sentence is not None
    assert "may be luck" in even.words.sentence.text


def test_numbers_have_no_confusion_and_no_cut() -> None:
    with pytest.raises(NotApplicable):
        confusion(scored_numbers(), [])
    with pytest.raises(NotApplicable):
        money(scored_numbers(), Costs(false_positive=1.0, false_negative=1.0))
