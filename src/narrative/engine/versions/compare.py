"""Two versions of a table: rows, columns, shifted values and new categories, in words, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.alignment import canonical
from narrative.engine.checks._wording import counted, percent, quoted
from narrative.engine.story.wording import format_decimal
from narrative.engine.types import ColumnKind, FloatArray
from narrative.engine.versions.rows import RowMatch, match_rows
from narrative.engine.versions.types import Change, ChangeKind, Comparison

SHIFT_BINS: Final = 10
LEAST_SHIFT: Final = 0.05
"""Total variation distance below which a column counts as not shifted, besides what chance explains."""
LEAST_MISSING: Final = 0.01
MOST_LEVELS: Final = 200
EXAMPLES: Final = 5


def compare_tables(
    first: pl.DataFrame,
    second: pl.DataFrame,
    kinds: Mapping[str, ColumnKind] | None = None,
    importance: Mapping[str, float] | None = None,
) -> Comparison:
    """What ``second`` has that ``first`` has not, and the other way round.

    Args:
        kinds: of the columns; identifiers are tried first as what tells rows apart.
        importance: share of a model's signal per column, 0 to 1; changes of such columns weigh up to three times.
    """
    first, second = canonical(first), canonical(second)
    match = match_rows(first, second, kinds or {})
    changes = [*_rows(match, first, second), *_columns(first, second), *_values(first, second, kinds or {})]
    weighed = [_weighed(change, importance or {}) for change in changes]
    weighed.sort(key=lambda change: (-change.weight, change.kind, change.column or ""))
    added = [name for name in second.columns if name not in first.columns]
    lost = [name for name in first.columns if name not in second.columns]
    return Comparison(
        equal=not weighed and match.same == first.height == second.height,
        headline=_headline(match, added, lost, first.height),
        matched_by=match.key,
        rows_before=first.height,
        rows_after=second.height,
        rows_added=match.added,
        rows_lost=match.lost,
        rows_changed=match.changed,
        rows_same=match.same,
        columns_added=added,
        columns_lost=lost,
        changes=weighed,
    )


def _weighed(change: Change, importance: Mapping[str, float]) -> Change:
    factor = 1.0 + 2.0 * min(1.0, max(0.0, importance.get(change.column or "", 0.0)))
    return change.model_copy(update={"weight": change.weight * factor})


def _headline(match: RowMatch, added: list[str], lost: list[str], n_before: int) -> str:
    parts = [
        f"{counted(match.added, 'row')} added" if match.added else "",
        f"{counted(match.lost, 'row')} lost" if match.lost else "",
        f"{counted(match.changed, 'row')} changed" if match.changed else "",
        f"{counted(len(added), 'column')} added" if added else "",
        f"{counted(len(lost), 'column')} lost" if lost else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f"{said}." if said else f"The same {counted(n_before, 'row')} in the same columns."


def _rows(match: RowMatch, first: pl.DataFrame, second: pl.DataFrame) -> Iterator[Change]:
    how = f", told apart by {quoted(match.key[0])}" if match.key else ""
    sides: list[tuple[ChangeKind, int, str, int]] = [
        ("rows_added", match.added, "only in the second version", second.height),
        ("rows_lost", match.lost, "only in the first version", first.height),
        ("rows_changed", match.changed or 0, "in both with other values", first.height),
    ]
    for kind, count, where, total in sides:
        if count:
            share = count / max(1, total)
            worst = sorted(match.changed_cells.items(), key=lambda item: (-item[1], item[0]))[:EXAMPLES]
            yield Change(
                kind=kind,
                column=None,
                sentence=f"{counted(count, 'row')} ({percent(share)}) {'is' if count == 1 else 'are'} {where}{how}.",
                weight=share,
                facts={"rows": count, "share": share},
                examples=[f"{name}: {counted(n, 'cell')}" for name, n in worst] if kind == "rows_changed" else [],
            )


def _columns(first: pl.DataFrame, second: pl.DataFrame) -> Iterator[Change]:
    for name in second.columns:
        if name not in first.columns:
            filled = 1.0 - second[name].null_count() / max(1, second.height)
            yield _change("column_added", name, f"The column {quoted(name)} is new.", 0.5, filled=filled)
    for name in first.columns:
        if name not in second.columns:
            yield _change("column_lost", name, f"The column {quoted(name)} is gone.", 0.8)
    shared = [name for name in first.columns if name in second.columns]
    for name in shared:
        old, new = first[name].dtype, second[name].dtype
        if old != new:
            said = f"{quoted(name)} was {_type(old)} and is {_type(new)} now."
            yield _change("type_changed", name, said, 0.7, before=str(old), after=str(new))
    if shared != [name for name in second.columns if name in first.columns]:
        yield _change("columns_reordered", None, "The columns stand in another order.", 0.01)


def _values(first: pl.DataFrame, second: pl.DataFrame, kinds: Mapping[str, ColumnKind]) -> Iterator[Change]:
    for name in first.columns:
        if name not in second.columns:
            continue
        old, new = first[name], second[name]
        yield from _missing(name, old, new)
        old, new = old.drop_nulls(), new.drop_nulls()
        if old.dtype != new.dtype or not len(old) or not len(new):
            continue
        if old.dtype.is_numeric() or old.dtype.is_temporal():
            yield from _shift(name, old, new)
        elif kinds.get(name) != "identifier":
            yield from _categories(name, old, new)


def _missing(name: str, old: pl.Series, new: pl.Series) -> Iterator[Change]:
    before, after = (series.null_count() / max(1, len(series)) for series in (old, new))
    if abs(after - before) >= LEAST_MISSING or (before == 0) != (after == 0):
        said = f"Empty cells in {quoted(name)}: {percent(before)} before, {percent(after)} after."
        yield _change("missing_changed", name, said, abs(after - before), before=before, after=after)


def _shift(name: str, old: pl.Series, new: pl.Series) -> Iterator[Change]:
    """Values that moved: distance of the shares in ten bins of equal frequency, beyond what samples of this size vary.

    Of two samples of sizes n and m from one distribution over k bins, the mean distance is at most ½·√(k·(1/n + 1/m)):
    the difference of a bin's shares has variance p·(1 - p)·(1/n + 1/m), and Cauchy-Schwarz bounds the sum of its roots.
    """
    before, after = (series.to_physical().cast(pl.Float64).to_numpy() for series in (old, new))
    edges = np.unique(np.quantile(before, np.linspace(0, 1, SHIFT_BINS + 1)[1:-1]))
    shares = [
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) / len(values)
        for values in (before, after)
    ]
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    noise = float(np.sqrt((len(edges) + 1) * (1 / len(before) + 1 / len(after))) / 2)
    if distance < max(LEAST_SHIFT, 2 * noise) and not _is_other_scale(before, after):
        return
    if old.dtype.is_temporal():
        bounds = [str(bound) for bound in (old.min(), old.max(), new.min(), new.max())]
        said = f"{quoted(name)} ran from {bounds[0]} to {bounds[1]}, now from {bounds[2]} to {bounds[3]}."
        yield _change("values_shifted", name, said, distance, distance=distance)
        return
    means = [float(values.mean()) for values in (before, after)]
    what = "higher" if means[1] > means[0] else "lower" if means[1] < means[0] else "spread differently"
    said = f"{quoted(name)} is {what}: mean {format_decimal(means[0])} before, {format_decimal(means[1])} after."
    yield _change("values_shifted", name, said, distance, distance=distance, before=means[0], after=means[1])


def _is_other_scale(before: FloatArray, after: FloatArray) -> bool:
    """Whether the values themselves are others although bins hold the same shares of them."""
    spread = float(before.std())
    return bool(abs(float(after.mean()) - float(before.mean())) > spread > 0)


def _categories(name: str, old: pl.Series, new: pl.Series) -> Iterator[Change]:
    before, after = old.cast(pl.String), new.cast(pl.String)
    if max(before.n_unique(), after.n_unique()) > MOST_LEVELS:
        return
    known, present = set(before.unique().to_list()), set(after.unique().to_list())
    sides: list[tuple[ChangeKind, set[str], pl.Series, str]] = [
        ("categories_new", present - known, after, "new"),
        ("categories_gone", known - present, before, "gone"),
    ]
    for kind, levels, series, word in sides:
        if not levels:
            continue
        rows = int(series.is_in(sorted(levels)).sum())
        share = rows / len(series)
        noun = "category" if len(levels) == 1 else "categories"
        said = f"{len(levels):,} {word} {noun} in {quoted(name)}, in {counted(rows, 'row')} ({percent(share)})."
        yield Change(
            kind=kind, column=name, sentence=said, weight=share, facts={"levels": len(levels), "rows": rows},
            examples=sorted(levels)[:EXAMPLES],
        )  # fmt: skip
    yield from _shares(name, before, after, known & present)


def _shares(name: str, before: pl.Series, after: pl.Series, shared: set[str]) -> Iterator[Change]:
    """The category whose share moved most, when more moved than chance explains."""
    counts = [dict(series.value_counts(name="\x1fn").rows()) for series in (before.rename("v"), after.rename("v"))]
    moved = {level: counts[1][level] / len(after) - counts[0][level] / len(before) for level in shared}
    if not moved:
        return
    level = max(sorted(moved), key=lambda item: abs(moved[item]))
    distance = sum(abs(move) for move in moved.values()) / 2
    noise = float(np.sqrt(len(moved) * (1 / len(before) + 1 / len(after))) / 2)
    if distance < max(LEAST_SHIFT, 2 * noise):
        return
    was, now = counts[0][level] / len(before), counts[1][level] / len(after)
    said = f"In {quoted(name)}, {level!r} went from {percent(was)} to {percent(now)} of the rows."
    yield _change("values_shifted", name, said, distance, distance=distance, before=was, after=now)


def _change(kind: ChangeKind, column: str | None, sentence: str, weight: float, **facts: float | int | str) -> Change:
    return Change(kind=kind, column=column, sentence=sentence, weight=weight, facts=facts)


def _type(dtype: pl.DataType) -> str:
    names = {"String": "text", "Int64": "whole numbers", "Float64": "decimal numbers", "Boolean": "yes or no"}
    return names.get(str(dtype), "dates" if dtype.is_temporal() else str(dtype))
