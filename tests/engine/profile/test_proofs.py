"""Claims about all rows, a piece at a time, hold exactly where they hold of the table as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from narrative.engine.profile import proofs
from narrative.engine.profile.proofs import determines, row_hashes, tells_apart
from narrative.engine.tables import stored
from narrative.engine.tables.stored import StoredTable, every_row, pieces_of

Table = pl.DataFrame | StoredTable


@pytest.fixture(params=["in memory", "in its file"])
def table(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """Ninety rows in pieces of ten; ``shop`` and ``number`` tell them apart, ``shop`` and ``place`` all but one."""
    monkeypatch.setattr(stored, "PIECE_ROWS", 10)
    rows = np.arange(90)
    frame = pl.DataFrame(
        {
            "shop": [None if shop == 3 else f"shop {shop}" for shop in rows % 9],
            "number": rows // 9,
            "place": np.where(rows == 89, 8, rows // 9),
            "town": [str(shop // 2) for shop in rows % 9],
            "late": np.where(rows == 85, 7, rows % 9),
        }
    )
    if request.param == "in memory":
        return frame
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=7)
    return StoredTable(tmp_path / "t.parquet")


@pytest.mark.parametrize("names", [["shop", "number"], ["shop", "place"], ["shop"], ["number", "town"]])
def test_rows_are_told_apart_where_no_two_are_alike(table: Table, names: list[str]) -> None:
    whole = pl.concat(list(pieces_of(table)))
    assert tells_apart(table, names) == (whole.select(names).n_unique() == whole.height)
    assert tells_apart(table, ["shop", "number"])
    assert not tells_apart(table, ["shop", "place"])


def test_equal_hashes_alone_prove_no_repetition(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(table: Table, names: list[str]) -> npt.NDArray[np.uint64]:
        return row_hashes(table, names) % np.uint64(5)

    monkeypatch.setattr(proofs, "row_hashes", alike)
    assert tells_apart(table, ["shop", "number"])
    assert not tells_apart(table, ["shop", "place"])


@pytest.mark.parametrize(("one", "other"), [("shop", "town"), ("shop", "late"), ("town", "shop"), ("number", "place")])
def test_a_value_determines_another_where_it_always_goes_with_it(table: Table, one: str, other: str) -> None:
    whole = pl.concat(list(pieces_of(table)))
    expected = whole.select(one, other).n_unique() == whole[one].n_unique()
    assert determines(table, one, other) == expected


def test_one_exception_in_the_last_piece_is_seen(table: Table) -> None:
    assert determines(table, "shop", "town")
    assert not determines(table, "shop", "late")


@pytest.mark.parametrize("step", [1, 3, 7, 10, 25, 200])
def test_every_row_at_a_step_is_taken_across_pieces(table: Table, step: int) -> None:
    whole = pl.concat(list(pieces_of(table)))
    assert every_row(table, step).equals(whole[::step])
    assert every_row(table, step, ["place", "shop"]).equals(whole.select("place", "shop")[::step])


def test_hashes_do_not_depend_on_where_pieces_end(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    small = row_hashes(table)
    monkeypatch.setattr(stored, "PIECE_ROWS", 1_000)
    assert (row_hashes(table) == small).all()
