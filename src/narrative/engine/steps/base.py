"""What a transformation step is: *fit* decides from training rows, *apply* transforms any rows.

A step is one file ``engine/steps/<name>.py`` holding one :class:`Step` subclass whose ``name`` is the file name.
The catalog, the form in the browser, export and the conformance suite find it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.engine.types import ColumnKind, Problem


class StepParams(BaseModel):
    """Base of a step's parameters: unknown names are refused, values are fixed once set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class FitContext:
    """What a step may know while it learns.

    Attributes:
        target: values of the target for the same rows, or None outside training.
        problem: the problem, or None outside training.
        seed: seed for anything random (folds of out-of-fold encodings).
        tables: version id -> another table, for steps that look into one (join, append).
    """

    target: pl.Series | None = None
    problem: Problem | None = None
    seed: int = 42
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)


State = dict[str, Any]
"""What a step has learned: plain JSON (no NaN: missing is None)."""

RowFunction = Callable[[dict[str, Any]], None]
"""Changes the cells of one row in place: plain Python values by column, None where missing."""


def unchanged(row: dict[str, Any]) -> None:
    """The row function of a step that changes no cell."""


def other_names(named: Any, names: Mapping[str, str]) -> Any:
    """A name or a list of names with those replaced that have another one; None stays None."""
    if isinstance(named, str):
        return names.get(named, named)
    return None if named is None else [names.get(name, name) for name in named]


class NoRowPathError(Exception):
    """A row function met a value that only the frame path can handle; the recipe then takes that path."""


P = TypeVar("P", bound=StepParams)


@dataclass(frozen=True)
class Layout:
    """The columns of a table as far as they are known before anything is fitted.

    Attributes:
        kinds: column -> kind.
        open_prefixes: beginnings of names of columns that only fitting will name (``"city="`` of a one-hot encoding).
    """

    kinds: Mapping[str, ColumnKind]
    open_prefixes: frozenset[str] = field(default_factory=frozenset)

    def has(self, column: str) -> bool:
        """Whether the column exists, or may exist once the steps before are fitted."""
        return column in self.kinds or column.startswith(tuple(self.open_prefixes))

    def without(self, columns: Iterable[str]) -> Layout:
        """The layout after columns were removed."""
        gone = set(columns)
        return replace(self, kinds={name: kind for name, kind in self.kinds.items() if name not in gone})

    def adding(self, columns: Mapping[str, ColumnKind], prefixes: Iterable[str] = ()) -> Layout:
        """The layout after columns were added or changed their kind."""
        return Layout({**self.kinds, **columns}, self.open_prefixes | set(prefixes))


class Step(ABC, Generic[P]):
    """One typed transformation.

    Contract (the conformance suite checks it for every step): fit never changes its input and learns from the given
    rows only; apply gives the same values for the same row whatever rows stand around it (preview equals result),
    keeps row order, and never removes rows unless ``drops_rows``; state survives JSON.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """Imperative and short: "Fill missing values"."""
    sentence: ClassVar[str]
    """What it does, for people, in one sentence."""
    kinds: ClassVar[frozenset[ColumnKind]]
    """Column kinds it accepts; empty set: any."""
    inverse: ClassVar[str]
    """How to undo it, or why that is not possible."""
    Params: ClassVar[type[StepParams]]
    column_params: ClassVar[tuple[str, ...]] = ("columns", "column", "by")
    """Parameters that name columns of the table, each one name or a list of names."""
    state_version: ClassVar[int] = 1
    drops_rows: ClassVar[bool] = False
    """Row-dropping steps act on training rows only; at prediction time no row disappears."""
    compares_rows: ClassVar[bool] = False
    """Whether :meth:`keep` looks at other rows (duplicates, samples), so that it must see all of them at once."""
    needs_target: ClassVar[bool] = False
    reshapes: ClassVar[bool] = False
    """Whether it changes what a row is, or their order. Such a step makes a new version of the data, from which
    training then starts; a recipe that is refitted inside folds and applied to rows to predict cannot hold it."""

    @abstractmethod
    def columns(self, params: P) -> list[str]:
        """Input columns the step reads; they must exist."""

    @abstractmethod
    def fit(self, frame: pl.DataFrame, params: P, context: FitContext) -> State:
        """Learn from training rows. Raises ``InvalidInput`` naming column and value when it cannot."""

    @abstractmethod
    def apply(self, frame: pl.LazyFrame, params: P, state: State) -> pl.LazyFrame:
        """The lazy transformation for any rows; unseen categories are handled as the step declares."""

    def row(self, params: P, state: State) -> RowFunction | None:
        """The same transformation for one row without a frame, or None when there is only the frame path.

        A frame costs milliseconds however short it is; a single prediction has not got them. Must give the very bits
        :meth:`apply` gives (the conformance suite checks it). Columns that are no longer needed may stay in the row.
        """
        return None

    def fit_apply(self, frame: pl.DataFrame, params: P, context: FitContext) -> tuple[State, pl.DataFrame]:
        """State, and the *training* rows transformed. Differs from fit + apply only for out-of-fold encodings."""
        state = self.fit(frame, params, context)
        return state, self.apply(frame.lazy(), params, state).collect()

    def says(self, params: P) -> str:
        """What it does with these parameters, in one sentence for people."""
        return self.sentence

    def also_reads(self, params: P) -> list[str]:
        """Further columns that must exist but are not worked on: what says the order, or makes groups."""
        return []

    def place_of(self, params: P, column: str) -> Mapping[str, int]:
        """Where in a text parameter the column is named (``start``, ``end``), for steps that have such text."""
        return {}

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        """The parameters, as they are written down, for a table whose columns have other names.

        Args:
            params: that the step accepts.
            names: column -> its other name; all others keep theirs.
        """
        return {
            name: other_names(value, names) if name in self.column_params else value for name, value in params.items()
        }

    def learns_from_target(self, params: P) -> bool:
        """Whether what it learns depends on the column to predict."""
        return self.needs_target

    def kinds_for(self, params: P) -> frozenset[ColumnKind]:
        """Column kinds it accepts with these parameters; empty set: any."""
        return self.kinds

    def layout(self, params: P, before: Layout) -> Layout:
        """The columns after the step, as far as they are known before fitting.

        Raises:
            InvalidInput: the parameters do not fit these columns (a new name is taken).
        """
        return before

    def keep(self, params: P, state: State) -> pl.Expr | None:
        """True for rows that stay in the training rows; None: all stay."""
        return None

    def notes(self, frame: pl.DataFrame, params: P, state: State) -> list[str]:
        """What a person should know about applying the step to this frame: unseen categories, unreadable values."""
        return []

    def outputs(self, params: P, state: State) -> Mapping[str, str]:
        """New or changed column -> the input column it comes from, for reasons in terms of original columns.

        The default says: every column keeps its name.
        """
        return {column: column for column in self.columns(params)}

    def inputs(self, params: P, state: State) -> Mapping[str, list[str]]:
        """New or changed column -> every input column its values depend on, :meth:`outputs`' one among them."""
        return {new: [old] for new, old in self.outputs(params, state).items()}


class ReshapingStep(Step[P]):
    """A step that changes what a row is, or their order: it needs all rows at once, and maybe other tables."""

    reshapes: ClassVar[bool] = True

    @abstractmethod
    def reshape(self, frame: pl.DataFrame, params: P, state: State, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """The table it makes of the whole table; ``tables`` are those of :class:`FitContext`."""

    def rows_used(self, frame: pl.DataFrame, params: P, tables: Mapping[str, pl.DataFrame]) -> pl.Series | None:
        """True for rows that leave something in the table it makes; None: all do."""
        return None

    def apply(self, frame: pl.LazyFrame, params: P, state: State) -> pl.LazyFrame:
        return self.reshape(frame.collect(), params, state, {}).lazy()

    def fit_apply(self, frame: pl.DataFrame, params: P, context: FitContext) -> tuple[State, pl.DataFrame]:
        state = self.fit(frame, params, context)
        return state, self.reshape(frame, params, state, context.tables)
