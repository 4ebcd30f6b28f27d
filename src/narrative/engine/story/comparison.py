"""How the rows a filter keeps differ from the rest, in sentences whose numbers are computed and verified."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.story.draft import verifying
from narrative.engine.story.facts import FactBook
from narrative.engine.story.relations import fact_ids
from narrative.engine.story.sentences import references, render
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim, Fact, Sentence
from narrative.engine.tables.filters import Filter, rows_that_fit
from narrative.engine.tables.stored import StoredTable, every_row
from narrative.engine.types import NUMERIC_KINDS, ColumnKind

MOST_COLUMNS: Final = 60
"""Columns that are looked at, in the order of the table."""
MOST_LOOKED_AT: Final = 200_000
"""Rows, evenly spread, on which it is decided what is worth a sentence; the sentences are about all rows."""
MOST_SENTENCES: Final = 4
MOST_VALUES: Final = 50
BY_CHANCE: Final = 4.0
"""Standard errors that a difference must exceed: among sixty columns chance alone passes it once in 260 filters."""
SHARED_KINDS: Final[frozenset[ColumnKind]] = frozenset({"boolean", "category"})


class RowComparison(BaseModel):
    """Sentences in which every number is bound to a fact: how many rows fit, the target, what differs most."""

    model_config = ConfigDict(frozen=True)
    n_rows: int = Field(description="Rows that fit the filter.")
    n_rest: int
    n_columns: int = Field(description="Columns that were compared.")
    sentences: list[Sentence]
    facts: list[Fact]


@dataclass(frozen=True)
class _Difference:
    """A column, the value whose share is told (None: its mean), and how far the two groups are apart."""

    column: str
    value: str | None
    effect: float
    errors: float


def columns_to_compare(
    kinds: Mapping[str, ColumnKind], filters: Sequence[Filter], target: str | None, associated: Sequence[str] = ()
) -> list[str]:
    """Columns worth a comparison, the target first, then those that go with it.

    Args:
        associated: columns in the order in which they go with the target.
    """
    asked = {item.column for item in filters}
    fit = [name for name in dict.fromkeys((*associated, *kinds)) if kinds.get(name) in SHARED_KINDS | NUMERIC_KINDS]
    rest = [name for name in fit if name not in asked and name != target]
    return [*([target] if target in fit else []), *rest][:MOST_COLUMNS]


def compare_to_rest(
    table: pl.DataFrame | StoredTable,
    filters: Sequence[Filter],
    columns: Sequence[str],
    *,
    target: str | None,
    table_hash: str,
) -> RowComparison:
    """Compare the rows that fit with all others.

    Args:
        table: the columns of the filters and of the sentences are read as a whole.
        columns: what :func:`columns_to_compare` gives.
        table_hash: content hash of the table; every fact carries it.

    Raises:
        InvalidInput: ``column_not_found``, ``filter_unfit``.
    """
    told = _told(_differences(table, filters, columns), target)
    named = dict.fromkeys([*(item.column for item in told), *(item.column for item in filters)])
    frame = table.select([*named] or columns[:1] or pl.all().first())
    book = FactBook(Sources(table=frame, table_hash=table_hash))
    given = [item.model_dump(mode="json") for item in filters]
    claims = [_rows_claim(book, given), *(_claim(book, given, item, n) for n, item in enumerate(told))]
    if book.number("n") and book.number("n_rest") and not any(item.column != target for item in told):
        others = "the other columns" if told else "the columns"
        claims.append(Claim(type="value", text=f"What differs in {others} is within chance."))
    check = verifying(book.sources, book)
    proven = [claim for claim in claims if check(claim) is None]
    used = {key for claim in proven for key, _ in references(claim.text)}
    used |= {key for claim in proven for key in fact_ids(claim.relation)}
    return RowComparison(
        n_rows=int(book.number("n")),
        n_rest=int(book.number("n_rest")),
        n_columns=len(columns),
        sentences=[render(claim, book.facts) for claim in proven],
        facts=[fact for key, fact in book.facts.items() if key in used],
    )


def _told(found: list[_Difference], target: str | None) -> list[_Difference]:
    """The target whatever it does, then what differs most by more than chance."""
    own = [item for item in found if item.column == target]
    others = [item for item in found if item.column != target and item.errors >= BY_CHANCE]
    others.sort(key=lambda item: -item.effect)
    return [*own, *others[:MOST_SENTENCES]]


def _differences(
    table: pl.DataFrame | StoredTable, filters: Sequence[Filter], columns: Sequence[str]
) -> list[_Difference]:
    fit = rows_that_fit(filters, table.schema)
    if fit is None or not columns:
        return []
    wanted = list(dict.fromkeys([*columns, *(item.column for item in filters)]))
    sample = every_row(table, max(1, math.ceil(table.height / MOST_LOOKED_AT)), wanted)
    inside = sample.select(fit.alias("fit"))["fit"]
    group, rest = sample.filter(inside), sample.filter(~inside)
    if not group.height or not rest.height:
        return []
    found = [_difference(group[name], rest[name]) for name in columns]
    return [item for item in found if item is not None]


def _difference(group: pl.Series, rest: pl.Series) -> _Difference | None:
    if group.dtype.is_numeric():
        return _of_means(group.name, *(series.cast(pl.Float64).drop_nulls().drop_nans() for series in (group, rest)))
    return _of_shares(group.name, *(series.cast(pl.String).drop_nulls() for series in (group, rest)))


def _of_means(name: str, group: pl.Series, rest: pl.Series) -> _Difference | None:
    """Distance of the means in pooled standard deviations. Source: J. Cohen (1988), d."""
    n, m = len(group), len(rest)
    if n < 2 or m < 2:
        return None
    first, second = group.to_numpy(), rest.to_numpy()
    a, b = float(first.var(ddof=1)), float(second.var(ddof=1))
    distance = abs(float(first.mean() - second.mean()))
    pooled, error = math.sqrt(((n - 1) * a + (m - 1) * b) / (n + m - 2)), math.sqrt(a / n + b / m)
    if pooled == 0 or not math.isfinite(pooled):
        return None
    return _Difference(name, None, distance / pooled, distance / error)


def _of_shares(name: str, group: pl.Series, rest: pl.Series) -> _Difference | None:
    """The value whose share differs most; distance on the arcsine scale. Source: J. Cohen (1988), h."""
    n, m = len(group), len(rest)
    counts = [_counts(series) for series in (group, rest)]
    if not n or not m or len(counts[0].keys() | counts[1].keys()) > MOST_VALUES:
        return None
    both = {value: counts[0].get(value, 0) + counts[1].get(value, 0) for value in counts[0] | counts[1]}
    best: _Difference | None = None
    # Of two values that differ alike the rarer one: "churned = yes" says more than "churned = no".
    for value in sorted(both, key=lambda value: (both[value], value)):
        p, q = counts[0].get(value, 0) / n, counts[1].get(value, 0) / m
        among = both[value] / (n + m)
        error = math.sqrt(among * (1 - among) * (1 / n + 1 / m))
        effect = abs(2 * math.asin(math.sqrt(p)) - 2 * math.asin(math.sqrt(q)))
        if error and (best is None or effect > best.effect + 1e-9):
            best = _Difference(name, value, effect, abs(p - q) / error)
    return best


def _counts(series: pl.Series) -> dict[str, int]:
    return dict(series.rename("value").value_counts(name="n").iter_rows())


def _rows_claim(book: FactBook, filters: list[dict[str, Any]]) -> Claim:
    for key, name, rest in (("n", "rows that fit the filter", False), ("n_rest", "the rest of the rows", True)):
        book.add(key, "comparison.rows", name, "integer", unit="rows", filters=filters, rest=rest)
    book.add("n_all", "table.rows", "all rows", "integer", unit="rows")
    book.add("share", "comparison.rows_share", "share of the rows that fit", "percent", filters=filters)
    verb = "fits" if book.number("n") == 1 else "fit"
    relation = {"op": "share", "part": "n", "whole": "n_all", "result": "share"}
    return Claim(type="share", text=f"{{n}} of {{n_all:unit}} {verb}, {{share}}.", relation=relation)


def _claim(book: FactBook, filters: list[dict[str, Any]], item: _Difference, n: int) -> Claim:
    column, value = item.column, item.value
    name, here, there = f"x{n}", f"here{n}", f"rest{n}"
    book.add(name, "table.column_name", "name of a column", "text", column=column)
    for key, rest, rows in ((here, False, "rows that fit the filter"), (there, True, "the rest of the rows")):
        if value is None:
            book.add(
                key, "comparison.mean", f"mean of {column}", "decimal", rows=rows, column=column, filters=filters,
                rest=rest,
            )  # fmt: skip
        else:
            book.add(
                key, "comparison.share", f"share of {column} = {value}", "percent", rows=rows, column=column,
                value=value, filters=filters, rest=rest,
            )  # fmt: skip
    if value is None:
        return Claim(type="value", text=f"{{{name}}} is {{{here}}} on average, against {{{there}}} in the rest.")
    book.add(f"v{n}", "question.value", f"a value of {column}", "text", column=column, value=value)
    text = f"{{{here}}} have {{{name}}} = {{v{n}}}, against {{{there}}} in the rest."
    return Claim(type="value", text=text)
