"""Which rows two tables share: by a key where one column tells rows apart in both, else as whole rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from narrative.engine.types import ColumnKind


@dataclass(frozen=True)
class RowMatch:
    """Rows added, lost, changed (None: not told apart from lost and added) and the same; ``key`` is what tells rows
    apart, and ``changed_cells`` counts by column where rows are matched by it."""

    key: list[str]
    added: int
    lost: int
    changed: int | None
    same: int
    changed_cells: Mapping[str, int]


def match_rows(first: pl.DataFrame, second: pl.DataFrame, kinds: Mapping[str, ColumnKind]) -> RowMatch:
    """Match the rows of both tables, looking at the columns they share."""
    shared = [name for name in first.columns if name in second.columns]
    if not shared:
        return RowMatch([], second.height, first.height, None, 0, {})
    key = _key(first, second, shared, kinds)
    first, second = _comparable(first, second, shared)
    return _by_content(first, second) if key is None else _by_key(first, second, key)


def _key(
    first: pl.DataFrame, second: pl.DataFrame, shared: Sequence[str], kinds: Mapping[str, ColumnKind]
) -> str | None:
    """A column without gaps and repeats in both whose values mostly meet: identifiers first, never a measurement."""
    candidates = [
        name for name in shared if first[name].dtype == second[name].dtype and not first[name].dtype.is_float()
    ]
    for name in sorted(candidates, key=lambda item: kinds.get(item) != "identifier"):
        old, new = first[name], second[name]
        if old.null_count() or new.null_count() or old.n_unique() < len(old) or new.n_unique() < len(new):
            continue
        if old.is_in(new.implode()).sum() * 2 >= min(len(old), len(new)):
            return name
    return None


def _comparable(first: pl.DataFrame, second: pl.DataFrame, shared: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with the shared columns in one order and one type; what differs in type is compared as text."""
    as_text = [name for name in shared if first[name].dtype != second[name].dtype]
    both = [pl.col(as_text).cast(pl.String)] if as_text else []
    return first.select(shared).with_columns(both), second.select(shared).with_columns(both)


def _by_key(first: pl.DataFrame, second: pl.DataFrame, key: str) -> RowMatch:
    joined = first.join(second, on=key, how="inner", suffix="\x1f2", nulls_equal=True)
    others = [name for name in first.columns if name != key]
    differs = [pl.col(name).ne_missing(pl.col(f"{name}\x1f2")).alias(name) for name in others]
    masks = joined.select(differs)
    n_changed = int(masks.select(pl.any_horizontal(pl.all())).to_series().sum()) if others else 0
    cells = {name: int(masks[name].sum()) for name in others}
    return RowMatch(
        key=[key],
        added=second.height - joined.height,
        lost=first.height - joined.height,
        changed=n_changed,
        same=joined.height - n_changed,
        changed_cells={name: count for name, count in cells.items() if count},
    )


def _by_content(first: pl.DataFrame, second: pl.DataFrame) -> RowMatch:
    """Rows as a whole, each as often as it stands there."""
    columns = first.columns
    old, new = (table.group_by(columns).agg(pl.len().alias("\x1fn")) for table in (first, second))
    both = old.join(new, on=columns, how="inner", suffix="2", nulls_equal=True)
    same = int(both.select(pl.min_horizontal("\x1fn", "\x1fn2").sum()).item() or 0)
    return RowMatch([], second.height - same, first.height - same, None, same, {})
