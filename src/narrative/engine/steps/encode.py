"""Turn categories into numbers."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._categories import (
    Level,
    count_unseen,
    is_known,
    key,
    level_counts,
    level_text,
    lookup,
    row_key,
    unseen_note,
)
from narrative.engine.steps._columns import CATEGORICAL, ColumnsParams, chosen, free_name, is_text, pairs
from narrative.engine.steps._target_encoding import TargetColumns, target_columns
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Method = Literal["one_hot", "label", "ordinal", "frequency", "target", "hash"]


class EncodeParams(ColumnsParams):
    method: Method = Field(
        default="one_hot",
        title="Method",
        description=(
            "one_hot: a column of ones and zeros per category; label: a number per category in alphabetical order; "
            "ordinal: a number in the order given; frequency: the share of rows; target: the mean of the target, "
            "out of fold for training rows; hash: a fixed number of columns for any number of categories."
        ),
    )
    max_levels: int = Field(
        default=30, ge=1, le=200, title="Most categories", description="one_hot: the most frequent ones get a column."
    )
    order: list[str] | None = Field(
        default=None, title="Order", description="ordinal: the categories from lowest to highest; empty: natural order."
    )
    smoothing: float = Field(
        default=10.0,
        ge=0,
        le=10_000,
        title="Smoothing",
        description="target: rows of the overall mean that are mixed in; more for small categories.",
    )
    folds: int = Field(default=5, ge=2, le=20, title="Folds", description="target: parts for out-of-fold values.")
    max_classes: int = Field(
        default=10, ge=1, le=50, title="Most classes", description="target with many classes: the most frequent ones."
    )
    n_buckets: int = Field(default=16, ge=2, le=256, title="Buckets", description="hash: number of columns.")
    keep_original: bool = Field(default=False, title="Keep the category", description="Leaves the column in the table.")

    @model_validator(mode="after")
    def _order_has_no_repeats(self) -> EncodeParams:
        if self.order is not None and len(set(self.order)) != len(self.order):
            raise ValueError("the order names a category twice")
        return self


class Encode(Step[EncodeParams]):
    """Categories become numbers.

    Unseen categories count as missing, in every method. Missing is, for one_hot: all zeros, and a one in
    ``<column> is missing`` if training had gaps; label and ordinal: missing; frequency: the share of gaps in training;
    target: the smoothed mean of the rows with gaps, or the overall mean if there were none; hash: all zeros (hash
    knows no unseen categories).
    """

    name: ClassVar[str] = "encode"
    title: ClassVar[str] = "Encode categories"
    sentence: ClassVar[str] = "Turns categories into numbers that a model can calculate with."
    kinds: ClassVar[frozenset[ColumnKind]] = CATEGORICAL
    inverse: ClassVar[str] = "one_hot, label and ordinal can be read back from their names or order; the others cannot."
    Params = EncodeParams

    def columns(self, params: EncodeParams) -> list[str]:
        return list(params.columns or [])

    def learns_from_target(self, params: EncodeParams) -> bool:
        return params.method == "target"

    def layout(self, params: EncodeParams, before: Layout) -> Layout:
        columns = params.columns or [name for name, kind in before.kinds.items() if kind == "category"]
        after = before if params.keep_original else before.without(columns)
        if params.method in {"label", "ordinal"}:
            return after.adding({_code_name(name, params): "decimal" for name in columns})
        if params.method == "frequency":
            return after.adding({f"{name} frequency": "decimal" for name in columns})
        ending = {"one_hot": ("=", " is missing"), "target": (" target",), "hash": ("#",)}[params.method]
        return after.adding({}, [name + end for name in columns for end in ending])

    def fit(self, frame: pl.DataFrame, params: EncodeParams, context: FitContext) -> State:
        return self._learn(frame, params, context)[0]

    def fit_apply(self, frame: pl.DataFrame, params: EncodeParams, context: FitContext) -> tuple[State, pl.DataFrame]:
        state, out_of_fold = self._learn(frame, params, context)
        after = self.apply(frame.lazy(), params, state).collect()
        return state, after.with_columns(out_of_fold)

    def apply(self, frame: pl.LazyFrame, params: EncodeParams, state: State) -> pl.LazyFrame:
        made = [column for name, learned in state["columns"] for column in _encoded(name, params.method, learned)]
        in_place = {name for name, learned in state["columns"] if name in learned["names"]}
        after = frame.with_columns(made)
        return (
            after
            if params.keep_original
            else after.drop([name for name, _ in state["columns"] if name not in in_place])
        )

    def notes(self, frame: pl.DataFrame, params: EncodeParams, state: State) -> list[str]:
        if params.method == "hash":
            return []
        counts = {
            name: count_unseen(
                frame, name, learned["type"], learned["seen"] if "seen" in learned else learned["levels"]
            )
            for name, learned in state["columns"]
        }
        return [unseen_note(name, count) for name, count in counts.items() if count]

    def row(self, params: EncodeParams, state: State) -> RowFunction | None:
        encoders = [_row_encoder(name, params.method, learned) for name, learned in state["columns"]]

        def encode(row: dict[str, Any]) -> None:
            for name, form, table, otherwise, names in encoders:
                category = row_key(row[name], form)
                if callable(table):
                    values = otherwise if category is None else table(category)
                else:
                    values = table.get(category, otherwise)
                row.update(zip(names, values, strict=True))

        return encode

    def outputs(self, params: EncodeParams, state: State) -> dict[str, str]:
        return {new: name for name, learned in state["columns"] for new in learned["names"]}

    def _learn(self, frame: pl.DataFrame, params: EncodeParams, context: FitContext) -> tuple[State, list[pl.Series]]:
        """The state, and for target encodings the out-of-fold columns of the training rows."""
        taken = set(frame.columns)
        state: dict[str, Any] = {}
        out_of_fold: list[pl.Series] = []
        targets = None
        if params.method == "target":
            targets = _targets(params, context)
        for name in chosen(frame, params.columns, is_text):
            form, levels, counts, missing = level_counts(frame, name)
            learned: dict[str, Any] = {"type": form, "levels": levels}
            if params.method == "one_hot":
                learned |= _learn_one_hot(name, levels, missing, params, taken)
            elif params.method in {"label", "ordinal"}:
                learned |= _learn_codes(name, levels, params, taken - {name})
            elif params.method == "frequency":
                shares = [count / frame.height for count in counts] if frame.height else []
                learned |= {"names": [free_name(f"{name} frequency", taken)], "values": [shares]}
                learned["missing"] = [missing / frame.height if frame.height else 0.0]
            elif params.method == "hash":
                buckets = [free_name(f"{name}#{index}", taken) for index in range(params.n_buckets)]
                learned = {"type": form, "levels": [], "names": buckets}
            elif targets is not None:
                fitted, columns = targets.fit(frame, name, form, levels, folds=params.folds, seed=context.seed)
                names = [free_name(f"{name} target{suffix}", taken) for suffix in targets.suffixes]
                learned |= {"names": names, **fitted}
                out_of_fold += [column.alias(new) for column, new in zip(columns, names, strict=True)]
            taken |= set(learned["names"])
            state[name] = learned
        return {"columns": pairs(state)}, out_of_fold


def _targets(params: EncodeParams, context: FitContext) -> TargetColumns:
    if context.target is None or context.problem is None:
        raise InvalidInput(
            "step_needs_target",
            "Encoding by the target needs a target, and none was chosen.",
            fix="Choose a target first, or encode by frequency.",
        )
    return target_columns(context.target, context.problem, smoothing=params.smoothing, max_classes=params.max_classes)


def _code_name(name: str, params: EncodeParams) -> str:
    return f"{name} code" if params.keep_original else name


def _learn_one_hot(
    name: str, levels: list[Level], missing: int, params: EncodeParams, taken: set[str]
) -> dict[str, Any]:
    shown = levels[: params.max_levels]
    names: list[str] = []
    for level in shown:
        names.append(free_name(f"{name}={level_text(level)}", taken | set(names)))
    if missing:
        names.append(free_name(f"{name} is missing", taken | set(names)))
    return {"levels": shown, "seen": levels, "names": names}


def _learn_codes(name: str, levels: list[Level], params: EncodeParams, taken: set[str]) -> dict[str, Any]:
    if params.method == "label" or params.order is None:
        ordered: list[Level] = sorted(levels, key=lambda level: (isinstance(level, str), level))
    else:
        place = {text: index for index, text in enumerate(params.order)}
        strange = next((level for level in levels if level_text(level) not in place), None)
        if strange is not None:
            raise InvalidInput(
                "category_unknown", f"The order for '{name}' does not name its category '{level_text(strange)}'.",
                column=name, fix=f"Add it to the order: {', '.join(params.order[:20])}.",
            )  # fmt: skip
        ordered = sorted(levels, key=lambda level: place[level_text(level)])
        codes = [float(place[level_text(level)]) for level in ordered]
        return {"levels": ordered, "values": [codes], "missing": [None], "names": [_code_name(name, params)]}
    codes = [float(index) for index in range(len(ordered))]
    new = free_name(_code_name(name, params), taken)
    return {"levels": ordered, "values": [codes], "missing": [None], "names": [new]}


def _encoded(name: str, method: Method, learned: dict[str, Any]) -> list[pl.Expr]:
    if method == "one_hot":
        return _one_hot(name, learned)
    if method == "hash":
        bucket = _bucket(name, learned["type"], len(learned["names"]))
        return [
            (bucket == index).fill_null(value=False).cast(pl.Float64).alias(new)
            for index, new in enumerate(learned["names"])
        ]
    return [
        lookup(name, learned["type"], learned["levels"], values, missing=missing).alias(new)
        for new, values, missing in zip(learned["names"], learned["values"], learned["missing"], strict=True)
    ]


def _one_hot(name: str, learned: dict[str, Any]) -> list[pl.Expr]:
    category = key(name, learned["type"])
    names, levels = learned["names"], learned["levels"]
    made = [
        pl.when(category == pl.lit(level)).then(1.0).otherwise(0.0).alias(new)
        for level, new in zip(levels, names[: len(levels)], strict=True)
    ]
    if len(names) > len(levels):
        known = is_known(category, learned["seen"], learned["type"])
        made.append(pl.when(known).then(0.0).otherwise(1.0).alias(names[-1]))
    return made


def _bucket_of(level: Level, n_buckets: int) -> int:
    return zlib.crc32(level_text(level).encode()) % n_buckets


def _bucket(name: str, form: Any, n_buckets: int) -> pl.Expr:
    """CRC-32 of the UTF-8 text of the category, modulo the number of buckets: the same on every machine, for ever."""

    def buckets(values: pl.Series) -> pl.Series:
        hashed = [None if value is None else _bucket_of(value, n_buckets) for value in values]
        return pl.Series(values.name, hashed, dtype=pl.Int64)

    return key(name, form).map_batches(buckets, return_dtype=pl.Int64, is_elementwise=True)


Values = tuple[float | None, ...]
RowEncoder = tuple[str, str, Callable[[Level], Values] | dict[Level | None, Values], Values, list[str]]


def _row_encoder(name: str, method: Method, learned: dict[str, Any]) -> RowEncoder:
    """Column, form of its categories, table or function from category to values, values otherwise, and new names."""
    names, levels = list(learned["names"]), learned["levels"]
    width = len(names)
    if method == "hash":
        zeros: Values = (0.0,) * width
        ones = [(*zeros[:place], 1.0, *zeros[place + 1 :]) for place in range(width)]
        return name, learned["type"], lambda level: ones[_bucket_of(level, width)], zeros, names
    if method == "one_hot":
        table: dict[Level | None, Values] = dict.fromkeys(learned["seen"], (0.0,) * width)
        for place, level in enumerate(levels):
            table[level] = tuple(float(place == other) for other in range(width))
        marked = len(names) > len(levels)
        return name, learned["type"], table, (*(0.0,) * len(levels), *(1.0,) * marked), names
    columns = list(zip(*learned["values"], strict=True))
    return name, learned["type"], dict(zip(levels, columns, strict=True)), tuple(learned["missing"]), names
