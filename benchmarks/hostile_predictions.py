"""Prediction files with faults of known truth: each gives a result or a message, and repairs give the same answers.

    python -m benchmarks.hostile_predictions [--files 500] [--seed N] [--show] [--without-repairs]

A file is read and predicted by the calls that ``narrative predict`` makes. Faults are planted into a clean table whose
answers are known: of a column that is gone, or a category nobody knows, the answers with that cell missing are right,
and the file must say what that means. ``--without-repairs`` matches columns by their exact names only; it must go red.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import NarrativeError
from narrative.engine.bundle import Bundle, reading
from narrative.engine.bundle.matching import ColumnMatch
from narrative.engine.tables import read_table, write_table
from narrative.engine.tables.types import ReadOptions
from tests.fixtures.bundles import small_bundle
from tests.fixtures.frames import mixed

LEAST_REPAIRED: Final = 0.95
MANY_ROWS: Final = 50_000
NUMBERS: Final = ("amount", "count")
NAMES: Final = ("amount", "count", "flag", "city", "note", "day", "moment")


@dataclass
class Case:
    """A file, and what is right: a table with the right answers, None where only a plain end is asked for."""

    content: bytes
    truth: pl.DataFrame | None = None
    suffix: str = ".csv"
    bad_rows: set[int] = field(default_factory=set)
    told: str = ""
    """A word that the warnings have to hold: the effect on the answers is stated."""


Make = Callable[[pl.DataFrame, random.Random], Case]


def text_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text, as a CSV would show it."""
    return pl.read_csv(io.BytesIO(frame.write_csv().encode()), infer_schema=False)


def renamed(change: Callable[[str], str]) -> Make:
    """Every name changed."""
    return lambda frame, _: Case(
        frame.rename({name: change(name) for name in frame.columns}).write_csv().encode(), frame
    )


def cells(column: str, change: Callable[[str], str]) -> Make:
    """Every cell of a column written in another way that means the same."""

    def make(frame: pl.DataFrame, _: random.Random) -> Case:
        texts = text_of(frame)
        changed = [None if cell is None else change(cell) for cell in texts[column]]
        return Case(texts.with_columns(pl.Series(column, changed, dtype=pl.String)).write_csv().encode(), frame)

    return make


def encoded(encoding: str, separator: str = ",", *, comma: bool = False) -> Make:
    """The file in another encoding and with another separator."""

    def make(frame: pl.DataFrame, _: random.Random) -> Case:
        text = frame.write_csv(separator=separator, decimal_comma=comma)
        return Case(text.encode(encoding), frame)

    return make


def without(frame: pl.DataFrame, random_: random.Random) -> Case:
    """A column is gone."""
    name = random_.choice(NAMES)
    truth = frame.with_columns(pl.lit(None, dtype=frame[name].dtype).alias(name))
    return Case(frame.drop(name).write_csv().encode(), truth, told=f"'{name}'")


def without_most(frame: pl.DataFrame, random_: random.Random) -> Case:
    """All columns but two are gone; of one alone a gap would be an empty line, which is no row."""
    kept = random_.sample(NAMES, 2)
    truth = frame.with_columns(pl.lit(None, dtype=frame[name].dtype).alias(name) for name in NAMES if name not in kept)
    return Case(frame.select(kept).write_csv().encode(), truth, told="not there")


def new_categories(frame: pl.DataFrame, _: random.Random) -> Case:
    """Some cities nobody knows."""
    odd = pl.int_range(frame.height) % 4 == 1
    truth = frame.with_columns(pl.when(~odd).then("city").alias("city"))
    given = frame.with_columns(pl.when(odd).then(pl.lit("Atlantis")).otherwise("city").alias("city"))
    return Case(given.write_csv().encode(), truth, told="not seen")


def words_among_numbers(frame: pl.DataFrame, random_: random.Random) -> Case:
    """Words in a column of numbers: those rows, and no other, are set aside."""
    column, bad = random_.choice(NUMBERS), set(random_.sample(range(frame.height), 3))
    texts = text_of(frame)[column].to_list()
    changed = ["many" if row in bad else text for row, text in enumerate(texts)]
    given = frame.with_columns(pl.Series(column, changed, dtype=pl.String))
    return Case(given.write_csv().encode(), frame, bad_rows=bad)


def gaps_as(word: str) -> Make:
    """Missing cells written as a word for nothing."""
    return lambda frame, _: Case(frame.write_csv(null_value=word).encode(), frame)


def extra(frame: pl.DataFrame, random_: random.Random) -> Case:
    """Columns that the model does not know, the target among them."""
    more = [pl.lit(random_.random()).alias("other"), pl.lit("low").alias("target"), pl.lit("").alias("remark")]
    return Case(frame.with_columns(more).write_csv().encode(), frame)


def shuffled(frame: pl.DataFrame, random_: random.Random) -> Case:
    """The columns in another order."""
    return Case(frame.select(random_.sample(frame.columns, frame.width)).write_csv().encode(), frame)


def in_format(suffix: str) -> Make:
    """The table in another format."""

    def make(frame: pl.DataFrame, _: random.Random) -> Case:
        with tempfile.TemporaryDirectory() as folder:
            return Case(write_table(frame, Path(folder) / f"table{suffix}").read_bytes(), frame, suffix)

    return make


def raw(content: bytes, suffix: str = ".csv") -> Make:
    """A file that holds no table of ours."""
    return lambda _, __: Case(content, None, suffix)


def noise(_: pl.DataFrame, random_: random.Random) -> Case:
    """Random bytes under some suffix."""
    return Case(random_.randbytes(2_000), None, random_.choice([".csv", ".xlsx", ".parquet", ".json"]))


def cut(frame: pl.DataFrame, random_: random.Random) -> Case:
    """A Parquet file that ends too early."""
    content = in_format(".parquet")(frame, random_).content
    return Case(content[: random_.randrange(len(content))], None, ".parquet")


def twice(frame: pl.DataFrame, random_: random.Random) -> Case:
    """A name stands twice, with other values below the second."""
    head, *rows = frame.write_csv().splitlines()
    name = random_.choice(NAMES)
    return Case("\n".join([f"{head},{name}", *(f"{row},7" for row in rows)]).encode(), None)


def ragged(frame: pl.DataFrame, random_: random.Random) -> Case:
    """Lines with too few and too many cells."""
    lines = frame.write_csv().splitlines()
    lines[random_.randrange(1, len(lines))] += ",1,2,3"
    lines[random_.randrange(1, len(lines))] = "1"
    return Case("\n".join(lines).encode(), None)


def huge(frame: pl.DataFrame, _: random.Random) -> Case:
    """Many rows."""
    truth = pl.concat([frame] * (MANY_ROWS // frame.height))
    return Case(truth.write_csv().encode(), truth)


def _day_first(cell: str) -> str:
    year, month, day = cell.split("-")
    return f"{day}.{month}.{year}"


KINDS: Final[dict[str, Make]] = {
    "as it is": lambda frame, _: Case(frame.write_csv().encode(), frame),
    "shuffled columns": shuffled,
    "upper-case names": renamed(str.upper),
    "title-case names": renamed(str.title),
    "padded names": renamed(lambda name: f"  {name} "),
    "pointed names": renamed(lambda name: f"{name}."),
    "a typing error in a name": renamed(lambda name: "momment" if name == "moment" else name),
    "extra columns": extra,
    "with a mark": encoded("utf-8-sig"),
    "UTF-16": encoded("utf-16"),
    "tabs": encoded("utf-8", "\t"),
    "semicolons": encoded("utf-8", ";"),
    "semicolons and decimal commas": encoded("utf-8", ";", comma=True),
    "pipes": encoded("utf-8", "|"),
    "decimal commas": cells("amount", lambda cell: cell.replace(".", ",")),
    "blanks around numbers": cells("amount", lambda cell: f" {cell} "),
    "euros": cells("amount", lambda cell: f"{cell} €"),
    "dollars": cells("amount", lambda cell: f"${cell}"),
    "whole numbers as decimals": cells("count", lambda cell: f"{cell}.0"),
    "upper-case categories": cells("city", str.upper),
    "padded categories": cells("city", lambda cell: f"  {cell} "),
    "yes and no": cells("flag", lambda cell: "yes" if cell == "true" else "no"),
    "1 and 0": cells("flag", lambda cell: "1" if cell == "true" else "0"),
    "T and F": cells("flag", lambda cell: "T" if cell == "true" else "F"),
    "days with points": cells("day", _day_first),
    "days with a time": cells("day", lambda cell: f"{cell} 00:00:00"),
    "times with a T": cells("moment", lambda cell: cell.replace(" ", "T")),
    "gaps as NA": gaps_as("NA"),
    "gaps as null": gaps_as("null"),
    "gaps as a dash": gaps_as("-"),
    "gaps as quoted nothing": gaps_as('""'),
    "Parquet": in_format(".parquet"),
    "a workbook": in_format(".xlsx"),
    "lines of JSON": in_format(".jsonl"),
    "a column is gone": without,
    "most columns are gone": without_most,
    "new categories": new_categories,
    "words among numbers": words_among_numbers,
    "units": cells("amount", lambda cell: f"{cell} kg"),
    "empty": raw(b""),
    "blank lines": raw(b"\n\n\n"),
    "names only": raw(",".join(NAMES).encode() + b"\n"),
    "no known column": raw(b"x1,x2\n1,2\n"),
    "a picture": raw(b"\x89PNG\r\n\x1a\n" + bytes(300)),
    "a web page": raw(b"<html><body>Not found</body></html>"),
    "nested JSON": raw(b"[" * 5_000, ".json"),
    "noise": noise,
    "cut": cut,
    "a name twice": twice,
    "ragged lines": ragged,
}


@dataclass
class Ended:
    """What became of one file: a result or a message is plain; ``right`` is None where no truth is known."""

    plain: bool
    right: bool | None
    detail: str


def outcome(case: Case, bundle: Bundle, folder: Path) -> Ended:
    """Read and predict the file, and compare with the truth."""
    path = folder / f"rows{case.suffix}"
    path.write_bytes(case.content)
    right = None if case.truth is None else False
    try:
        loaded = read_table(path, options=ReadOptions(odd_cells="keep"))
        found = bundle.predictor.predict(loaded.frame)
    except NarrativeError as error:
        sound = bool(error.fix) and "Traceback" not in error.message
        return Ended(plain=sound, right=right, detail=f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001 - that nothing else ever comes out is what is measured
        return Ended(plain=False, right=right, detail=f"{type(error).__name__}: {error}")
    said = [*loaded.report.warnings, *found.warnings]
    detail = f"{found.n_predicted} rows; {' '.join([*found.repairs, *said])} {found.bad_rows[:1]}"
    if case.truth is None:
        return Ended(plain=True, right=None, detail=detail)
    truth = bundle.predict(case.truth)
    good = [row for row in range(case.truth.height) if row not in case.bad_rows]
    assert truth.probabilities is not None
    assert found.probabilities is not None
    same = found.row_index.tolist() == good and bool(
        np.allclose(found.probabilities, truth.probabilities[good], rtol=0, atol=1e-9)
    )
    return Ended(plain=True, right=same and case.told in " ".join(said), detail=detail)


def _exact(expected: Sequence[str], given: Sequence[str]) -> ColumnMatch:
    """Columns by their exact names only: what the run must notice."""
    columns = {name: name for name in expected if name in given}
    return ColumnMatch(columns, [n for n in expected if n not in columns], [n for n in given if n not in columns])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=640217)
    parser.add_argument("--show", action="store_true", help="print what became of every kind")
    parser.add_argument("--without-repairs", action="store_true")
    given = parser.parse_args()
    if given.without_repairs:
        setattr(reading, "match_columns", _exact)  # noqa: B010 - the module does not export it
    kinds = KINDS | {"many rows": huge}
    ends, wrong = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        bundle = small_bundle(folder)
        for number in range(given.files):
            # Many rows once: the other kinds share the rest.
            kind = "many rows" if number == 0 else list(KINDS)[(number - 1) % len(KINDS)]
            frame = mixed(30, seed=given.seed + number).drop("gone")
            ended = outcome(kinds[kind](frame, random.Random(given.seed + number)), bundle, folder)
            ends["plain"] += ended.plain
            ends["with a truth"] += ended.right is not None
            ends["right"] += ended.right is True
            if not ended.plain or ended.right is False:
                wrong[kind] += 1
            if (given.show and number <= len(KINDS)) or not ended.plain or (ended.right is False and wrong[kind] == 1):
                print(f"{kind}: plain {ended.plain}, right {ended.right}: {ended.detail[:400]}", flush=True)
    share = ends["right"] / max(1, ends["with a truth"])
    print(f"{given.files} files of {len(kinds)} kinds: {ends['plain']} end with a result or a plain message;")
    print(f"{ends['right']} of {ends['with a truth']} with a known truth give its answers ({share:.1%}).")
    print("Not right, by kind: " + (", ".join(f"{kind} {count}" for kind, count in wrong.items()) or "none"))
    return 0 if ends["plain"] == given.files and share >= LEAST_REPAIRED else 1


if __name__ == "__main__":
    sys.exit(main())
