"""What a column is taken for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.profile.kinds import infer_kinds, kind_of, names_an_identifier

RANDOM = np.random.default_rng(5)
CASES: list[tuple[str, Any, str]] = [
    ("amount", RANDOM.normal(0, 1, 100), "decimal"),
    ("children", RANDOM.integers(0, 4, 100), "integer"),
    ("customer_id", RANDOM.permutation(100) * 3, "identifier"),
    ("CustomerId", RANDOM.permutation(100) * 3, "identifier"),
    ("nr", np.arange(1, 201), "identifier"),
    ("row", np.arange(100)[::-1].copy(), "identifier"),
    ("account", 10_000_000 + RANDOM.permutation(300) * 17, "identifier"),
    ("year", np.arange(1900, 2000), "integer"),
    ("price", 1_000_000 + RANDOM.permutation(100) * 1_700, "integer"),
    ("paid", RANDOM.permutation(100) * 3, "integer"),
    ("city", RANDOM.choice(["Ghent", "Graz", "Lyon", "Nantes", "Porto"], 100), "category"),
    ("code", [f"A-{i:05d}" for i in range(100)], "identifier"),
    ("name", [f"Mrs. Anna van der Berg {i}" for i in range(100)], "text"),
    ("note", [f"the customer called about item {i % 60} and was angry" for i in range(100)], "text"),
    ("ticket", [f"T{i % 70}" for i in range(100)], "category"),
    ("flag", [True, False] * 50, "boolean"),
    ("answer", ["yes", "no"] * 50, "category"),
    ("since", [date(2024, 1, 1 + i % 28) for i in range(100)], "date"),
    ("at", [datetime(2024, 1, 1, i % 24) for i in range(100)], "datetime"),  # noqa: DTZ001
    ("same", [5] * 100, "constant"),
    ("nothing", pl.Series([None] * 100, dtype=pl.Float64), "empty"),
    ("some_id", [1, 2, 3, 4], "integer"),
    ("mark", ["x", None] * 50, "category"),
]


@pytest.mark.parametrize(("name", "values", "kind"), CASES, ids=[f"{name}-{kind}" for name, _, kind in CASES])
def test_kind(name: str, values: Any, kind: str) -> None:
    assert infer_kinds(pl.DataFrame({name: values})) == {name: kind}


def test_kinds_do_not_depend_on_the_order_of_rows() -> None:
    frame = pl.DataFrame({name: values for name, values, _ in CASES if len(values) == 100})
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3)
    assert infer_kinds(shuffled) == infer_kinds(frame)


def test_a_count_already_made_gives_the_same_kind() -> None:
    column = pl.Series("customer_id", RANDOM.permutation(100))
    assert kind_of(column, 100) == kind_of(column)


@pytest.mark.parametrize(
    "name", ["id", "ID", "customer_id", "PassengerId", "order no", "order_nr", "uuid", "Unnamed: 0"]
)
def test_names_of_identifiers(name: str) -> None:
    assert names_an_identifier(name)


@pytest.mark.parametrize("name", ["paid", "grid", "city", "Madrid", "volume", "piano", "casino", "valid"])
def test_names_that_only_end_alike(name: str) -> None:
    assert not names_an_identifier(name)
