"""A corpus of small odd text files whose truth is known, because it was written down before the file was.

Every file is drawn from a recipe: a place (language, notation), an encoding, a dialect, columns, and what stands
before, on top of, below and wrongly inside the table. One part of the corpus walks through every oddity by itself,
the other mixes them at random. The truth is what an expert looking at the file would say; where she would ask, it
says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from random import Random
from typing import Final, Literal

from benchmarks import odd_columns as made
from benchmarks.odd_columns import DATES, NUMBERS, TEXTS, Column, Maker
from benchmarks.odd_damage import DAMAGES
from benchmarks.odd_places import PLACES, Place

UNICODE: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
DELIMITERS: Final = (",", ";", "\t", "|")
Quoting = Literal["minimal", "all", "words", "single"]
QUOTINGS: Final[tuple[Quoting, ...]] = ("minimal", "all", "words", "single")
PREAMBLES: Final = ("none", "title", "title_blank", "colons", "pairs", "padded", "comments", "long", "sep")
HEADERS: Final = ("one", "none", "units", "groups", "blank", "duplicate", "years", "line_break")
FOOTERS: Final = ("none", "total", "blank_total", "note", "count", "signature", "total_note")


@dataclass(frozen=True)
class Recipe:
    """What a file is made of; see the tuples above for the words."""

    place: Place
    makers: tuple[Maker, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: Quoting = "minimal"
    line_end: str = "\n"
    preamble: str = "none"
    header: str = "one"
    footer: str = "none"
    damage: str = "none"
    n_rows: int = 40


@dataclass
class Sheet:
    """A file on its way: lines with their role, and the columns with their meaning. Damage changes both.

    Attributes:
        lines: text of each physical record, without its line break.
        roles: "preamble", "header", "row", "footer" or "bad" for each of them.
        bad: roles that are to be left out and listed.
    """

    recipe: Recipe
    columns: list[Column]
    lines: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    tail: str = ""
    mixed_line: int | None = None

    def add(self, line: str, role: str) -> None:
        """Append a record."""
        self.lines.append(line)
        self.roles.append(role)

    def line(self, cells: list[str]) -> str:
        """Cells as a record of the file's dialect."""
        return _line(cells, self.recipe)

    def rows(self) -> list[int]:
        """Positions of the rows of the table."""
        return [index for index, role in enumerate(self.roles) if role == "row"]

    def drop(self, row: int) -> None:
        """Row ``row`` of the table is one to leave out."""
        self.roles[self.rows()[row]] = "bad"
        for column in self.columns:
            del column.cells[row], column.values[row]


@dataclass(frozen=True)
class OddFile:
    """Bytes of a file and the truth about it.

    Attributes:
        text: the content decoded; None where lines have different encodings.
        marks: "decimal" where it can be seen, and thousands marks that can be seen.
        order: "day_first", "month_first", "undecidable", or None without such dates.
        names: the pieces each column's name must hold, or None without a header.
        bad_lines: 1-based lines of rows that must be left out and listed.
    """

    name: str
    data: bytes
    recipe: Recipe
    text: str | None
    marks: frozenset[str]
    order: str | None
    names: list[tuple[str, ...]] | None
    header_rows: int
    columns: list[Column]
    bad_lines: list[int]

    @property
    def n_rows(self) -> int:
        return len(self.columns[0].cells)


def _line(cells: list[str], recipe: Recipe) -> str:
    if recipe.quoting in {"words", "single"}:
        quote = "'" if recipe.quoting == "single" else '"'
        return recipe.delimiter.join(_quoted(cell, quote, recipe.delimiter) for cell in cells)
    buffer = io.StringIO()
    style: Literal[0, 1] = csv.QUOTE_ALL if recipe.quoting == "all" else csv.QUOTE_MINIMAL
    csv.writer(buffer, delimiter=recipe.delimiter, lineterminator="\n", quoting=style).writerow(cells)
    return buffer.getvalue().removesuffix("\n")


def _quoted(cell: str, quote: str, delimiter: str) -> str:
    is_word = any(char.isalpha() for char in cell) or delimiter in cell or quote in cell
    return quote + cell.replace(quote, quote * 2) + quote if is_word else cell


def build(name: str, recipe: Recipe, random: Random) -> OddFile:
    """The file of a recipe."""
    place = replace(
        recipe.place,
        groups=(random.choice(recipe.place.groups),),
        dates=(random.choice(recipe.place.dates),),
        money=(random.choice(recipe.place.money),),
    )
    columns = [maker(place, random, recipe.n_rows) for maker in recipe.makers]
    _distinct(columns)
    sheet = Sheet(recipe, columns)
    _preamble(sheet, place)
    names, header_rows = _header(sheet)
    for index in range(recipe.n_rows):
        sheet.add(sheet.line([column.cells[index] for column in columns]), "row")
    _footer(sheet, place)
    sheet.ends = [recipe.line_end] * len(sheet.lines)
    DAMAGES[recipe.damage](sheet, random)
    return _finish(name, sheet, names, header_rows)


def _finish(name: str, sheet: Sheet, names: list[tuple[str, ...]] | None, header_rows: int) -> OddFile:
    text = "".join(line + end for line, end in zip(sheet.lines, sheet.ends, strict=True)) + sheet.tail
    recipe, columns = sheet.recipe, sheet.columns
    recipe = replace(recipe, encoding=_usable(recipe.encoding, text, recipe.place))
    data = text.encode(recipe.encoding)
    if sheet.mixed_line is not None:
        data = b"".join(
            (line + end).encode("cp1252" if index == sheet.mixed_line else "utf-8")
            for index, (line, end) in enumerate(zip(sheet.lines, sheet.ends, strict=True))
        )
    bad, at = [], 1
    for line, role in zip(sheet.lines, sheet.roles, strict=True):
        bad += [at] if role == "bad" else []
        at += line.count("\n") + 1
    orders = {column.order for column in columns if column.order}
    order = next((order for order in ("day_first", "month_first", "undecidable") if order in orders), None)
    marks = frozenset(mark for column in columns for mark in column.shows)
    whole = None if sheet.mixed_line is not None else text
    return OddFile(name, data, recipe, whole, marks, order, names, header_rows, columns, bad)


def _usable(encoding: str, text: str, place: Place) -> str:
    for candidate in (encoding, *place.encodings):
        try:
            text.encode(candidate)
        except UnicodeEncodeError:
            continue
        return candidate
    return "utf-8"


def _distinct(columns: list[Column]) -> None:
    taken: set[str] = set()
    for column in columns:
        base, number = column.name, 2
        while column.name in taken:
            column.name, number = f"{base}{number}", number + 1
        taken.add(column.name)


def _preamble(sheet: Sheet, place: Place) -> None:
    mark, width = sheet.recipe.delimiter, len(sheet.columns)
    pairs = list(zip(place.keys, ("A1", place.towns[0], place.towns[1], "2024"), strict=True))
    texts: dict[str, list[str]] = {
        "none": [],
        "title": [place.title],
        "title_blank": [place.title, ""],
        "colons": [*(f"{key}: {value}" for key, value in pairs), ""],
        "pairs": [*(sheet.line([key, value]) for key, value in pairs), ""],
        "padded": [sheet.line([place.title] + [""] * (width - 1)), mark * (width - 1)],
        "comments": [f"# {place.title}", "# v2", f"# {place.note}"],
        "long": [place.title, "", *[f"{place.note} {number}" for number in range(9)], "", ""],
        "sep": [f"sep={mark}"],
    }
    for text in texts[sheet.recipe.preamble]:
        sheet.add(text, "preamble")


def _header(sheet: Sheet) -> tuple[list[tuple[str, ...]] | None, int]:
    kind, columns = sheet.recipe.header, sheet.columns
    names = [column.name for column in columns]
    pieces: list[tuple[str, ...]] = [(name,) for name in names]
    if kind == "none":
        return None, 0
    if kind == "units":
        units = [{"decimal": "[kg]", "integer": "[n]"}.get(column.kind, "") for column in columns]
        sheet.add(sheet.line(names), "header")
        sheet.add(sheet.line(units), "header")
        return [(name, unit) if unit else (name,) for name, unit in zip(names, units, strict=True)], 2
    if kind == "groups":
        half = len(names) // 2
        groups = ["Plan", *[""] * (half - 1), "Actual", *[""] * (len(names) - half - 1)]
        sheet.add(sheet.line(groups), "header")
        sheet.add(sheet.line(names), "header")
        return [("Plan" if index < half else "Actual", name) for index, name in enumerate(names)], 2
    if kind == "blank":
        names[1], pieces[1] = "", ()
    elif kind == "duplicate":
        names[2], pieces[2] = names[0], (names[0],)
    elif kind == "years":
        names = [names[0], *(str(2015 + index) for index in range(1, len(names)))]
        pieces = [(name,) for name in names]
    elif kind == "line_break":
        names[1] = f"{names[1]}\n(net)"
        pieces[1] = (columns[1].name, "(net)")
    sheet.add(sheet.line(names), "header")
    return pieces, 1


def _footer(sheet: Sheet, place: Place) -> None:
    kind = sheet.recipe.footer
    total = sheet.line([place.total, *(_sum(column, place) for column in sheet.columns[1:])])
    signature = f"{place.keys[2]}: J. {place.towns[0]}"
    count = f"({sheet.recipe.n_rows} rows affected)"
    lines: dict[str, list[tuple[str, str]]] = {
        "none": [],
        "total": [(total, "bad")],
        "blank_total": [("", "footer"), (total, "bad")],
        "note": [("", "footer"), (place.note, "bad")],
        "count": [("", "footer"), (count, "bad")],
        "signature": [("", "footer"), (place.note, "bad"), (signature, "bad")],
        "total_note": [(total, "bad"), ("", "footer"), (place.note, "bad")],
    }
    for text, role in lines[kind]:
        sheet.add(text, role)


def _sum(column: Column, place: Place) -> str:
    if column.kind not in {"integer", "decimal"}:
        return ""
    numbers = [value for value in column.values if isinstance(value, int | float)]
    group = next((mark.partition(":")[2] for mark in column.shows if mark.startswith("thousands")), "")
    return made.number_text(sum(numbers), 0 if column.kind == "integer" else 2, place.decimal, group)


# --------------------------------------------------------------------------------------------------- recipes
PLAIN: Final[tuple[Maker, ...]] = (made.customer, made.count, made.amount, made.date, made.town)


def _dialect_of(place: Place, random: Random) -> str:
    marks = (";", ";", ";", "\t", "|", ",") if place.decimal == "," else (",", ",", ";", "\t", "|")
    return random.choice(marks)


def _single(random: Random) -> Iterator[tuple[str, Recipe]]:
    """Every oddity by itself, in changing places."""
    places = cycle(PLACES)
    for place in PLACES:
        for encoding in (*place.encodings, "utf-8", random.choice(UNICODE[1:])):
            yield f"encoding-{encoding}", Recipe(place, PLAIN, encoding, _dialect_of(place, random))
    for maker in (*NUMBERS, *DATES, *TEXTS):
        for _ in range(2):
            place = next(places)
            yield f"column-{maker.__name__}", _around(maker, place, random)
    features: tuple[tuple[str, tuple[str, ...], int], ...] = (
        ("preamble", PREAMBLES[1:], 3), ("header", HEADERS[1:], 3), ("footer", FOOTERS[1:], 3),
        ("damage", tuple(DAMAGES)[1:], 2), ("quoting", QUOTINGS[1:], 2), ("line_end", ("\r\n", "\r"), 2),
    )  # fmt: skip
    for feature, words, times in features:
        for word in words:
            for _ in range(times):
                place = next(places)
                base = Recipe(place, PLAIN, delimiter=_dialect_of(place, random), n_rows=random.choice((20, 40, 90)))
                yield f"{feature}-{word.strip() or 'returns'}", replace(base, **{feature: word})  # type: ignore[arg-type]  # the words belong to the feature
    yield from _special(random)


def _around(maker: Maker, place: Place, random: Random) -> Recipe:
    makers = (made.customer, maker, made.measure) if maker is not made.measure else (made.town, maker, made.article)
    return Recipe(place, makers, delimiter=_dialect_of(place, random), n_rows=random.choice((20, 60, 200)))


def _special(random: Random) -> Iterator[tuple[str, Recipe]]:
    us, uk, de, fr = PLACES[0], PLACES[1], PLACES[2], PLACES[4]
    for place in (us, uk, de, fr, PLACES[6], PLACES[7]):
        makers = (made.customer, made.undecidable, made.count)
        yield "undecidable", Recipe(place, makers, delimiter=_dialect_of(place, random))
    for place, maker in ((us, made.amount), (uk, made.count), (de, made.amount), (fr, made.town)):
        yield "one-column", Recipe(place, (maker,), n_rows=30)
    spaced = (made.article, made.count, made.amount, made.iso_date)
    for place in (us, uk, PLACES[3], PLACES[16]):
        yield "space", Recipe(place, spaced, delimiter=" ")
    for place in (us, de, PLACES[10]):
        yield (
            "two-columns-pairs",
            Recipe(place, (made.date, made.amount), delimiter=";", preamble="pairs", encoding="utf-8-sig"),
        )
    for place in (us, de, fr):
        yield "no-header", Recipe(place, (made.article, made.amount, made.date), delimiter=";", header="none")
        yield "no-header-words", Recipe(place, (made.town, made.thing, made.yes_no), delimiter=";", header="none")
        yield "all-words", Recipe(place, (made.customer, made.town, made.thing, made.sentence), delimiter=";")
    for place in (us, PLACES[3], de):
        yield "wide", Recipe(place, (*NUMBERS, *DATES, *TEXTS), delimiter=";", n_rows=30)
    for place in (us, de):
        yield "few", Recipe(place, (made.article, made.amount, made.iso_date), delimiter=";", n_rows=3)


def _mixed(random: Random) -> Iterator[tuple[str, Recipe]]:
    """Oddities at random, a few at a time."""
    while True:
        place = random.choice(PLACES)
        makers = [made.customer, *random.sample(NUMBERS, random.randrange(1, 4)), *random.sample(DATES, 1)]
        makers += random.sample([m for m in TEXTS if m is not made.customer], random.randrange(1, 4))
        recipe = Recipe(
            place,
            tuple(makers),
            encoding=random.choice((*place.encodings, *place.encodings, *UNICODE, "utf-8")),
            delimiter=_dialect_of(place, random),
            quoting=random.choice(("minimal", "minimal", "all", "words")),
            line_end=random.choice(("\n", "\r\n")),
            preamble=random.choice((*["none"] * 6, *PREAMBLES)),
            header=random.choice((*["one"] * 8, "none", "units", "groups", "duplicate")),
            footer=random.choice((*["none"] * 6, *FOOTERS)),
            damage=random.choice((*["none"] * 10, *DAMAGES)),
            n_rows=random.choice((20, 30, 60, 120, 200)),
        )
        yield "mixed", _sensible(recipe)


def _sensible(recipe: Recipe) -> Recipe:
    """Take back what nobody could tell: names that stand in two lines and again, an empty column without a name."""
    if recipe.header == "none":
        recipe = replace(recipe, makers=tuple(maker for maker in recipe.makers if maker is not made.empty))
    if recipe.header in {"none", "units", "groups"} and recipe.damage == "repeated_header":
        return replace(recipe, damage="none")
    return recipe


def corpus(size: int = 400, seed: int = 1) -> list[OddFile]:
    """``size`` files; the same seed gives the same bytes."""
    random = Random(seed)
    sources: tuple[Callable[[Random], Iterator[tuple[str, Recipe]]], ...] = (_single, _mixed)
    files: list[OddFile] = []
    for source in sources:
        for title, recipe in source(random):
            if len(files) == size:
                return files
            name = f"{len(files):03d}-{recipe.place.tag}-{title}"
            files.append(build(name, recipe, random))
    return files


__all__ = ["OddFile", "Recipe", "Sheet", "build", "corpus"]
