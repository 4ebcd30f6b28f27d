"""The yardstick itself, against texts whose grade is known."""

from __future__ import annotations

from benchmarks.readability import grade, syllables


def test_syllables_of_common_words_are_counted() -> None:
    known = {"the": 1, "table": 2, "model": 2, "score": 1, "column": 2, "explain": 2, "validation": 4, "looked": 1}
    assert {word: syllables(word) for word in known} == known


def test_the_grade_of_a_sentence_counted_by_hand() -> None:
    # "The cat sat on the mat." 6 words, 6 syllables, 1 sentence: 0.39*6 + 11.8*1 - 15.59.
    assert abs(grade("The cat sat on the mat.") - (0.39 * 6 + 11.8 - 15.59)) < 1e-9


def test_an_official_sentence_is_far_above_grade_eight() -> None:
    text = "The heterogeneous characteristics of statistical methodologies necessitate comprehensive interpretation."
    assert grade(text) > 20
