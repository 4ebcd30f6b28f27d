"""How columns go together, apart from the target: ranks, categories, keys, dependencies and rows that nearly repeat."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.profile.association import category_codes, correlation_ratio, cramers_v
from narrative.engine.profile.correlation import correlation_matrix
from narrative.engine.profile.ordering import runs
from narrative.engine.profile.proofs import determines, tells_apart
from narrative.engine.profile.types import Correlation, Dependency, RatioTable, Relations
from narrative.engine.tables.stored import StoredTable, every_row
from narrative.engine.types import NUMERIC_KINDS, IntArray

SAMPLE_ROWS: Final = 20_000
"""Rows, evenly spread, on which measures are computed and keys and dependencies are looked for."""
FIRST_ROWS: Final = 2_000
"""Rows on which most candidates for keys and dependencies fail already."""
MOST_CATEGORY_COLUMNS: Final = 20
MOST_CATEGORIES: Final = 200
MOST_NUMBER_COLUMNS: Final = 40
MOST_DETERMINING: Final = 30
LEAST_ROWS: Final = 20
"""With fewer rows, keys and dependencies would be chance."""
LEAST_PAIRS: Final = 3
MOST_PROOFS: Final = 10
"""Candidates that are proven on all rows."""
MOST_NEAR_ROWS: Final = 200_000
UNTELLING_KINDS: Final = ("identifier", "constant", "empty")
"""Kinds of columns that do not make two rows different cases."""
LEAST_COLUMNS: Final = 4
MARGIN: Final = 1_000.0
"""How many times more combinations of values than pairs of rows there must be, so that chance repeats no row."""
_CATEGORY_KINDS: Final = frozenset({"category", "boolean"})


def find_relations(
    table: pl.DataFrame | StoredTable, fields: Sequence[Mapping[str, Any]], sample: pl.DataFrame, n_sampled: int | None
) -> Relations:
    """Relations between the columns of a table.

    Measures of association come from at most 20,000 rows (``sampled_rows`` says how many); keys and dependencies are
    looked for there and then proven on all rows.

    Args:
        fields: the statistics of the columns, in their order.
        sample: rows of the table as :func:`sample_of` gives them, with their number.
    """
    numbers = [item["name"] for item in fields if item["kind"] in NUMERIC_KINDS][:MOST_NUMBER_COLUMNS]
    categories = [
        item["name"] for item in fields if item["kind"] in _CATEGORY_KINDS and 1 < item["distinct"] <= MOST_CATEGORIES
    ][:MOST_CATEGORY_COLUMNS]
    codes = {name: category_codes(sample[name]) for name in categories}
    n_near, near_rows = near_duplicates(table, fields)
    return Relations(
        spearman=_spearman(sample, numbers),
        categories=_categories(codes),
        ratios=_ratios(sample, codes, numbers),
        keys=_keys(table, sample, fields),
        dependencies=_dependencies(table, sample, fields),
        near_duplicate_rows=n_near,
        near_duplicate_rows_looked_at=near_rows,
        sampled_rows=n_sampled,
    )


def sample_of(table: pl.DataFrame | StoredTable) -> tuple[pl.DataFrame, int | None]:
    """Rows evenly spread over the table, and how many; None when they are all."""
    if table.height <= SAMPLE_ROWS:
        return (table.lazy().collect() if isinstance(table, StoredTable) else table), None
    return every_row(table, table.height // SAMPLE_ROWS).head(SAMPLE_ROWS), SAMPLE_ROWS


def _spearman(sample: pl.DataFrame, numbers: list[str]) -> Correlation | None:
    """Pearson correlation of the ranks within each column. Source: C. Spearman (1904); ties take their mean rank."""
    ranks = sample.select(pl.col(numbers).rank("average")) if numbers else sample
    found = correlation_matrix(ranks, numbers)
    return None if found is None else found.model_copy(update={"measure": "spearman"})


def _categories(codes: Mapping[str, IntArray]) -> Correlation | None:
    """Bias-corrected Cramér's V of all pairs; missing is a category of its own."""
    if len(codes) < 2:
        return None
    sizes = {name: int(values.max()) + 1 for name, values in codes.items()}
    matrix = {(name, name): 1.0 for name in codes}
    for one, other in combinations(codes, 2):
        matrix[one, other] = matrix[other, one] = cramers_v(codes[one], sizes[one], codes[other], sizes[other])
    rows: list[list[float | None]] = [[matrix[one, other] for other in codes] for one in codes]
    return Correlation(columns=list(codes), matrix=rows, measure="cramers_v")


def _ratios(sample: pl.DataFrame, codes: Mapping[str, IntArray], numbers: list[str]) -> RatioTable | None:
    """Correlation ratio of every category column (rows) with every number column, over rows that have the number."""
    if not codes or not numbers:
        return None
    rows: list[list[float | None]] = [[None] * len(numbers) for _ in codes]
    for column, name in enumerate(numbers):
        series = sample[name]
        mask = series.is_not_null().to_numpy() if series.null_count() else None
        values = (series if mask is None else series.drop_nulls()).cast(pl.Float64).to_numpy()
        if len(values) < LEAST_PAIRS:
            continue
        for row, own in zip(rows, codes.values(), strict=True):
            row[column] = correlation_ratio(own if mask is None else own[mask], int(own.max()) + 1, values)
    return RatioTable(rows=list(codes), columns=numbers, matrix=rows)


def _keys(
    table: pl.DataFrame | StoredTable, sample: pl.DataFrame, fields: Sequence[Mapping[str, Any]]
) -> list[list[str]]:  # fmt: skip
    """Columns, or else pairs of columns, whose values tell all rows apart and are never missing."""
    if table.height < LEAST_ROWS:
        return []
    whole = [item for item in fields if not item["missing"]]
    single = [[item["name"]] for item in whole if item["distinct"] == table.height and item["kind"] != "decimal"]
    if single:
        return single
    usable = [item for item in whole if item["kind"] not in {"decimal", "constant", "text"}][:MOST_DETERMINING]
    likely = [
        [one["name"], other["name"]]
        for one, other in combinations(usable, 2)
        if one["distinct"] * other["distinct"] >= table.height
    ]
    first = sample.head(FIRST_ROWS)
    likely = [pair for pair in likely if tells_apart(first, pair) and tells_apart(sample, pair)]
    return [pair for pair in likely[:MOST_PROOFS] if tells_apart(table, pair)]


def _dependencies(
    table: pl.DataFrame | StoredTable, sample: pl.DataFrame, fields: Sequence[Mapping[str, Any]]
) -> list[Dependency]:
    """Columns of which one value always goes with one value of another column."""
    if table.height < LEAST_ROWS:
        return []
    usable = [item for item in fields if item["distinct"] > 1 and item["kind"] not in {"decimal", "text", "identifier"}]
    names = [item["name"] for item in usable[:MOST_DETERMINING]]
    first = sample.head(FIRST_ROWS)
    codes = {name: category_codes(first[name]) for name in names}
    found = [Dependency(determines=one, dependent=other) for one, other in _candidates(codes, first.height)]
    found = [item for item in found if determines(sample, item.determines, item.dependent)]
    return [item for item in found[:MOST_PROOFS] if determines(table, item.determines, item.dependent)]


def _candidates(codes: Mapping[str, IntArray], n_rows: int) -> Iterator[tuple[str, str]]:
    counts = {name: int(values.max()) + 1 for name, values in codes.items()}
    for one, own in codes.items():
        if counts[one] > 0.5 * n_rows:
            continue  # groups of one row determine anything
        for other, theirs in codes.items():
            if other == one or counts[other] > counts[one] or counts[other] < 2:
                continue
            pairs, _ = runs(np.sort(own * counts[other] + theirs))
            if len(pairs) == counts[one]:
                yield one, other


def near_duplicates(
    table: pl.DataFrame | StoredTable, fields: Sequence[Mapping[str, Any]]
) -> tuple[int, int | None]:  # fmt: skip
    """Rows that nearly repeat another one, and the rows looked at (None: all).

    They differ only in case, blanks and punctuation of text, or in an identifier where the other columns together are
    hardly alike by chance. Rows that repeat another one exactly do not count again.
    """
    n_looked_at = None if table.height <= MOST_NEAR_ROWS else MOST_NEAR_ROWS
    telling = [item for item in fields if item["kind"] not in UNTELLING_KINDS]
    if not hardly_by_chance([item["distinct"] for item in telling], min(table.height, MOST_NEAR_ROWS)):
        telling = list(fields)
    texts = [item["name"] for item in telling if item["dtype"] == "String" and item["count"]]
    others = [item["name"] for item in telling if item["dtype"] != "String"]
    has_doubt = texts or len(telling) < len(fields)
    if not has_doubt or table.height < 2 or any(_all_differ(item, table.height) for item in telling):
        return 0, None
    rows = table.head(MOST_NEAR_ROWS)
    if others:
        rows = rows.filter(rows.select(others).hash_rows().is_duplicated())
    if rows.height < 2:
        return 0, n_looked_at
    plain = rows.unique().select(
        *others, pl.col(texts).str.to_lowercase().str.replace_all(r"[\s\p{P}]+", "")
    )  # fmt: skip
    return plain.height - plain.n_unique(), n_looked_at


def hardly_by_chance(distinct: Sequence[int], n_rows: int) -> bool:
    """Whether columns with so many different values have far more combinations than there are pairs of rows."""
    combinations = sum(math.log(max(1, number)) for number in distinct)
    return len(distinct) >= LEAST_COLUMNS and combinations >= math.log(MARGIN * max(1, n_rows) ** 2)


def _all_differ(item: Mapping[str, Any], n_rows: int) -> bool:
    return bool(item["distinct"] == n_rows and item["dtype"] != "String")
