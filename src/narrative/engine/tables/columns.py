"""From cells of text to typed columns: every conversion is checked on every row, and nothing is lost in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.tables.convert import MOST_SHARE, SAMPLE_ROWS, Converted, Habits, convert_column
from narrative.engine.tables.dates import DateOrder
from narrative.engine.tables.numbers import DecimalDecision, decide_decimal
from narrative.engine.tables.overruled import read_as
from narrative.engine.tables.types import Choice, Guess, Question, ReadOptions
from narrative.engine.tables.values import MARKERS_AMONG_VALUES, counted

__all__ = ["Converted", "Habits", "TypedTable", "account_of", "convert_column", "type_columns"]

SAMPLE_CELLS: Final = 300_000
DEFAULT_OPTIONS: Final = ReadOptions()
_WHAT: Final[dict[type[pl.DataType] | pl.DataType, str]] = {
    pl.Date: "a date", pl.Datetime: "a date", pl.Boolean: "a truth value"
}  # fmt: skip


@dataclass(frozen=True)
class TypedTable:
    """All columns typed; ``odd`` holds (row, column, value, reason)."""

    frame: pl.DataFrame
    decimal: str
    guesses: list[Guess]
    repairs: list[str]
    warnings: list[str]
    odd: list[tuple[int, str, str, str]]
    questions: list[Question] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)


def type_columns(
    frame: pl.DataFrame,
    options: ReadOptions,
    delimiter: str | None,
    threads: int = 2,
    cells: Mapping[str, list[str]] | None = None,
) -> TypedTable:
    """Give every text column its type; columns that are no text already pass through unchanged.

    Args:
        cells: for columns that are no text any more, some of their cells as the file has them: they too say which
            decimal mark the file uses.
    """
    frame = _as_texts(frame, options)
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    samples = dict(cells or {}) | sample_cells(frame.select(texts))
    samples = {name: samples[name] for name in frame.columns if name in samples}
    decimal = decide_decimal(samples, delimiter)
    if options.decimal is not None:
        decimal = DecimalDecision(options.decimal, 1.0, "you said so")
    orders: tuple[DateOrder, ...] = (options.date_order,) if options.date_order else ()
    habits = Habits(decimal.mark, orders, options)

    def convert(name: str) -> Converted:
        kind = options.kinds.get(name)
        if kind is not None:
            return read_as(frame[name], samples[name], kind, habits)
        return convert_column(frame[name], samples[name], habits)

    with ThreadPoolExecutor(threads) as pool:
        done = dict(zip(texts, pool.map(convert, texts), strict=True))
    settled = {item.order.order for item in done.values() if item.order is not None and not item.order.ambiguous}
    if len(settled) == 1 and not orders:
        habits = Habits(decimal.mark, tuple(settled), options)
        for name, item in done.items():
            if item.order is not None and item.order.ambiguous:
                done[name] = convert(name)
    typed = frame.with_columns([item.series.alias(name) for name, item in done.items()])
    return account_of(typed, done, decimal, options)


def _as_texts(frame: pl.DataFrame, options: ReadOptions) -> pl.DataFrame:
    """The frame with the columns whose type the user named as text again, whatever the file says they are.

    Raises:
        InvalidInput: ``column_unknown``.
    """
    for name in options.kinds:
        if name not in frame.columns:
            raise InvalidInput(
                "column_unknown",
                f"There is no column {name[:80]!r} whose type could be changed.",
                column=name[:80],
                fix=f"The columns are: {', '.join(repr(column) for column in frame.columns[:20])}.",
            )
    return frame.with_columns(pl.col(name).cast(pl.String) for name in options.kinds)


def sample_cells(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Different cells of the first rows and of rows spread over the table, per column."""
    wanted = min(SAMPLE_ROWS, max(50, SAMPLE_CELLS // max(1, frame.width)))
    if frame.height > wanted:
        spread = np.linspace(0, frame.height - 1, wanted // 2).astype(np.int64)
        rows = np.unique(np.concatenate([np.arange(wanted // 2), spread]))
        frame = frame[rows]
    return {series.name: series.drop_nulls().unique(maintain_order=True).to_list() for series in frame}


def account_of(
    frame: pl.DataFrame, done: dict[str, Converted], decimal: DecimalDecision, options: ReadOptions = DEFAULT_OPTIONS
) -> TypedTable:  # fmt: skip
    """The typed table with its guesses, questions, repairs and warnings."""
    guesses: list[Guess] = []
    repairs: list[str] = []
    warnings: list[str] = []
    odd: list[tuple[int, str, str, str]] = []
    guesses.append(
        Guess(name="decimal", value=decimal.mark, confidence=decimal.confidence, evidence=decimal.evidence)
    )  # fmt: skip
    guesses.extend(_thousands_guess(done, options))
    guesses.extend(_unit_guess(done, repairs))
    markers: Counter[str] = Counter()
    where: dict[str, list[str]] = {}
    for name, item in done.items():
        markers.update(item.markers)
        for marker in item.markers:
            where.setdefault(marker, []).append(name)
        if item.note:
            repairs.append(item.note)
        if item.warning:
            warnings.append(item.warning)
        kind = _WHAT.get(item.series.dtype.base_type(), "a number")
        odd.extend((row, name, text, f"It is not {kind}.") for row, text in item.odd)
        if item.odd:
            example = item.odd[0][1][:40]
            are = f"{'is' if len(item.odd) == 1 else 'are'} not {kind}"
            were = "it was" if len(item.odd) == 1 else "they were"
            warnings.append(
                f"{counted(len(item.odd), 'cell')} of column {name!r} {are} (the first is {example!r}); "
                f"{were} read as missing."
            )
    guesses.extend(_order_guess(done, warnings))
    if markers:
        guesses.append(_marker_guess(markers, where))
    questions = [*_decimal_question(decimal), *_order_questions(done)]
    if decimal.doubtful is not None:
        meaning = "a point is read as decimal mark" if decimal.mark == "." else "a comma is read as decimal mark"
        warnings.append(f"Numbers of column {decimal.doubtful!r} could be read two ways; {meaning}.")
    units = {name: item.unit for name, item in done.items() if item.unit}
    return TypedTable(frame, decimal.mark, guesses, repairs, warnings, odd, questions, units)


def _thousands_guess(done: dict[str, Converted], options: ReadOptions) -> list[Guess]:
    """The mark between groups of three digits, where one is seen or was named."""
    if options.thousands is not None:
        return [Guess(name="thousands", value=options.thousands, confidence=1.0, evidence="you said so")]
    seen = {name: item for name, item in done.items() if item.style is not None and item.example}
    if not seen:
        return []
    counts = Counter(item.style.group for item in seen.values() if item.style is not None)
    mark, times = counts.most_common(1)[0]
    name, item = next((name, item) for name, item in seen.items() if item.style and item.style.group == mark)
    evidence = f"{counted(times, 'column')}, for example {item.example!r} in {name!r}"
    return [Guess(name="thousands", value=mark, confidence=round(0.95 * times / len(seen), 2), evidence=evidence)]


def _unit_guess(done: dict[str, Converted], repairs: list[str]) -> list[Guess]:
    """Currency and percent signs that were set aside, per column."""
    units = {name: item.unit for name, item in done.items() if item.unit}
    for name, item in done.items():
        if item.style is not None and item.style.decorated:
            signs = f"{item.unit} signs" if item.unit else "brackets or minus signs behind"
            repairs.append(f"Column {name!r}: {signs} around the numbers were {'set aside' if item.unit else 'read'}.")
    if not units:
        return []
    value = ", ".join(f"{name}: {unit}" for name, unit in list(units.items())[:20])
    evidence = f"signs stand around the numbers of {counted(len(units), 'column')}"
    return [Guess(name="units", value=value, confidence=0.95, evidence=evidence)]


def _decimal_question(decimal: DecimalDecision) -> list[Question]:
    if decimal.doubtful is None:
        return []
    return [
        Question(
            name="decimal",
            text=f"Column {decimal.doubtful!r} holds numbers like {decimal.example!r}. Is that mark a decimal mark?",
            column=decimal.doubtful,
            choices=[
                Choice(value=".", text="The point separates decimals, the comma thousands"),
                Choice(value=",", text="The comma separates decimals, the point thousands"),
            ],
            assumed=decimal.mark,
            effect="The numbers are a thousand times larger or smaller.",
        )
    ]


def _order_questions(done: dict[str, Converted]) -> list[Question]:
    """One question for the file when nothing tells which of two numbers is the day."""
    open_ = {name: item for name, item in done.items() if item.order is not None and item.order.confidence < MOST_SHARE}
    if not open_:
        return []
    name, item = next(iter(open_.items()))
    first = item.order
    total = sum(other.order.n_differ for other in open_.values() if other.order is not None)
    names = " and ".join(repr(other) for other in list(open_)[:3])
    return [
        Question(
            name="date_order",
            text=f"Which number is the day in the dates of {names}? No cell has a number above 12.",
            column=name,
            choices=[
                Choice(value="day_first", text="The first: 03/04/2025 is the 3rd of April"),
                Choice(value="month_first", text="The second: 03/04/2025 is the 4th of March"),
            ],
            assumed=first.order if first is not None else "day_first",
            effect=f"{counted(total, 'cell')} would mean another day.",
        )
    ]


def _order_guess(done: dict[str, Converted], warnings: list[str]) -> list[Guess]:
    """One guess for the file, that of its least certain column; a warning for every column that leaves doubt."""
    found = [(item.order, name) for name, item in done.items() if item.order is not None]
    for order, name in found:
        if order.confidence < MOST_SHARE:
            meaning = "day before month" if order.order == "day_first" else "month before day"
            warnings.append(f"Dates of column {name!r} could be read two ways; they were read {meaning}.")
    if not found:
        return []
    order, name = min(found, key=lambda pair: pair[0].confidence)
    evidence = f"column {name!r}: {order.evidence}"
    return [Guess(name="date_order", value=order.order, confidence=order.confidence, evidence=evidence)]


def _marker_guess(markers: Counter[str], where: dict[str, list[str]]) -> Guess:
    parts = []
    for marker, count in markers.most_common(5):
        names = where[marker]
        place = f"column {names[0]!r}" if len(names) == 1 else f"{len(names)} columns"
        parts.append(f"{marker!r} {count:,} times in {place}")
    value = ", ".join(marker for marker, _ in markers.most_common(20))
    is_known = all(marker.lower() in MARKERS_AMONG_VALUES for marker in markers)
    return Guess(
        name="missing_markers", value=value, confidence=0.95 if is_known else 0.75, evidence="; ".join(parts)
    )  # fmt: skip
