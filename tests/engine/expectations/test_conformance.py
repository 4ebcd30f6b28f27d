"""Every data check that is found is held to the contract of data checks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.expectations import (
    CheckSpec,
    broken_rows,
    check_specs,
    expectations,
    propose_data_checks,
    resolved,
    run_data_checks,
)
from narrative.engine.profile import profile_table

TODAY = dt.date(2026, 3, 1)
N = 200
RANDOM = np.random.default_rng(3)


def orders() -> pl.DataFrame:
    """An ordinary table in which something can be said of everything."""
    opened = [TODAY - dt.timedelta(days=int(n)) for n in RANDOM.integers(5, 300, N)]
    opened[0] = TODAY - dt.timedelta(days=5)
    low = RANDOM.integers(1, 50, N)
    return pl.DataFrame(
        {
            "order_id": [f"AB-{n:06d}" for n in RANDOM.permutation(N)],
            "price": np.round(RANDOM.uniform(2, 90, N), 2),
            "share": RANDOM.uniform(0, 1, N),
            "balance": RANDOM.normal(0, 50, N),
            "status": RANDOM.choice(["open", "paid", "sent"], N),
            "note": [None if n % 9 == 0 else f"some words about it {n}" for n in range(N)],
            "opened": opened,
            "closed": [
                day + dt.timedelta(days=int(n)) for day, n in zip(opened, RANDOM.integers(0, 4, N), strict=True)
            ],
            "min_qty": low,
            "max_qty": low + RANDOM.integers(0, 9, N),
        }
    )


TABLE = orders()
PROPOSED = propose_data_checks(TABLE, profile_table(TABLE), today=TODAY)
SPOILED: dict[str, tuple[dict[str, Any], Any, list[int]]] = {
    "not_missing": ({"column": "price"}, pl.when(pl.int_range(N) != 7).then("price").alias("price"), [8]),
    "value_range": (
        {"column": "price"},
        pl.when(pl.int_range(N) == 3).then(-5.0).otherwise("price").alias("price"),
        [4],
    ),
    "unique": (
        {"columns": ["order_id"]},
        pl.when(pl.int_range(N) == 9).then(pl.col("order_id").first()).otherwise("order_id").alias("order_id"),
        [10],
    ),
    "allowed_values": (
        {"column": "status"},
        pl.when(pl.int_range(N) < 2).then(pl.lit("lost")).otherwise("status").alias("status"),
        [1, 2],
    ),
    "pattern": (
        {"column": "order_id"},
        pl.when(pl.int_range(N) == 0).then(pl.lit("AB 12")).otherwise("order_id").alias("order_id"),
        [1],
    ),
    "between_columns": (
        {"smaller": "opened", "larger": "closed"},
        pl.when(pl.int_range(N) == 5).then(dt.date(1999, 1, 1)).otherwise("closed").alias("closed"),
        [6],
    ),
}  # fmt: skip
"""Rule -> which proposal, a change that breaks it, and the rows that break it by hand."""


def proposal(name: str, like: dict[str, Any]) -> CheckSpec:
    return next(s for s in PROPOSED if s.type == name and all(s.params.get(k) == v for k, v in like.items()))


@pytest.mark.parametrize("name", sorted(expectations()))
def test_every_data_check_is_proposed_where_it_holds_and_passes_there(name: str) -> None:
    found = [spec for spec in PROPOSED if spec.type == name]
    assert found
    assert all(result.passed for result in run_data_checks(TABLE, found, today=TODAY))
    assert expectations()[name].title


def test_every_rule_is_a_sentence_that_names_its_columns() -> None:
    for spec in PROPOSED:
        rule, params = resolved(spec)
        sentence = rule.sentence(params)
        assert sentence.endswith(".")
        assert all(column in sentence for column in rule.columns(params))
    assert "order_id is written like AA-999999." in " ".join(
        r.sentence for r in run_data_checks(TABLE, PROPOSED, today=TODAY)
    )


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_a_broken_rule_lists_the_rows_that_break_it(name: str) -> None:
    like, change, rows = SPOILED[name]
    spec = proposal(name, like)
    result = run_data_checks(TABLE.with_columns(change), [spec], today=TODAY)[0]
    assert (result.passed, result.n_failed, [row.row for row in result.rows]) == (False, len(rows), rows)
    assert set(result.rows[0].cells) == set(resolved(spec)[0].columns(resolved(spec)[1]))
    again = broken_rows(TABLE.with_columns(change), spec)
    assert again is not None
    assert (again.arg_true() + 1).to_list() == rows


def test_rules_of_the_table_as_a_whole() -> None:
    rows, fresh = proposal("row_count", {}), proposal("freshness", {"column": "opened"})
    cut = run_data_checks(TABLE.head(20), [rows], today=TODAY)[0]
    assert (cut.passed, cut.message) == (False, "It has 20 rows.")
    late = run_data_checks(TABLE, [fresh], today=TODAY + dt.timedelta(days=90))[0]
    assert (late.passed, late.message) == (False, "The newest is 2026-02-24, 95 days old.")


def test_a_column_that_is_gone_or_holds_something_else_breaks_its_rule() -> None:
    spec = proposal("value_range", {"column": "price"})
    gone = run_data_checks(TABLE.drop("price"), [spec], today=TODAY)[0]
    assert (gone.passed, gone.message) == (False, "The column price is not there.")
    words = TABLE.with_columns(price=pl.lit("dear"))
    assert run_data_checks(words, [spec], today=TODAY)[0].n_failed == N


def test_a_rule_that_is_switched_off_is_not_run() -> None:
    off = PROPOSED[0].model_copy(update={"enabled": False})
    assert run_data_checks(TABLE, [off], today=TODAY) == []


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"type": "nothing"}, "data_check_unknown"),
        ({"type": "value_range", "params": {"column": "price"}}, "data_check_parameter"),
        ({"type": "value_range", "params": {"column": "price", "low": 5, "high": 1}}, "data_check_parameter"),
        ({"type": "pattern", "params": {"column": "status", "pattern": "(("}}, "data_check_parameter"),
        ({"type": "pattern", "params": {"column": "status", "pattern": "(a)\\1"}}, "data_check_parameter"),
        ({"type": "not_missing", "params": {"column": "prize"}}, "data_check_column"),
        ({"type": "unique", "params": {"columns": []}}, "data_check_parameter"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_a_way_on(spec: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_specs([CheckSpec.model_validate(spec)], TABLE.columns)
    assert caught.value.code == code
    assert caught.value.fix


ODD = [
    pl.DataFrame({"a": [None, None]}),
    pl.DataFrame({"a": [1.0, float("nan"), float("inf")] * 10, "b": [True, False, None] * 10}),
    pl.DataFrame({"": ["", " ", "x"] * 20, "min": [1] * 60, "max": [1] * 60}),
    pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}),
]


@pytest.mark.parametrize("frame", ODD)
def test_odd_tables_are_proposed_for_and_checked_without_fail(frame: pl.DataFrame) -> None:
    proposed = propose_data_checks(frame, profile_table(frame), today=TODAY)
    assert all(result.passed for result in run_data_checks(frame, proposed, today=TODAY))
    for other in ODD:
        run_data_checks(other, proposed, today=TODAY)


def test_no_rule_is_proposed_from_spellings_that_want_tidying() -> None:
    frame = pl.DataFrame({"city": ["Oslo", "Oslo ", "Bern", "Bern"] * 20})
    proposed = propose_data_checks(frame, profile_table(frame), today=TODAY)
    assert "allowed_values" not in {spec.type for spec in proposed}


def test_a_proposal_holds_no_value_that_names_somebody() -> None:
    frame = pl.DataFrame({"mail": [f"user{n:03d}@example.org" for n in range(60)]})
    proposed = propose_data_checks(frame, profile_table(frame), today=TODAY)
    words = " ".join(result.sentence for result in run_data_checks(frame, proposed, today=TODAY))
    assert "aaaa999@aaaaaaa.aaa" in words
    assert "user000" not in words
