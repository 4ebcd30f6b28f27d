"""Put numbers into ranges."""

from __future__ import annotations

import bisect
import itertools
import math
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps._categories import level_text
from narrative.engine.steps._columns import ColumnsParams, chosen, is_quantity, named, numbers_of
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class BinValuesParams(ColumnsParams):
    method: Literal["equal_width", "equal_frequency", "edges"] = Field(
        default="equal_frequency",
        title="Method",
        description="equal_width: ranges of the same width; equal_frequency: about the same number of rows in each; "
        "edges: the limits given.",
    )
    n_bins: int = Field(default=5, ge=2, le=100, title="Ranges", description="How many, unless the edges are given.")
    edges: list[float] | None = Field(
        default=None, min_length=1, max_length=100, title="Edges", description="edges: limits between ranges, rising."
    )
    labels: Literal["range", "number"] = Field(
        default="range",
        title="Names",
        description="range: text such as '10 to 20'; number: 0, 1, 2, ... from the lowest.",
    )

    @model_validator(mode="after")
    def _edges_rise(self) -> BinValuesParams:
        if (self.method == "edges") != (self.edges is not None):
            raise ValueError("edges are needed for the method edges, and only there")
        edges = self.edges or []
        if not all(math.isfinite(edge) for edge in edges) or any(a >= b for a, b in itertools.pairwise(edges)):
            raise ValueError("edges must be finite and rise")
        return self


class BinValues(Step[BinValuesParams]):
    """Replaces each number by the range it lies in; a range begins with its lower limit and ends before its upper one.

    The lowest and the highest range are open, so values beyond the training rows have a range as well. Limits that
    coincide (many equal values) make fewer ranges. Missing stays missing.
    """

    name: ClassVar[str] = "bin_values"
    title: ClassVar[str] = "Put numbers into ranges"
    sentence: ClassVar[str] = "Replaces numbers by the range they lie in."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "constant", "empty"})
    inverse: ClassVar[str] = "None: where in its range a number was is not kept. The version before still has it."
    Params = BinValuesParams

    def says(self, params: BinValuesParams) -> str:
        columns = named(params.columns, "all numbers")
        if params.edges is not None:
            return f"Puts {columns} into ranges that meet at {', '.join(f'{edge:g}' for edge in params.edges)}."
        how = "the same width" if params.method == "equal_width" else "about as many rows"
        return f"Puts {columns} into {params.n_bins} ranges with {how} each."

    def columns(self, params: BinValuesParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: BinValuesParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns or [], "category" if params.labels == "range" else "decimal"))

    def fit(self, frame: pl.DataFrame, params: BinValuesParams, context: FitContext) -> State:
        columns = chosen(frame, params.columns, is_quantity)
        edges = {name: _edges(numbers_of(self, frame, name), params) for name in columns}
        return {"edges": {name: found for name, found in edges.items() if is_quantity(frame.schema[name])}}

    def apply(self, frame: pl.LazyFrame, params: BinValuesParams, state: State) -> pl.LazyFrame:
        made = []
        for name, edges in state["edges"].items():
            value = pl.col(name).cast(pl.Float64)
            labels = (
                pl.Series(_labels(edges))
                if params.labels == "range"
                else pl.Series(range(len(edges) + 1)).cast(pl.Float64)
            )
            place = pl.lit(pl.Series(edges, dtype=pl.Float64)).search_sorted(value, side="right")
            made.append(pl.when(value.is_not_null()).then(pl.lit(labels).gather(place)).alias(name))
        return frame.with_columns(made)

    def row(self, params: BinValuesParams, state: State) -> RowFunction | None:
        ranges = [(name, edges, _labels(edges)) for name, edges in state["edges"].items()]

        def put(row: dict[str, Any]) -> None:
            for name, edges, labels in ranges:
                if row[name] is not None:
                    place = bisect.bisect_right(edges, float(row[name]))
                    row[name] = labels[place] if params.labels == "range" else float(place)

        return put

    def outputs(self, params: BinValuesParams, state: State) -> dict[str, str]:
        return {name: name for name in state["edges"]}


def _edges(values: np.ndarray[Any, Any], params: BinValuesParams) -> list[float]:
    """Limits between the ranges, rising, none twice."""
    if params.edges is not None:
        return params.edges
    if not len(values):
        return []
    shares = np.linspace(0, 1, params.n_bins + 1)[1:-1]
    if params.method == "equal_width":
        low, high = float(values.min()), float(values.max())
        # Weights instead of a width: the width of huge numbers would be beyond all numbers.
        edges = low * (1 - shares) + high * shares
    else:
        edges = np.quantile(values, shares, method="linear")
        low = float(values.min())
    return sorted({float(edge) for edge in edges if math.isfinite(edge) and edge > low})


def _labels(edges: list[float]) -> list[str]:
    """Names of the ranges, the lowest first.

    >>> _labels([10.0, 20.5])
    ['below 10', '10 to 20.5', '20.5 or more']
    """
    if not edges:
        return ["any"]
    shown = _shown(edges)
    middle = [f"{low} to {high}" for low, high in itertools.pairwise(shown)]
    return [f"below {shown[0]}", *middle, f"{shown[-1]} or more"]


def _shown(edges: list[float]) -> list[str]:
    """The edges with as few digits as tell them apart."""
    for digits in (4, 6, 9, 12):
        shown = [level_text(float(f"{edge:.{digits}g}")) for edge in edges]
        if len(set(shown)) == len(shown):
            return shown
    return [repr(edge) for edge in edges]
