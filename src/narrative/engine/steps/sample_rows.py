"""Keep a random part of the training rows."""

from __future__ import annotations

from typing import ClassVar, Final

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps.base import FitContext, RowFunction, State, Step, StepParams, unchanged
from narrative.engine.types import ColumnKind

_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX: Final = ((2**30, 0xBF58476D1CE4E5B9), (2**27, 0x94D049BB133111EB))


class SampleRowsParams(StepParams):
    n_rows: int | None = Field(
        default=None, ge=1, title="Rows", description="How many rows to keep; a smaller table stays whole."
    )
    share: float | None = Field(
        default=None, gt=0, le=1, title="Share", description="Share of the rows to keep, from 0 to 1."
    )
    seed: int = Field(
        default=42, ge=0, lt=2**31, title="Seed", description="The same seed keeps the same rows of the same table."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> SampleRowsParams:
        if (self.n_rows is None) == (self.share is None):
            raise ValueError("give either a number of rows or a share")
        return self


class SampleRows(Step[SampleRowsParams]):
    """Keeps exactly the asked number of training rows, each as likely as any other, in their order.

    Rows are ranked by a fixed mix of their position and the seed, so that the choice is the same on every machine.
    Source: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    """

    name: ClassVar[str] = "sample_rows"
    title: ClassVar[str] = "Sample rows"
    sentence: ClassVar[str] = "Keeps a random part of the training rows."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: the rows are still in the version before it."
    drops_rows: ClassVar[bool] = True
    compares_rows: ClassVar[bool] = True
    Params = SampleRowsParams

    def says(self, params: SampleRowsParams) -> str:
        if params.n_rows is not None:
            return f"Keeps {params.n_rows:,} random training row{'' if params.n_rows == 1 else 's'}."
        return f"Keeps a random {params.share:.4%} of the training rows.".replace("0000%", "%").replace(".%", "%")

    def columns(self, params: SampleRowsParams) -> list[str]:
        return []

    def fit(self, frame: pl.DataFrame, params: SampleRowsParams, context: FitContext) -> State:
        return {}

    def apply(self, frame: pl.LazyFrame, params: SampleRowsParams, state: State) -> pl.LazyFrame:
        return frame

    def keep(self, params: SampleRowsParams, state: State) -> pl.Expr | None:
        rank = _mixed(params.seed).rank("ordinal")
        if params.n_rows is not None:
            return rank <= params.n_rows
        return rank <= (pl.len() * params.share).round().clip(1)

    def row(self, params: SampleRowsParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: SampleRowsParams, state: State) -> dict[str, str]:
        return {}


def _mixed(seed: int) -> pl.Expr:
    """A number per row, distinct and without pattern; 64-bit arithmetic that wraps around."""
    value = (pl.int_range(pl.len(), dtype=pl.UInt64) + (seed * 2**32 + 1)) * pl.lit(_GOLDEN, dtype=pl.UInt64)
    for shift, factor in _MIX:
        value = (value ^ (value // shift)) * pl.lit(factor, dtype=pl.UInt64)
    return value ^ (value // 2**31)
