"""Write text in capitals, small letters or title case."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, named, plain_text, text_columns
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Case = Literal["lower", "upper", "title", "sentence"]


class ChangeCaseParams(ColumnsParams):
    case: Case = Field(
        default="lower",
        title="Case",
        description="lower: all small; upper: all capitals; title: a capital at each word; sentence: one at the start.",
    )


class ChangeCase(Step[ChangeCaseParams]):
    """Changes the case of letters, in every script that has one; all other characters stay."""

    name: ClassVar[str] = "change_case"
    title: ClassVar[str] = "Change the case"
    sentence: ClassVar[str] = "Writes text in small letters, capitals, title case or as a sentence."
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "None: which letters were capitals is not kept. The version before still has them."
    Params = ChangeCaseParams

    def says(self, params: ChangeCaseParams) -> str:
        case = {"lower": "small letters", "upper": "capitals", "title": "title case", "sentence": "sentence case"}
        return f"Writes {named(params.columns, 'all text')} in {case[params.case]}."

    def columns(self, params: ChangeCaseParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: ChangeCaseParams, context: FitContext) -> State:
        return {"columns": text_columns(self, frame, params.columns)}

    def apply(self, frame: pl.LazyFrame, params: ChangeCaseParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(_cased(pl.col(name), params.case) for name in state["columns"])

    def row(self, params: ChangeCaseParams, state: State) -> RowFunction | None:
        if params.case in {"title", "sentence"}:
            return None

        def change(row: dict[str, Any]) -> None:
            for name in state["columns"]:
                text = plain_text(row[name])
                if text is not None:
                    row[name] = text.lower() if params.case == "lower" else text.upper()

        return change

    def outputs(self, params: ChangeCaseParams, state: State) -> dict[str, str]:
        return {name: name for name in state["columns"]}


def _cased(text: pl.Expr, case: Case) -> pl.Expr:
    if case == "sentence":
        return text.str.slice(0, 1).str.to_uppercase() + text.str.slice(1).str.to_lowercase()
    return {"lower": text.str.to_lowercase, "upper": text.str.to_uppercase, "title": text.str.to_titlecase}[case]()
