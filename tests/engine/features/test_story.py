"""The story of the features stage: bound numbers, singular and plural, nothing claimed that no search found."""

from __future__ import annotations

from narrative.engine.story import FeatureFacts, tell_findings


def test_it_tells_what_carries_the_signal_what_could_go_and_what_was_proven() -> None:
    story = tell_findings(
        FeatureFacts(
            target="bought", metric="ROC AUC", judged=12, kept=5, dropped=7, strongest="age", ideas_tried=30,
            ideas_helping=2, best_idea="a × b", best_gain=0.031, suspects=3, proven=1, cleared=2, leak="refund",
            score_with=0.99, score_without=0.81,
        )
    )  # fmt: skip
    assert story.headline.text == "refund flatters the score: that is proven."
    assert [sentence.text for sentence in story.found] == [
        "With refund the ROC AUC is 0.990, without it 0.810.",
        "2 suspects cleared.",
        "Of 12 columns, 5 help and 7 could go.",
        "Among those that help is age.",
        "Of 30 ideas, 2 help beyond luck.",
        "The idea a × b gains 0.031 of ROC AUC.",
    ]
    assert {fact.formula for fact in story.facts} == {"features.field"}


def test_what_nobody_looked_for_is_said_to_be_unknown_and_one_is_singular() -> None:
    story = tell_findings(FeatureFacts(target="bought", metric="ROC AUC", ideas_tried=1, ideas_helping=0))
    assert [sentence.text for sentence in story.found] == ["Of 1 idea, none helps beyond luck."]
    assert "Nobody has looked for leaks yet." in [sentence.text for sentence in story.unknown]
    clean = tell_findings(FeatureFacts(target="bought", metric="ROC AUC", suspects=1, proven=0, cleared=1))
    assert [sentence.text for sentence in clean.found] == ["1 suspect looked at, none proven.", "1 suspect cleared."]
