"""How many guesses about odd text files are right; every miss is printed.

Run: ``python -m benchmarks.odd_files [--size 400] [--seed 1] [--show NAME] [--keep FOLDER]`` (well below a minute).
"""

from __future__ import annotations

import argparse
import codecs
import datetime as dt
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from benchmarks.odd_columns import Column, Kind, Value
from benchmarks.odd_corpus import OddFile, corpus

from narrative.core.errors import NarrativeError
from narrative.engine.tables.delimited import Parsed, read_delimited
from narrative.engine.tables.types import ReadLimits, ReadOptions

KINDS: Final[dict[Kind, type[pl.DataType]]] = {
    "integer": pl.Int64, "decimal": pl.Float64, "boolean": pl.Boolean, "date": pl.Date,
    "datetime": pl.Datetime, "text": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One guess compared with the truth."""

    guess: str
    is_right: bool
    said: str
    truth: str


def check_file(file: OddFile, folder: Path) -> list[Check]:
    """Read a file and compare every guess."""
    path = folder / f"{file.name}.csv"
    path.write_bytes(file.data)
    try:
        parsed = read_delimited(path, path.name, ReadOptions(), ReadLimits(), threads=1)
    except NarrativeError as error:
        return [Check("refused", is_right=False, said=f"{error.code}: {error}", truth="a table")]
    except Exception as error:  # noqa: BLE001 - what must never happen is counted, not hidden
        return [
            Check(
                "traceback", is_right=False, said=f"{type(error).__name__}: {error}", truth="a table or a typed refusal"
            )
        ]
    return [*_dialect(file, parsed), *_rows(file, parsed), *_columns(file, parsed)]


def _said(parsed: Parsed, name: str) -> str | None:
    return next((guess["value"] for guess in parsed.report["guesses"] if guess["name"] == name), None)


def _check(guess: str, said: object, truth: object) -> Check:
    return Check(guess, said == truth, repr(said)[:300], repr(truth)[:300])


def _dialect(file: OddFile, parsed: Parsed) -> list[Check]:
    report, checks = parsed.report, []
    if file.text is None:
        checks.append(_check("encoding", report["encoding"], "utf-8"))
    else:
        read = file.data.decode(report["encoding"], "replace").removeprefix("\ufeff")
        checks.append(Check("encoding", read == file.text, report["encoding"], file.recipe.encoding))
        codecs.lookup(report["encoding"])
    divides = len(file.columns) > 1
    checks.append(_check("delimiter", report["delimiter"], file.recipe.delimiter if divides else None))
    if "decimal" in file.marks:
        checks.append(_check("decimal", report["decimal"], file.recipe.place.decimal))
    groups = {mark.partition(":")[2] for mark in file.marks if mark.startswith("thousands")}
    if groups:
        checks.append(_check("thousands", _plain_mark(_said(parsed, "thousands")), _plain_mark(groups.pop())))
    if file.order is not None:
        asked = any(question["name"] == "date_order" for question in report.get("questions", []))
        said = "undecidable" if asked else _said(parsed, "date_order")
        checks.append(_check("date order", said, file.order))
    return checks


def _plain_mark(mark: str | None) -> str | None:
    names = {"\u00a0": " ", "\u202f": " ", "’": "'", "space": " "}
    return None if mark is None else names.get(mark, mark)


def _rows(file: OddFile, parsed: Parsed) -> list[Check]:
    report, frame = parsed.report, parsed.frame
    checks = [_check("header", report["header"], file.names is not None), _check("rows", frame.height, file.n_rows)]
    if file.names is not None:
        said = [" ".join(name.split()) for name in frame.columns]
        fits = len(said) == len(file.names) and all(
            all(piece in name for piece in pieces) for name, pieces in zip(said, file.names, strict=True)
        )
        checks.append(Check("names", fits, str(said)[:300], str(file.names)[:300]))
    else:
        checks.append(_check("columns", frame.width, len(file.columns)))
    listed = {row["line"] for row in report["bad_rows"]}
    checks.append(_check("left out", sorted(listed), sorted(file.bad_lines)))
    return checks


def _columns(file: OddFile, parsed: Parsed) -> list[Check]:
    checks = []
    for index, column in enumerate(file.columns[: parsed.frame.width]):
        series = parsed.frame.to_series(index)
        title = f"{column.name}: {column.cells[:3]}"
        if column.kind != "empty":
            fits = series.dtype.base_type() == KINDS[column.kind]
            checks.append(Check("kind", fits, str(series.dtype), f"{column.kind} of {title}"))
        if column.order == "undecidable":
            continue
        wrong = _first_wrong(column, series.to_list())
        checks.append(Check("cells", wrong is None, str(wrong), title))
    return checks


def _first_wrong(column: Column, values: list[Value]) -> tuple[int, Value, Value] | None:
    if len(values) != len(column.values):
        return (-1, len(values), len(column.values))
    for row, (value, truth) in enumerate(zip(values, column.values, strict=True)):
        if not _equal(value, truth):
            return row, value, truth
    return None


def _equal(value: Value, truth: Value) -> bool:
    if isinstance(value, str) and isinstance(truth, str):
        return value.strip() == truth.strip()
    if isinstance(value, float) and isinstance(truth, float | int):
        return abs(value - truth) <= 1e-9 * max(1.0, abs(truth))
    if isinstance(truth, dt.datetime) and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return False
    return value == truth


def main() -> None:
    """Read the corpus and print what was right and every miss."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=400)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--show", help="print the beginning of the files whose name holds this")
    chosen = arguments.parse_args()
    right, total, whole = Counter[str](), Counter[str](), 0
    begin, files = time.process_time(), corpus(chosen.size, chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            checks = check_file(file, Path(folder))
            if chosen.show and chosen.show in file.name:
                print(file.recipe, (file.text or "")[:1_500], sep="\n")
            for check in checks:
                total[check.guess] += 1
                right[check.guess] += check.is_right
                if not check.is_right:
                    print(f"MISS {file.name}: {check.guess}: {check.said} (truth: {check.truth})")
            whole += all(check.is_right for check in checks)
    for guess, n in total.most_common():
        print(f"{guess:<12}{right[guess]:>6} of {n:>6}  {right[guess] / n:7.2%}")
    share = right.total() / total.total()
    print(f"all guesses {right.total():>6} of {total.total():>6}  {share:7.2%}")
    print(f"{whole} of {len(files)} files without any miss; {time.process_time() - begin:.1f} s CPU")


if __name__ == "__main__":
    main()
