"""Bundled samples: repeatable, messy in an ordinary way, with a signal that is real and not perfect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import NotFound
from narrative.engine.profile import profile_table
from narrative.engine.samples import Sample, sample_csv, samples
from narrative.engine.tables.delimited import read_delimited
from narrative.engine.tables.types import ReadLimits, ReadOptions

NAMES = ["customer_churn", "house_prices", "marketing_response"]
EACH = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)


def test_there_are_three() -> None:
    assert [sample.name for sample in samples()] == NAMES


@EACH
def test_a_sample_is_the_same_every_time_and_another_with_another_seed(sample: Sample) -> None:
    assert sample.build(n_rows=300).equals(sample.build(n_rows=300))
    assert not sample.build(n_rows=300).equals(sample.build(seed=1, n_rows=300))
    assert sample.build().height == sample.n_rows


@EACH
def test_the_reader_gives_back_exactly_what_was_built(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_bytes(sample_csv(sample.name))
    parsed = read_delimited(path, path.name, ReadOptions(), ReadLimits())
    assert parsed.frame.equals(sample.build())
    assert parsed.report["warnings"] == []


@EACH
def test_the_profile_finds_target_problem_identifier_and_gaps(sample: Sample) -> None:
    frame = sample.build()
    profile = profile_table(frame)
    assert profile.suggested_targets[0].column == sample.target
    assert profile_table(frame, target=sample.target).problem == sample.problem
    kinds = {column.kind for column in profile.columns}
    assert {"identifier", "date", "category", "integer", "decimal"} <= kinds
    assert any(column.missing for column in profile.columns)
    assert sample.question.endswith("?")


@EACH
@pytest.mark.slow
def test_the_signal_is_real_and_not_perfect(sample: Sample) -> None:
    """Judge: scikit-learn's random forest on ranks, cross-validated."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.model_selection import cross_val_score

    frame = sample.build()
    inputs = frame.drop(sample.target)
    ranked = (
        inputs.select(
            pl.col(name).cast(pl.Float64) if dtype.is_numeric() else pl.col(name).rank("dense").cast(pl.Float64)
            for name, dtype in inputs.schema.items()
        )
        .fill_null(-1.0)
        .to_numpy()
    )
    if sample.problem == "regression":
        model, metric, low, high = RandomForestRegressor(40, max_depth=12, random_state=1), "r2", 0.8, 0.97
        target = frame[sample.target].to_numpy()
    else:
        model, metric, low, high = RandomForestClassifier(40, max_depth=8, random_state=1), "roc_auc", 0.72, 0.92
        target = (frame[sample.target] == "yes").to_numpy()
    score = float(np.mean(cross_val_score(model, ranked, target, cv=3, scoring=metric)))
    assert low < score < high


def test_an_unknown_sample_is_named() -> None:
    with pytest.raises(NotFound) as caught:
        sample_csv("nope")
    assert "customer_churn" in str(caught.value.fix)
