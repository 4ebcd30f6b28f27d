"""The sentence of an answer: it names the cut where a cut other than one half decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrative.studio.predictions.answers import answer
from narrative.studio.predictions.entities import Prediction
from narrative.studio.predictions.wording import sentence_at_cut
from tests.fixtures.bundles import small_bundle
from tests.fixtures.studio_app import ROW


def answered(folder: Path, threshold: float) -> Prediction:
    predictor = small_bundle(folder).predictor
    predictor.model = replace(predictor.model, threshold=threshold)
    return answer(predictor, [ROW], ["pred_1"], with_reasons=False).items[0]


def test_a_cut_that_decides_is_named_beside_the_probability_it_is_held_against(tmp_path: Path) -> None:
    for cut, place in ((0.001, 1), (0.999, 0)):
        got = answered(tmp_path, cut)
        assert got.probabilities is not None
        label = list(got.probabilities)[place]
        flagged = list(got.probabilities)[1]
        assert str(got.prediction) == label
        assert got.sentence.startswith(f"The probability of {flagged} is ")
        assert f"the cut is {'0.1%' if place else '99.9%'}, so the model expects target to be {label}." in got.sentence


def test_no_cut_is_named_where_the_likelier_class_is_the_answer(tmp_path: Path) -> None:
    got = answered(tmp_path, 0.5)
    assert "cut" not in got.sentence
    assert got.sentence.startswith(f"The model expects target to be {got.prediction}, with a probability of ")


@pytest.mark.parametrize(
    ("probability", "cut", "said"),
    [
        (0.0796, 0.0804, "is 7.96%; the cut is 8.04%,"),
        (0.0001, 0.0002, "is 0.01%; the cut is 0.02%,"),
        (0.08, 0.08, "is 8.0%; the cut is 8.0%,"),
    ],
)
def test_two_shares_that_would_be_rounded_alike_are_told_apart(probability: float, cut: float, said: str) -> None:
    assert said in sentence_at_cut("churn", "no", "yes", probability, cut)
