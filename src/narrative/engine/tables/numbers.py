"""Columns of numbers: which notation they use, and reading them exactly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from narrative.engine.tables.values import (
    MAX_EXACT_DIGITS,
    PLAIN,
    SPACES,
    STYLES,
    UNIT,
    NumberStyle,
    fits,
    is_code,
    may_be_number,
)

DecimalMark = Literal[".", ","]
MOST_VOTES: Final = 500
"""How many columns are asked for their decimal mark."""
_PLAIN_POINT: Final = re.compile(r"-?\d*\.(?:\d{1,2}|\d{4,})")
"""A number that can only have a decimal point: not three digits behind it."""
_SAME: Final = {
    "€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "₽": "RUB", "руб.": "RUB",
    "руб": "RUB", "р.": "RUB", "TL": "TRY", "₺": "TRY", "R$": "BRL", "Fr.": "CHF", "SFr.": "CHF", "円": "JPY",
    "元": "CNY", "₹": "INR", "Rs": "INR", "Rs.": "INR", "원": "KRW", "₩": "KRW", "₴": "UAH", "грн": "UAH", "₪": "ILS",
}  # fmt: skip
MOST_VALUES: Final = 1_000
"""How many different unreadable cells are looked at one by one."""


@dataclass(frozen=True)
class DecimalDecision:
    """The decimal mark of a file, how sure (0 to 1), and why; where nothing tells, a column and a cell in doubt."""

    mark: DecimalMark
    confidence: float
    evidence: str
    doubtful: str | None = None
    example: str = ""


def decide_decimal(samples: dict[str, list[str]], delimiter: str | None) -> DecimalDecision:
    """The decimal mark most columns of the file leave no doubt about; else what goes with its delimiter.

    Cells like ``1,5`` or ``1.234,5`` can only have a decimal comma, ``1.5`` or ``1,234.5`` only a point; ``1,234``
    says nothing.
    """
    votes: dict[DecimalMark, list[str]] = {".": [], ",": []}
    doubtful = None
    for name in list(samples)[:: max(1, len(samples) // MOST_VOTES)]:
        mark, is_doubtful = _vote(samples[name])
        if mark is not None:
            votes[mark].append(name)
        elif is_doubtful:
            doubtful = doubtful or name
    comma, point = votes[","], votes["."]
    if comma or point:
        mark = "," if len(comma) > len(point) else "."
        winners = votes[mark]
        share = len(winners) / (len(comma) + len(point))
        example = _example(samples[winners[0]], mark)
        columns = "1 column" if len(winners) == 1 else f"{len(winners)} columns"
        return DecimalDecision(mark, share, f"{columns}, for example {example!r} in {winners[0]!r}")
    habit: DecimalMark = "," if delimiter == ";" else "."
    if doubtful is None:
        return DecimalDecision(habit, 1.0, "there are no numbers with a decimal mark, so nothing depends on it")
    if delimiter == ",":
        return DecimalDecision(
            habit, 0.9, f"{doubtful!r} could be read both ways; with commas between cells it is this"
        )
    example = next(text for text in samples[doubtful] if "," in text or "." in text)
    evidence = f"{doubtful!r} could be read both ways; files of this kind mostly mean this"
    return DecimalDecision(habit, 0.6, evidence, doubtful, example)


def _vote(sample: Sequence[str]) -> tuple[DecimalMark | None, bool]:
    marked = [text for text in sample[:200] if "," in text or "." in text][:50]
    if not marked:
        return None, False
    if _PLAIN_POINT.fullmatch(marked[0]) and all(fits(text, PLAIN) for text in marked):
        return ".", False
    comma = sum(any(fits(text, style) for style in STYLES if style.decimal == ",") for text in marked)
    point = sum(any(fits(text, style) for style in STYLES if style.decimal == ".") for text in marked)
    if max(comma, point) < 0.9 * len(marked):
        return None, False
    if comma == point:
        return None, True
    return ("," if comma > point else "."), False


def _example(sample: Sequence[str], mark: str) -> str:
    """A cell that shows the mark; where none does, one whose thousands marks leave only this mark for decimals."""
    other = "," if mark == "." else "."
    return next((text for text in sample if mark in text), None) or next(text for text in sample if other in text)


def best_style(
    values: Iterable[str], decimal: str, *, thousands: str | None = None, is_given: bool = False
) -> tuple[NumberStyle, float]:
    """The notation that reads most of the values, and the share it reads; ties go to the file's decimal mark.

    Args:
        thousands: the only thousands mark to consider, "" for none; None considers all.
        is_given: whether a person named the decimal mark; then the other one is no choice.
    """
    texts = list(values)
    if not texts:
        return PLAIN, 0.0
    if all(text.isdigit() for text in texts):
        return PLAIN, 1.0
    likely = [text for text in texts if may_be_number(text)]
    allowed = [style for style in STYLES if thousands is None or style.group in {"", thousands}]
    allowed = [style for style in allowed if not is_given or style.decimal == decimal]
    preference = sorted(allowed, key=lambda style: (style.decorated, style.decimal != decimal, style.group != ""))
    best, most = PLAIN, sum(fits(text, PLAIN) for text in likely) if decimal == "." else -1
    if most == len(texts):
        return PLAIN, 1.0
    for style in preference:
        count = sum(fits(text, style) for text in likely)
        if count > most:
            best, most = style, count
        if most == len(likely):
            break
    if all(fits(text, PLAIN) or not fits(text, best) for text in likely) and not any("." in text for text in texts):
        best = PLAIN
    return best, most / len(texts)


def units_of(values: Iterable[str]) -> list[str]:
    """The currency and percent signs that stand around numbers, the most frequent first; € and EUR are one.

    >>> units_of(["€ 3", "4 €", "5 EUR", "6"])
    ['€']
    """
    found = Counter(match.group().strip() for text in values if (match := UNIT.search(text)) is not None)
    meanings: dict[str, str] = {}
    for sign, _ in found.most_common():
        meanings.setdefault(_SAME.get(sign, sign.rstrip(".")), sign)
    return list(meanings.values())


def number_text(column: pl.Expr, style: NumberStyle) -> pl.Expr:
    """The cell in plain notation (``1.234,5 €`` becomes ``1234.5``); null where it is not in this notation."""
    stripped = column.str.strip_chars()
    if style.is_plain:
        return stripped
    text: pl.Expr = pl.when(stripped.str.contains(style.pattern())).then(stripped)
    if style.decorated:
        mark = re.escape(style.decimal)
        text = text.str.replace_all(UNIT.pattern, "").str.replace_all("\u2212", "-", literal=True)
        text = text.str.replace(f"([0-9]){mark}[-–—]{{1,2}}", "${1}")
        text = text.str.strip_chars(SPACES).str.replace(r"^\((.*)\)$", "-${1}").str.strip_chars(SPACES)
        text = text.str.replace("^([^-].*)-$", "-${1}")
        text = text.str.replace(f"^([+-])[{SPACES}]*", "${1}").str.replace("^[+-]([+-])", "${1}")
    if style.group == " ":
        text = text.str.replace_all(f"[{SPACES}]", "")
    elif style.group == "'":
        text = text.str.replace_all("['’]", "")
    elif style.group:
        text = text.str.replace_all(style.group, "", literal=True)
    if style.decorated:
        text = text.str.replace_all(f"[{SPACES}]", "")
    return text.str.replace(",", ".", literal=True) if style.decimal == "," else text


@dataclass(frozen=True)
class NumberReading:
    """A column read as numbers: Int64 or Float64, null where unreadable, and the different unreadable cells."""

    values: pl.Series
    unread: list[str]
    codes: list[str]
    """Cells that read as numbers but are codes (leading zeros, too many digits): the column must stay text."""


def read_numbers(
    series: pl.Series, style: NumberStyle, *, strip: bool = False, likely_whole: bool = True
) -> NumberReading:
    """Read a whole text column in one notation. Whole numbers become Int64, and lose no digit."""
    text = series
    if not style.is_plain or strip:
        text = pl.select(number_text(pl.lit(series), style)).to_series()
    values = _numbers(text, likely_whole=likely_whole).rename(series.name)
    codes = _codes(text, values)
    if values.null_count() == series.null_count():
        return NumberReading(values, [], codes)
    unread = series.filter(values.is_null() & series.is_not_null()).unique()
    return NumberReading(values, unread.head(MOST_VALUES).to_list(), codes)


def _numbers(text: pl.Series, *, likely_whole: bool) -> pl.Series:
    """Int64 when no cell has a decimal part, else Float64; a sample says which of the two to try first."""
    whole = None
    if likely_whole:
        whole = text.cast(pl.Int64, strict=False)
        if whole.null_count() == text.null_count():
            return whole
    numbers = text.cast(pl.Float64, strict=False)
    if not numbers.is_finite().all():
        numbers = pl.select(pl.when(pl.lit(numbers).is_finite()).then(pl.lit(numbers))).to_series()
    if whole is None and numbers.null_count() > text.null_count():
        whole = text.cast(pl.Int64, strict=False)
    return whole if whole is not None and whole.null_count() == numbers.null_count() else numbers


def _codes(text: pl.Series, values: pl.Series) -> list[str]:
    """Up to ten cells with leading zeros or more digits than a number keeps."""
    suspects = text.filter(
        (values.abs() >= 10**MAX_EXACT_DIGITS) | text.str.starts_with("0") | text.str.contains("^[+-]")
    )
    suspects = suspects.filter(suspects.str.contains(r"^[+-]?0\d+$|^\+\d{9}|\d{16}"))
    if suspects.is_empty():
        return []
    return [cell for cell in suspects.unique(maintain_order=True).head(MOST_VALUES).to_list() if is_code(cell)][:10]
