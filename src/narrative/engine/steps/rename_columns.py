"""Give columns other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator

from narrative.engine.steps._columns import enumerated, require_free
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind


class RenameColumnsParams(StepParams):
    names: dict[str, str] = Field(
        title="New names", description="Old name and new name of each column; names may be swapped.", min_length=1
    )

    @field_validator("names")
    @classmethod
    def _new_names_differ(cls, names: dict[str, str]) -> dict[str, str]:
        if any(not new.strip() for new in names.values()):
            raise ValueError("a new name is empty")
        if len(set(names.values())) != len(names):
            raise ValueError("two columns would get the same name")
        return names


class RenameColumns(Step[RenameColumnsParams]):
    """Renames the given columns where they stand; values and order stay as they are."""

    name: ClassVar[str] = "rename_columns"
    title: ClassVar[str] = "Rename columns"
    sentence: ClassVar[str] = "Gives the chosen columns other names."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Rename the columns back."
    Params = RenameColumnsParams

    def says(self, params: RenameColumnsParams) -> str:
        return f"Renames {enumerated(f'{old!r} to {new!r}' for old, new in params.names.items())}."

    def columns(self, params: RenameColumnsParams) -> list[str]:
        return list(params.names)

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        return {**params, "names": {names.get(old, old): new for old, new in params["names"].items()}}

    def layout(self, params: RenameColumnsParams, before: Layout) -> Layout:
        others = before.without(params.names)
        require_free(self, params.names.values(), others.kinds)
        return others.adding({new: before.kinds[old] for old, new in params.names.items() if old in before.kinds})

    def fit(self, frame: pl.DataFrame, params: RenameColumnsParams, context: FitContext) -> State:
        require_free(self, params.names.values(), set(frame.columns) - set(params.names))
        return {}

    def apply(self, frame: pl.LazyFrame, params: RenameColumnsParams, state: State) -> pl.LazyFrame:
        return frame.rename(params.names)

    def row(self, params: RenameColumnsParams, state: State) -> RowFunction | None:
        def rename(row: dict[str, Any]) -> None:
            row.update({new: row[old] for old, new in params.names.items()})

        return rename

    def outputs(self, params: RenameColumnsParams, state: State) -> dict[str, str]:
        return {new: old for old, new in params.names.items()}
