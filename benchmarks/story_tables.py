"""Generated tables of many kinds, as the bytes of a CSV: what stories are told about. Equal seeds, equal bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

Cells = list[str]
Column = Callable[[Random, int], Cells]


@dataclass(frozen=True)
class MadeTable:
    """A file and the columns that could be an outcome."""

    name: str
    data: bytes
    targets: tuple[str, ...]


def _whole(random: Random, n: int) -> Cells:
    top = random.choice([3, 40, 5_000, 3_000_000_000])
    return [str(random.randint(0, top)) for _ in range(n)]


def _decimal(random: Random, n: int) -> Cells:
    centre, spread = random.choice([(0, 1), (50, 10), (-4, 0.01), (1e6, 2e5), (1e-6, 1e-7)])
    return [f"{random.gauss(centre, spread):.6g}" for _ in range(n)]


def _skewed(random: Random, n: int) -> Cells:
    return [f"{random.lognormvariate(3, 1.4):.2f}" for _ in range(n)]


def _mostly_zero(random: Random, n: int) -> Cells:
    return [str(0 if random.random() < 0.8 else random.randint(1, 900)) for _ in range(n)]


def _year(random: Random, n: int) -> Cells:
    return [str(random.randint(1987, 2026)) for _ in range(n)]


def _category(random: Random, n: int) -> Cells:
    names = ["north", "south", "east", "west", "Zürich", "plan 2", "100% wool", "“new”", "", "two"]
    chosen = random.sample(names, random.randint(2, 6))
    return random.choices(chosen, weights=[random.random() + 0.05 for _ in chosen], k=n)


def _rare(random: Random, n: int) -> Cells:
    return ["yes" if random.random() < 0.01 else "no" for _ in range(n)]


def _many(random: Random, n: int) -> Cells:
    return [f"item {random.randint(1, max(2, n // 3))}" for _ in range(n)]


def _date(random: Random, n: int) -> Cells:
    day = dt.date(2000 + random.randint(0, 25), 1, 1)
    step = random.choice([1, 1, 7])
    skipped = {random.randrange(max(n, 1)) for _ in range(random.choice([0, 0, 3]))}
    return [(day + dt.timedelta(days=step * i)).isoformat() for i in range(n + len(skipped)) if i not in skipped][:n]


def _moment(random: Random, n: int) -> Cells:
    start = dt.datetime(2024, 3, 1, 8, 0, tzinfo=dt.UTC)
    return [(start + dt.timedelta(minutes=random.randint(0, 400_000))).isoformat(" ")[:19] for _ in range(n)]


def _text(random: Random, n: int) -> Cells:
    words = ["late", "order", "broken", "12", "thanks", "slow", "three", "best", "price", "£5", "box", "never", "half"]
    return [" ".join(random.choices(words, k=random.randint(2, 14))) for _ in range(n)]


def _flag(random: Random, n: int) -> Cells:
    yes, no = random.choice([("true", "false"), ("Yes", "No"), ("1", "0"), ("Y", "N")])
    return [yes if random.random() < 0.4 else no for _ in range(n)]


def _code(random: Random, n: int) -> Cells:
    return [f"{random.choice('ABC')}-{number:06}" for number in range(1, n + 1)]


def _mail(random: Random, n: int) -> Cells:
    return [f"person{random.randint(1, 10**6)}@example{random.randint(1, 9)}.org" for _ in range(n)]


def _phone(random: Random, n: int) -> Cells:
    return [f"+49 30 {random.randint(10**6, 10**7 - 1)}" for _ in range(n)]


def _same(random: Random, n: int) -> Cells:
    return [random.choice(["EUR", "7", "2024"])] * n


def _empty(random: Random, n: int) -> Cells:  # noqa: ARG001 - makers share one call
    return [""] * n


def _mixed(random: Random, n: int) -> Cells:
    return [random.choice(["12", "n/a", "about 40", "7.5", "-"]) for _ in range(n)]


def _money(random: Random, n: int) -> Cells:
    return [f"€{random.randint(1, 10**6):,}.{random.randint(0, 99):02}" for _ in range(n)]


def _share(random: Random, n: int) -> Cells:
    return [f"{random.uniform(0, 100):.1f}%" for _ in range(n)]


MAKERS: Final[dict[str, Column]] = {
    "units": _whole, "weight (kg)": _decimal, "revenue": _skewed, "claims": _mostly_zero, "year": _year,
    "Region": _category, "fraud": _rare, "item": _many, "day": _date, "seen at": _moment, "remark": _text,
    "active": _flag, "order id": _code, "e-mail": _mail, "phone": _phone, "currency": _same, "unused": _empty,
    "reading": _mixed, "price": _money, "discount": _share,
}  # fmt: skip
TARGETS: Final = ("fraud", "active", "Region", "revenue", "weight (kg)", "units")
ROWS: Final = (1, 2, 3, 9, 30, 80, 250, 600)
SHAPES: Final = (
    "plain",
    "one column",
    "wide",
    "total",
    "odd names",
    "all empty",
    "repeated rows",
    "ragged",
    "semicolon",
)


def make_table(seed: int) -> MadeTable:
    """One table; the seed decides its size, columns, gaps and what is odd about it."""
    random = Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    n = ROWS[(seed // len(SHAPES)) % len(ROWS)]
    names = random.sample(list(MAKERS), 1 if shape == "one column" else random.randint(2, 12))
    columns = {name: MAKERS[name](random, n) for name in names}
    if shape == "wide":
        columns |= {f"m{place:03}": _decimal(random, n) for place in range(random.choice([60, 200]))}
    if shape == "all empty":
        columns = {name: [""] * n for name in columns}
    columns = {name: _with_gaps(random, cells) for name, cells in columns.items()}
    header, rows = list(columns), [list(row) for row in zip(*columns.values(), strict=True)]
    if shape == "odd names":
        header = [random.choice(["", name, f"{name} 2024", "x" * 50, f"{name}\n(total)", "1"]) for name in header]
    if shape == "repeated rows":
        rows += [random.choice(rows) for _ in range(len(rows) // 3)]
    if shape == "ragged" and len(rows) > 5:
        rows[3] = [*rows[3], "stray", "cells"]
    if shape == "total":
        rows.append(["Total", *[str(random.randint(1, 999)) for _ in header[1:]]])
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if shape == "semicolon" else ",", lineterminator="\n")
    writer.writerows([header, *rows])
    return MadeTable(f"{seed:04}-{shape.replace(' ', '-')}", text.getvalue().encode(), TARGETS)


def _with_gaps(random: Random, cells: Cells) -> Cells:
    share = random.choice([0.0, 0.0, 0.0, 0.02, 0.3, 0.9])
    return ["" if random.random() < share else cell for cell in cells]
