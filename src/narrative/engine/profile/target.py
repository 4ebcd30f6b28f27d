"""The column to predict: which one it may be, what kind of problem it makes, and whether it can be learned."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.types import Problem

ProblemChoice = Literal["auto", "binary", "multiclass", "regression"]
MOST_CLASSES: Final = 200
FEW_VALUES: Final = 10
SOME_VALUES: Final = 20
LEAST_ROWS: Final = 20


def infer_problem(series: pl.Series) -> tuple[Problem, str]:
    """The problem a target makes, and why in one sentence. Missing values do not count."""
    present = series.drop_nulls()
    distinct = present.n_unique()
    if not series.dtype.is_numeric():
        problem: Problem = "binary" if distinct <= 2 else "multiclass"
        return problem, f"it names {distinct:,} classes"
    if distinct <= 2:
        return "binary", f"it has {distinct:,} different values"
    if series.dtype.is_float() and not bool((present == present.round(0)).all()):
        if distinct <= 4 and len(present) >= LEAST_ROWS:
            return "multiclass", f"its numbers take only {distinct:,} values"
        return "regression", f"its {distinct:,} different values are decimal numbers"
    return _of_integers(present, distinct)


def _of_integers(present: pl.Series, distinct: int) -> tuple[Problem, str]:
    if distinct > SOME_VALUES or (len(present) < 5 * distinct and distinct > FEW_VALUES // 2):
        return "regression", f"it has {distinct:,} different numbers in {len(present):,} rows"
    if distinct > FEW_VALUES and _looks_like_counts(present):
        return "regression", f"its {distinct:,} numbers follow each other like counts, with one peak"
    return "multiclass", f"it has only {distinct:,} different whole numbers"


def _looks_like_counts(present: pl.Series) -> bool:
    """Neighbouring whole numbers whose frequencies rise to one peak and fall: a quantity, not a code."""
    table = present.cast(pl.Int64).value_counts(name="count").sort(present.name)
    values, counts = table[present.name].to_list(), table["count"].to_list()
    if values[-1] - values[0] + 1 > 1.3 * len(values):
        return False
    peak = counts.index(max(counts))
    slack = 0.1 * max(counts)
    rises = all(b >= a - slack for a, b in pairwise(counts[: peak + 1]))
    falls = all(b <= a + slack for a, b in pairwise(counts[peak:]))
    return rises and falls


def nearest_names(name: str, names: Sequence[str], limit: int = 3) -> list[str]:
    """Names most like the given one, best first; case and separators hardly count."""
    plain = {candidate: re.sub(r"[\s_.\-]+", "", candidate).lower() for candidate in names}
    wanted = re.sub(r"[\s_.\-]+", "", name).lower()
    scored = [(difflib.SequenceMatcher(None, wanted, text).ratio(), candidate) for candidate, text in plain.items()]
    close = sorted((item for item in scored if item[0] >= 0.6), key=lambda item: (-item[0], item[1]))
    return [candidate for _, candidate in close[:limit]]


def lone_classes(series: pl.Series) -> pl.Series:
    """Values that occur only once, in order of appearance: one row cannot both teach and test."""
    return series.filter(series.is_unique() & series.is_not_null())


def check_target(
    frame: pl.DataFrame, target: str, problem: ProblemChoice = "auto", *, lines: pl.Series | None = None
) -> tuple[Problem, str, list[str]]:
    """The problem, why, and what to be aware of; raised before any training begins.

    Classes of a single row do not count (they are left out of training) unless fewer than two others remain.

    Args:
        lines: line of the file of each row, where it is known, for what is said about single rows.

    Raises:
        InvalidInput: ``target_unknown`` (with the nearest names), ``target_empty``, ``target_constant``,
            ``target_rare_class``, ``target_too_many_classes``, ``target_not_numeric``, ``target_not_binary``,
            ``target_is_time``; each names the column and a way on.
    """
    series = _column(frame, target)
    present = series.drop_nulls()
    if present.is_empty():
        raise InvalidInput(
            "target_empty",
            f"Column {target!r} has no value in any of its {frame.height:,} rows.",
            column=target,
            fix="Choose another column, or fill this one in.",
        )
    if present.n_unique() == 1:
        raise InvalidInput(
            "target_constant",
            f"Column {target!r} has only one value, {_shown(present[0])}: there is nothing to tell apart.",
            column=target,
            fix="Choose another column, or add rows with other outcomes.",
            value=str(present[0]),
        )
    if series.dtype.is_temporal():
        raise InvalidInput(
            "target_is_time",
            f"Column {target!r} holds dates; a date itself cannot be predicted.",
            column=target,
            fix="Choose a number or a category, for example the days until that date.",
        )
    decided, reason = infer_problem(series)
    warnings: list[str] = []
    if problem != "auto":
        decided, reason = _chosen(series, present, problem, warnings)
    if decided != "regression":
        lone = _check_classes(series, present, lines)
        if len(lone):
            warnings.append(_left_out(series, lone, lines))
            if present.n_unique() - len(lone) == 2 and decided == "multiclass":
                decided, reason = "binary", "it has two classes of more than one row"
    if present.len() < series.len():
        empty = series.len() - present.len()
        have = "1 row has" if empty == 1 else f"{empty:,} rows have"
        warnings.append(f"{have} no value of {target!r} and {'is' if empty == 1 else 'are'} left out.")
    return decided, reason, warnings


def _column(frame: pl.DataFrame, target: str) -> pl.Series:
    if target in frame.columns:
        return frame[target]
    near = nearest_names(target, frame.columns)
    if near:
        fix = f"Did you mean {' or '.join(repr(name) for name in near)}?"
    else:
        names = ", ".join(repr(name) for name in frame.columns[:10])
        fix = f"The columns are: {names}{' and more' if frame.width > 10 else ''}."
    raise InvalidInput(
        "target_unknown",
        f"There is no column {target[:80]!r} in the table.",
        column=target[:80],
        fix=fix,
        nearest=near,
    )


def _chosen(
    series: pl.Series, present: pl.Series, problem: ProblemChoice, warnings: list[str]
) -> tuple[Problem, str]:  # fmt: skip
    """The problem the user asked for, where the column allows it."""
    distinct = present.n_unique()
    if problem == "regression":
        if not series.dtype.is_numeric():
            raise InvalidInput(
                "target_not_numeric",
                f"Regression needs numbers, but column {series.name!r} holds {_shown(present[0])}.",
                row=int(series.is_not_null().arg_max() or 0) + 1,
                column=series.name,
                fix="Choose a column of numbers, or let the problem be found automatically.",
            )
        return "regression", "you chose it"
    if problem == "binary" and 2 not in {distinct, distinct - len(lone_classes(series))}:
        raise InvalidInput(
            "target_not_binary",
            f"A binary target has two values, but column {series.name!r} has {distinct:,}.",
            column=series.name,
            fix="Choose multiclass, or let the problem be found automatically.",
            value=distinct,
        )
    if problem == "multiclass" and distinct == 2:
        warnings.append(f"Column {series.name!r} has two classes, so the problem is binary.")
        return "binary", "it has two classes"
    return ("binary" if problem == "binary" else "multiclass"), "you chose it"


def _check_classes(series: pl.Series, present: pl.Series, lines: pl.Series | None) -> pl.Series:
    """Classes of a single row, when at least two others remain."""
    distinct = present.n_unique()
    if distinct > MOST_CLASSES:
        raise InvalidInput(
            "target_too_many_classes",
            f"Column {series.name!r} has {distinct:,} classes; at most {MOST_CLASSES} can be learned.",
            column=series.name,
            fix="Group rare values, or choose regression if it is a quantity.",
            limit=MOST_CLASSES,
            value=distinct,
        )
    lone = lone_classes(series)
    if len(lone) and distinct - len(lone) < 2:
        places = _places(series, lone, lines)
        raise InvalidInput(
            "target_rare_class",
            f"{len(lone):,} of the {distinct:,} classes of {series.name!r} occur only once: {places}. One row cannot "
            "both teach and test, and fewer than two other classes remain.",
            row=_row_of(series, lone[0]) if lines is None else int(lines[_row_of(series, lone[0]) - 1]),
            column=series.name,
            fix="Add rows of these classes, or merge them with others.",
            classes=[str(value) for value in lone[:20]],
        )
    return lone


def _left_out(series: pl.Series, lone: pl.Series, lines: pl.Series | None) -> str:
    places = _places(series, lone, lines)
    if len(lone) == 1:
        return f"One class of {series.name!r} occurs only once and is left out: {places}."
    return f"{len(lone):,} classes of {series.name!r} occur only once each and are left out: {places}."


def _places(series: pl.Series, lone: pl.Series, lines: pl.Series | None) -> str:
    """Up to three classes with where they stand."""
    rows = [(_shown(value), _row_of(series, value)) for value in lone[:3]]
    shown = [f"{value} (row {row:,})" if lines is None else f"{value} (line {lines[row - 1]:,})" for value, row in rows]
    return ", ".join(shown) + (f" and {len(lone) - 3:,} more" if len(lone) > 3 else "")


def _row_of(series: pl.Series, value: Any) -> int:
    return int((series == value).arg_max() or 0) + 1


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
