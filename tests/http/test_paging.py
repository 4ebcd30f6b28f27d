"""Lists are read page by page, newest first, each thing once, also while things are added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.metadata.sqlite import SQLiteMetadataStore
from narrative.core.errors import InvalidInput
from narrative.http.paging import PageRequest, decode_cursor
from narrative.ports.metadata import CollectionSpec, Tenant

TENANT = Tenant("work_1")
THINGS = CollectionSpec("things", indexes=("created_at",))


def read_all(store: SQLiteMetadataStore, limit: int, between: Any = None) -> list[str]:
    found: list[str] = []
    request = PageRequest(limit=limit)
    while True:
        page = request.page(store.find(TENANT, "things", request.query([])), lambda item: str(item["id"]))
        found += page.items
        if page.next_cursor is None:
            return found
        if between is not None:
            between()
        request = PageRequest(limit=limit, after=decode_cursor(page.next_cursor))


@pytest.mark.parametrize("limit", [1, 3, 10, 11, 50])
def test_every_thing_comes_exactly_once_newest_first_also_with_equal_times(tmp_path: Path, limit: int) -> None:
    store = SQLiteMetadataStore(tmp_path / "metadata.db")
    store.ensure([THINGS])
    for number in range(10):
        store.insert(TENANT, "things", {"id": f"thing_{number}", "created_at": f"2026-01-0{1 + number // 4}"})
    assert read_all(store, limit) == [f"thing_{n}" for n in (8, 9, 4, 5, 6, 7, 0, 1, 2, 3)]
    store.close()


def test_what_is_added_while_reading_shifts_nothing(tmp_path: Path) -> None:
    store = SQLiteMetadataStore(tmp_path / "metadata.db")
    store.ensure([THINGS])
    for number in range(6):
        store.insert(TENANT, "things", {"id": f"thing_{number}", "created_at": f"2026-01-0{number + 1}"})
    added = iter(range(100))

    def add() -> None:
        store.insert(TENANT, "things", {"id": f"thing_new_{next(added)}", "created_at": "2027-01-01"})

    assert read_all(store, 2, add) == [f"thing_{number}" for number in (5, 4, 3, 2, 1, 0)]
    store.close()


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "bnVsbA", "WzEsMl0", "W10", "\x00"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="not one of ours"):
        decode_cursor(cursor)
