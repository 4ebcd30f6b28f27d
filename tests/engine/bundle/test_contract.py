from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from narrative.engine.bundle import InputContract, build_contract
from narrative.engine.bundle import contract as contract_module
from tests.fixtures.frames import mixed, profile_of

TABLE = pl.DataFrame(
    {
        "age": [20, 30, 50, None],
        "price": [1.5, 2.5, 100.0, 7.0],
        "city": ["Rome", "Paris", "Rome", None],
        "member": [True, True, False, None],
        "day": [date(2024, 1, 1), date(2024, 3, 1), date(2024, 12, 31), None],
        "note": ["some words", "other", "other", "words"],
        "y": [0, 1, 0, 1],
    }
)


def contract() -> InputContract:
    return build_contract(profile_of(TABLE, note="text"), TABLE, "y", [0, 1])


def test_a_typical_row_has_medians_and_most_frequent_values() -> None:
    assert contract().typical_row() == {
        "age": 30,
        "price": 2.5,
        "city": "Rome",
        "member": True,
        "day": "2024-03-01",
        "note": "other",
    }


def test_ranges_kinds_and_gaps_are_those_of_the_table() -> None:
    age, price, day = (contract().column(name) for name in ("age", "price", "day"))
    assert (age.kind, age.dtype, age.minimum, age.maximum, age.missing_share, age.required) == (
        "integer",
        "Int64",
        20,
        50,
        0.25,
        False,
    )
    assert (price.minimum, price.maximum, price.required) == (1.5, 100.0, True)
    assert (day.minimum, day.maximum) == ("2024-01-01", "2024-12-31")


def test_categories_come_with_their_share_of_all_rows() -> None:
    assert [(c.value, c.share) for c in contract().column("city").categories] == [("Rome", 0.5), ("Paris", 0.25)]
    assert [c.value for c in contract().column("member").categories] == ["true", "false"]
    assert contract().column("note").categories == []


def test_the_target_is_not_expected_as_input() -> None:
    assert "y" not in {column.name for column in contract().columns}
    assert (contract().target, contract().problem) == ("y", "binary")


def test_the_vocabulary_is_whole_while_the_contract_shows_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"code": [f"c{i:03}" for i in range(250)]})
    found = build_contract(profile_of(frame), frame, "y", [])
    assert len(found.column("code").categories) == 100
    assert len(found.vocabulary["code"]) == 250
    assert "vocabulary" not in found.model_dump()
    monkeypatch.setattr(contract_module, "MAX_KNOWN_CATEGORIES", 200)
    assert build_contract(profile_of(frame), frame, "y", []).vocabulary == {}


def test_any_table_has_a_contract() -> None:
    frame = mixed()
    found = build_contract(profile_of(frame, gone="empty"), frame, "target", [])
    assert found.column("gone").typical is None
    assert found.problem == "regression"
    assert InputContract.model_validate_json(found.model_dump_json()).columns == found.columns
    assert build_contract(profile_of(frame), frame.clear(), "target", []).column("amount").typical is None
