"""Which columns can join two tables: those whose values meet, best when each names one row of the second table."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.tables.pairs import ColumnPair, as_common, match_columns

MAX_SUGGESTIONS: Final = 5
MIN_SHARE: Final = 0.05
_MOST_COLUMNS: Final = 60
_MOST_IN_PAIRS: Final = 6
_FEW_VALUES: Final = 20
"""A column with fewer values than this meets another one by chance, unless it names rows or is called the same."""


class KeySuggestion(BaseModel):
    """Columns that could join, and why: the share of rows of the first table that find a partner, and uniqueness."""

    model_config = ConfigDict(frozen=True)
    keys: list[ColumnPair]
    share_found: float = Field(ge=0, le=1)
    is_unique_in_second: bool
    evidence: str


def suggest_keys(first: pl.DataFrame, second: pl.DataFrame) -> list[KeySuggestion]:
    """The most promising keys, best first: unique in the second table, then by how many rows find a partner."""
    matched, _, _ = match_columns(first, second)
    named = [
        pair for pair in matched[:_MOST_COLUMNS] if _can_be_key(first[pair.first]) and _can_be_key(second[pair.second])
    ]
    found = [_judged(first, second, [pair]) for pair in named]
    if not any(item.is_unique_in_second for item in found):
        found += [_judged(first, second, list(two)) for two in combinations(named[:_MOST_IN_PAIRS], 2)]
    found += _by_values(first, second, {(pair.first, pair.second) for pair in matched})
    found = [item for item in found if item.share_found >= MIN_SHARE]
    found.sort(key=lambda item: (not item.is_unique_in_second, -item.share_found, len(item.keys)))
    return found[:MAX_SUGGESTIONS]


def _by_values(first: pl.DataFrame, second: pl.DataFrame, known: set[tuple[str, str]]) -> list[KeySuggestion]:
    """Columns of other names whose values meet those of a column that names the rows of the second table."""
    found = []
    naming = [name for name in second.columns[:_MOST_COLUMNS] if _names_rows(second[name])]
    for name in naming[:_MOST_IN_PAIRS]:
        for other in first.columns[:_MOST_COLUMNS]:
            is_like = first[other].dtype == second[name].dtype and _can_be_key(first[other])
            if is_like and (other, name) not in known and first[other].n_unique() >= _FEW_VALUES:
                judged = _judged(first, second, [ColumnPair.of(first[other], second[name])])
                if judged.share_found >= 0.5:
                    found.append(judged)
    return found


def _judged(first: pl.DataFrame, second: pl.DataFrame, pairs: list[ColumnPair]) -> KeySuggestion:
    names = [f"key {number}" for number in range(len(pairs))]
    one = pl.DataFrame(
        [as_common(first[pair.first], pair).alias(name) for pair, name in zip(pairs, names, strict=True)]
    )
    two = pl.DataFrame(
        [as_common(second[pair.second], pair).alias(name) for pair, name in zip(pairs, names, strict=True)]
    )
    two = two.drop_nulls()
    n_found = one.join(two.unique(), on=names, how="semi").height
    is_unique = two.height > 0 and two.n_unique() == two.height
    share = n_found / first.height if first.height else 0.0
    words = " and ".join(pair.first if pair.first == pair.second else f"{pair.first} = {pair.second}" for pair in pairs)
    return KeySuggestion(
        keys=pairs,
        share_found=share,
        is_unique_in_second=is_unique,
        evidence=f"By {words}, {n_found:,} of {first.height:,} rows find a partner, and each value names "
        + ("one row" if is_unique else "one or more rows")
        + " of the second table.",
    )


def _can_be_key(column: pl.Series) -> bool:
    """Decimals and yes/no columns join by accident, columns of one value join everything."""
    return not column.dtype.is_float() and column.dtype != pl.Boolean and column.drop_nulls().n_unique() > 1


def _names_rows(column: pl.Series) -> bool:
    present = column.drop_nulls()
    return _can_be_key(column) and present.len() >= _FEW_VALUES and present.n_unique() == present.len()
