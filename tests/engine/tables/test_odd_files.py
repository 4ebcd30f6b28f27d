"""A few hundred odd files: encoding, delimiter, decimal mark and dates must come out right in at least 99 of 100.

Every file is drawn from a written-down dialect, so the truth is known; the table behind it is always the same kind.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.tables.delimited import read_delimited
from narrative.engine.tables.types import ReadLimits, ReadOptions

FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d %b %Y"]
WORDS = {
    "utf-8": ["Zürich", "Łódź", "São Paulo", "Malmö"],
    "utf-8-sig": ["Zürich", "Győr", "Αθήνα", "Malmö"],
    "utf-16": ["Zürich", "Łódź", "東京", "Malmö"],
    "cp1252": ["Zürich", "Besançon", "Orléans", "Düsseldorf"],
    "latin-1": ["Köln", "Málaga", "Århus", "Coruña"],
    "cp1250": ["Łódź", "Kraków", "Częstochowa", "Wałbrzych"],
    "cp1251": ["Москва", "Казань", "Омск", "Новосибирск"],
    "ascii": ["Zurich", "Krakow", "Lyon", "Porto"],
}


@dataclass(frozen=True)
class Dialect:
    encoding: str
    delimiter: str
    decimal: str
    date_format: str
    quoting: int
    line_end: str
    preamble: int
    thousands: bool
    n_rows: int

    def truth(self) -> pl.DataFrame:
        random = np.random.default_rng(self.n_rows + 7 * FORMATS.index(self.date_format))
        words = WORDS[self.encoding]
        first = date(2021, 1, 1)
        return pl.DataFrame(
            {
                "Kunde": [f"{words[i % 4]} {chr(65 + i % 7)}" for i in range(self.n_rows)],
                "Wert": np.round(random.uniform(1_000, 90_000, self.n_rows), 2),
                "Menge": random.integers(0, 500, self.n_rows),
                "Tag": [first + timedelta(days=int(d)) for d in random.integers(0, 1_200, self.n_rows)],
                "PLZ": [f"{i * 37 % 10_000:05d}" for i in range(self.n_rows)],
            }
        )

    def number(self, value: float) -> str:
        text = f"{value:,.2f}" if self.thousands else f"{value:.2f}"
        return text.translate(str.maketrans(",.", ".,")) if self.decimal == "," else text

    def write(self) -> bytes:
        buffer = io.StringIO()
        for index in range(self.preamble):
            buffer.write(f"Export {index}{self.line_end}")
        writer = csv.writer(buffer, delimiter=self.delimiter, lineterminator=self.line_end, quoting=self.quoting)  # type: ignore[arg-type]  # one of csv's constants
        table = self.truth()
        writer.writerow(table.columns)
        for name, value, count, day, code in table.iter_rows():
            writer.writerow([name, self.number(value), count, day.strftime(self.date_format), code])
        return buffer.getvalue().encode(self.encoding)


def dialects() -> Iterator[Dialect]:
    random = np.random.default_rng(2026)
    while True:
        decimal = str(random.choice([".", ","]))
        delimiter = str(random.choice([";", "\t", "|"] if decimal == "," else [",", ";", "\t", "|"]))
        yield Dialect(
            encoding=str(random.choice(list(WORDS))),
            delimiter=delimiter,
            decimal=decimal,
            date_format=str(random.choice(FORMATS)),
            quoting=int(random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
            line_end=str(random.choice(["\n", "\r\n"])),
            preamble=int(random.choice([0, 0, 0, 1, 3])),
            thousands=bool(random.random() < 0.3),
            n_rows=int(random.choice([12, 40, 200])),
        )


@pytest.mark.slow
def test_at_least_99_of_100_odd_files_are_read_exactly(tmp_path: Path) -> None:
    wrong = []
    source = dialects()
    for _ in range(300):
        dialect = next(source)
        path = tmp_path / "odd.csv"
        path.write_bytes(dialect.write())
        frame = read_delimited(path, path.name, ReadOptions(), ReadLimits(), threads=1).frame
        if not frame.equals(dialect.truth()):
            wrong.append(dialect)
    assert len(wrong) <= 3, wrong
