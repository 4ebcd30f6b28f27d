"""Rows that are alike: found, tested against tables without groups, described, drawn on a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.exploration.matrix import Matrix, group_matrix, usable_columns
from narrative.engine.exploration.numbers import LEVEL, Evidence, Say, assign, by_size, centres_of, say_nothing, weigh
from narrative.engine.exploration.telling_groups import tell_groups
from narrative.engine.exploration.traits import traits_of
from narrative.engine.exploration.types import GroupPoint, GroupsResult, NumberTried
from narrative.engine.tables.content import content_hash
from narrative.engine.types import FloatArray, IntArray

SAMPLE_ROWS: Final = 5_000
"""Rows that groups are learned from and tested for stability on; all rows are then given to the nearest centre."""
MAP_ROWS: Final = 1_000
TYPICAL_ROWS: Final = 5
MOST_GROUPS: Final = 20
NONE: Final = 0
SHARP: Final = 0.5
"""Mean silhouette of a reasonable structure (Kaufman & Rousseeuw 1990, table 4)."""


@dataclass(frozen=True)
class FoundGroups:
    """The account, and the group of every row (1 is the largest; 0 where there are no groups)."""

    result: GroupsResult
    labels: IntArray

    def column(self) -> pl.Series:
        """The groups as a column of words."""
        return pl.Series("group", [f"Group {label}" if label else None for label in self.labels.tolist()], pl.String)


def find_groups(
    frame: pl.DataFrame,
    *,
    number: int | None = None,
    columns: list[str] | None = None,
    seed: int = 42,
    say: Say = say_nothing,
) -> FoundGroups:
    """Groups of rows that are alike in several columns.

    A table whose rows stand no further apart than its columns and their pairwise relations explain has no clear
    groups, and none are told unless ``number`` asks for them.

    Args:
        number: of groups; None: by the largest mean silhouette among stable numbers.
        columns: that take part; None: all that can.

    Raises:
        NotApplicable: ``too_little_to_explore``.
        InvalidInput: ``groups_out_of_range``, ``column_unknown``.
    """
    _check(frame, number, columns)
    say("Reading the columns", 0.0)
    rng = np.random.default_rng(seed)
    used = usable_columns(frame, columns=columns)
    matrix = group_matrix(frame, used)
    sample = np.sort(rng.permutation(frame.height)[:SAMPLE_ROWS])
    evidence = weigh(matrix, sample, rng, say, number)
    is_clear = evidence.p_value <= LEVEL and evidence.number is not None
    chosen = number or (evidence.number if is_clear else None)
    labels = np.zeros(frame.height, dtype=np.int64)
    centres: FloatArray | None = None
    if chosen is not None:
        points = matrix.values[sample]
        centres = by_size(matrix.values, by_size(points, centres_of(points, chosen, rng, starts=10)))
        labels = assign(matrix.values, centres) + 1
    say("Describing the groups", 0.85)
    stability = [] if chosen is None else evidence.stability[chosen]
    traits = [] if chosen is None else traits_of(frame, used, labels)
    hashed = content_hash(frame)
    groups, story = tell_groups(
        frame,
        labels,
        traits,
        stability,
        typical=_typical(matrix, labels, centres),
        table_hash=hashed,
        is_clear=is_clear,
        is_sharp=chosen is not None and evidence.silhouettes.get(chosen, 0.0) >= SHARP,
    )
    points_on_map, axes = _map(matrix, labels, rng)
    return FoundGroups(
        GroupsResult(
            is_clear=is_clear,
            number=chosen or NONE,
            n_rows=frame.height,
            p_value=evidence.p_value,
            silhouette=None if chosen is None else evidence.silhouettes.get(chosen),
            tried=_tried(evidence),
            groups=groups,
            columns_used=used.names,
            left_out=used.left_out,
            points=points_on_map,
            axes_share=axes,
            story=story,
            content_hash=hashed,
            seed=seed,
            warnings=_warnings(frame.height, number, is_clear=is_clear),
        ),
        labels,
    )


def _check(frame: pl.DataFrame, number: int | None, columns: list[str] | None) -> None:
    if number is not None and not 2 <= number <= min(MOST_GROUPS, max(2, frame.height // 5)):
        raise InvalidInput(
            "groups_out_of_range",
            f"{number:,} groups cannot be made of {frame.height:,} rows.",
            fix=f"Ask for 2 to {min(MOST_GROUPS, max(2, frame.height // 5))} groups, or leave the number open.",
        )
    for name in columns or []:
        if name not in frame.columns:
            raise InvalidInput(
                "column_unknown",
                f"There is no column {name[:80]!r}.",
                column=name[:80],
                fix=f"The columns are: {', '.join(repr(column) for column in frame.columns[:20])}.",
            )


def _tried(evidence: Evidence) -> list[NumberTried]:
    return [
        NumberTried(
            number=number,
            silhouette=value,
            expected=evidence.expected[number],
            stability=min(evidence.stability[number]) if number in evidence.stability else None,
        )
        for number, value in evidence.silhouettes.items()
    ]


def _warnings(n_rows: int, number: int | None, *, is_clear: bool) -> list[str]:
    told = []
    if n_rows > SAMPLE_ROWS:
        told.append(f"Groups were learned from {SAMPLE_ROWS:,} rows drawn by chance; all rows were then given to them.")
    if number is not None and not is_clear:
        told.append("This number of groups was asked for. By themselves the rows show no clear groups.")
    return told


def _typical(matrix: Matrix, labels: IntArray, centres: FloatArray | None) -> list[list[int]]:
    """For every group the rows nearest to its centre."""
    if centres is None:
        return []
    distances = ((matrix.values - centres[labels - 1]) ** 2).sum(axis=1)
    order = np.argsort(distances, kind="stable")
    return [[int(row) for row in order[labels[order] == group + 1][:TYPICAL_ROWS]] for group in range(centres.shape[0])]


def _map(matrix: Matrix, labels: IntArray, rng: np.random.Generator) -> tuple[list[GroupPoint], list[float]]:
    """Some rows on the two principal axes, and the share of the spread that each of them shows."""
    centred = matrix.values - matrix.values.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    rows = np.sort(rng.permutation(labels.size)[:MAP_ROWS])
    places = centred[rows] @ axes
    total = float(values.sum()) or 1.0
    return (
        [
            GroupPoint(row=int(row), x=round(float(x), 4), y=round(float(y), 4), group=int(labels[row]))
            for row, (x, y) in zip(rows, places, strict=True)
        ],
        [float(value / total) for value in values[::-1][:2]],
    )
