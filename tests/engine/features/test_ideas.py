"""Ideas for new columns: what is found, what is rejected, and that the gain is honest."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import Canceled
from narrative.engine.features.material import make_material
from narrative.engine.features.searching import all_kinds, find_ideas
from narrative.engine.recipe import Recipe
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.types import TrainingOptions


def parcels(n_rows: int = 900, *, shuffled: bool = False) -> pl.DataFrame:
    """The sign of a product decides, which no column holds alone."""
    random = np.random.default_rng(3)
    width, height, noise = (random.normal(size=n_rows) for _ in range(3))
    target = np.where(width * height + 0.2 * random.normal(size=n_rows) > 0, "yes", "no")
    if shuffled:
        target = random.permutation(target)
    return pl.DataFrame({"width": width, "height": height, "noise": noise, "target": target})


def ideas(frame: pl.DataFrame, **more: Any) -> Any:
    return find_ideas(make_material(frame, TrainingOptions(target="target")), budget_seconds=3_600, **more)


@pytest.mark.slow
def test_a_planted_product_is_found_with_a_gain_beyond_luck_and_others_are_rejected_with_a_reason() -> None:
    report = ideas(parcels())
    best = report.ideas[0]
    assert (best.formula, best.state, best.kind) == ("width × height", "helps", "interaction")
    assert 0 < best.low < best.gain < best.high
    assert len(report.ideas) <= 10
    assert report.folds == 10
    assert all(idea.reason.endswith(".") for idea in report.rejected)
    fitted = Recipe([StepSpec.model_validate(step) for step in best.steps]).fit(parcels().drop("target"))
    assert "width × height" in fitted.feature_names


@pytest.mark.slow
def test_where_the_target_is_shuffled_no_idea_helps() -> None:
    """Negative control: choosing and measuring on the same rows would make some of them look good."""
    report = ideas(parcels(shuffled=True))
    assert [idea.formula for idea in report.ideas if idea.state == "helps"] == []


def test_with_the_time_of_one_part_nothing_is_claimed() -> None:
    report = find_ideas(make_material(parcels(300), TrainingOptions(target="target")), budget_seconds=0.0)
    assert report.folds == 1
    assert report.ideas == []
    assert {idea.state for idea in report.rejected} == {"not_measured"}
    assert any("1 of 10 parts" in note for note in report.notes)


def test_a_search_can_be_stopped() -> None:
    with pytest.raises(Canceled):
        ideas(parcels(200), should_stop=lambda: True)


def test_a_table_of_row_names_says_so_and_offers_counts_and_text() -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "ticket_id": [f"T-{i:04d}-{'x' * int(n)}" for i, n in enumerate(random.integers(1, 9, 120))],
            "same": ["a"] * 120,
            "target": random.permutation(["yes", "no"] * 60),
        }
    )
    material = make_material(frame, TrainingOptions(target="target"))
    assert material.columns == []
    report = find_ideas(material, budget_seconds=0.0)
    assert any("only identifiers and constants" in note for note in report.notes)
    assert {idea.kind for idea in report.rejected} == {"text_statistics"}


def test_every_kind_proposes_steps_that_fit_its_table() -> None:
    """Each idea of each kind is a recipe that can be learned and applied."""
    random = np.random.default_rng(2)
    n = 200
    frame = pl.DataFrame(
        {
            "price": random.gamma(2, 10, n) + 1,
            "weight": random.gamma(2, 3, n) + 1,
            "city": [f"city {code}" for code in random.integers(0, 12, n)],
            "note": [f"called {i} times about case number {i * 7} today" for i in range(n)],
            "day": pl.date_range(pl.date(2023, 1, 1), pl.date(2024, 12, 31), "1d", eager=True).head(n),
            "target": random.normal(size=n),
        }
    )
    report = find_ideas(make_material(frame, TrainingOptions(target="target", split="random")), budget_seconds=0.0)
    every = [*report.ideas, *report.rejected]
    kinds = {idea.kind for idea in every}
    runnable = {kind.name for kind in all_kinds()}
    assert kinds == runnable
    context = make_material(frame, TrainingOptions(target="target", split="random")).context(np.arange(160))
    features = frame.drop("target")[:160]
    for idea in every:
        fitted, _ = Recipe([StepSpec.model_validate(step) for step in idea.steps]).fit_apply(features, context)
        assert fitted.apply(features).height == 160
        assert set(idea.columns) <= set(features.columns)
        assert idea.sentence.endswith(".")
