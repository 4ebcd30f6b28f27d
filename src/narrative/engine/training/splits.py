"""Which rows are never touched, and which folds the others fall into.

Two regimes. With enough rows a fifth is set aside as the *test part*, and the rest (the *development part*) is cut
into five folds. With few rows (or few of the rarer class) a test part would say nothing, so every row is predicted by
models that have not seen it, in repeated folds.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.training.targets import Target
from narrative.engine.types import FloatArray, IntArray

TEST_SHARE: Final = 0.2
FOLDS: Final = 5
SMALL_ROWS: Final = 1_000
"""Below this many rows: repeated cross-validation instead of a test part."""
RARE_ROWS: Final = 100
"""Below this many rows of the rarer of two classes a fifth of them says too little, and the same is done."""
RARE_MAX_ROWS: Final = 20_000
"""Above this many rows the test part is kept even for a rare class: folds would cost too much."""
LEAST_GROUPS: Final = 10
"""Fewer groups than this are too few to keep some aside."""
FEW_GROUPS: Final = 50
"""Below this many groups a fifth of them says too little, and folds of whole groups are used instead of a test part."""
GREEDY_GROUPS: Final = 2_000
"""So many of the largest groups are placed one by one."""
Method = Literal["holdout", "time_holdout", "cross_validation"]
SplitChoice = Literal["auto", "random", "time", "group"]
Deal = Callable[[IntArray, Any, int, int], IntArray]
"""Strata, groups, number of parts and seed to a part per row."""


@dataclass(frozen=True)
class Fold:
    """Rows to learn from and rows to predict, as positions among the used rows."""

    train: IntArray
    valid: IntArray


@dataclass(frozen=True)
class Split:
    """How the used rows are divided; all positions count used rows (those with a target), not rows of the file.

    ``development`` are all rows for cross-validation, the rest after the test part otherwise. ``folds`` come repeat by
    repeat, ``folds_per_repeat`` each. ``time_column`` names what the rows are ordered by, when they are.
    """

    method: Method
    test: IntArray
    development: IntArray
    folds: list[Fold]
    folds_per_repeat: int
    time_column: str | None = None
    groups: IntArray | None = field(default=None, repr=False)
    """Number of the group each used row belongs to (exact twins share one), or None."""
    group_column: str | None = None
    """The column people named to tell the groups apart; None when only twins are kept together."""

    def blocks(self, rows: IntArray) -> IntArray | None:
        """Group numbers 0 to k - 1 of some rows when people named what groups rows; None otherwise."""
        if self.group_column is None or self.groups is None:
            return None
        return np.unique(self.groups[rows], return_inverse=True)[1].astype(np.int64)

    @property
    def repeats(self) -> int:
        return len(self.folds) // self.folds_per_repeat

    @property
    def is_small(self) -> bool:
        return self.method == "cross_validation"


def choose_split(
    frame: pl.DataFrame,
    target: Target,
    *,
    split: SplitChoice = "auto",
    time_columns: Sequence[str] = (),
    group_column: str | None = None,
    repeats: int = 3,
    seed: int = 42,
) -> Split:
    """Divide the used rows. Deterministic for the same rows and seed.

    Args:
        frame: the used rows with all columns, in file order.
        time_columns: date and datetime columns among them.
        group_column: with the split by group, what tells groups apart: no group is on both sides of any border.

    Raises:
        InvalidInput: ``split_needs_time`` when time order is demanded and no date column exists;
            ``split_needs_groups``, ``group_column_unfit``.
    """
    check_groups(split, group_column, None)
    if group_column is not None:
        return by_group(frame, target, group_column, repeats=repeats, seed=seed)
    time_column = _time_column(frame, target, split, time_columns)
    if time_column is not None:
        return _time_split(frame, time_column)
    groups = twin_groups(frame)
    strata = strata_of(target)
    if needs_cross_validation(target):
        every = np.arange(target.values.size, dtype=np.int64)
        per_repeat = [_folds(every, strata, groups, seed + repeat) for repeat in range(repeats)]
        folds = [fold for repeat in per_repeat for fold in repeat]
        return Split("cross_validation", np.zeros(0, dtype=np.int64), every, folds, len(per_repeat[0]), groups=groups)
    parts = assign_parts(strata, groups, round(1 / TEST_SHARE), seed)
    test = np.flatnonzero(parts == 0).astype(np.int64)
    development = np.flatnonzero(parts != 0).astype(np.int64)
    folds = _folds(development, strata, groups, seed + 1)
    return Split("holdout", test, development, folds, len(folds), groups=groups)


def check_groups(split: SplitChoice, column: str | None, target: str | None) -> None:
    """Refuse what cannot be meant, before the table is looked at.

    Raises:
        InvalidInput: ``split_needs_groups``, no column is named; ``group_column_unfit``, the column is the target, or
            another split is asked for.
    """
    if split == "group" and column is None:
        raise InvalidInput(
            "split_needs_groups",
            "A split by group needs the column that tells the groups apart.",
            fix="Name it, such as the customer each row belongs to.",
        )
    if column is None or (split == "group" and column != target):
        return
    if column == target:
        message, fix = f"'{column}' is the column to predict, so it cannot group the rows.", "Name another column."
    else:
        message = f"Rows are to be grouped by '{column}', but the split is '{split}'."
        fix = "Choose the split 'group', or leave the column out."
    raise InvalidInput("group_column_unfit", message, column=column, fix=fix)


def by_group(frame: pl.DataFrame, target: Target, column: str, *, repeats: int, seed: int) -> Split:
    """The split that keeps every group whole: a fifth of the rows in whole groups, or folds of whole groups.

    A row without a value in the column is a group of its own.

    Raises:
        InvalidInput: ``split_needs_groups``, the column has fewer than 10 groups; ``group_column_unfit``, it is not
            there.
    """
    groups = _groups_of(frame, column)
    strata, n_groups = strata_of(target), int(groups.max()) + 1
    few = n_groups < FEW_GROUPS and target.values.size <= RARE_MAX_ROWS
    if few or needs_cross_validation(target):
        every = np.arange(target.values.size, dtype=np.int64)
        folds = [
            fold
            for repeat in range(repeats)
            for fold in _folds(every, strata, groups, seed + repeat, deal=assign_groups)
        ]
        none = np.zeros(0, dtype=np.int64)
        return Split("cross_validation", none, every, folds, len(folds) // repeats, groups=groups, group_column=column)
    parts = assign_groups(strata, groups, round(1 / TEST_SHARE), seed)
    test = np.flatnonzero(parts == 0).astype(np.int64)
    development = np.flatnonzero(parts != 0).astype(np.int64)
    folds = _folds(development, strata, groups, seed + 1, deal=assign_groups)
    return Split("holdout", test, development, folds, len(folds), groups=groups, group_column=column)


def _groups_of(frame: pl.DataFrame, column: str) -> IntArray:
    """Group number per row, 0 to k - 1 in the order of the rows."""
    if column not in frame.columns:
        near = difflib.get_close_matches(column, frame.columns, n=1)
        raise InvalidInput(
            "group_column_unfit",
            f"There is no column '{column}' to group the rows by.",
            column=column,
            fix=f"Did you mean '{near[0]}'?" if near else "Name a column of the table.",
        )
    values = frame[column]
    own = pl.int_range(frame.height, eager=True) + frame.height  # past every rank: one number for each row without
    ranks = values.rank("dense").cast(pl.Int64) if values.dtype.is_numeric() else values.cast(pl.String).rank("dense")
    numbers = ranks.cast(pl.Int64).to_frame("rank").select(pl.col("rank").fill_null(own)).to_series().to_numpy()
    _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    n_groups = first.size
    if n_groups < LEAST_GROUPS:
        raise InvalidInput(
            "split_needs_groups",
            f"'{column}' has {n_groups} {'group' if n_groups == 1 else 'groups'}, and a split by group needs at least "
            f"{LEAST_GROUPS}.",
            column=column,
            fix="Choose the random split, or a column with more groups.",
        )
    return np.asarray(order[codes], dtype=np.int64)


def assign_groups(strata: IntArray, groups: IntArray, n_parts: int, seed: int) -> IntArray:
    """A part number per row; rows of a group share one, and parts are alike in size and in their strata.

    The largest groups go first, each to the part that stays most alike to the others; beyond 2,000 groups the rest is
    dealt out in turn, the more to a part the more it lacks.

    Source: the greedy rule of StratifiedGroupKFold in scikit-learn (Pedregosa et al. 2011, JMLR 12).
    """
    n_groups, n_strata = int(groups.max()) + 1, int(strata.max()) + 1
    counts = np.bincount(groups * n_strata + strata, minlength=n_groups * n_strata).reshape(n_groups, n_strata)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    order = shuffled[np.argsort(-counts[shuffled].sum(axis=1), kind="stable")]
    whole = np.maximum(counts.sum(axis=0), 1)
    part_of, held = np.empty(n_groups, dtype=np.int64), np.zeros((n_parts, n_strata))
    for group in order[:GREEDY_GROUPS]:
        share = (held + counts[group]) / whole
        # What changes between the choices is the sum of squares of the shares: smallest where the parts stay alike.
        cost = ((share**2 - (held / whole) ** 2).sum(axis=1), (held.sum(axis=1)))
        part = int(np.lexsort((cost[1], np.round(cost[0], 12)))[0])
        part_of[group] = part
        held[part] += counts[group]
    rest = order[GREEDY_GROUPS:]
    if rest.size:
        mixed = rest[np.argsort(counts[rest].argmax(axis=1), kind="stable")]  # still shuffled within a stratum
        missing = np.maximum(groups.size / n_parts - held.sum(axis=1), 0.0)
        part_of[mixed] = _interleaved(missing, mixed.size)
    return part_of[groups]


def _interleaved(shares: FloatArray, n: int) -> IntArray:
    """``n`` part numbers, each part as often as its share says and spread evenly."""
    ends = np.round(np.cumsum(shares) / shares.sum() * n).astype(np.int64)
    numbers = np.diff(ends, prepend=0)
    places = np.concatenate([(np.arange(count) + 0.5) / count for count in numbers if count])
    return np.repeat(np.arange(shares.size), numbers)[np.argsort(places, kind="stable")].astype(np.int64)


def needs_cross_validation(target: Target) -> bool:
    """Whether a test part would be too small to say anything."""
    n = target.values.size
    if n < SMALL_ROWS:
        return True
    return target.problem == "binary" and n <= RARE_MAX_ROWS and int(target.counts().min()) < RARE_ROWS


def twin_groups(frame: pl.DataFrame) -> IntArray | None:
    """Group number per row, equal for exact twins; None when there are none, or when twins are the nature of the table.

    A table of a few categories repeats its rows by nature (fewer distinct rows than a tenth, or than ten); there, twins
    on both sides of a split are what fresh data look like too, and are no leak.
    """
    hashes = frame.hash_rows(seed=0)
    distinct = hashes.n_unique()
    if distinct == frame.height or distinct < max(frame.height / 10, LEAST_GROUPS):
        return None
    ranks = hashes.rank("dense").cast(pl.Int64).to_numpy() - 1
    return np.asarray(ranks, dtype=np.int64)


def strata_of(target: Target) -> IntArray:
    """Class per row; for numbers the tenth they fall in, so that every fold sees small and large ones."""
    if target.problem != "regression":
        return np.asarray(target.values, dtype=np.int64)
    cuts = np.quantile(target.values, np.linspace(0.1, 0.9, 9))
    return np.searchsorted(cuts, target.values, side="right").astype(np.int64)


def assign_parts(strata: IntArray, groups: IntArray | None, n_parts: int, seed: int) -> IntArray:
    """A part number per row: shuffled, every stratum dealt out evenly, twins together.

    Rows of a stratum are dealt one by one, and the next stratum goes on where the last one stopped; so the two rows
    of a rare class fall into different parts, and parts differ by about one row.
    """
    random = np.random.default_rng(seed)
    n = strata.size
    # The first row of each group stands for it, in the order of the rows: hash values must not decide anything.
    leaders = np.arange(n) if groups is None else np.sort(np.unique(groups, return_index=True)[1])
    shuffled = random.permutation(leaders)
    dealt = shuffled[np.argsort(strata[shuffled], kind="stable")]
    parts = np.empty(n, dtype=np.int64)
    parts[dealt] = np.arange(dealt.size) % n_parts
    if groups is not None:
        of_group = np.empty(int(groups.max()) + 1, dtype=np.int64)
        of_group[groups[leaders]] = parts[leaders]
        parts = of_group[groups]
    return parts


def _folds(
    rows: IntArray, strata: IntArray, groups: IntArray | None, seed: int, *, deal: Deal | None = None
) -> list[Fold]:
    own_groups = None if groups is None else np.unique(groups[rows], return_inverse=True)[1].astype(np.int64)
    n_folds = min(FOLDS, rows.size if own_groups is None else int(own_groups.max()) + 1)
    parts = (deal or assign_parts)(strata[rows], own_groups, n_folds, seed)
    return [Fold(rows[parts != part], rows[parts == part]) for part in range(n_folds)]


def _time_column(frame: pl.DataFrame, target: Target, split: SplitChoice, columns: Sequence[str]) -> str | None:
    """The column whose order the split follows, or None.

    By default only for numbers in a table that already stands in the order of a date: a target that moves with time is
    then likely, and a random test part would let the model look into the future of its test rows.
    """
    if split == "random":
        return None
    if split == "time":
        if not columns:
            raise InvalidInput(
                "split_needs_time",
                "A split in time needs a column of dates, and this table has none.",
                fix="Choose the random split, or add the date of each row.",
            )
        return next((name for name in columns if _is_ordered(frame[name])), columns[0])
    if target.problem != "regression":
        return None
    return next((name for name in columns if _is_ordered(frame[name])), None)


def _is_ordered(times: pl.Series) -> bool:
    """Whether rows stand in the order of the dates: no gaps in the column, more than a few days, never backwards."""
    return times.null_count() == 0 and times.n_unique() > 10 and times.is_sorted()


def _time_split(frame: pl.DataFrame, column: str) -> Split:
    """The last fifth in time is the test part; folds are expanding windows over the rest.

    Equal times never straddle a border. With folds blocks ``0 … 5``, fold i learns from blocks ``0 … i`` and predicts
    block ``i + 1``, as the model will be used: from the past to the future. The latest comes first: it learns from
    most and is most like what comes, should the time reach for no other.
    Source: Tashman (2000), "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16.
    """
    order = frame[column].arg_sort(nulls_last=False).to_numpy().astype(np.int64)
    ticks = frame[column].to_physical().fill_null(np.iinfo(np.int32).min).to_numpy()[order].astype(np.float64)
    cut = _border(ticks, round(order.size * (1.0 - TEST_SHARE)))
    borders = [0, *(_border(ticks[:cut], round(cut * (part + 1) / (FOLDS + 1))) for part in range(FOLDS)), cut]
    folds = [
        Fold(np.sort(order[: borders[part]]), np.sort(order[borders[part] : borders[part + 1]]))
        for part in range(FOLDS, 0, -1)
        if 0 < borders[part] < borders[part + 1]
    ]
    test, development = order[cut:], np.sort(order[:cut])
    if not folds or not test.size:
        raise InvalidInput(
            "split_needs_time",
            f"The dates in '{column}' are too few to split the rows in time.",
            column=column,
            fix="Choose the random split.",
        )
    return Split("time_holdout", test, development, folds, len(folds), column)


def _border(ticks: FloatArray, position: int) -> int:
    """The position moved back to the start of its run of equal times (or forward, when that would leave nothing)."""
    position = min(max(position, 1), ticks.size - 1)
    start = int(np.searchsorted(ticks, ticks[position], side="left"))
    return start if start > 0 else int(np.searchsorted(ticks, ticks[position], side="right"))
