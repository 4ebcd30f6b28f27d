"""What the preview of a table says that is too large to be learned from as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.engine.effects import fitting
from narrative.studio.recipes import preview_work

N = 100


def shown(folder: Path, most_cells: int, show: str = "first", columns: list[str] | None = None) -> dict[str, Any]:
    """The preview of a table whose column ``number`` counts its rows from 1; every seventh city is missing.

    Args:
        columns: that the second step fills; None: all, so that it needs all of the table.
    """
    numbers = list(range(1, N + 1))
    cities = [None if number % 7 == 0 else f"c{number}" for number in numbers]
    pl.DataFrame({"number": numbers, "city": cities}).write_parquet(folder / "table.parquet")
    steps = [
        {"type": "drop_missing", "params": {"columns": ["city"]}, "id": "a"},
        {"type": "impute", "params": {"columns": columns, "method": "most_frequent"}, "id": "b"},
    ]
    return preview_work.preview(
        {
            "path": str(folder / "table.parquet"), "content_hash": f"{folder}{most_cells}{columns}", "steps": steps,
            "target": None, "problem": None, "tables": {}, "step_id": None, "show": show, "rows": 8,
        }
    )  # fmt: skip


@pytest.mark.parametrize("show", ["first", "dropped", "changed"])
@pytest.mark.parametrize(("most_cells", "learned"), [(2 * N, N), (N, 50), (70, 34)])
def test_rows_are_numbered_as_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_cells: int, learned: int, show: str
) -> None:
    monkeypatch.setattr(fitting, "MOST_CELLS", most_cells)
    page = shown(tmp_path, most_cells, show)
    assert (page["rows_before"], page["n_rows"], page["is_sampled"]) == (learned, N, learned < N)
    assert page["row_numbers"]
    assert page["row_numbers"] == [row[0] for row in page["before"]["rows"]]


def test_steps_that_learned_from_a_sample_are_not_said_to_have_learned_from_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "MOST_CELLS", N)
    assert shown(tmp_path, N)["warnings"] == [
        "The table is very large: the steps learned from 50 of its rows here.",
        "Shown are 50 rows of 100.",
    ]
    monkeypatch.undo()
    assert shown(tmp_path, 2 * N)["warnings"] == []


def test_steps_that_name_their_columns_learn_from_all_rows_also_where_few_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "MOST_CELLS", N)
    assert shown(tmp_path, N, columns=["number"])["warnings"] == [
        "Shown are 50 rows of 100; what the steps learn comes from all rows."
    ]
