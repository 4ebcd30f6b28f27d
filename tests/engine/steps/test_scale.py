from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.engine.steps.base import FitContext
from narrative.engine.steps.scale import Method, Scale, ScaleParams


def scaled(frame: pl.DataFrame, **params: object) -> pl.DataFrame:
    return Scale().fit_apply(frame, ScaleParams.model_validate(params), FitContext())[1]


@pytest.mark.parametrize(
    ("method", "reference"),
    [
        ("standard", "StandardScaler"),
        ("min_max", "MinMaxScaler"),
        ("robust", "RobustScaler"),
        ("max_abs", "MaxAbsScaler"),
    ],
)
def test_scaling_agrees_with_scikit_learn(method: Method, reference: str) -> None:
    from sklearn import preprocessing

    values = np.random.default_rng(1).normal(7, 3, size=(50, 2)).round(3)
    expected = getattr(preprocessing, reference)().fit_transform(values)
    found = scaled(pl.DataFrame(values, schema=["a", "b"]), method=method).to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_constant_column_is_only_centred_even_when_rounding_gives_it_a_spread() -> None:
    frame = pl.DataFrame({"x": [0.1 + 0.2, 0.3, 0.3]})
    assert np.abs(scaled(frame)["x"].to_numpy()).max() < 1e-15


@pytest.mark.parametrize("method", ["standard", "min_max", "robust", "max_abs"])
@pytest.mark.parametrize("values", [[1e308, -1e308, 0.0], [1e-310, 2e-310, 0.0], [5.0], [None, None]])
def test_extreme_columns_never_give_infinity(method: Method, values: list[float | None]) -> None:
    found = scaled(pl.DataFrame({"x": values}, schema={"x": pl.Float64}), method=method)["x"].drop_nulls().to_numpy()
    assert np.isfinite(found).all()


def test_wild_values_are_cut_where_asked() -> None:
    step, params = Scale(), ScaleParams(clip=2.0)
    state = step.fit(pl.DataFrame({"x": [-1.0, 1.0]}), params, FitContext())
    found = step.apply(pl.LazyFrame({"x": [1e9, -1e9, 0.5, None]}), params, state).collect()["x"].to_list()
    assert found == [2.0, -2.0, 0.5, None]


def test_booleans_count_as_zero_and_one() -> None:
    assert scaled(pl.DataFrame({"x": [True, False]}), method="min_max")["x"].to_list() == [1.0, 0.0]
