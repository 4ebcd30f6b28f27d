"""trim_whitespace, text_statistics and text_vectors."""

from __future__ import annotations

import polars as pl

from narrative.engine.steps.base import FitContext
from narrative.engine.steps.text_statistics import TextStatistics, TextStatisticsParams
from narrative.engine.steps.text_vectors import TextVectors, TextVectorsParams
from narrative.engine.steps.trim_whitespace import TrimWhitespace, TrimWhitespaceParams


def test_trimming_never_turns_missing_into_text() -> None:
    frame = pl.DataFrame({"x": [" a\u00a0", None, "  ", "b  c", "nan"]})
    found = TrimWhitespace().fit_apply(frame, TrimWhitespaceParams(), FitContext())[1]["x"].to_list()
    assert found == ["a", None, None, "b  c", "nan"]


def test_blanks_inside_are_collapsed_and_blank_cells_kept_when_asked() -> None:
    frame = pl.DataFrame({"x": ["b \t c", "  "]})
    params = TrimWhitespaceParams(collapse=True, blank_is_missing=False)
    assert TrimWhitespace().fit_apply(frame, params, FitContext())[1]["x"].to_list() == ["b c", ""]


def test_text_is_measured_in_characters_words_and_digits() -> None:
    frame = pl.DataFrame({"note": ["two words 42", "", None, "Żółw"]})
    after = TextStatistics().fit_apply(frame, TextStatisticsParams(), FitContext())[1]
    assert after.select("note length", "note words", "note digits").rows() == [
        (12.0, 3.0, 2.0),
        (0.0, 0.0, 0.0),
        (None, None, None),
        (4.0, 1.0, 0.0),
    ]


def test_frequent_words_become_columns_and_rare_or_common_ones_do_not() -> None:
    texts = ["red car", "RED bus", "blue car!", "blue bus", "the the the", None, "x"]
    frame = pl.DataFrame({"note": [f"{text} always" if text else None for text in texts]})
    after = TextVectors().fit_apply(frame, TextVectorsParams(), FitContext())[1]
    assert after.columns == ["note has 'blue'", "note has 'bus'", "note has 'car'", "note has 'red'"]
    assert after["note has 'red'"].to_list() == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_a_word_is_matched_whole() -> None:
    frame = pl.DataFrame({"note": ["car", "car", "carpet", "scar"]})
    after = TextVectors().fit_apply(frame, TextVectorsParams(), FitContext())[1]
    assert after["note has 'car'"].to_list() == [1.0, 1.0, 0.0, 0.0]
