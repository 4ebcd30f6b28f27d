"""Two tables into one: nothing is lost or doubled that the plan did not say before. pandas gives the joined rows."""

from __future__ import annotations

import random
from typing import Any, Literal

import pandas as pd
import polars as pl
import pytest

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables import combine
from narrative.engine.tables.combine import append, join, plan_append, plan_join
from narrative.engine.tables.keys import suggest_keys

BIG = 2**53 + 1


def test_rows_are_appended_by_name_whatever_the_order_and_the_case() -> None:
    first = pl.DataFrame({"Customer ID": ["007", "008"], "amount": [1, 2], "only here": ["x", "y"]})
    second = pl.DataFrame({"AMOUNT": [3], "customer_id": ["009"], "new": [True]})
    plan = plan_append(first, second)
    assert [(pair.first, pair.second) for pair in plan.matched] == [
        ("Customer ID", "customer_id"),
        ("amount", "AMOUNT"),
    ]
    assert (plan.only_first, plan.only_second, plan.n_rows) == (["only here"], ["new"], 3)
    assert append(first, second).to_dict(as_series=False) == {
        "Customer ID": ["007", "008", "009"],
        "amount": [1, 2, 3],
        "only here": ["x", "y", None],
        "new": [None, None, True],
    }


def test_names_that_could_mean_several_columns_are_not_guessed() -> None:
    plan = plan_append(pl.DataFrame({"a_b": [1], "A B": [2]}), pl.DataFrame({"a-b": [3]}))
    assert (plan.matched, plan.only_second) == ([], ["a-b"])
    assert "share no column" in plan.warnings[0]
    with pytest.raises(InvalidInput) as caught:
        append(pl.DataFrame({"a": [1]}), pl.DataFrame({"b": [1]}))
    assert caught.value.code == "tables_share_no_column"


@pytest.mark.parametrize(
    ("one", "two", "together"),
    [
        ([1, 2], [3.5], [1.0, 2.0, 3.5]),
        ([BIG], [3.5], [str(BIG), "3.5"]),
        ([BIG], [7.0], [str(BIG), "7"]),
        (["007"], [7], ["007", "7"]),
        ([True], ["no"], ["true", "no"]),
        ([None], [3], [None, 3]),
    ],
)
def test_different_types_become_one_without_losing_a_digit(one: list[Any], two: list[Any], together: list[Any]) -> None:
    assert append(pl.DataFrame({"a": one}), pl.DataFrame({"a": two}))["a"].to_list() == together


def test_a_change_of_type_is_said() -> None:
    (said,) = plan_append(pl.DataFrame({"a": [1]}), pl.DataFrame({"a": ["x"]})).warnings
    assert said == "The column a holds integers in one table and text in the other; all of it becomes text."


def random_tables(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keys that repeat, are missing, and meet only in part."""
    rng = random.Random(seed)  # noqa: S311 - a table to be repeated by its seed

    def keys(n: int) -> list[int | None]:
        return [rng.choice([None, *range(rng.choice([3, 30]))]) for _ in range(n)]

    n, m = rng.randrange(1, 60), rng.randrange(1, 60)
    first = pl.DataFrame({"k": keys(n), "j": keys(n), "a": range(n)}, schema_overrides={"k": pl.Int64, "j": pl.Int64})
    second = pl.DataFrame({"k": keys(m), "j": keys(m), "a": range(m)}, schema_overrides={"k": pl.Int64, "j": pl.Int64})
    return first, second


@pytest.mark.parametrize("how", ["left", "inner"])
@pytest.mark.parametrize("on", [["k"], ["k", "j"]])
@pytest.mark.parametrize("seed", range(12))
def test_a_join_does_what_pandas_does_and_what_the_plan_said(
    seed: int, on: list[str], how: Literal["left", "inner"]
) -> None:
    first, second = random_tables(seed)
    keys = [(name, name) for name in on]
    plan, joined = plan_join(first, second, keys, how), join(first, second, keys, how)

    one = pd.DataFrame(first.to_dict(as_series=False)).astype("Int64")
    two = pd.DataFrame(second.to_dict(as_series=False)).astype("Int64")
    two = two.rename(columns={name: f"{name}_2" for name in two.columns if name not in on})
    expected = one.merge(two.dropna(subset=on), on=on, how=how, indicator=True)  # pandas lets missing keys meet
    wanted = sorted(
        map(
            repr,
            expected.drop(columns="_merge").astype(object).where(lambda cell: cell.notna(), None).to_numpy().tolist(),
        )
    )
    assert sorted(map(repr, map(list, joined.rows()))) == wanted
    assert (plan.n_rows, plan.n_rows_first) == (joined.height, first.height)

    partners = [
        sum(
            all(mine[name] is not None and mine[name] == theirs[name] for name in on)
            for theirs in second.iter_rows(named=True)
        )
        for mine in first.iter_rows(named=True)
    ]
    assert plan.n_without_partner == partners.count(0)
    assert plan.n_multiplied == sum(n > 1 for n in partners)
    assert plan.n_extra_rows == sum(n - 1 for n in partners if n > 1)
    met = join(second, first, keys, "inner")
    assert plan.n_unused == second.height - met.select(pl.col("a").n_unique()).item()


def test_the_order_of_rows_stays_and_taken_names_are_changed() -> None:
    first = pl.DataFrame({"id": [3, 1, 2], "name": ["c", "a", "b"], "name_2": [0, 0, 0]})
    second = pl.DataFrame({"ID": [1, 3], "name": ["A", "C"]})
    plan = plan_join(first, second)
    assert (plan.renamed, plan.new_columns) == ({"name": "name_3"}, ["name_3"])
    assert join(first, second).to_dict(as_series=False) == {
        "id": [3, 1, 2], "name": ["c", "a", "b"], "name_2": [0, 0, 0], "name_3": ["C", "A", None],
    }  # fmt: skip


def test_what_is_lost_and_doubled_is_said_in_words() -> None:
    first = pl.DataFrame({"id": [1, 2, 3, 4]})
    second = pl.DataFrame({"id": [1, 2, 2, 2, 3], "x": range(5)})
    assert plan_join(first, second, [("id", "id")], "inner").warnings == [
        "1 row of 4 finds no partner and would be lost.",
        "1 row finds several partners: 2 rows would be added, and sums over the first table would count them more than "
        "once.",
    ]
    assert plan_join(first, pl.DataFrame({"id": [1, 2, 3, 4]}), [("id", "id")]).warnings == []


def test_an_identifier_that_was_read_as_a_number_still_finds_its_like() -> None:
    first, second = pl.DataFrame({"id": ["1", "2", "x"]}), pl.DataFrame({"id": [1.0, 2.0], "v": ["a", "b"]})
    assert join(first, second, [("id", "id")])["v"].to_list() == ["a", "b", None]


def test_the_key_that_names_rows_of_the_second_table_is_suggested_first() -> None:
    orders = pl.DataFrame(
        {"order": range(100), "customer": [n % 40 for n in range(100)], "city": ["Oslo", "Bern"] * 50}
    )
    customers = pl.DataFrame({"number": range(40), "city": ["Oslo", "Bern"] * 20, "age": range(20, 60)})
    best = suggest_keys(orders, customers)[0]
    assert [(pair.first, pair.second) for pair in best.keys] == [("customer", "number")]
    assert (best.share_found, best.is_unique_in_second) == (1.0, True)
    assert "100 of 100 rows find a partner" in best.evidence


def test_two_columns_together_are_suggested_where_one_does_not_name_rows() -> None:
    days = pl.DataFrame({"shop": [1, 1, 2, 2] * 5, "day": [n // 4 * 10 + n % 2 for n in range(20)]})
    weather = days.unique(maintain_order=True).with_columns(rain=pl.lit(1))
    best = suggest_keys(days, weather)[0]
    assert ([pair.first for pair in best.keys], best.is_unique_in_second) == (["shop", "day"], True)


def test_tables_without_a_common_value_have_no_key() -> None:
    first, second = pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [8, 9]})
    assert suggest_keys(first, second) == []
    for keys, code in (
        (None, "join_key_missing"),
        ([("a", "z")], "join_key_unknown"),
        ([("z", "a")], "join_key_unknown"),
    ):
        with pytest.raises(InvalidInput) as caught:
            plan_join(first, second, keys)
        assert caught.value.code == code


def test_a_join_that_would_explode_is_refused_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combine, "MAX_ROWS", 1_000)
    one = pl.DataFrame({"k": [1] * 100})
    assert plan_join(one, one, [("k", "k")]).n_rows == 10_000
    with pytest.raises(LimitExceeded) as caught:
        join(one, one, [("k", "k")])
    assert (caught.value.code, caught.value.context["value"]) == ("join_too_large", 10_000)


def test_empty_tables_are_no_special_case() -> None:
    empty = pl.DataFrame({"a": []}, schema={"a": pl.Int64})
    assert join(empty, pl.DataFrame({"a": [1], "b": [2]}), [("a", "a")]).height == 0
    assert append(empty, pl.DataFrame({"a": [1]}))["a"].to_list() == [1]
