"""The strongest relation to the target, told as a comparison of two groups of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from narrative.engine.profile.types import ColumnProfile
from narrative.engine.story.draft import Draft
from narrative.engine.story.formulas.table import ranked_values
from narrative.engine.types import NUMERIC_KINDS

SUSPICIOUS = 0.95
SMALLEST_GROUP = 30
STANDARD_ERRORS = 3.0
"""A difference is told when it is this many standard errors wide, since the widest of many is picked."""
MOST_VALUES = 12
COLUMNS_TRIED = 6
"""Columns most related to the target, among which the widest difference is told."""

Condition = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """Two groups of rows by one column: the conditions with the higher and the lower value of the target."""

    width: float
    high: list[Condition]
    low: list[Condition]


def say_strongest(draft: Draft) -> None:
    """Add the widest difference between groups, among the columns most related to the target, if it is beyond luck."""
    profile = draft.book.sources.need_profile()
    related = [
        column
        for column in profile.columns
        if column.name != profile.target and 0.05 <= (column.target_association or 0.0) < SUSPICIOUS
    ]
    related.sort(key=lambda column: (-(column.target_association or 0.0), column.name))
    measure = _middles if profile.problem == "regression" else _shares
    found = [each for column in related[:COLUMNS_TRIED] if (each := measure(draft, column)) is not None]
    if not found:
        return
    widest = max(found, key=lambda each: each.width)
    (_say_middles if profile.problem == "regression" else _say_shares)(draft, widest)
    draft.say("meaning", "A link like this is not proof. Both may follow from something else.")


def _shares(draft: Draft, column: ColumnProfile) -> Difference | None:
    """The widest difference in the share of the label between two groups of a column; None within luck."""
    book, profile = draft.book, draft.book.sources.need_profile()
    target = profile.target or ""
    if "label" not in book.facts:
        return None
    own = pl.col(target).cast(pl.String) == str(book.value("label"))
    shares = [
        (float(group.select(own.mean()).item()), group.height, conditions)
        for conditions, group in _groups(book.sources.need_table(), column, target)
    ]
    if len(shares) < 2:
        return None
    (low, n_low, where_low), (high, n_high, where_high) = min(shares, key=_size), max(shares, key=_size)
    error = math.sqrt(low * (1 - low) / n_low + high * (1 - high) / n_high + 1e-9)
    return Difference(high - low, where_high, where_low) if high - low >= STANDARD_ERRORS * error else None


def _middles(draft: Draft, column: ColumnProfile) -> Difference | None:
    """The widest difference in the middle of the target between two groups of a column; None within luck."""
    sources = draft.book.sources
    target = sources.need_profile().target or ""
    middles: list[tuple[float, float, list[Condition]]] = []
    for conditions, group in _groups(sources.need_table(), column, target):
        values = group[target].cast(pl.Float64).drop_nans().to_numpy()
        if not len(values):
            continue
        low, middle, high = (float(value) for value in np.quantile(values, (0.25, 0.5, 0.75)))
        # The median's standard error is 1.253 sigma / sqrt(n) for a normal sample; sigma is the quartiles' / 1.349.
        middles.append((middle, 1.253 * (high - low) / 1.349 / math.sqrt(len(values)), conditions))
    if len(middles) < 2:
        return None
    (low, low_error, where_low), (high, high_error, where_high) = min(middles, key=_size), max(middles, key=_size)
    beyond = high > low and high - low >= STANDARD_ERRORS * math.hypot(low_error, high_error)
    return Difference(high - low, where_high, where_low) if beyond else None


def _say_shares(draft: Draft, difference: Difference) -> None:
    book, target = draft.book, draft.book.sources.need_profile().target or ""
    label = str(book.value("label"))
    for letter, conditions in (("a", difference.high), ("b", difference.low)):
        book.add(f"group_{letter}", "table.group_name", "a group of rows", "text", conditions=conditions)
        book.add(
            f"group_share_{letter}",
            "table.group_share",
            f"share of the group with {target} = {label}",
            "percent",
            rows="rows of the group",
            column=target,
            value=label,
            conditions=conditions,
        )
    draft.say(
        "found",
        "{group_share_a} of rows with {group_a} have {target} = {label}, against {group_share_b} with {group_b}.",
        _compared("group_share"),
        type="order",
    )


def _say_middles(draft: Draft, difference: Difference) -> None:
    book, target = draft.book, draft.book.sources.need_profile().target or ""
    for letter, conditions in (("a", difference.high), ("b", difference.low)):
        book.add(f"group_{letter}", "table.group_name", "a group of rows", "text", conditions=conditions)
        book.add(
            f"group_middle_{letter}",
            "table.group_median",
            f"middle {target} of the group",
            rows="rows of the group",
            column=target,
            conditions=conditions,
        )
    draft.say(
        "found",
        "The middle {target} is {group_middle_a} with {group_a}, against {group_middle_b} with {group_b}.",
        _compared("group_middle"),
        type="order",
    )


def _compared(value: str) -> dict[str, Any]:
    """The relation of a comparison: each value belongs to the group it is told of, and the order is as told."""
    return {
        "op": "all",
        "of": [
            {"op": "describes", "name": "group_a", "of": [f"{value}_a"]},
            {"op": "describes", "name": "group_b", "of": [f"{value}_b"]},
            {"op": ">", "left": f"{value}_a", "right": f"{value}_b"},
        ],
    }


def _size(item: tuple[float, float, list[Condition]]) -> tuple[float, float]:
    return item[0], item[1]


def _groups(frame: pl.DataFrame, column: ColumnProfile, target: str) -> list[tuple[list[Condition], pl.DataFrame]]:
    """Groups of rows by the column that are large enough to speak of, with a known target."""
    pair = frame.select(column.name, target).drop_nulls()
    smallest = max(SMALLEST_GROUP, pair.height // 100)
    found: list[tuple[list[Condition], pl.DataFrame]] = []
    if column.kind in NUMERIC_KINDS and column.distinct > MOST_VALUES:
        if column.quantiles is None or "0.5" not in column.quantiles:
            return []
        split = column.quantiles["0.5"]
        pieces = [([{"column": column.name, "op": op, "value": split}]) for op in ("<=", ">")]
        masks = [pl.col(column.name) <= split, pl.col(column.name) > split]
    elif column.kind in NUMERIC_KINDS | {"category", "boolean"} and column.distinct <= 10 * MOST_VALUES:
        values = ranked_values(pair, column.name)[:MOST_VALUES]
        pieces = [([{"column": column.name, "op": "==", "value": value}]) for value in values]
        masks = [pl.col(column.name).cast(pl.String) == value for value in values]
    else:
        return []
    for conditions, mask in zip(pieces, masks, strict=True):
        group = pair.filter(mask)
        if group.height >= smallest:
            found.append((conditions, group))
    return found
