"""Faults of words: characters nobody sees, blanks, words that mean missing, spellings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from narrative.engine.checks._wording import counted, quoted
from narrative.engine.cleaning.rules.base import LEAST_ROWS, found, texts
from narrative.engine.cleaning.types import Found

INVISIBLE: Final = "[\u200b\u2060\ufeff\u00ad]"
"""Not the zero-width joiner and non-joiner: Persian words and joined emoji are other ones without them."""
BLANKS: Final = r"^\s|\s$|\s{2,}|[\t\r\n\u00a0]"
MISSING: Final = ("n/a", "#n/a", "null", "nan", "none", "?", "-", "--", "---", ".", "na", "n.a.", "missing", "(blank)")
CODES: Final = frozenset({"na", "none", "-", "."})
"""Words that may be a value of their own: a country, a grade, "none of them". They count only beside numbers or dates,
or where another word of the list says missing in the same column."""
MOST_MISSING: Final = 0.5
MOST_WORDS: Final = 0.5
"""Share of different values above which a column holds names or sentences, where case and marks may matter."""
LEAST_SHARE: Final = 0.6
"""Of the cells of a word that its most frequent spelling must have."""


def invisible_characters(frame: pl.DataFrame) -> Iterator[Found]:
    """Marks without width or meaning inside text: two values that look the same are not."""
    for column in texts(frame):
        cells = int(column.str.contains(INVISIBLE).sum())
        if cells:
            said = f"{counted(cells, 'cell')} of {quoted(column.name)} hold characters that nobody can see."
            yield found(
                "invisible_characters", "replace_values", [column.name], said, find=INVISIBLE, replace="", match="regex"
            )


def stray_spaces(frame: pl.DataFrame) -> Iterator[Found]:
    """Blanks before, after, or doubled within text."""
    columns = [column.name for column in texts(frame) if column.str.contains(BLANKS).any()]
    if columns:
        cells = sum(int(frame[name].str.contains(BLANKS).sum()) for name in columns)
        said = f"{counted(cells, 'cell')} begin or end with blanks or hold doubled ones."
        inside = any(bool(frame[name].str.strip_chars().str.contains(BLANKS).any()) for name in columns)
        yield found("stray_spaces", "trim_whitespace", columns, said, collapse=inside, blank_is_missing=True)


def missing_words(frame: pl.DataFrame) -> Iterator[Found]:
    """Words such as n/a that stand where a value is missing."""
    for column in texts(frame):
        lower = column.str.to_lowercase()
        counts = {str(word): int(n) for word, n in lower.value_counts(name="n").rows() if word in MISSING}
        present = len(column) - column.null_count()
        if not counts or sum(counts.values()) > MOST_MISSING * present:
            continue
        sure = {word for word in counts if word not in CODES}
        if sure or _rest_is_no_word(lower, set(counts)):
            sure = set(counts)
        for word in sorted(sure):
            said = f"{word!r} stands in {counted(counts[word], 'cell')} of {quoted(column.name)} for a missing value."
            yield found(
                "missing_word", "replace_values", [column.name], said, find=word, replace=None, match="value",
                ignore_case=True,
            )  # fmt: skip


def _rest_is_no_word(lower: pl.Series, words: set[str]) -> bool:
    """Whether all other cells hold digits, as numbers and dates do."""
    rest = lower.filter(~lower.is_in(sorted(words))).drop_nulls()
    return len(rest) >= LEAST_ROWS and bool(rest.str.contains(r"\d").all())


def spellings(frame: pl.DataFrame) -> Iterator[Found]:
    """A word of a column of categories that is mostly spelled one way and sometimes with other case or marks."""
    for column in texts(frame):
        values = column.drop_nulls()
        if len(values) < LEAST_ROWS or values.n_unique() > MOST_WORDS * len(values):
            continue
        counts = values.value_counts(name="n").rename({column.name: "value"})
        bare = pl.col("value").str.to_lowercase().str.replace_all(r"[\s_.\-]+", "")
        groups = counts.with_columns(bare.alias("bare")).group_by("bare").agg(
            pl.len().alias("forms"),
            pl.col("n").sum().alias("cells"),
            pl.col("n").max().alias("most"),
            pl.col("value").sort_by("n", descending=True),
        )  # fmt: skip
        doubled = groups.filter(pl.col("forms") > 1)
        if doubled.is_empty():
            continue
        is_word = doubled["bare"].str.contains(r"^\p{L}{3,}$").all()
        is_clear = bool((doubled["most"] >= LEAST_SHARE * doubled["cells"]).all())
        if not (is_word and is_clear):
            continue
        cells = int((doubled["cells"] - doubled["most"]).sum())
        said = f"{counted(cells, 'cell')} of {quoted(column.name)} spell a word as it is rarely spelled there."
        examples = [" / ".join(forms[:3]) for forms in doubled["value"].to_list()]
        yield found("spellings", "merge_spellings", [column.name], said, examples=sorted(examples))
