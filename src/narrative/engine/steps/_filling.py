"""Filling gaps from other rows (nearest rows, the row before or after) and from other columns (regressions)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from narrative.engine.steps._columns import DTYPES
from narrative.engine.steps._history import History, moment_of
from narrative.engine.steps.base import State
from narrative.engine.types import FloatArray

if TYPE_CHECKING:
    from narrative.engine.steps.impute import ImputeParams

MOST_NEIGHBOURS: Final = 2_000
"""Training rows among which the nearest are looked for: evenly spaced ones of a larger table."""
SWEEPS: Final = 3
_RIDGE: Final = 1e-3
_DIGITS: Final = 10


def numbers(frame: pl.DataFrame, columns: Sequence[str]) -> FloatArray:
    """The columns as float64, ``n_rows × n_columns``; missing is NaN."""
    if not columns:
        return np.empty((frame.height, 0))
    matrix: FloatArray = frame.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy(order="c")
    return np.where(np.isfinite(matrix), matrix, np.nan)


def filled_beside(history: History, method: str, values: Sequence[Any], columns: Sequence[pl.Series]) -> pl.Series:
    """A column with its gaps filled by :func:`beside`; ``columns`` are itself, the order and the groups."""
    own, order, *by = columns
    cells, gaps = own.to_list(), own.is_null().arg_true().to_list()
    moments, groups = order.gather(gaps).to_list(), [group.gather(gaps).to_list() for group in by]
    for number, place in enumerate(gaps):
        cells[place] = beside(history, method, values, moments[number], [group[number] for group in groups])
    return pl.Series(cells, dtype=pl.Float64 if method == "interpolate" else own.dtype)


def filled_from(frame: pl.LazyFrame, columns: Sequence[str], fill: Any) -> pl.LazyFrame:
    """The frame with its gaps in ``columns`` filled by ``fill(matrix)``, which works row by row."""

    def filled(series: Sequence[pl.Series]) -> pl.Series:
        matrix = numbers(pl.DataFrame(list(series)), columns)
        values = fill(matrix)
        found = {name: pl.Series(values[:, i], nan_to_null=True) for i, name in enumerate(columns)}
        return pl.DataFrame(found).to_struct("\0filled")

    dtype = pl.Struct({name: pl.Float64() for name in columns})
    new = pl.map_batches([pl.col(name) for name in columns], filled, return_dtype=dtype, is_elementwise=True)
    order = frame.collect_schema().names()
    untouched = [name for name in order if name not in columns]
    return frame.select(*untouched, new.alias("\0filled")).unnest("\0filled").select(order)


@np.errstate(all="ignore")
def learn_neighbours(matrix: FloatArray) -> dict[str, Any]:
    """Rows to look among, and the width that makes the columns comparable."""
    rows = np.unique(np.linspace(0, len(matrix) - 1, min(len(matrix), MOST_NEIGHBOURS)).astype(np.int64))
    there = ~np.isnan(matrix)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, matrix, 0.0).sum(axis=0) / count
    width = np.sqrt(np.where(there, (matrix - mean) ** 2, 0.0).sum(axis=0) / count)
    usable = np.isfinite(width) & (width > 0)
    return {
        "rows": [[None if np.isnan(cell) else cell for cell in row] for row in matrix[rows].tolist()],
        "widths": np.where(usable, width, 1.0).tolist(),
        "means": np.where(np.isfinite(mean), mean, 0.0).tolist(),
    }


@np.errstate(all="ignore")
def fill_by_neighbours(matrix: FloatArray, learned: dict[str, Any], k: int) -> FloatArray:
    """Gaps filled with the mean of the ``k`` nearest rows that have the value; the column's mean when there is none.

    The distance leaves out columns that are missing on either side and scales up for it. Sums go column by column and
    neighbour by neighbour, so that a row has the same bits alone and in a batch.
    Source: Dixon (1979), "Pattern recognition with partly missing data", IEEE Transactions on Systems 9 (10).
    """
    found, n_columns = matrix.copy(), matrix.shape[1]
    donors = np.array(learned["rows"], dtype=np.float64).reshape(-1, n_columns)
    widths = learned["widths"]
    for number in np.flatnonzero(np.isnan(matrix).any(axis=1)).tolist():
        row = matrix[number]
        distance, shared = np.zeros(len(donors)), np.zeros(len(donors))
        for column in range(n_columns):
            apart = (donors[:, column] - row[column]) / widths[column]
            both = ~np.isnan(apart)
            distance = np.where(both, distance + apart * apart, distance)
            shared += both
        distance = np.where(shared > 0, distance * n_columns / shared, np.inf)
        nearest = np.argsort(distance, kind="stable")
        for column in np.flatnonzero(np.isnan(row)).tolist():
            values = donors[nearest, column]
            near = values[~np.isnan(values) & np.isfinite(distance[nearest])][:k].tolist()
            found[number, column] = sum(near) / len(near) if near else learned["means"][column]
    return found


@np.errstate(all="ignore")
def learn_regressions(matrix: FloatArray) -> dict[str, Any]:
    """A ridge regression of each column on the others, learned in rounds on what the round before filled.

    Source: van Buuren and Groothuis-Oudshoorn (2011), "mice: Multivariate Imputation by Chained Equations in R",
    Journal of Statistical Software 45 (3); here with predictions instead of draws, so that it is repeatable.
    """
    gaps, n_columns = np.isnan(matrix), matrix.shape[1]
    count = np.maximum((~gaps).sum(axis=0), 1)
    means = np.where(gaps, 0.0, matrix).sum(axis=0) / count
    means = np.where(np.isfinite(means), means, 0.0)
    current = np.where(gaps, means, matrix)
    spread = current.std(axis=0)
    widths = np.where(np.isfinite(spread) & (spread > 0), spread, 1.0)
    weights = np.zeros((n_columns, n_columns))
    for _ in range(SWEEPS):
        for column in range(n_columns):
            weights[column] = _ridge((current - means) / widths, column, ~gaps[:, column])
            predicted = _predicted(current, column, means, widths, weights)
            current[:, column] = np.where(gaps[:, column], predicted, current[:, column])
    return {"means": means.tolist(), "widths": widths.tolist(), "weights": weights.tolist()}


@np.errstate(all="ignore")
def _ridge(scaled: FloatArray, column: int, rows: Any) -> FloatArray:
    """Weights of the other columns, rounded so that another order of summation gives the same ones."""
    weights = np.zeros(scaled.shape[1])
    others = [place for place in range(scaled.shape[1]) if place != column]
    if others and rows.any():
        x, y = scaled[rows][:, others], scaled[rows, column]
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return weights
        penalty = np.eye(len(others)) * max(_RIDGE * len(y), 1e-9)
        solved = np.linalg.solve(x.T @ x + penalty, x.T @ y)
        weights[others] = [float(f"{weight:.{_DIGITS}g}") if np.isfinite(weight) else 0.0 for weight in solved]
    return weights


@np.errstate(all="ignore")
def _predicted(matrix: FloatArray, column: int, means: Any, widths: Any, weights: Any) -> FloatArray:
    total = np.zeros(len(matrix))
    for place in range(matrix.shape[1]):
        if place != column and weights[column][place]:
            total = total + (matrix[:, place] - means[place]) / widths[place] * weights[column][place]
    predicted: FloatArray = means[column] + total * widths[column]
    return np.where(np.isfinite(predicted), predicted, means[column])


@np.errstate(all="ignore")
def fill_by_regressions(matrix: FloatArray, learned: dict[str, Any]) -> FloatArray:
    """Gaps filled with the mean, then improved in rounds by what the other columns say."""
    gaps = np.isnan(matrix)
    current = np.where(gaps, learned["means"], matrix)
    for _ in range(SWEEPS):
        for column in np.flatnonzero(gaps.any(axis=0)).tolist():
            predicted = _predicted(current, column, learned["means"], learned["widths"], learned["weights"])
            current[:, column] = np.where(gaps[:, column], predicted, current[:, column])
    return current


def beside(history: History, method: str, values: Sequence[Any], order: Any, by: Sequence[Any]) -> Any:
    """The value for a gap from the rows before and after it; ``values`` as the column holds them.

    ``forward``: the last at or before its moment; ``backward``: the first at or after; ``interpolate``: in between on a
    straight line, at the ends the nearest.
    """
    start, before, upto, end = history.place(order, by)
    earlier = values[upto - 1] if upto > start else None
    later = values[before] if before < end else None
    if method != "interpolate":
        return earlier if method == "forward" else later
    if earlier is None or later is None:
        return later if earlier is None else earlier
    first, last = history.moments[upto - 1], history.moments[before]
    if last <= first:
        return float(earlier)
    share = (moment_of(order) - first) / (last - first)
    found = float(earlier) + (float(later) - float(earlier)) * share
    return found if np.isfinite(found) else float(earlier)


def beside_expression(name: str, params: ImputeParams, state: State) -> pl.Expr:
    """The column with its gaps filled from the history."""
    history, dtype = History(state), pl.Float64() if params.method == "interpolate" else DTYPES[state["dtype"]]
    values = history.cells().to_list()
    own = pl.col(name).cast(dtype) if params.method == "interpolate" else pl.col(name)
    return pl.map_batches(
        [own, pl.col(str(params.order)), *(pl.col(by) for by in params.by)],
        lambda columns: filled_beside(history, params.method, values, columns),
        return_dtype=dtype,
        is_elementwise=True,
    )


def filler(params: ImputeParams, learned: State) -> Callable[[FloatArray], FloatArray]:
    if params.method == "knn":
        return lambda matrix: fill_by_neighbours(matrix, learned, params.neighbours)
    return lambda matrix: fill_by_regressions(matrix, learned)


def row_fillers(params: ImputeParams, state: State) -> list[Callable[[dict[str, Any]], dict[str, Any]]]:
    """What fills cells of one row from other rows or columns: new cells from the cells there are."""
    found: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
    for name, learned in state.get("beside", []):
        history = History(learned)
        found.append(_cell_filler(name, params, history, history.cells().to_list()))
    together = state.get("together")
    if together is not None and together["columns"]:
        columns, fill = together["columns"], filler(params, together["learned"])

        def fill_row(row: dict[str, Any]) -> dict[str, Any]:
            cells = [math.nan if row[name] is None else float(row[name]) for name in columns]
            values = fill(np.array([cells])).tolist()[0]
            return {name: None if math.isnan(value) else value for name, value in zip(columns, values, strict=True)}

        found.append(fill_row)
    return found


def _cell_filler(
    name: str, params: ImputeParams, history: History, values: list[Any]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def fill(row: dict[str, Any]) -> dict[str, Any]:
        cell = row[name]
        if cell is None:
            groups = [row[by] for by in params.by]
            return {name: beside(history, params.method, values, row[str(params.order)], groups)}
        return {name: float(cell) if params.method == "interpolate" else cell}

    return fill
