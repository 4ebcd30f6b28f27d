"""What a preview shows equals what carrying out writes; both tell of every loss."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.effects import carry_out, effect_of
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.tables.content import content_hash
from narrative.engine.tables.stored import StoredTable

STEPS = [
    StepSpec(type="trim_whitespace", params={"columns": ["city"]}, id="trim"),
    StepSpec(type="drop_missing", params={"columns": ["age"]}, id="drop"),
    StepSpec(type="scale", params={"columns": ["age"], "method": "min_max"}, id="scale"),
    StepSpec(type="encode", params={"columns": ["city"], "method": "one_hot"}, id="encode"),
]


@pytest.fixture
def frame() -> pl.DataFrame:
    n = 60
    return pl.DataFrame(
        {
            "age": [None if row % 6 == 0 else float(row) for row in range(n)],
            "city": [(" Rome", "Paris")[row % 2] for row in range(n)],
            "y": [row % 3 for row in range(n)],
        }
    )


def stored(frame: pl.DataFrame, folder: Path) -> StoredTable:
    frame.write_parquet(folder / "table.parquet")
    return StoredTable(folder / "table.parquet")


def test_the_effect_of_a_recipe_counts_rows_cells_and_columns(frame: pl.DataFrame) -> None:
    effect = effect_of(Recipe(STEPS).fit(frame), frame)
    assert (effect.rows_dropped, effect.before.height, effect.after.height) == (10, 60, 50)
    assert sorted(effect.columns_added) == ["city=Paris", "city=Rome"]
    assert effect.columns_removed == ["city"]
    assert effect.sentence == "10 rows left out, 50 cells changed, 2 columns added, 1 column removed."
    assert effect.loss.rows_share == pytest.approx(10 / 60)
    assert not effect.loss.needs_confirmation


def test_one_step_is_looked_at_on_what_the_steps_before_it_left(frame: pl.DataFrame) -> None:
    fitted = Recipe(STEPS).fit(frame)
    trim, drop, scale = (effect_of(fitted, frame, step_id=name) for name in ("trim", "drop", "scale"))
    assert (trim.cells_changed, trim.rows_dropped) == (30, 0)
    assert (drop.cells_changed, drop.rows_dropped) == (0, 10)
    assert (scale.before.height, scale.cells_changed, scale.rows_dropped) == (50, 50, 0)
    assert scale.rows == [row for row in range(60) if row % 6]
    age = next(column for column in scale.columns if column.column == "age")
    assert age.before is not None
    assert age.after is not None
    assert age.after.mean == pytest.approx((age.before.mean - 1) / 58)  # type: ignore[operator]
    assert sum(age.before.counts or []) == sum(age.after.counts or []) == 50


def test_a_step_that_is_switched_off_changes_nothing(frame: pl.DataFrame) -> None:
    off = [STEPS[0], STEPS[1].model_copy(update={"enabled": False})]
    assert effect_of(Recipe(off).fit(frame), frame, step_id="drop").sentence == "Nothing changes."


def test_a_sample_shows_rows_as_they_are_in_the_whole_table(frame: pl.DataFrame) -> None:
    steps = [*STEPS[:3], StepSpec(type="drop_duplicates", params={"columns": ["city", "y"]}, id="once")]
    fitted = Recipe(steps).fit(frame)
    whole, sample = effect_of(fitted, frame), effect_of(fitted, frame, n=20)
    assert sample.is_sampled
    assert "Shown are 20 rows of 60; what the steps learn comes from all rows." in sample.warnings
    assert whole.kept is not None
    assert sample.kept is not None
    kept = {row for row, stays in zip(whole.rows, whole.kept, strict=True) if stays}
    assert [row in kept for row in sample.rows] == sample.kept.to_list()


def test_carrying_out_writes_what_the_preview_shows_with_the_target_in_its_place(
    frame: pl.DataFrame, tmp_path: Path
) -> None:
    table = stored(frame, tmp_path)
    done = carry_out(Recipe(STEPS[:3]), table, tmp_path / "out.parquet", target="y", problem="multiclass")
    shown = effect_of(done.fitted, frame)
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert written.columns == ["age", "city", "y"]
    assert written.drop("y").equals(shown.after)
    assert written["y"].to_list() == [row % 3 for row in range(60) if row % 6]
    assert (done.n_before, done.n_after, done.n_fitted) == (60, 50, 60)
    assert done.rows_lost == pytest.approx(1 / 6)


def test_pieces_give_the_same_table_as_the_whole(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = stored(frame, tmp_path)
    carry_out(Recipe(STEPS), table, tmp_path / "whole.parquet", target="y", problem="multiclass")
    monkeypatch.setattr("narrative.engine.effects.carrying.PIECE_CELLS", 21)  # seven rows
    done = carry_out(Recipe(STEPS), table, tmp_path / "pieces.parquet", target="y", problem="multiclass")
    hashes = [content_hash(StoredTable(tmp_path / name)) for name in ("whole.parquet", "pieces.parquet")]
    assert hashes[0] == hashes[1]
    assert done.rows_lost == pytest.approx(1 / 6)


def test_a_recipe_that_takes_most_away_asks_first_and_leaves_no_file(frame: pl.DataFrame, tmp_path: Path) -> None:
    table, out = stored(frame, tmp_path), tmp_path / "out.parquet"
    most = Recipe([StepSpec(type="sample_rows", params={"share": 0.2})])
    with pytest.raises(InvalidInput) as refused:
        carry_out(most, table, out)
    assert refused.value.code == "data_loss_unconfirmed"
    assert not out.exists()
    assert effect_of(most.fit(frame), frame).loss.needs_confirmation
    assert carry_out(most, table, out, allow_data_loss=True).rows_lost > 0.5


def test_an_empty_result_is_refused(frame: pl.DataFrame, tmp_path: Path) -> None:
    table, out = stored(frame, tmp_path), tmp_path / "out.parquet"
    all_gone = Recipe([StepSpec(type="drop_columns", params={"columns": ["age", "city"]})])
    with pytest.raises(InvalidInput) as refused:
        carry_out(all_gone, table, out, target="y", problem="multiclass", allow_data_loss=True)
    assert refused.value.code == "no_columns_left"
