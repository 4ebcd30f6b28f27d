"""Rows of a file to predict: what is no case is not told as unreadable, and the same cells are told of once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from narrative.engine.bundle import Bundle, notes_of_file
from narrative.engine.story import PredictionSummary, summarize, tell_predictions
from narrative.engine.tables import LoadedTable, read_table
from narrative.engine.tables.types import ReadOptions
from tests.fixtures.bundles import small_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return small_bundle(tmp_path_factory.mktemp("bundle"))


def _read(folder: Path, lines: list[str]) -> LoadedTable:
    path = folder / "new.csv"
    path.write_text("\n".join(["city,amount,count", *lines]), encoding="utf-8")
    return read_table(path, options=ReadOptions(odd_cells="keep"))


def _told(bundle: Bundle, table: LoadedTable) -> tuple[PredictionSummary, str]:
    predictions = bundle.predict(table.frame)
    summary = summarize(predictions, target="target", imported=table.report)
    story = tell_predictions(summary)
    assert story.cut == []
    return summary, " ".join(sentence.text for sentence in story.found)


ROWS = [f"{('Paris', 'Rome', 'Oslo')[i % 3]},{i}.5,{i % 6}" for i in range(30)]
TOTAL = f"Total,{sum(i + 0.5 for i in range(30))},{sum(i % 6 for i in range(30))}"


def test_a_total_row_is_left_out_and_not_told_as_a_row_that_could_not_be_read(bundle: Bundle, tmp_path: Path) -> None:
    summary, text = _told(bundle, _read(tmp_path, [*ROWS, TOTAL]))
    assert (summary.n_rows, summary.n_bad_rows, summary.n_asides) == (31, 0, 1)
    assert "Left out, as totals or a repeated header: 1 row." in text
    assert "could not read" not in text
    assert "No row was left out" not in text


def test_a_repeated_header_and_a_ragged_row_are_told_apart(bundle: Bundle, tmp_path: Path) -> None:
    lines = [*ROWS[:10], "city,amount,count", *ROWS[10:20], "Rome,1,2,3,4,5", *ROWS[20:]]
    summary, text = _told(bundle, _read(tmp_path, lines))
    assert (summary.n_bad_rows, summary.n_asides) == (1, 1)
    assert "It could not read 1 row, kept in a file apart." in text
    assert "Left out, as totals or a repeated header: 1 row." in text


def test_without_either_no_row_was_left_out(bundle: Bundle, tmp_path: Path) -> None:
    assert "No row was left out." in _told(bundle, _read(tmp_path, ROWS))[1]


def test_cells_the_model_reads_anew_are_not_also_said_to_stay_text(bundle: Bundle, tmp_path: Path) -> None:
    table = _read(tmp_path, [*ROWS, "Paris,about 12,3", "Rome,n.d.?,2"])
    said = [*table.report.repairs, *table.report.warnings]
    assert any("'amount' stays text" in text for text in said)
    assert table.frame["amount"].dtype == pl.String
    assert not any("stays text" in text for text in notes_of_file(said, bundle.contract))


def test_a_column_the_model_reads_as_text_keeps_its_note(bundle: Bundle) -> None:
    notes = ["Column 'city' stays text: 2 cells are no numbers, for example 'x'.", "Column 'amount' has 3 odd cells."]
    assert notes_of_file(notes, bundle.contract) == notes
    mixed = "Column 'Amount' stays text: 1,200 cells are no numbers, for example 'x'."
    assert notes_of_file([mixed], bundle.contract) == []
