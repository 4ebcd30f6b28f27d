from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.steps.base import FitContext, State
from narrative.engine.steps.encode import Encode, EncodeParams
from narrative.engine.types import Problem

CITY = pl.DataFrame({"city": ["Rome", "Paris", "Rome", None]})


def learned(frame: pl.DataFrame, context: FitContext | None = None, **params: Any) -> tuple[EncodeParams, State]:
    checked = EncodeParams(**params)
    return checked, Encode().fit(frame, checked, context or FitContext())


def applied(frame: pl.DataFrame, fitted: tuple[EncodeParams, State]) -> dict[str, list[Any]]:
    return Encode().apply(frame.lazy(), *fitted).collect().to_dict(as_series=False)


def test_one_hot_has_a_column_per_category_by_frequency_and_one_for_gaps() -> None:
    assert applied(CITY, learned(CITY)) == {
        "city=Rome": [1.0, 0.0, 1.0, 0.0],
        "city=Paris": [0.0, 1.0, 0.0, 0.0],
        "city is missing": [0.0, 0.0, 0.0, 1.0],
    }


def test_unseen_category_becomes_missing() -> None:
    new = pl.DataFrame({"city": ["Oslo"]})
    assert applied(new, learned(CITY))["city is missing"] == [1.0]
    assert applied(new, learned(CITY, method="label"))["city"] == [None]
    assert applied(new, learned(CITY, method="frequency"))["city frequency"] == [0.25]


def test_unseen_categories_are_counted() -> None:
    params, state = learned(CITY)
    new = pl.DataFrame({"city": ["Oslo", "Rome", None, "Bern"]})
    assert Encode().notes(new, params, state) == [
        "2 rows have categories of 'city' that were not there before; they count as missing."
    ]


def test_categories_beyond_the_most_frequent_are_known_but_have_no_column() -> None:
    fitted = learned(CITY, max_levels=1)
    assert applied(CITY, fitted) == {"city=Rome": [1.0, 0.0, 1.0, 0.0], "city is missing": [0.0, 0.0, 0.0, 1.0]}
    assert Encode().notes(CITY, *fitted) == []


def test_labels_count_in_alphabetical_order_and_ordinals_in_the_order_given() -> None:
    assert applied(CITY, learned(CITY, method="label"))["city"] == [1.0, 0.0, 1.0, None]
    order = ["Rome", "Bern", "Paris"]
    assert applied(CITY, learned(CITY, method="ordinal", order=order))["city"] == [0.0, 2.0, 0.0, None]


def test_an_order_that_misses_a_category_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as caught:
        learned(CITY, method="ordinal", order=["Rome"])
    assert caught.value.code == "category_unknown"
    assert "Paris" in caught.value.message


def test_numbers_are_one_category_whether_whole_or_decimal() -> None:
    fitted = learned(pl.DataFrame({"n": [3, 4, 3]}), columns=["n"])
    assert applied(pl.DataFrame({"n": [3.0, 3.5]}), fitted) == {"n=3": [1.0, 0.0], "n=4": [0.0, 0.0]}


def test_frequency_is_the_share_of_all_rows() -> None:
    assert applied(CITY, learned(CITY, method="frequency"))["city frequency"] == [0.5, 0.25, 0.5, 0.25]


def test_hash_is_crc32_modulo_buckets() -> None:
    found = applied(CITY, learned(CITY, method="hash", n_buckets=4))
    bucket = zlib.crc32(b"Rome") % 4
    assert found[f"city#{bucket}"][0] == 1.0
    assert [found[f"city#{index}"][3] for index in range(4)] == [0.0] * 4


def test_target_encoding_is_the_smoothed_mean_by_hand() -> None:
    target = pl.Series("y", [10.0, 4.0, 20.0, 6.0])
    fitted = learned(CITY, FitContext(target, "regression"), method="target", smoothing=2.0)
    # Mean 10; Rome (30 + 2·10) / 4 = 12.5, Paris (4 + 20) / 3 = 8, gaps (6 + 20) / 3; Oslo was never there: like gaps.
    rows = pl.DataFrame({"city": ["Rome", "Paris", None, "Oslo"]})
    assert applied(rows, fitted)["city target"] == pytest.approx([12.5, 8.0, 26 / 3, 26 / 3])


def test_without_gaps_in_training_missing_gets_the_overall_mean() -> None:
    frame, target = pl.DataFrame({"city": ["a", "b"]}), pl.Series("y", [1.0, 3.0])
    fitted = learned(frame, FitContext(target, "regression"), method="target")
    assert applied(pl.DataFrame({"city": [None]}, schema={"city": pl.String}), fitted)["city target"] == [2.0]


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_a_rows_own_target_never_reaches_its_own_feature(problem: Problem) -> None:
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"city": random.choice(["a", "b", "c"], 60)})
    values = random.integers(0, 2, 60).astype(float)
    params = EncodeParams(method="target")

    def out_of_fold(target: np.ndarray[Any, Any]) -> list[float]:
        context = FitContext(pl.Series("y", target), problem)
        return Encode().fit_apply(frame, params, context)[1]["city target"].to_list()

    before = out_of_fold(values)
    for row in range(0, 60, 7):
        changed = values.copy()
        changed[row] = 1 - changed[row]
        after = out_of_fold(changed)
        assert after[row] == before[row]
        assert after != before


def test_noise_encoded_out_of_fold_does_not_predict_the_target_but_in_fold_it_would() -> None:
    random = np.random.default_rng(4)
    frame = pl.DataFrame({"id": [f"c{i}" for i in random.integers(0, 200, 600)]})
    target = pl.Series("y", random.normal(size=600))
    params, context = EncodeParams(method="target", smoothing=1.0), FitContext(target, "regression")
    state, training = Encode().fit_apply(frame, params, context)
    in_fold = Encode().apply(frame.lazy(), params, state).collect()["id target"]
    assert abs(np.corrcoef(training["id target"], target)[0, 1]) < 0.15
    assert np.corrcoef(in_fold, target)[0, 1] > 0.4


def test_each_frequent_class_gets_a_column() -> None:
    frame = pl.DataFrame({"city": ["a", "b"] * 6})
    target = pl.Series("y", ["u", "v", "w"] * 4)
    fitted = learned(frame, FitContext(target, "multiclass"), method="target", smoothing=0.0)
    found = applied(frame, fitted)
    assert list(found) == ["city target u", "city target v", "city target w"]
    np.testing.assert_allclose(sum(np.array(column) for column in found.values()), 1.0)


def test_encoding_by_the_target_needs_one() -> None:
    with pytest.raises(InvalidInput) as caught:
        learned(CITY, method="target")
    assert caught.value.code == "step_needs_target"
