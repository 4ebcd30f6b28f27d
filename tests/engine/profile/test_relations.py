"""Relations between columns, against SciPy, scikit-learn and counting by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from narrative.engine.profile import profile_table
from narrative.engine.profile.information import target_information
from narrative.engine.profile.types import Relations

RANDOM = np.random.default_rng(12)
N = 400


def relations(columns: dict[str, Any]) -> Relations:
    found = profile_table(pl.DataFrame(columns)).relations
    assert found is not None
    return found


def test_ranks_and_categories_agree_with_the_reference_libraries() -> None:
    x = RANDOM.normal(size=N)
    y = np.exp(x) + RANDOM.normal(0, 0.5, N)
    colour = np.where(x > 0, "red", RANDOM.choice(["green", "blue"], N))
    shape = np.where(colour == "red", RANDOM.choice(["cube", "ball"], N, p=[0.8, 0.2]), "ball")
    found = relations({"x": x, "y": y, "colour": colour, "shape": shape})
    assert found.spearman is not None
    assert found.spearman.measure == "spearman"
    assert found.spearman.matrix[0][1] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert found.categories is not None
    assert found.categories.columns == ["colour", "shape"]
    table = np.array(
        [[((colour == c) & (shape == s)).sum() for s in ("cube", "ball")] for c in ("red", "green", "blue")]
    )
    plain = stats.contingency.association(table, method="cramer")
    assert found.categories.matrix[0][1] == pytest.approx(plain, abs=0.02)  # ours is corrected for bias
    assert found.ratios is not None
    groups = [x[colour == name] for name in ("red", "green", "blue")]
    between = sum(len(group) * (group.mean() - x.mean()) ** 2 for group in groups)
    assert found.ratios.matrix[0][0] == pytest.approx(np.sqrt(between / ((x - x.mean()) ** 2).sum()), abs=0.01)
    assert found.sampled_rows is None


def test_a_key_is_one_column_or_else_two() -> None:
    number = np.arange(N)
    assert relations({"number": number, "a": number % 7}).keys == [["number"]]
    pair = relations({"shop": number // 20, "day": number % 20, "paid": number % 2 == 0})
    assert pair.keys == [["shop", "day"]]
    assert relations({"a": number % 5, "b": number % 7}).keys == []


def test_dependencies_hold_in_every_row() -> None:
    city = RANDOM.choice(["Ghent", "Graz", "Lyon", "Bruges"], N)
    country = np.where(city == "Graz", "AT", np.where(city == "Lyon", "FR", "BE"))
    found = relations({"city": city, "country": country, "other": RANDOM.choice(["u", "v"], N)})
    assert [(item.determines, item.dependent) for item in found.dependencies] == [("city", "country")]
    country[np.flatnonzero(city == "Lyon")[-1]] = "BE"
    assert relations({"city": city, "country": country}).dependencies == []


def test_what_holds_in_the_sample_is_proven_on_all_rows() -> None:
    n = 45_000
    city, place = np.arange(n) % 50, (np.arange(n) % 50) // 5
    place[1] = 9  # the sample takes every second row
    frame = pl.DataFrame({"city": city, "place": place}).select(pl.all().cast(pl.String))
    found = profile_table(frame).relations
    assert found is not None
    assert found.sampled_rows == 20_000
    assert found.dependencies == []


def test_rows_that_differ_in_spelling_only_are_near_duplicates() -> None:
    rows = {
        "name": ["Ann Lee", "ann  lee", "ANN-LEE", "Bob"],
        "city": ["Graz", "Graz", "graz", "Graz"],
        "n": [1, 1, 1, 1],
    }
    found = relations(rows)
    assert (found.near_duplicate_rows, found.near_duplicate_rows_looked_at) == (2, None)
    assert relations(rows | {"n": [1, 2, 3, 1]}).near_duplicate_rows == 0
    assert relations({"name": ["a", "a", "b"]}).near_duplicate_rows == 0  # these repeat exactly


def test_information_agrees_with_the_reference_library() -> None:
    n = 5_000
    colour = RANDOM.choice(["red", "green", "blue"], n)
    paid = RANDOM.random(n) < np.where(colour == "red", 0.9, 0.2)
    found = target_information(pl.Series(colour), pl.Series(paid), "binary")
    share = mutual_info_score(colour, paid) / stats.entropy([paid.mean(), 1 - paid.mean()])
    assert found == pytest.approx(share, abs=1e-3)
    assert target_information(pl.Series(paid), pl.Series(paid), "binary") == pytest.approx(1.0, abs=1e-3)
    noise = target_information(pl.Series(RANDOM.normal(size=n)), pl.Series(paid), "binary")
    assert noise == pytest.approx(0.0, abs=2e-3)
    assert target_information(pl.Series([f"n{i}" for i in range(n)]), pl.Series(paid), "binary") is None
    y = pl.Series(RANDOM.normal(size=n))
    assert (target_information(y + 0.01, y, "regression") or 0) > 0.9


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [1]},
        {"a": [None, None]},
        {"a": ["x"], "b": [None]},
        {"a": [1.5, None], "b": [True, None], "c": ["x", "y"]},
        {"a": [None] * 30, "b": [1, 2] * 15, "c": ["u"] * 30},
    ],
)
def test_tables_that_are_hardly_any_have_relations_that_say_nothing(columns: dict[str, Any]) -> None:
    frame = pl.DataFrame(columns)
    found = profile_table(frame).relations
    assert found is not None
    assert found.dependencies == []
