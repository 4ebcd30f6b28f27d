"""False directions, orders and extremes, planted in every claim of every stage: all cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from narrative.engine.story import DeploymentFacts, PredictionSummary, Sources
from narrative.engine.story.draft import Draft
from narrative.engine.story.relations import flatten
from narrative.engine.story.stages.deploy import draft_deployment
from narrative.engine.story.stages.evaluate import draft_evaluation
from narrative.engine.story.stages.load import draft_load
from narrative.engine.story.stages.predict import draft_predictions
from narrative.engine.story.stages.prepare import draft_features, draft_preparation
from narrative.engine.story.stages.profile import draft_profile
from narrative.engine.story.stages.train import draft_training
from narrative.engine.story.types import Claim
from narrative.engine.story.verifier import Verifier
from narrative.engine.types import Problem
from tests.fixtures.outcomes import HASH, outcome

OPPOSITE = {
    ">": "<", "<": ">", ">=": "<", "<=": ">", "better": "worse", "worse": "better", "max": "min", "min": "max",
    "within": "outside", "outside": "within", "present": "absent", "absent": "present",
}  # fmt: skip
PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")


def _drafts() -> Iterator[Draft]:
    writers: list[Callable[[Sources], Draft]] = [
        draft_load, draft_profile, draft_preparation, draft_features, draft_training, draft_evaluation,
    ]  # fmt: skip
    for problem in PROBLEMS:
        for tied in (False, True):
            made = outcome(problem, tied=tied)
            sources = Sources(made.frame, HASH, made.imported, made.profile, made.result)
            yield from (write(sources) for write in writers)
    answers: list[Any] = ["No"] * 30 + ["Yes"] * 20
    summary = PredictionSummary("binary", "churn", ["No", "Yes"], 50, answers, np.tile([0.4, 0.6], (50, 1)))
    yield draft_predictions(Sources(predictions=summary))
    facts = DeploymentFacts(
        name="live", state="live", model_version=1, target="churn", metric_title="ROC AUC", score=0.8, n_inputs=4
    )
    yield draft_deployment(Sources(deployment=facts))


CLAIMS = [(draft, claim) for draft in _drafts() for claims in draft.claims.values() for claim in claims]


def _falsified(claim: Claim) -> Iterator[Claim]:
    """The claim with each of its relations turned round."""
    parts = [dict(part) for part in flatten(claim.relation)]
    for place, part in enumerate(parts):
        if part["op"] in OPPOSITE:
            turned = [*parts[:place], part | {"op": OPPOSITE[part["op"]]}, *parts[place + 1 :]]
            yield claim.model_copy(update={"relation": {"op": "all", "of": turned}})
        if {"left", "right"} <= set(part) and part["op"] not in ("difference", "=="):
            swapped = part | {"left": part["right"], "right": part["left"]}
            turned = [*parts[:place], swapped, *parts[place + 1 :]]
            yield claim.model_copy(update={"relation": {"op": "all", "of": turned}})


def test_every_relation_that_is_turned_round_is_cut() -> None:
    planted = [(draft, false) for draft, claim in CLAIMS for false in _falsified(claim)]
    assert len(planted) > 100
    survivors = [
        false.text for draft, false in planted if Verifier(draft.book.sources, draft.book.facts).why_not(false) is None
    ]
    assert survivors == []


WORDS = {"above": "below", "beats": "trails", "better": "worse", "most": "least", "No": "Three"}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_asserting_word_that_is_turned_round_is_cut(word: str) -> None:
    spoken = re.compile(rf"\b{word}\b")
    told = [(draft, claim) for draft, claim in CLAIMS if spoken.search(claim.text)]
    assert told
    for draft, claim in told:
        false = claim.model_copy(update={"text": spoken.sub(WORDS[word], claim.text)})
        assert Verifier(draft.book.sources, draft.book.facts).why_not(false) is not None, false.text


def test_the_claims_are_proven_before_they_are_turned_round() -> None:
    unproven = [
        claim.text
        for draft, claim in CLAIMS
        if Verifier(draft.book.sources, draft.book.facts).why_not(claim) is not None
    ]
    assert unproven == []
