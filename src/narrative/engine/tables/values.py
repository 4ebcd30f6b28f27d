"""What single cells look like: missing markers, numbers in many notations, truth words, dates.

Everything here looks at one text at a time and is used on samples and on the few cells that a bulk conversion could
not read; whole columns are converted by Polars expressions built from what was found (``numbers``, ``dates``).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

MARKERS_ANYWHERE: Final = frozenset(
    {"na", "n/a", "#n/a", "#na", "<na>", "null", "(null)", "<null>", "nan", "nat", "none", "\\n", "?", "-", "--"}
)
"""Lower-case cells that mean "no value" even in a column of text."""
MARKERS_AMONG_VALUES: Final = MARKERS_ANYWHERE | frozenset(
    {
        "#div/0!", "#value!", "#ref!", "#name?", "#null!", "#num!", "#n/v", "#nv", "#n/d", "n.a.", "n.a", "nil",
        "missing", "unknown", "undefined", "not available", "not applicable", "no data", "nd", "n/d", "n.d.", "s/d",
        ".", "..", "...", "*", "inf", "-inf", "+inf", "infinity", "-infinity", "-nan", "1.#qnan", "-1.#ind", "1.#ind",
        "-nan(ind)", "---", "\u2013", "\u2014", "tbd", "error", "#error", "k.a.", "k. a.", "keine angabe", "unbekannt",
        "inconnu", "non disponible", "n.v.t.", "onbekend", "saknas", "brak", "b.d.", "yok", "nincs", "není",
        "н/д", "нет данных", "なし", "不明", "无", "未知",
    }
)  # fmt: skip
"""Further ones that mean it among numbers, dates or truth values, where no word belongs."""
TRUE_WORDS: Final = frozenset({"true"})
FALSE_WORDS: Final = frozenset({"false"})

CURRENCY: Final = (
    r"(?:(?:US|A|AU|C|CA|NZ|HK|S|R|NT|MX)?\$|[€£¥₹₽₺₩₪₫₴₦₱฿₡₲₵₸₼₾円元원]|(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK"
    r"|HUF|AUD|CAD|NZD|HKD|SGD|RUB|TRY|BRL|MXN|ZAR|RON|BGN|KRW|ILS|UAH|THB|ISK|AED|SAR)"
    r"|S?Fr\.|kr\.?|zł|Kč|Ft|TL|lei|лв\.?|руб\.?|р\.|грн\.?|Rs\.?|RM|Rp\.?)"
)
SPACES: Final = " \u00a0\u202f\u2009"
MINUSES: Final = "\u2212-"
UNIT: Final = re.compile(f"{CURRENCY}|[%‰]")
"""A sign beside a number that says what it counts."""
_DIGIT: Final = re.compile("[0-9]")
_NO_NUMBER: Final = re.compile(r"[^\W\d_]{4}|:")
"""More letters in a row than any sign of a currency has, or the mark of a time of day."""
_CODE: Final = re.compile(r"[+-]?0\d")
_PHONE: Final = re.compile(r"\+\d{9,}")
MAX_EXACT_DIGITS: Final = 15
"""Integers with more digits stay text: a decimal number could not hold them exactly."""


@dataclass(frozen=True)
class NumberStyle:
    """A notation of numbers.

    Attributes:
        decimal: the decimal mark, "." or ",".
        group: the thousands mark, or "" for none; " " stands for every kind of space.
        decorated: whether currency or percent signs, accounting brackets or a minus behind may stand around the digits.
    """

    decimal: str = "."
    group: str = ""
    decorated: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a plain cast reads it."""
        return self == NumberStyle()

    def pattern(self) -> str:
        """Regular expression (both Python's and Rust's dialect) that a whole stripped cell must match.

        >>> bool(re.fullmatch(NumberStyle(",", ".").pattern(), "1.234,5"))
        True
        """
        mark = re.escape(self.decimal)
        plain = rf"(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        number = plain
        if self.group:
            group = f"[{SPACES}]" if self.group == " " else "['’]" if self.group == "'" else re.escape(self.group)
            middle = rf"(?:{group}[0-9]{{2,3}})*" if self.group == "," else rf"(?:{group}[0-9]{{3}})*"
            number = rf"(?:[1-9][0-9]{{0,2}}{middle}{group}[0-9]{{3}}(?:{mark}[0-9]*)?|{plain})"
        if not self.decorated:
            return rf"^[+-]?{number}$"
        space, sign, unit = f"[{SPACES}]*", f"[+{MINUSES}]", f"(?:{CURRENCY}|[%‰])"
        number = rf"(?:{number}|[0-9]+{mark}[-–—]{{1,2}})"
        inner = rf"{sign}?{space}(?:{unit}{space})?{sign}?{space}{number}(?:{space}{unit})?(?:{space}[{MINUSES}])?"
        return rf"^(?:{inner}|(?:{unit}{space})?\({space}{inner}{space}\)(?:{space}{unit})?)$"

    @functools.cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first needed: all sixteen take 0.2 s, and most files need few of them."""
        return re.compile(self.pattern())


PLAIN: Final = NumberStyle()
STYLES: Final = tuple(
    NumberStyle(decimal, group, decorated)
    for decorated in (False, True)
    for decimal, group in ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
)


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def is_marker(text: str, *, among_values: bool) -> bool:
    """Whether a cell says "no value"; blank cells do."""
    stripped = text.strip().lower()
    if not stripped or stripped in (MARKERS_AMONG_VALUES if among_values else MARKERS_ANYWHERE):
        return True
    return among_values and stripped.endswith("-") and UNIT.sub("", text).strip() == "-"


def fits(text: str, style: NumberStyle) -> bool:
    """Whether the cell is a number in this notation."""
    return style.compiled.match(text.strip()) is not None


def may_be_number(text: str) -> bool:
    """False only where no notation reads the cell, told without trying them all."""
    return _DIGIT.search(text) is not None and _NO_NUMBER.search(text) is None


def is_number(text: str) -> bool:
    """Whether the cell is a number in any notation."""
    return may_be_number(text) and any(fits(text, style) for style in STYLES)


def is_code(text: str) -> bool:
    """Whether a cell of digits is a code rather than a quantity: leading zeros, or more digits than a number keeps.

    >>> is_code("007"), is_code("0.7"), is_code("1234567890123456"), is_code("12")
    (True, False, True, False)
    """
    stripped = text.strip()
    if _CODE.match(stripped) or _PHONE.fullmatch(stripped):
        return True
    digits = stripped.lstrip("+-")
    return digits.isdigit() and len(digits) > MAX_EXACT_DIGITS


def is_boolean(text: str) -> bool:
    """Whether the cell is a truth word; yes and no are words of the data and stay as they are."""
    return text.strip().lower() in TRUE_WORDS | FALSE_WORDS
