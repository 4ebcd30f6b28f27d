"""A table filtered and sorted: the right rows in the right order, without reading it as a whole."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables import view as view_module
from narrative.engine.tables.filters import Filter
from narrative.engine.tables.view import View, Views

NAN = float("nan")
TABLE = pl.DataFrame(
    {
        "name": ["bob", None, "Anna", "carl", "anna"],
        "age": [30, 41, None, 25, 30],
        "score": [1.5, NAN, 2.0, None, -1.0],
        "left": [True, False, None, True, False],
        "day": [dt.date(2024, 1, 31), dt.date(2024, 2, 1), None, dt.date(2023, 5, 1), dt.date(2024, 2, 1)],
        "seen": [dt.datetime(2024, 1, 1, 9), None, dt.datetime(2024, 1, 1, 12), dt.datetime(2024, 1, 2), None],  # noqa: DTZ001
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    TABLE.write_parquet(tmp_path / "table.parquet")
    return tmp_path / "table.parquet"


def rows_of(path: Path, view: View) -> list[int]:
    return [int(row) for row in Views().page(path, view, 0, 100).positions]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"column": "name", "op": "is", "values": ["bob", "carl"]}, [0, 3]),
        ({"column": "name", "op": "is_not", "values": ["bob"]}, [1, 2, 3, 4]),
        ({"column": "name", "op": "contains", "values": ["ANN"]}, [2, 4]),
        ({"column": "name", "op": "contains", "values": [".*"]}, []),
        ({"column": "name", "op": "empty"}, [1]),
        ({"column": "name", "op": "filled"}, [0, 2, 3, 4]),
        ({"column": "age", "op": "is", "values": ["30"]}, [0, 4]),
        ({"column": "age", "op": "is", "values": [30.5]}, []),
        ({"column": "age", "op": "range", "low": 25, "high": 30}, [0, 3, 4]),
        ({"column": "age", "op": "range", "low": 25, "high": 30, "below": True}, [3]),
        ({"column": "age", "op": "range", "low": 29.5}, [0, 1, 4]),
        ({"column": "age", "op": "contains", "values": ["0"]}, [0, 4]),
        ({"column": "score", "op": "empty"}, [1, 3]),
        ({"column": "score", "op": "range", "low": "1,5".replace(",", ".")}, [0, 2]),
        ({"column": "score", "op": "range", "high": "\N{MINUS SIGN}1"}, [4]),
        ({"column": "left", "op": "is", "values": ["true"]}, [0, 3]),
        ({"column": "left", "op": "is", "values": [False]}, [1, 4]),
        ({"column": "day", "op": "range", "low": "2024-01-31", "high": "2024-02-01", "below": True}, [0]),
        ({"column": "day", "op": "is", "values": ["2024-02-01"]}, [1, 4]),
        ({"column": "seen", "op": "range", "low": "2024-01-01T10:00:00", "high": "2024-01-02T00:00:00+00:00"}, [2, 3]),
    ],
)
def test_a_filter_keeps_the_rows_that_fit(path: Path, asked: dict[str, object], expected: list[int]) -> None:
    assert rows_of(path, View((Filter.model_validate(asked),))) == expected


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("name", False, [2, 4, 0, 3, 1]),
        ("name", True, [3, 0, 2, 4, 1]),
        ("age", False, [3, 0, 4, 1, 2]),
        ("score", False, [4, 0, 2, 1, 3]),
        ("score", True, [2, 0, 4, 1, 3]),
        ("day", True, [1, 4, 0, 3, 2]),
    ],
)
def test_order_puts_gaps_last_and_keeps_ties(path: Path, sort: str, descending: bool, expected: list[int]) -> None:
    assert rows_of(path, View(sort=sort, descending=descending)) == expected


def test_all_filters_have_to_be_met_and_pages_follow_the_order(path: Path) -> None:
    view = View((Filter(column="age", op="filled"), Filter(column="day", op="range", low="2024-01-01")), sort="name")
    views = Views()
    pages = [views.page(path, view, start, 2, slice(0, 2)) for start in (0, 2, 4)]
    assert [page.positions.tolist() for page in pages] == [[4, 0], [1], []]
    assert pages[0].frame.rows() == [("anna", 30), ("bob", 30)]
    assert [page.total for page in pages] == [3, 3, 3]
    assert pages[2].frame.columns == ["name", "age"]


def test_a_page_of_everything_is_the_table_as_it_is_stored(path: Path) -> None:
    page = Views().page(path, View(), 3, 10)
    assert (page.frame.rows(), page.positions.tolist(), page.total) == (TABLE.slice(3, 10).rows(), [3, 4], 5)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"column": "nam", "op": "filled"}, "column_not_found"),
        ({"column": "age", "op": "is", "values": ["thirty"]}, "filter_unfit"),
        ({"column": "age", "op": "range", "low": "1e999"}, "filter_unfit"),
        ({"column": "left", "op": "range", "low": 0}, "filter_unfit"),
        ({"column": "name", "op": "range", "low": "a"}, "filter_unfit"),
        ({"column": "day", "op": "is", "values": ["tomorrow"]}, "filter_unfit"),
        ({"column": "left", "op": "is", "values": ["perhaps"]}, "filter_unfit"),
    ],
)
def test_what_a_column_cannot_be_asked_is_refused_by_name(path: Path, asked: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rows_of(path, View((Filter.model_validate(asked),)))
    assert (refused.value.code, refused.value.column) == (code, asked["column"])
    assert refused.value.fix


def test_positions_are_kept_within_their_limit(path: Path) -> None:
    views = Views(kept_bytes=8)
    for column in ("age", "day", "name"):
        views.page(path, View((Filter(column=column, op="filled"),)), 0, 1)
        assert sum(item.nbytes for item in views._kept.values()) <= 8
    roomy = Views()
    roomy.page(path, View(sort="age"), 0, 1)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        roomy.page(path, View(sort="name"), 0, 1)


def test_more_rows_than_memory_allows_are_not_sorted_but_can_be_after_a_filter(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_module, "MOST_SORTED", 3)
    with pytest.raises(LimitExceeded) as refused:
        rows_of(path, View(sort="age"))
    assert refused.value.code == "too_many_rows_to_sort"
    assert rows_of(path, View((Filter(column="age", op="is", values=[30]),), sort="name")) == [4, 0]


def test_long_texts_are_not_sorted_but_can_be_after_a_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text in every row: the file notes a few bytes for it, memory would hold it in every row."""
    path = tmp_path / "long.parquet"
    pl.DataFrame({"text": ["y" * 1_000] * 500, "n": range(500)}).write_parquet(path)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(view_module, "MOST_SORTED_BYTES", 100_000)
    with pytest.raises(LimitExceeded) as refused:
        rows_of(path, View(sort="text"))
    assert (refused.value.code, refused.value.context["value"]) == ("too_much_text_to_sort", 500_000)
    assert len(rows_of(path, View((Filter(column="n", op="range", high=99),), sort="text"))) == 100
    assert len(rows_of(path, View(sort="n"))) == 100  # a page of all 500: numbers are no text


def test_a_large_sort_holds_a_place_while_it_runs_and_a_small_or_known_one_needs_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []

    @contextlib.contextmanager
    def hold() -> Iterator[None]:
        held.append("taken")
        yield
        held.append("given back")

    views = Views()
    views.page(path, View(sort="age"), 0, 5, hold=hold)
    assert held == []
    monkeypatch.setattr(view_module, "UNNOTICED_BYTES", 0)
    views.page(path, View((Filter(column="age", op="filled"),)), 0, 5, hold=hold)
    views.page(path, View(sort="age"), 0, 5, hold=hold)
    assert held == []
    views.page(path, View(sort="name"), 0, 5, hold=hold)
    assert held == ["taken", "given back"]
