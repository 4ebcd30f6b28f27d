"""What steps learn from a table that memory does not hold is what they learn from all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.effects import carry_out, fitting
from narrative.engine.effects.fitting import fit_all_rows
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext, State
from narrative.engine.steps.scale import Scale, ScaleParams
from narrative.engine.tables.content import content_hash
from narrative.engine.tables.stored import StoredTable
from tests.contracts.step_examples import EXAMPLES
from tests.fixtures.frames import mixed

N = 60
RECIPE = Recipe(
    [
        StepSpec(type="drop_columns", params={"columns": ["gone"]}),
        StepSpec(type="impute", params={"columns": ["amount", "count"], "method": "median"}),
        StepSpec(type="remove_outliers", params={"columns": ["amount"]}),
        StepSpec(type="scale", params={"columns": ["amount"], "method": "standard"}),
        StepSpec(type="date_parts", params={"columns": ["day"]}),
        StepSpec(type="encode", params={"columns": ["city"], "method": "one_hot"}),
    ]
)
"""Names columns in every step, and takes rows away in the middle."""


def stored(folder: Path, frame: pl.DataFrame) -> StoredTable:
    frame.write_parquet(folder / "table.parquet")
    return StoredTable(folder / "table.parquet")


@pytest.fixture
def few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two columns of the table fit into memory at once."""
    monkeypatch.setattr(fitting, "MOST_CELLS", 2 * N)


def states(frame: pl.DataFrame, table: StoredTable, recipe: Recipe) -> tuple[Any, Any]:
    """The recipe learned from all rows of the stored table, and from the frame; None where that is not possible."""
    found = fit_all_rows(recipe, table, None)
    return None if found is None else found.to_dict(), recipe.fit(frame).to_dict()


def test_a_recipe_learned_column_by_column_is_the_one_learned_from_the_whole(tmp_path: Path, few_cells: None) -> None:
    frame = mixed(N)
    found, whole = states(frame, stored(tmp_path, frame), RECIPE)
    assert found == whole


def test_no_step_learns_from_columns_that_it_does_not_name(tmp_path: Path) -> None:
    frame = mixed(N)
    table = stored(tmp_path, frame)
    n_compared = 0
    for name, examples in EXAMPLES.items():
        for params in examples:
            recipe = Recipe([StepSpec(type=name, params=params)])
            try:
                found, whole = states(frame, table, recipe)
            except InvalidInput:
                continue  # it needs a target or another table
            assert found is None or found == whole, (name, params)
            n_compared += found is not None
    assert n_compared > 50


def test_a_step_that_looked_at_other_columns_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn = Scale.fit

    def nosy(self: Scale, frame: pl.DataFrame, params: ScaleParams, context: FitContext) -> State:
        return learn(self, frame, params, context) | {"seen": frame["count"].null_count()}

    frame = mixed(N)
    table, recipe = stored(tmp_path, frame), Recipe([StepSpec(type="scale", params={"columns": ["amount"]})])
    monkeypatch.setattr(Scale, "fit", nosy)
    found, whole = states(frame, table, recipe)
    assert found != whole


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("drop_duplicates", {"columns": ["city"]}),
        ("scale", {}),
        ("scale", {"columns": ["amount", "count", "flag"]}),
        ("encode", {"columns": ["city"], "method": "target"}),
    ],
)
def test_what_needs_more_than_its_columns_learns_from_a_sample(
    tmp_path: Path, few_cells: None, kind: str, params: dict[str, Any]
) -> None:
    recipe = Recipe([*RECIPE.steps[:2], StepSpec(type=kind, params=params)])
    assert fit_all_rows(recipe, stored(tmp_path, mixed(N)), None) is None


def test_carrying_out_a_large_table_gives_what_it_gives_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = stored(tmp_path, mixed(N))
    hashes = []
    for name, most_cells, from_sample in (("whole", 10**6, False), ("large", 2 * N, False), ("sample", 2 * N, True)):
        monkeypatch.setattr(fitting, "MOST_CELLS", most_cells)
        out = tmp_path / f"{name}.parquet"
        done = carry_out(RECIPE, table, out, target="flag", problem="binary", from_sample=from_sample)
        assert (done.n_fitted == N) != from_sample
        hashes.append(content_hash(StoredTable(out)))
    assert hashes[0] == hashes[1]
    assert hashes[2] != hashes[0]
