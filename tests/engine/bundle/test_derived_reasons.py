"""Trained with a calculated feature, written, read again: its effect is put down to all the columns it is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.bundle import load_bundle
from narrative.engine.pipeline import run_pipeline
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.training.types import TrainingOptions

RATIO = StepSpec(type="formula", params={"name": "per room", "formula": "price / rooms"})
ONLY_RATIO = [RATIO, StepSpec(type="drop_columns", params={"columns": ["price", "rooms"]})]


def flats(n_rows: int = 400, seed: int = 4) -> pl.DataFrame:
    """Flats whose target depends on the price per room and on nothing else."""
    chance = np.random.default_rng(seed)
    price, rooms = chance.uniform(50, 500, n_rows), chance.integers(1, 7, n_rows)
    return pl.DataFrame(
        {"price": price.round(2), "rooms": rooms, "noise": chance.normal(size=n_rows), "rent": price / rooms * 3}
    )


def test_a_new_column_is_put_down_to_all_columns_and_a_changed_one_to_itself() -> None:
    fill = StepSpec(type="impute", params={"columns": ["price", "noise"], "method": "knn"})
    bins = StepSpec(type="scale", params={"columns": ["per room", "noise"]})
    fitted = Recipe([fill, RATIO, bins]).fit(flats().drop("rent"))
    assert fitted.credits["noise"] == ["noise"]
    assert fitted.credits["per room"] == ["price", "rooms"]
    assert sorted(fitted.origins["per room"]) == ["noise", "price", "rooms"]


@pytest.mark.slow
def test_reasons_of_a_bundle_name_every_column_of_a_calculated_feature(tmp_path: Path) -> None:
    frame = flats()
    options = TrainingOptions(target="rent", budget_seconds=12, candidates=["ridge"], steps=ONLY_RATIO)
    outcome = run_pipeline(frame, options, tmp_path)
    bundle = load_bundle(outcome.bundle.path)
    rows = frame.drop("rent").head(20)
    columns, effects = bundle.model.contributions(rows)
    assert {"price", "rooms"} <= set(columns)
    np.testing.assert_allclose(effects.sum(axis=2), bundle.model.margins(rows), rtol=0, atol=1e-8)
    price, rooms = (effects[:, 0, columns.index(name)] for name in ("price", "rooms"))
    assert np.abs(price).max() > 1
    np.testing.assert_array_equal(price, rooms)
    predicted = bundle.predict(rows, reasons=True)
    assert predicted.answers == pytest.approx(frame["rent"].head(20).to_list(), rel=0.1, abs=20)
    for reasons in predicted.reasons or []:
        assert {reason.column for reason in reasons[:2]} == {"price", "rooms"}
