"""Reading one text as a number, a truth value or a time, when that is possible without guessing."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from narrative.engine.tables.values import MARKERS_AMONG_VALUES, MARKERS_ANYWHERE

MISSING_WORDS: Final = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", ".", "missing", "unknown"}
)
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0", "on"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0", "off"})
_NUMBER: Final = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_CURRENCY: Final = "€$£¥₹"
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f'’]")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")


@dataclass(frozen=True)
class Reading:
    """What texts of one column were read as. ``values`` has the readable ones; ``reasons`` says why others were not."""

    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class Missing:
    """What texts and numbers say that there is no value.

    Args:
        markers: those of the file the model learned from, beside the usual ones.
    """

    def __init__(self, markers: Iterable[str] = ()) -> None:
        self._markers = frozenset(marker.strip().casefold() for marker in markers)
        self.numbers = sorted({number for marker in self._markers if (number := _plain_number(marker)) is not None})
        """Markers that are numbers, such as 999."""

    def is_told(self, text: str) -> bool:
        """Whether this text says so even in a column of text: a blank does, as in every file, and what the file the
        model learned from used so.

        Words that the import takes for markers only among values ("unknown") mean something in a text.
        """
        word = text.strip().casefold()
        return not word or (word in self._markers and (word in MARKERS_ANYWHERE or word not in MARKERS_AMONG_VALUES))

    def means(self, text: str) -> bool:
        """Whether a text says so among numbers, times or truth values, where no word belongs."""
        word = text.strip().casefold()
        return word in MISSING_WORDS or word in MARKERS_AMONG_VALUES or word in self._markers


def _plain_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_numbers(
    texts: Iterable[str],
    low: float | None,
    high: float | None,
    *,
    doubtful: Iterable[str] = (),
    point_seen: bool = False,
) -> Reading:
    """Texts that are not plain numbers, read as numbers.

    ``12,5`` is 12.5 and ``1.234,5`` is 1234.5, whoever wrote it. ``1,234`` may be 1.234 or 1234: it is read only if
    exactly one of them lies in the range seen in training, else if the other texts of the column settle it.

    Args:
        low, high: range seen in training.
        doubtful: plain numbers such as ``1.234`` that mean 1234 if the column writes decimals with a comma; they are
            read anew only if it certainly does.
        point_seen: the column certainly has decimals with a point.
    """
    reading, styles = _settled(
        texts, _number_readings, low, high, what="a number", styles={"point"} if point_seen else set()
    )
    if styles == {"comma"}:
        anew, _ = _settled(doubtful, _number_readings, low, high, what="a number", styles=styles)
        reading.values.update(anew.values)
        reading.reasons.update(anew.reasons)
    return reading


def read_times(texts: Iterable[str], low: datetime | None, high: datetime | None) -> Reading:
    """Texts that are not ISO 8601, read as times: day, month and year in either order, if the order is certain."""
    return _settled(texts, _time_readings, low, high, what="a date", styles=set())[0]


def read_booleans(texts: Iterable[str]) -> Reading:
    """Texts read as true or false."""
    reading = Reading()
    for text in texts:
        word = text.strip().casefold()
        if word in _TRUE or word in _FALSE:
            reading.values[text] = word in _TRUE
        else:
            reading.reasons[text] = "it is neither true nor false"
    return reading


def _settled(
    texts: Iterable[str], readings: Callable[[str], dict[str, Any]], low: Any, high: Any, *, what: str, styles: set[str]
) -> tuple[Reading, set[str]]:
    """Each text's one possible reading; of two, the one in range; when that leaves both, the column's one style.

    Also gives the styles of which the column is certain.
    """
    reading, styles = Reading(), set(styles)
    undecided: dict[str, dict[str, Any]] = {}
    for text in texts:
        possible = readings(text)
        if not possible:
            reading.reasons[text] = f"it is not {what}"
        elif len(set(possible.values())) == 1:
            reading.values[text] = next(iter(possible.values()))
            styles |= set(possible) if len(possible) == 1 else set()
        else:
            inside = [value for value in possible.values() if low is not None and low <= value <= high]
            if len(inside) == 1:
                reading.values[text] = inside[0]
            else:
                undecided[text] = possible
    for text, possible in undecided.items():
        certain = [style for style in possible if style in styles]
        if len(certain) == 1:
            reading.values[text] = possible[certain[0]]
        else:
            reading.reasons[text] = "it could be " + " or ".join(_shown(value) for value in possible.values())
    return reading, styles


def _shown(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else f"{value:g}"


def _number_readings(text: str) -> dict[str, float]:
    """Style ('comma' or 'point' as decimal mark, 'percent', 'hundredth') -> value."""
    bare = _BLANKS.sub("", text).strip(_CURRENCY)
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1].strip(_CURRENCY)
    is_percent = bare.endswith("%")
    bare = bare.rstrip("%")
    if not _NUMBER.fullmatch(bare):
        return {}
    found = {}
    for style, decimal, thousands in (("point", ".", ","), ("comma", ",", ".")):
        value = _in_style(bare, decimal, thousands)
        if value is not None:
            found[style] = value
    if is_percent:
        # Some tables hold 12 for 12 %, others 0.12: the range seen in training has to tell.
        return {"percent": found["point"], "hundredth": found["point"] / 100} if _agree(found) else {}
    return found


def _agree(found: dict[str, float]) -> bool:
    return len(found) == 2 and found["point"] == found["comma"]


def _in_style(text: str, decimal: str, thousands: str) -> float | None:
    """The number if the marks stand where this style has them, else None."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, mark, fraction = mantissa.partition(decimal)
    if decimal in fraction or thousands in fraction:
        return None
    groups = whole.lstrip("+-").split(thousands)
    well_grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    if not well_grouped or (mark and not fraction and not groups[-1]):
        return None
    value = float(
        whole.replace(thousands, "") + ("." + fraction if fraction else "") + (f"e{exponent}" if exponent else "")
    )
    return value if math.isfinite(value) else None


def _time_readings(text: str) -> dict[str, datetime]:
    """Style ('day_first' or 'month_first') -> time. With dots, the day always comes first."""
    found = _DAY_FIRST.fullmatch(text.strip())
    if not found:
        return {}
    first, mark, second, year, clock = found.groups()
    orders = [("day_first", first, second)]
    if mark != ".":
        orders.append(("month_first", second, first))
    hour, minute, second = (int(part) for part in f"{clock or '0'}:0:0".split(":")[:3])
    readings = {}
    for style, day, month in orders:
        with contextlib.suppress(ValueError):
            # An impossible date is no reading; tables hold local times without a zone.
            readings[style] = datetime(int(year), int(month), int(day), hour, minute, second)  # noqa: DTZ001
    return readings
