"""Odd files whose truth was written down before they were made: at least 99 of 100 guesses must be right.

The generator and the comparison are those of ``benchmarks/odd_files.py``.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks.odd_corpus import OddFile, corpus
from benchmarks.odd_files import Check, check_file

from narrative.engine.tables import read_table

GOAL = 0.99


def checks_of(files: list[OddFile], folder: Path) -> dict[str, list[Check]]:
    checks: dict[str, list[Check]] = defaultdict(list)
    for file in files:
        for check in check_file(file, folder):
            checks[check.guess].append(check)
    return checks


def share_right(checks: list[Check]) -> float:
    return sum(check.is_right for check in checks) / len(checks)


def test_a_slice_of_the_odd_files_is_read_right(tmp_path: Path) -> None:
    checks = checks_of(corpus()[::16], tmp_path)
    assert len(checks) >= 10
    assert [check for found in checks.values() for check in found if not check.is_right] == []


def test_the_comparison_notices_a_wrong_guess(tmp_path: Path) -> None:
    """Negative control: the same bytes with another truth must not pass."""
    files = corpus(60)
    swapped = [OddFile(**(vars(one) | {"data": other.data})) for one, other in pairwise(files)]
    checks = checks_of(swapped[::10], tmp_path)
    assert share_right(checks["names"]) < GOAL
    assert share_right(checks["cells"]) < GOAL


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2026])
def test_at_least_99_of_100_guesses_about_odd_files_are_right(seed: int, tmp_path: Path) -> None:
    files = corpus(seed=seed)
    assert len(files) >= 300
    checks = checks_of(files, tmp_path)
    assert "traceback" not in checks
    wrong = {guess: share_right(found) for guess, found in checks.items() if share_right(found) < GOAL}
    assert wrong == {}, [check for found in checks.values() for check in found if not check.is_right]


@pytest.mark.slow
def test_the_child_process_reads_the_same(tmp_path: Path) -> None:
    for file in corpus()[::80]:
        path = tmp_path / f"{file.name}.csv"
        path.write_bytes(file.data)
        table = read_table(path)
        assert table.frame.height == file.n_rows
        assert [row.line for row in table.report.bad_rows] == file.bad_lines
        assert table.report.units.keys() == {
            name for name, column in zip(table.frame.columns, file.columns, strict=True) if "unit" in column.shows
        }
