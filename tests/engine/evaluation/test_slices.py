from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.pieces import pieces_of
from narrative.engine.evaluation.slices import shuffled_p, surprises, weakest
from tests.fixtures.evaluated import numbers, scored, scored_numbers


def test_a_planted_pair_of_columns_is_found_with_its_size_and_an_interval() -> None:
    for seed in range(2):
        found = weakest(scored(3_000, seed=seed, turned=True), seed=seed).found
        worst = found[0]
        assert {(each["column"], each["value"]) for each in worst.conditions} == {("c", "x"), ("g", "f")}
        assert worst.share == pytest.approx(1 / 6, abs=0.04)
        assert worst.interval[0] > 0
        assert worst.interval[0] < worst.extra_loss < worst.interval[1]
        assert worst.score.value is not None
        assert worst.outside.value is not None
        assert worst.score.value < 0.5 < worst.outside.value


@pytest.mark.slow
def test_a_clean_twin_is_silent() -> None:
    told = sum(bool(weakest(scored(1_500, seed=seed), seed=seed).found) for seed in range(8))
    assert told <= 2  # at 5 % false alarms more has a chance below 1 in 100
    sentence = weakest(scored(1_500)).words.sentence
    assert sentence is not None
    assert sentence.text.startswith("None of ")


@pytest.mark.slow
def test_without_the_second_half_the_clean_twin_would_not_be_silent() -> None:
    """The protection is what keeps luck out: the worst of many groups on the rows it was found on looks bad."""
    alarmed = 0
    for seed in range(8):
        rows = scored(1_500, seed=seed)
        masks = np.stack([piece.mask for piece in pieces_of(rows.cells, least=40)])
        alarmed += min(shuffled_p(surprises(rows), masks)) <= 0.05
    assert alarmed >= 3


def test_rows_the_model_calls_hard_are_no_surprise_but_cost_most_by_plain_loss() -> None:
    rows = scored(3_000)
    assert weakest(rows).found == []
    hard = weakest(rows, by="loss").found
    assert hard
    assert {each["column"] for each in hard[0].conditions} <= {"a", "b"}


def test_a_range_in_which_numbers_are_missed_by_more_is_found() -> None:
    found = weakest(scored_numbers(3_000, wide=True)).found
    assert found[0].conditions[0]["column"] == "a"
    assert found[0].conditions[0]["op"] == ">"
    assert weakest(scored_numbers(3_000)).found == []


def test_the_rows_of_a_slice_are_those_that_meet_its_conditions() -> None:
    rows = scored(3_000, turned=True)
    worst = weakest(rows).found[0]
    cells = rows.cells
    assert all(cells["c"][row] == "x" and cells["g"][row] == "f" for row in worst.rows)


def test_shuffling_gives_the_p_values_of_a_known_case() -> None:
    # The single largest of 10 values inside: one of 10 shuffles puts it there.
    losses = np.r_[1.0, np.zeros(9)]
    assert shuffled_p(losses, np.eye(10, dtype=bool)[:1])[0] == pytest.approx(0.1, abs=0.02)


def test_few_rows_have_no_slices() -> None:
    with pytest.raises(NotApplicable, match="200 rows"):
        weakest(scored(150))


def test_pieces_cut_numbers_in_fifths_and_name_words() -> None:
    frame = numbers(1_000, 1)
    sizes = [int(piece.mask.sum()) for piece in pieces_of(frame, ["a"])]
    assert sizes == pytest.approx([200] * 5, abs=1)
    masks = np.stack([piece.mask for piece in pieces_of(frame, ["a"])])
    assert masks.sum(axis=0).tolist() == [1] * 1_000
