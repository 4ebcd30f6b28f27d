"""The formula language against attacks, heaps of pieces, and another program's answers.

    python -m benchmarks.formulas [--hostile 600] [--fuzzed 100000] [--valid 10000] [--seed N] [--with-eval]

Every hostile and fuzzed formula is compiled, and computed over a table and over its rows when it can be, in a process
that records what Python reports of itself (files, sockets, processes, compiled code, imports). It must either be
refused with a code and a place, or computed; nothing may be recorded, nothing may take more than a second of
processor time, and the whole process may not grow by more than 256 MB. Right formulas must equal SQLite's answers.

``--with-eval`` puts Python's ``eval`` in the place of the parser; then it must go red. It gets harmless attacks only,
because they are really run then.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.formula import compile_formula, compiled
from narrative.engine.formula.tree import Node, Value
from tests.fixtures.formulas import COLUMNS, HARMLESS, Reference, fuzzed, hostile, table, valid

WATCHED: Final = (
    "open",
    "socket.",
    "subprocess.",
    "os.",
    "compile",
    "exec",
    "import",
    "ctypes.",
    "shutil.",
    "sqlite3.",
)
MOST_SECONDS: Final = 1.0
MOST_MEGABYTES: Final = 256


@dataclass
class Watch:
    """What Python reports while a formula is at work."""

    armed: bool = False
    events: Counter[str] = field(default_factory=Counter)

    def __call__(self, event: str, _: Any) -> None:
        if self.armed and event.startswith(WATCHED):
            self.events[event] += 1


@dataclass
class Account:
    """What became of many formulas."""

    refused: int = 0
    computed: int = 0
    faults: list[str] = field(default_factory=list)
    longest: float = 0.0

    def add(self, text: str, frame: pl.DataFrame, watch: Watch) -> None:
        began = time.process_time()
        watch.armed = True
        try:
            self._one(text, frame)
        except InvalidInput as error:
            self.refused += 1
            if error.code != "formula_invalid" or not {"start", "end", "allowed"} <= set(error.context):
                self.faults.append(f"no place: {text[:80]!r} {error.code}")
        except BaseException as error:  # noqa: BLE001 - a crash of any kind is what is looked for
            self.faults.append(f"{type(error).__name__}: {text[:80]!r}")
        finally:
            watch.armed = False
        self.longest = max(self.longest, time.process_time() - began)

    def _one(self, text: str, frame: pl.DataFrame) -> None:
        formula = compile_formula(text, COLUMNS)
        values = frame.with_columns(formula.expression().alias("value"))["value"].to_list()
        value = formula.row_function()
        if [value(row) for row in frame.iter_rows(named=True)] != values:
            self.faults.append(f"a row differs from the frame: {text[:80]!r}")
        self.computed += 1


def megabytes() -> float:
    """Most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def attacked(texts: Iterable[str], watch: Watch, *, rows: int) -> Account:
    frame, account = table(rows), Account()
    for text in texts:
        account.add(text, frame, watch)
    return account


def compared(count: int, seed: int) -> tuple[int, list[str]]:
    """Values compared with SQLite's, and the formulas that differ."""
    frame, cells, differ = table(60, seed), 0, []
    reference = Reference(frame)
    for kind, text, sql in valid(count, seed):
        found = frame.with_columns(compile_formula(text, COLUMNS).expression().alias("value"))["value"].to_list()
        wanted = reference.values(sql)
        cells += len(wanted)
        if not all(same(kind, ours, theirs) for ours, theirs in zip(found, wanted, strict=True)):
            differ.append(text)
    return cells, differ


def same(kind: str, ours: Any, theirs: Any) -> bool:
    """Whether our value is SQLite's, which knows no missing beyond the range of numbers and writes yes as 1."""
    if kind == "boolean" and theirs is not None:
        theirs = bool(theirs)
    if kind != "number" or ours is None or theirs is None:
        return bool(ours == theirs) or (ours is None and isinstance(theirs, float) and not math.isfinite(theirs))
    return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-9)


def evaluated(text: str) -> Node:
    """What a careless program would do; here to show that the watch sees it."""
    if text not in HARMLESS:
        raise ValueError("only harmless attacks may be run")
    return Value(bool(eval(text)), 0, len(text))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hostile", type=int, default=600)
    parser.add_argument("--fuzzed", type=int, default=100_000)
    parser.add_argument("--valid", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--with-eval", action="store_true")
    asked = parser.parse_args()
    for _, text, _ in valid(300, 0):  # what is loaded on first use is loaded before anybody watches
        attacked([text], Watch(), rows=3)
    watch, before = Watch(), megabytes()
    sys.addaudithook(watch)
    if asked.with_eval:
        setattr(compiled, "parse", evaluated)  # noqa: B010 - it is imported there, not part of its interface
    red = False
    sets: list[tuple[str, Iterable[str], int]] = [
        ("hostile", hostile(asked.hostile, asked.seed), 20),
        ("fuzzed", fuzzed(asked.fuzzed, asked.seed), 3),
    ]
    for name, texts, rows in [("harmless", HARMLESS, 3)] if asked.with_eval else sets:
        account = attacked(texts, watch, rows=rows)
        print(f"{name}: {account.refused:,} refused with a place, {account.computed:,} computed, ", end="")
        print(f"{len(account.faults)} faults, longest {account.longest:.3f} CPU s")
        print(*(f"  {line}" for line in account.faults[:10]), sep="\n", end="\n" if account.faults else "")
        red |= bool(account.faults) or account.longest > MOST_SECONDS
    grown = megabytes() - before
    print(f"recorded: {dict(watch.events) or 'nothing'}; the process grew by {grown:.0f} MB")
    red |= bool(watch.events) or grown > MOST_MEGABYTES
    if not asked.with_eval:
        cells, differ = compared(asked.valid, asked.seed)
        print(f"valid: {asked.valid:,} formulas, {cells:,} values compared with SQLite, {len(differ)} formulas differ")
        print(*(f"  {text[:200]}" for text in differ[:10]), sep="\n", end="\n" if differ else "")
        red |= bool(differ)
    print("RED" if red else "GREEN")
    return int(red)


if __name__ == "__main__":
    sys.exit(main())
