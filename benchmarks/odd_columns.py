"""Columns of odd files: the text somebody would have written into each cell, and what an expert reads there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from benchmarks.odd_places import Place

Kind = Literal["integer", "decimal", "boolean", "date", "datetime", "text", "empty"]
Value = int | float | bool | str | dt.date | dt.datetime | None


@dataclass
class Column:
    """Cells as written, and their meaning. ``shows`` says which marks of the notation can be seen in it.

    Attributes:
        order: for dates whose day and month could swap: what they mean, or "undecidable" when nothing tells.
    """

    name: str
    kind: Kind
    cells: list[str]
    values: list[Value]
    shows: set[str] = field(default_factory=set)
    order: str | None = None


def number_text(value: float, places: int, decimal: str, group: str) -> str:
    """``1234.5`` as people of a place write it."""
    text = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
    return f"-{text}" if value < 0 else text


def count(place: Place, random: Random, n: int) -> Column:
    """Plain whole numbers."""
    values = [random.randrange(0, 500) for _ in range(n)]
    return Column(place.names[2], "integer", [str(value) for value in values], list(values))


def population(place: Place, random: Random, n: int) -> Column:
    """Whole numbers with thousands marks, some above a million so that nothing is in doubt."""
    group = random.choice(place.groups)
    values = [random.randrange(1_000, 9_000_000) for _ in range(n)]
    values[n // 3] = 2_345_678
    cells = [number_text(value, 0, place.decimal, group) for value in values]
    return Column("pop", "integer", cells, list(values), {"thousands:" + group} if group else set())


def amount(place: Place, random: Random, n: int) -> Column:
    """Plain decimals with two places, some negative."""
    values = [round(random.uniform(-50, 900), 2) for _ in range(n)]
    cells = [number_text(value, 2, place.decimal, "") for value in values]
    return Column(place.names[3], "decimal", cells, list(values), {"decimal"})


def measure(place: Place, random: Random, n: int) -> Column:
    """Decimals with one to four places, as instruments write them."""
    values = [round(random.gauss(20, 6), random.choice((1, 2, 4))) for _ in range(n)]
    cells = [repr(value).replace(".", place.decimal) for value in values]
    return Column("temp", "decimal", cells, list(values), {"decimal"})


def thousands(place: Place, random: Random, n: int) -> Column:
    """Amounts with decimal and thousands marks."""
    group = random.choice(place.groups)
    values = [round(random.uniform(100, 90_000), 2) for _ in range(n)]
    values[0] = 12_345.67
    cells = [number_text(value, 2, place.decimal, group) for value in values]
    return Column("gross", "decimal", cells, list(values), {"decimal"} | ({"thousands:" + group} if group else set()))


def money(place: Place, random: Random, n: int) -> Column:
    """Amounts with a currency sign, negative ones with the minus in front of everything."""
    group, pattern = random.choice(place.groups), random.choice(place.money)
    values = [round(random.uniform(-900, 20_000), 2) for _ in range(n)]
    values[1] = 4_321.5
    cells = [
        ("-" if value < 0 else "") + pattern.format(number_text(abs(value), 2, place.decimal, group))
        for value in values
    ]
    shows = {"decimal", "unit"} | ({"thousands:" + group} if group else set())
    return Column("net", "decimal", cells, list(values), shows)


def accounting(place: Place, random: Random, n: int) -> Column:
    """Negative amounts in brackets or with the minus behind, as ledgers write them."""
    behind = random.random() < 0.5
    values = [round(random.uniform(-300, 300), 2) for _ in range(n)]
    cells = []
    for value in values:
        text = number_text(abs(value), 2, place.decimal, "")
        cells.append(text if value >= 0 else f"{text}-" if behind else f"({text})")
    return Column("balance", "decimal", cells, list(values), {"decimal"})


def share(place: Place, random: Random, n: int) -> Column:
    """Percentages; the number is what stands before the sign."""
    space = random.choice(("", " "))
    values = [round(random.uniform(0, 100), 1) for _ in range(n)]
    cells = [f"{number_text(value, 1, place.decimal, '')}{space}%" for value in values]
    return Column(place.names[7], "decimal", cells, list(values), {"decimal", "unit"})


def gappy(place: Place, random: Random, n: int) -> Column:
    """Decimals among which a tenth is marked as missing the local way."""
    column, gap = amount(place, random, n), random.choice(place.gaps)
    for index in random.sample(range(n), max(1, n // 10)):
        column.cells[index], column.values[index] = gap, None
    column.name = "reading"
    return column


def science(place: Place, random: Random, n: int) -> Column:
    """Powers of ten."""
    values = [float(f"{random.uniform(1, 10):.3f}e{random.randrange(-8, 9)}") for _ in range(n)]
    cells = [f"{value:.3E}".replace(".", place.decimal) for value in values]
    return Column("flux", "decimal", cells, list(values), {"decimal"})


def year(place: Place, random: Random, n: int) -> Column:
    """Years are whole numbers."""
    values = [random.randrange(1990, 2026) for _ in range(n)]
    return Column("year", "integer", [str(value) for value in values], list(values))


def _days(random: Random, n: int, *, undecidable: bool = False) -> list[dt.date]:
    days = [dt.date(2019, 1, 1) + dt.timedelta(days=random.randrange(0, 2_300)) for _ in range(n)]
    if undecidable:
        return [day.replace(day=random.randrange(1, 13)) for day in days]
    days[0], days[1] = dt.date(2021, 3, 27), dt.date(2020, 11, 19)
    return days


def _order(place: Place, format_: str) -> str | None:
    return None if format_.startswith("%Y") else place.order


def date(place: Place, random: Random, n: int) -> Column:
    """Dates in one of the local notations; some days above twelve."""
    format_, days = random.choice(place.dates), _days(random, n)
    name = place.names[4]
    return Column(name, "date", [day.strftime(format_) for day in days], list(days), order=_order(place, format_))


def short_date(place: Place, random: Random, n: int) -> Column:
    """The same without leading zeros."""
    format_ = random.choice([f for f in place.dates if "%Y%m" not in f] or ["%Y-%m-%d"])
    days = _days(random, n)
    cells = [
        format_.replace("%d", str(d.day)).replace("%m", str(d.month)).replace("%Y", str(d.year))
        .replace("%y", f"{d.year % 100:02d}") for d in days
    ]  # fmt: skip
    return Column("due", "date", cells, list(days), order=_order(place, format_))


def iso_date(place: Place, random: Random, n: int) -> Column:
    """ISO dates with gaps."""
    days: list[dt.date | None] = list(_days(random, n))
    days[n // 2] = None
    return Column("day", "date", ["" if day is None else day.isoformat() for day in days], list(days))


def undecidable(place: Place, random: Random, n: int) -> Column:
    """Dates with slashes of which no day is above twelve and no order of the rows helps."""
    days = _days(random, n, undecidable=True)
    return Column("when", "date", [day.strftime("%d/%m/%Y") for day in days], list(days), order="undecidable")


def month_names(place: Place, random: Random, n: int) -> Column:
    """Dates with the month written out."""
    days = _days(random, n)
    cells = [place.written.format(d=day.day, m=place.months[day.month - 1], y=day.year) for day in days]
    return Column("signed", "date", cells, list(days))


def month_short(place: Place, random: Random, n: int) -> Column:
    """English short month names, as databases export them: 05-Mar-2021, 05-MAR-21."""
    format_ = random.choice(("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d-%b-%y"))
    days, upper = _days(random, n), random.random() < 0.4
    cells = [day.strftime(format_) for day in days]
    return Column("closed", "date", [cell.upper() if upper else cell for cell in cells], list(days))


def _moments(random: Random, n: int) -> list[dt.datetime]:
    return [
        dt.datetime.combine(day, dt.time(random.randrange(24), random.randrange(60), random.randrange(60)))
        for day in _days(random, n)
    ]


def moment(place: Place, random: Random, n: int) -> Column:
    """Local date and time of day."""
    format_, time = random.choice(place.dates), random.choice(("%H:%M", "%H:%M:%S"))
    if "%Y%m" in format_:
        format_ = "%Y-%m-%d"
    moments = [m if "%S" in time else m.replace(second=0) for m in _moments(random, n)]
    cells = [m.strftime(f"{format_} {time}") for m in moments]
    return Column(place.names[8], "datetime", cells, list(moments), order=_order(place, format_))


def zoned(place: Place, random: Random, n: int) -> Column:
    """ISO time stamps with zone; they mean the moment in UTC."""
    shape = random.choice(("Z", "+02:00", "-0500", ".123Z"))
    moments, cells = _moments(random, n), []
    hours = {"+02:00": -2, "-0500": 5}.get(shape, 0)
    values: list[Value] = []
    for m in moments:
        cells.append(m.strftime("%Y-%m-%dT%H:%M:%S") + shape)
        micro = 123_000 if shape.startswith(".") else 0
        values.append(m.replace(microsecond=micro) + dt.timedelta(hours=hours))
    return Column("logged", "datetime", cells, values)


def _text(name: str, cells: list[str]) -> Column:
    return Column(name, "text", cells, [cell or None for cell in cells])


def town(place: Place, random: Random, n: int) -> Column:
    """Names of places."""
    return _text(place.names[1], [random.choice(place.towns) for _ in range(n)])


def thing(place: Place, random: Random, n: int) -> Column:
    """Words for things."""
    return _text("item", [random.choice(place.things) for _ in range(n)])


def customer(place: Place, random: Random, n: int) -> Column:
    """Names that all differ."""
    return _text(place.names[0], [f"{random.choice(place.towns)} {random.choice('ABCDEFG')}{i}" for i in range(n)])


def sentence(place: Place, random: Random, n: int) -> Column:
    """Free text with commas and semicolons inside."""
    return _text(place.names[5], [random.choice(place.sentences) for _ in range(n)])


def paragraphs(place: Place, random: Random, n: int) -> Column:
    """Free text, now and then over several lines and with quotes inside."""
    cells = []
    for index in range(n):
        text = random.choice(place.sentences)
        cells.append(f'{text}\n"{random.choice(place.things)}"' if index % 7 == 3 else text)
    return _text("memo", cells)


def yes_no(place: Place, random: Random, n: int) -> Column:
    """Yes and no in the local language: words, as written."""
    return _text("paid", [random.choice(place.yes_no) for _ in range(n)])


def ticked(place: Place, random: Random, n: int) -> Column:
    """A cross or nothing."""
    return _text("vip", [random.choice(("x", "")) if i else "x" for i in range(n)])


def truth(place: Place, random: Random, n: int) -> Column:
    """true and false."""
    upper = random.random() < 0.5
    values = [random.random() < 0.4 for _ in range(n)]
    cells = [str(value).upper() if upper else str(value).lower() for value in values]
    return Column("active", "boolean", cells, list(values))


def code(place: Place, random: Random, n: int) -> Column:
    """Article numbers with leading zeros."""
    return _text(place.names[6], [f"{random.randrange(1, 99_999):06d}" for _ in range(n)])


def postal(place: Place, random: Random, n: int) -> Column:
    """Postal codes; only a few begin with zero."""
    cells = [f"{random.randrange(10_000, 99_999)}" for _ in range(n)]
    cells[n // 2] = "01067"
    return _text("zip", cells)


def long_id(place: Place, random: Random, n: int) -> Column:
    """Numbers with nineteen digits: every digit counts."""
    return _text("account", [str(random.randrange(10**18, 9 * 10**18)) for _ in range(n)])


def phone(place: Place, random: Random, n: int) -> Column:
    """Telephone numbers."""
    shape = random.choice(("+49 {} {}", "0{}/{}", "+1-{}-{}", "({}) {}", "+44{}{}"))
    return _text("phone", [shape.format(random.randrange(151, 999), random.randrange(10**6, 10**7)) for _ in range(n)])


def article(place: Place, random: Random, n: int) -> Column:
    """Codes of letters and digits."""
    return _text("id", [f"{random.choice('ABKX')}-{random.randrange(1_000, 9_999)}" for _ in range(n)])


def time_of_day(place: Place, random: Random, n: int) -> Column:
    """Times without a date stay as written."""
    seconds = random.random() < 0.5
    cells = [f"{random.randrange(24):02d}:{random.randrange(60):02d}" + (":30" if seconds else "") for _ in range(n)]
    return _text("start", cells)


def traps(place: Place, random: Random, n: int) -> Column:
    """Text that looks like something else: ranges, versions, scores, network addresses, sizes."""
    makers: tuple[Callable[[], str], ...] = (
        lambda: f"{random.randrange(1, 20)}-{random.randrange(20, 60)}",
        lambda: f"{random.randrange(1, 9)}.{random.randrange(60)}.{random.randrange(40, 90)}",
        lambda: f"{random.randrange(6)}:{random.randrange(6)}",
        lambda: f"10.0.{random.randrange(256)}.{random.randrange(256)}",
        lambda: f"{random.randrange(20, 60)}x{random.randrange(20, 60)}",
        lambda: f"{random.randrange(1, 9)}/{random.randrange(10, 30)}",
        lambda: f"{random.randrange(2, 9)} kg",
        lambda: f"user{random.randrange(900)}@example.org",
        lambda: f"https://example.org/{random.randrange(900)}?a=1",
        lambda: f"{random.randrange(1, 99):02d}{random.choice('ABC')}",
    )
    make = random.choice(makers)
    return _text("spec", [make() for _ in range(n)])


def constant(place: Place, random: Random, n: int) -> Column:
    """The same word in every row."""
    return _text("source", ["web"] * n)


def empty(place: Place, random: Random, n: int) -> Column:
    """A named column without any value."""
    return Column("spare", "empty", [""] * n, [None] * n)


Maker = Callable[[Place, Random, int], Column]
NUMBERS: Final[tuple[Maker, ...]] = (
    count, population, amount, measure, thousands, money, accounting, share, gappy, science, year,
)  # fmt: skip
DATES: Final[tuple[Maker, ...]] = (date, short_date, iso_date, month_names, month_short, moment, zoned)
TEXTS: Final[tuple[Maker, ...]] = (
    town, thing, customer, sentence, paragraphs, yes_no, ticked, truth, code, postal, long_id, phone, article,
    time_of_day, traps, constant, empty,
)  # fmt: skip
