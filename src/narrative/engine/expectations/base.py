"""What a data check is: one file ``engine/expectations/<name>.py`` with one :class:`Expectation` subclass.

A data check is a rule that every version of a table must obey ("price is never missing"). It is proposed from a profile
in plain words, saved with its parameters, and enforced on each new version; the rows that break it are listed.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class ExpectationParams(BaseModel):
    """Base of the parameters of a data check: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=ExpectationParams)


class CheckSpec(BaseModel):
    """A data check as it is saved: which, with which parameters, and whether it is switched on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str = Field(max_length=60, description="Name of the data check.", examples=["value_range"])
    params: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    id: str = Field(default="", max_length=40, description="Given by the server when empty.")


class FailingRow(BaseModel):
    """A row that breaks a check: its number in the table, beginning with 1, and the cells the check looked at."""

    model_config = ConfigDict(frozen=True)
    row: int
    cells: dict[str, str | None]


class CheckResult(BaseModel):
    """What a data check found in a version."""

    model_config = ConfigDict(frozen=True)
    id: str
    type: str
    sentence: str
    """The rule in plain words."""
    passed: bool
    n_checked: int
    n_failed: int
    message: str
    """What was found, in one sentence."""
    rows: list[FailingRow] = []
    """The first rows that break it; empty for checks of the table as a whole."""


class Expectation(ABC, Generic[P]):
    """A rule over one table.

    Contract (the conformance suite checks it for every rule): a proposal passes on the table it was proposed for;
    the sentence names every column; checking changes nothing and never fails on odd tables.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    Params: ClassVar[type[ExpectationParams]]

    @abstractmethod
    def columns(self, params: P) -> list[str]:
        """Columns it looks at; they must be there."""

    @abstractmethod
    def sentence(self, params: P) -> str:
        """The rule in plain words, ending with a full stop."""

    @abstractmethod
    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[P]:
        """Parameters with which the rule holds here and would be worth keeping; possibly none."""

    def broken(self, frame: pl.DataFrame, params: P) -> pl.Expr | pl.Series | None:
        """True for rows that break the rule; None for rules over the table as a whole."""
        return None

    def whole(self, frame: pl.DataFrame, params: P, today: dt.date) -> str | None:
        """For rules over the table as a whole: what is wrong, or None."""
        return None


def shown(value: Any) -> str:
    """A limit as people read it."""
    if isinstance(value, float) and value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def numbers(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column as numbers; NaN, infinity and what is no number are missing."""
    if frame.schema[column].is_numeric():
        number = pl.col(column).cast(pl.Float64)
        return pl.when(number.is_finite()).then(number)
    return pl.col(column).cast(pl.String).cast(pl.Float64, strict=False)
