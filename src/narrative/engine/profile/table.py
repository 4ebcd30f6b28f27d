"""The profile of a table: every column, the table as a whole, the relation to a target, findings."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl

from narrative.engine.checks import run_checks
from narrative.engine.profile.association import Association, association, target_codes
from narrative.engine.profile.columns import Statistics, column_statistics
from narrative.engine.profile.correlation import correlation_matrix
from narrative.engine.profile.information import target_information
from narrative.engine.profile.limits import not_computed
from narrative.engine.profile.ordering import ordered_numbers
from narrative.engine.profile.proofs import row_hashes
from narrative.engine.profile.quality import column_quality, column_shares, table_quality
from narrative.engine.profile.relations import find_relations, sample_of
from narrative.engine.profile.suggestion import suggest_problem, suggest_targets
from narrative.engine.profile.target import ProblemChoice, check_target
from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.tables.content import canonical_hash
from narrative.engine.tables.frames import canonical
from narrative.engine.tables.stored import StoredTable
from narrative.engine.types import NUMERIC_KINDS, Problem


def profile_table(
    frame: pl.DataFrame | StoredTable,
    *,
    target: str | None = None,
    problem: ProblemChoice = "auto",
    threads: int = 2,
) -> TableProfile:
    """Describe a table, exactly over all rows.

    Args:
        frame: any frame; it is brought into canonical form first (see ``tables.canonical``). A table that stays in its
            file is read column by column, one after the other.
        target: the column to predict, or None.
        problem: what kind of problem the target makes, or "auto".

    Raises:
        InvalidInput: the target does not exist or cannot be predicted (see ``check_target``).
    """
    stored = isinstance(frame, StoredTable)
    table = frame.as_frame() if isinstance(frame, StoredTable) else canonical(frame)
    decided: Problem | None = None
    reason: str | None = None
    if target is not None:
        decided, reason, _ = check_target(table, target, problem)

    def describe(name: str) -> Statistics:
        item = column_statistics(table[name])
        return item if target and not stored else replace(item, ordered=None)

    with ThreadPoolExecutor(1 if stored else threads) as pool:
        statistics = list(pool.map(describe, table.columns))
        relations = _relations(table, statistics, target, decided, pool) if target and decided else {}
    fields = [item.fields for item in statistics]
    duplicates = duplicate_rows(table, fields)
    sample, n_sampled = sample_of(table)
    told = _information(sample, target, decided) if target and decided else {}
    columns = [_column(item, relations.get(item["name"]), told.get(item["name"])) for item in fields]
    shares = [column_shares(item.fields) for item in statistics]
    numeric = [column.name for column in columns if column.kind in NUMERIC_KINDS]
    if relations:
        numeric.sort(key=lambda name: -(relations[name].value if name in relations else 1.0))
    targets = suggest_targets(table, columns)
    profile = TableProfile(
        n_rows=table.height,
        n_columns=table.width,
        duplicate_rows=duplicates,
        memory_bytes=sum(item.size_bytes for item in statistics),
        content_hash=canonical_hash(table),
        columns=columns,
        quality=table_quality(shares, duplicates / table.height if table.height else 0.0),
        findings=[],
        suggested_targets=targets,
        suggested_problem=suggest_problem(table.height, columns, targets),
        target=target,
        problem=decided,
        problem_reason=reason,
        correlation=correlation_matrix(table, numeric),
        relations=find_relations(table, fields, sample, n_sampled),
        not_computed=not_computed(table.height, fields),
    )
    return profile.model_copy(update={"findings": run_checks(table, profile)})


def _relations(
    table: pl.DataFrame, statistics: list[Statistics], target: str, problem: Problem, pool: ThreadPoolExecutor
) -> dict[str, Association]:
    codes = target_codes(table[target], problem)
    others = [item for item in statistics if item.fields["name"] != target]

    def relate(item: Statistics) -> Association | None:
        series, ordered = table[item.fields["name"]], item.ordered
        if ordered is None and item.fields["count"] and series.dtype not in (pl.String, pl.Boolean):
            ordered = ordered_numbers(series.to_physical())
        return association(series, ordered, codes, item.fields["distinct"])

    found = zip(others, pool.map(relate, others), strict=True)
    return {item.fields["name"]: relation for item, relation in found if relation is not None}


def _information(sample: pl.DataFrame, target: str, problem: Problem) -> dict[str, float | None]:
    others = [name for name in sample.columns if name != target]
    return {name: target_information(sample[name], sample[target], problem) for name in others}


def _column(fields: Mapping[str, Any], relation: Association | None, information: float | None) -> ColumnProfile:
    quality, losses = column_quality(column_shares(fields))
    return ColumnProfile(
        **fields,
        target_association=None if relation is None else relation.value,
        association_measure=None if relation is None else relation.measure,
        target_information=information,
        quality=quality,
        quality_losses=losses,
    )


def duplicate_rows(table: pl.DataFrame | StoredTable, fields: list[dict[str, Any]] | None = None) -> int:
    """Rows that repeat an earlier row in every column.

    Exact for a frame, where rows of equal hashes are compared cell by cell; rows of a table that stays in its file
    count as equal when their 64-bit hashes are.
    """
    if table.height < 2 or any(item["distinct"] == table.height for item in fields or []):
        return 0
    if isinstance(table, StoredTable):
        hashes = row_hashes(table)
        hashes.sort()
        return int((hashes[1:] == hashes[:-1]).sum())
    own = table.hash_rows()
    if own.n_unique() == table.height:
        return 0
    rows = table.filter(own.is_duplicated())
    return rows.height - rows.n_unique()
