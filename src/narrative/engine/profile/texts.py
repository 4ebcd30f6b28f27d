"""Statistics of a column of text: its different values are counted once, and everything is read from those."""

from __future__ import annotations

import unicodedata
from collections import Counter
from heapq import nsmallest
from itertools import repeat
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.engine.profile.ordering import most_frequent, runs, sorted_array
from narrative.engine.profile.types import Histogram, ValueCount
from narrative.engine.tables.stored import PIECE_ROWS
from narrative.engine.tables.values import is_number
from narrative.engine.types import IntArray

TOP_VALUES: Final = 10
MOST_TIES: Final = 200
LOOK_ROWS: Final = 10_000
MOST_CHARACTERS: Final = 100_000
MOST_BINS: Final = 30
MOST_MIXED: Final = 0.1
PATTERN_VALUES: Final = 2_000
"""Of more different values, so many are looked at for patterns."""
PATTERN_CHARACTERS: Final = 40
"""Longer texts have no pattern worth showing."""
TOP_PATTERNS: Final = 5
VALUE_CHARACTERS: Final = 120
MOST_VARIANTS: Final = 20_000
"""With more different spellings, looking for variants costs too much and says too little."""


def text_statistics(series: pl.Series) -> dict[str, Any]:
    """The fields of a column of text with at least one value."""
    present = series.drop_nulls()
    if _mostly_different(present):
        return _of_many(present)
    counts = present.value_counts(sort=False, name="count")
    values, times = counts.get_column(series.name), counts.get_column("count").cast(pl.Int64)
    return {
        "distinct": len(values),
        "top_values": _top(counts, len(present)),
        "spelling_variants": _variants(values, times),
    } | _shape(values, times, len(present))


def _mostly_different(present: pl.Series) -> bool:
    """Whether most cells of a long column differ: hashing them is then four times faster than counting texts."""
    if len(present) < 5 * LOOK_ROWS:
        return False
    look = present.gather_every(len(present) // LOOK_ROWS)
    return look.n_unique() > 0.5 * len(look)


def _of_many(present: pl.Series) -> dict[str, Any]:
    """Different values by their 64-bit hashes; only the texts that may be the most frequent are counted."""
    hashes = present.hash()
    ordered = sorted_array(hashes)
    different, repeats = runs(ordered)
    top: list[ValueCount] = []
    if len(different) < len(ordered):
        least = repeats[most_frequent(repeats, TOP_VALUES)[-1]]
        best = np.flatnonzero(repeats >= max(2, least))[:MOST_TIES]
        likely = pl.Series(different[best].tolist(), dtype=hashes.dtype)
        top = _top(present.filter(hashes.is_in(likely.implode())).value_counts(sort=False, name="count"), len(present))
    return {
        "distinct": len(different),
        "top_values": top,
        "spelling_variants": 0,
    } | _shape(present, None, len(present))  # fmt: skip


def _top(counts: pl.DataFrame, total: int) -> list[ValueCount]:
    """Most frequent values, in order of the alphabet among equals; none when every value occurs once."""
    name = counts.columns[0]
    if counts.height == total and total > TOP_VALUES:
        return []
    if counts.height >= 50_000:
        # Sorting all of them by their texts would cost more than it tells; equals at the end must not come by chance.
        least = counts.get_column("count").top_k(TOP_VALUES).min()
        counts = counts.filter(pl.col("count") >= least)
    best = counts.sort(["count", name], descending=[True, False]).head(TOP_VALUES)
    return [ValueCount(value=text[:VALUE_CHARACTERS], count=n, share=n / total) for text, n in best.iter_rows()]


def _shape(values: pl.Series, times: pl.Series | None, total: int) -> dict[str, Any]:
    """Lengths, stray spaces, slips and patterns of texts that occur ``times`` times (None: once each)."""
    texts = pl.col("text")
    stray = texts.str.strip_chars().str.len_bytes() != texts.str.len_bytes()
    wanted = stray.alias("stray"), texts.str.len_chars().alias("length")
    # The texts without blanks around them would take as much memory as the column, all at once.
    pieces = values.alias("text").to_frame().iter_slices(PIECE_ROWS)
    looked = pl.concat([piece.select(wanted) for piece in pieces])
    patterns, n_looked_at = _patterns(values, times)
    return _lengths(looked["length"].to_numpy(), times, total) | {
        "stray_spaces": _how_many(looked["stray"], times),
        "numbers_in_text": _mixed(values, times, total),
        "patterns": patterns,
        "pattern_rows": n_looked_at,
    }


def _how_many(chosen: pl.Series, times: pl.Series | None) -> int:
    return int(chosen.sum() if times is None else times.filter(chosen).sum())


def _lengths(sizes: npt.NDArray[np.uint32], times: pl.Series | None, total: int) -> dict[str, Any]:
    lengths, counts = _counted(sizes, None if times is None else times.to_numpy())
    ends = np.cumsum(counts)
    middle = [int(lengths[np.searchsorted(ends, place, "right")]) for place in ((total - 1) // 2, total // 2)]
    return {
        "mean_length": float((lengths * counts).sum() / total),
        "median_length": sum(middle) / 2,
        "min_length": int(lengths[0]),
        "max_length": int(lengths[-1]),
        "lengths": _length_histogram(lengths, counts),
    }


def _counted(sizes: npt.NDArray[np.uint32], times: IntArray | None) -> tuple[IntArray, IntArray]:
    """Different lengths in ascending order and how often each occurs."""
    if int(sizes.max()) < MOST_CHARACTERS:
        counts = np.bincount(sizes, weights=times)
        lengths = np.flatnonzero(counts)
        return lengths, counts[lengths].astype(np.int64)
    different, places = np.unique(sizes, return_inverse=True)
    return different.astype(np.int64), np.bincount(places, weights=times).astype(np.int64)


def _length_histogram(lengths: IntArray, counts: IntArray) -> Histogram | None:
    low, high = int(lengths[0]), int(lengths[-1])
    if low == high:
        return None
    width = -(-(high - low + 1) // MOST_BINS)
    edges = np.arange(low, high + width + 1, width) - 0.5
    sums, _ = np.histogram(lengths, bins=edges, weights=counts)
    return Histogram(edges=[float(edge) for edge in edges], counts=[int(count) for count in sums])


def _patterns(values: pl.Series, times: pl.Series | None) -> tuple[list[ValueCount], int | None]:
    """The most frequent shapes (A and a for letters, 9 for digits), and the cells looked at; None for all."""
    n_looked_at = None
    if len(values) > PATTERN_VALUES:
        chosen = _places(values, PATTERN_VALUES, in_rows=times is None)
        values, times = values.gather(chosen), None if times is None else times.gather(chosen)
        n_looked_at = PATTERN_VALUES if times is None else int(times.sum())
    texts = values.str.head(PATTERN_CHARACTERS + 1).to_list()
    counts: Counter[str] = Counter()
    for text, n in zip(texts, repeat(1) if times is None else times.to_list(), strict=False):
        counts[text.translate(_SIGNS)] += n
    total = counts.total()
    shown = [shape for shape in counts if len(shape) <= PATTERN_CHARACTERS]
    best = nsmallest(TOP_PATTERNS, shown, key=lambda shape: (-counts[shape], shape))
    return [ValueCount(value=shape, count=counts[shape], share=counts[shape] / total) for shape in best], n_looked_at


def _places(values: pl.Series, count: int, *, in_rows: bool) -> pl.Series:
    """Evenly spaced rows; of counted values, whose order is another in each run, those with the smallest hashes."""
    if in_rows:
        return pl.Series(np.linspace(0, len(values) - 1, count).astype(np.int64).tolist())
    return pl.Series(np.argpartition(values.hash().to_numpy(), count)[:count].tolist())


class _Signs(dict[int, str]):
    """What stands for a character in a pattern, found once for each."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))
        sign = "A" if kind == "Lu" else "a" if kind[0] == "L" else "9" if kind == "Nd" else chr(code)
        return self.setdefault(code, sign)


_SIGNS: Final = _Signs()


def _variants(values: pl.Series, times: pl.Series) -> int:
    """Cells whose spelling differs only in case, spaces or punctuation from a more frequent one."""
    if len(values) > MOST_VARIANTS:
        return 0
    plain = values.str.to_lowercase().str.replace_all(r"[\s_.\-]+", "").alias("plain")
    if plain.n_unique() == len(values):
        return 0
    table = pl.DataFrame([plain, times.alias("times")]).filter(pl.col("plain") != "")
    groups = table.group_by("plain").agg(pl.col("times").sum() - pl.col("times").max())
    return int(groups["times"].sum())


def _mixed(values: pl.Series, times: pl.Series | None, total: int) -> int:
    """Numbers among words, or words among numbers: the smaller group, where it is small enough to be a slip."""
    first, last = str(values.min()), str(values.max())
    if first[:1] > "9" and last[:1] < "\x7f":
        return 0  # every cell begins with a letter: in the order of bytes, digits, signs and blanks come before
    numeric = values.str.contains(r"^\s*[+-]?[0-9][0-9.,]*\s*$")
    numbers = _how_many(numeric, times)
    if not 0 < numbers < total:
        return 0
    sample = values.filter(numeric).head(100).to_list()
    fewer = min(numbers, total - numbers)
    return fewer if fewer <= MOST_MIXED * total and all(is_number(text) for text in sample) else 0
