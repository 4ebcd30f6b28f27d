"""What the functions do to one cell. Missing in gives missing out, and so does what is beyond the numbers there are.

Wherever numbers could come out differently in a vectorised library (logarithms, powers, reading and writing numbers),
batches call these very functions, so that a row has the same bits alone and among a million others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Final

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER: Final = 400
EXACT: Final = 2.0**53
"""From here on a decimal has no digits behind the point."""
MICROSECONDS_PER_DAY: Final = 86_400_000_000.0


def finite(number: float) -> float | None:
    """The number without a negative zero; missing when it is none, or infinite."""
    return number + 0.0 if math.isfinite(number) else None


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, missing where any argument is missing."""

    def asked(*cells: Any) -> Any:
        return None if None in cells else function(*cells)

    return asked


def divided(left: float, right: float) -> float | None:
    return None if right == 0 else finite(left / right)


def whole_divided(left: float, right: float) -> float | None:
    quotient = divided(left, right)
    return None if quotient is None else finite(float(_floor(quotient)))


def remainder(left: float, right: float) -> float | None:
    """``left - right × floor(left / right)``: it has the sign of ``right``."""
    quotient = whole_divided(left, right)
    return None if quotient is None else finite(left - right * quotient)


def power(base: float, exponent: float) -> float | None:
    try:
        return finite(math.pow(base, exponent))
    except (ValueError, OverflowError):
        return None


def exponential(number: float) -> float | None:
    try:
        return math.exp(number)
    except OverflowError:
        return None


def logarithm(number: float) -> float | None:
    return math.log(number) + 0.0 if number > 0 else None


def decimal_logarithm(number: float) -> float | None:
    return math.log10(number) + 0.0 if number > 0 else None


def root(number: float) -> float | None:
    return math.sqrt(number) if number >= 0 else None


def _floor(number: float) -> float:
    return number if abs(number) >= EXACT else float(math.floor(number))


def floored(number: float) -> float:
    return _floor(number) + 0.0


def ceiled(number: float) -> float:
    return -_floor(-number) + 0.0


def half_up(number: float) -> float:
    """To the nearest whole number, halves away from zero."""
    size = abs(number)
    whole = _floor(size)
    return math.copysign(whole + (1.0 if size - whole >= 0.5 else 0.0), number)


def rounded(number: float, digits: float) -> float | None:
    """To so many digits behind the point (before it when negative), halves away from zero; a whole -15 to 15."""
    if not (-15 <= digits <= 15 and digits == _floor(digits)):
        return None
    factor = 10.0 ** abs(digits)
    moved = number * factor if digits >= 0 else number / factor
    if abs(moved) >= EXACT:
        return number
    near = half_up(moved)
    return finite(near / factor if digits >= 0 else near * factor)


def clipped(number: float, low: float, high: float) -> float:
    return min(max(number, low), high)


def added(*numbers: float | None) -> float | None:
    """The sum of those that are there; missing when none is."""
    there = [number for number in numbers if number is not None]
    if not there:
        return None
    total = 0.0
    for number in there:
        total += number
    return finite(total)


def averaged(*numbers: float | None) -> float | None:
    total = added(*numbers)
    return None if total is None else finite(total / sum(number is not None for number in numbers))


def smallest(*numbers: float | None) -> float | None:
    return min((number for number in numbers if number is not None), default=None)


def largest(*numbers: float | None) -> float | None:
    return max((number for number in numbers if number is not None), default=None)


def number_text(number: float) -> str:
    """A number as text: 3 for 3.0, else the shortest that reads back as the same number."""
    return str(int(number)) if number == _floor(number) and abs(number) < 1e15 else repr(number)


def moment_text(moment: datetime) -> str:
    """A time as text, without what is behind the second when that is zero."""
    return moment.isoformat(sep=" ")


def read_number(text: str) -> float | None:
    """The number that a text is, with a decimal point and nothing else around it."""
    word = text.strip()
    if len(word) > _LONGEST_NUMBER or not _NUMBER.fullmatch(word):
        return None
    return finite(float(word))


def first_there(*cells: Any) -> Any:
    return next((cell for cell in cells if cell is not None), None)


def chosen(condition: bool | None, met: Any, otherwise: Any) -> Any:
    """A condition that cannot be answered, because a value is missing, is not met."""
    return met if condition else otherwise


def both(left: bool | None, right: bool | None) -> bool | None:
    return False if left is False or right is False else None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    return True if left is True or right is True else None if left is None or right is None else False


def joined(*texts: str | None) -> str | None:
    """The texts that are there, one after the other; missing when none is."""
    there = [text for text in texts if text is not None]
    return "".join(there) if there else None


def replaced(text: str, find: str, by: str) -> str:
    return text.replace(find, by) if find else text


def beginning(text: str, count: float) -> str | None:
    return text[: int(count)] if count >= 0 else None


def ending(text: str, count: float) -> str | None:
    return (text[-int(count) :] if int(count) else "") if count >= 0 else None


def days_between(start: date, end: date) -> float:
    """Days from one moment to another, fractions included."""
    difference = _moment(end) - _moment(start)
    microseconds = (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
    return float(microseconds) / MICROSECONDS_PER_DAY + 0.0


def _moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time())


def hour_of(moment: date) -> float:
    return float(moment.hour) if isinstance(moment, datetime) else 0.0
