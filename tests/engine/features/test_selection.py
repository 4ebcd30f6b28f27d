"""The selection of columns: what every method says, and what is decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.features.material import make_material
from narrative.engine.features.selecting import all_methods, select_columns
from narrative.engine.features.selection.base import SelectionOptions
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.types import TrainingOptions


def table(n_rows: int = 400, seed: int = 1) -> pl.DataFrame:
    """Two columns and a category that count, a double of one of them, four that do not; a number as target."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=n_rows), random.normal(size=n_rows)
    city = random.integers(0, 4, n_rows)
    noise = {f"noise {i}": random.normal(size=n_rows) for i in range(4)}
    target = 2 * a + np.abs(b) * 2 + np.array([0.0, 2.0, -2.0, 1.0])[city] + 0.5 * random.normal(size=n_rows)
    return pl.DataFrame(
        {
            "row_id": [f"R{i:05d}" for i in range(n_rows)],
            "blurred a": a + 0.05 * random.normal(size=n_rows),
            "a": a,
            "b": b,
            "city": [f"city {code}" for code in city],
            **noise,
            "target": target,
        }
    )


def selected(frame: pl.DataFrame, **more: Any) -> Any:
    return select_columns(make_material(frame, TrainingOptions(target="target")), **more)


def test_what_counts_is_kept_and_noise_is_dropped() -> None:
    found = selected(table(), methods=["correlation", "noise"])
    assert found.kept == ["a", "b", "city"]
    assert {choice.column: choice.dropped_by for choice in found.choices if not choice.kept}["noise 0"] == ["noise"]


def test_without_the_comparison_with_noise_noise_stays() -> None:
    """Negative control: it is this method that drops it."""
    assert "noise 0" in selected(table(), methods=["correlation"]).kept


def test_of_two_columns_that_say_the_same_the_one_nearer_the_target_stays_up_to_the_limit() -> None:
    frame = table()
    found = selected(frame, methods=["correlation"])
    gone = [choice for choice in found.choices if not choice.kept]
    assert [choice.column for choice in gone] == ["blurred a"]
    assert "'a'" in gone[0].reason
    expected = float(np.corrcoef(frame["a"], frame["blurred a"])[0, 1])
    assert f"{expected:.2f}" in gone[0].reason
    loose = selected(frame, methods=["correlation"], options=SelectionOptions(correlation=0.9999))
    assert "blurred a" in loose.kept


def test_a_target_without_any_relation_leaves_one_column_and_says_so() -> None:
    frame = table().with_columns(target=pl.Series(np.random.default_rng(0).normal(size=400)))
    found = selected(frame, methods=["noise"])
    assert len(found.kept) == 1
    assert "a model needs at least one" in next(choice.reason for choice in found.choices if choice.kept)


def test_mutual_information_takes_numbers_and_categories_by_threshold_or_by_number() -> None:
    by_share = selected(table(), methods=["information"]).methods[0]
    assert by_share.of("a").kept
    assert by_share.of("city").kept
    assert not by_share.decides
    top = selected(table(), methods=["information"], options=SelectionOptions(information_top=2)).methods[0]
    assert {verdict.column for verdict in top.verdicts if verdict.kept} == {"a", "blurred a"}


def test_elimination_keeps_the_number_that_is_asked_for_and_tells_the_score_of_each_number() -> None:
    found = selected(table(), methods=["elimination"], options=SelectionOptions(elimination_count=3)).methods[0]
    kept = {verdict.column for verdict in found.verdicts if verdict.kept}
    assert len(kept) == 3
    assert {"b", "city"} <= kept
    sizes = [size for size, _ in found.sizes]
    assert sizes == sorted(sizes, reverse=True)
    losses = dict(found.sizes)
    assert losses[1] > losses[4]


def test_identifiers_are_not_judged_and_steps_run_first() -> None:
    step = StepSpec(type="interaction", params={"columns": ["a", "b"], "operation": "product", "name": "a by b"})
    options = TrainingOptions(target="target", steps=[step])
    found = select_columns(make_material(table(), options), methods=["correlation"])
    columns = [choice.column for choice in found.choices]
    assert "row_id" not in columns
    assert "a by b" in columns


def test_rows_that_will_score_the_model_are_not_looked_at() -> None:
    """Scrambling the untouched fifth changes no verdict; scrambling other rows does."""
    frame = table(1_500)
    material = make_material(frame, TrainingOptions(target="target"))
    assert material.keeps_test_apart
    unseen = np.setdiff1d(np.arange(frame.height), material.target.rows)
    assert unseen.size == 300
    plain = selected(frame, methods=["information"])
    assert selected(_scrambled(frame, unseen), methods=["information"]) == plain
    assert selected(_scrambled(frame, material.target.rows[:300]), methods=["information"]) != plain


def _scrambled(frame: pl.DataFrame, rows: Any) -> pl.DataFrame:
    """The values of the noise columns of these rows in another order; strata and twins stay as they are."""
    order = np.arange(frame.height)
    order[rows] = np.random.default_rng(5).permutation(rows)
    return frame.with_columns(pl.Series(name, frame[name].to_numpy()[order]) for name in ("noise 0", "noise 1"))


def test_every_method_says_a_sentence_and_a_verdict_for_each_column() -> None:
    found = selected(table(200))
    assert [method.name for method in found.methods] == [method.name for method in all_methods()]
    for method in found.methods:
        assert method.sentence.endswith(".")
        assert all(verdict.reason.endswith(".") for verdict in method.verdicts)
    assert found.methods[0].matrix is not None


@pytest.mark.slow
def test_five_real_columns_are_found_among_twenty_of_noise() -> None:
    random = np.random.default_rng(9)
    real = {f"real {i}": random.normal(size=800) for i in range(5)}
    signal = sum(np.asarray(values) for values in real.values())
    chance = 1 / (1 + np.exp(-1.5 * np.asarray(signal)))
    target = np.where(random.random(800) < chance, "yes", "no")
    noise = {f"noise {i}": random.normal(size=800) for i in range(20)}
    frame = pl.DataFrame({**noise, **real, "target": target})
    kept = selected(frame, methods=["correlation", "noise"]).kept
    assert sum(name.startswith("real") for name in kept) == 5
    assert sum(name.startswith("noise") for name in kept) <= 1
