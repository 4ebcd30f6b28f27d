"""Put rare categories together."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps._categories import count_unseen, level_counts, levels_series, unseen_note
from narrative.engine.steps._columns import TEXTUAL, ColumnsParams, chosen, is_text
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class GroupRareParams(ColumnsParams):
    min_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        title="Smallest share",
        description="Categories with a smaller share of rows are grouped.",
    )
    max_levels: int = Field(
        default=30, ge=1, le=1000, title="Most categories", description="Beyond this many, the rarest are grouped."
    )
    label: str = Field(default="other", min_length=1, title="Name of the group", description="What grouped cells say.")


class GroupRareCategories(Step[GroupRareParams]):
    """Gives rare categories one common name.

    Unseen categories (not there when the step was fitted) become missing: the group stands for categories that were
    there and rare, and nothing is known about a new one. Missing stays missing. A single rare category is left alone,
    because a group of one says less than its own name.
    """

    name: ClassVar[str] = "group_rare_categories"
    title: ClassVar[str] = "Group rare categories"
    sentence: ClassVar[str] = (
        "Puts categories with few rows into one group, so that the model does not learn from flukes."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = TEXTUAL
    inverse: ClassVar[str] = "None: which rare category a cell held is not kept. The version before still has it."
    Params = GroupRareParams

    def columns(self, params: GroupRareParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: GroupRareParams, context: FitContext) -> State:
        state: State = {}
        dtypes = dict(frame.schema)
        for name in chosen(frame, params.columns, is_text):
            if not is_text(dtypes[name]):
                continue
            _, levels, counts, missing = level_counts(frame, name)
            least = params.min_share * (sum(counts) + missing)
            kept = [level for level, count in zip(levels, counts, strict=True) if count >= least][: params.max_levels]
            rare = levels[len(kept) :]
            state[name] = {"kept": levels, "rare": []} if len(rare) <= 1 else {"kept": kept, "rare": rare}
        return {"columns": state}

    def apply(self, frame: pl.LazyFrame, params: GroupRareParams, state: State) -> pl.LazyFrame:
        grouped = []
        for name, learned in state["columns"].items():
            levels = levels_series([*learned["kept"], *learned["rare"]], "text")
            labels = levels_series([*learned["kept"], *[params.label] * len(learned["rare"])], "text")
            grouped.append(pl.col(name).replace_strict(levels, labels, default=None, return_dtype=pl.String))
        return frame.with_columns(grouped)

    def notes(self, frame: pl.DataFrame, params: GroupRareParams, state: State) -> list[str]:
        counts = {
            name: count_unseen(frame, name, "text", [*learned["kept"], *learned["rare"]])
            for name, learned in state["columns"].items()
        }
        return [unseen_note(name, count) for name, count in counts.items() if count]

    def row(self, params: GroupRareParams, state: State) -> RowFunction | None:
        labels = {
            name: dict.fromkeys(learned["rare"], params.label) | {level: level for level in learned["kept"]}
            for name, learned in state["columns"].items()
        }

        def group(row: dict[str, Any]) -> None:
            for name, label in labels.items():
                row[name] = label.get(row[name])

        return group

    def outputs(self, params: GroupRareParams, state: State) -> dict[str, str]:
        return {name: name for name in state["columns"]}
