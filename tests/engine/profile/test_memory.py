"""What a profile takes of memory grows with a column, never with how columns go together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

ROWS = 3_000_000
MOST_BYTES_PER_ROW = 100
"""A column of numbers as it is read, without gaps, sorted and counted, with something to spare."""
PROFILE = "from narrative.engine.profile import profile_table; profile_table(table)"
AT_ONCE = "import polars as pl; [table.select(pl.struct(pair).n_unique()) for pair in (['shop', 'ticket'], ['a', 'b'])]"
MEASURED = """
import sys
from pathlib import Path
from narrative.engine.profile import profile_table
from narrative.engine.tables.stored import StoredTable

def memory(field):
    return next(int(line.split()[1]) << 10 for line in Path("/proc/self/status").open() if line.startswith(field))

profile_table(StoredTable(Path(sys.argv[2])))  # what is loaded once does not count
table, before = StoredTable(Path(sys.argv[1])), memory("VmRSS")
{work}
print(memory("VmHWM") - before)
"""


def bytes_per_row(work: str, folder: Path) -> float:
    """Most memory of a process of its own while it works on a table, above what it takes before."""
    command = [sys.executable, "-c", MEASURED.format(work=work), str(folder / "t.parquet"), str(folder / "few.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / ROWS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A table in which two pairs of columns tell nearly all rows apart, and one all of them."""
    random = np.random.default_rng(3)
    table = pl.DataFrame(
        {
            "shop": np.arange(ROWS) % 1_000,
            "ticket": np.arange(ROWS) // 1_000,
            "a": random.integers(0, 200_000, ROWS),
            "b": random.integers(0, 200_000, ROWS),
            "paid": random.random(ROWS) < 0.4,
        }
    )
    table.write_parquet(tmp_path / "t.parquet", compression="lz4", row_group_size=250_000)
    table.head(1_000).write_parquet(tmp_path / "few.parquet")
    return tmp_path


@pytest.mark.slow
@pytest.mark.serial
def test_a_table_in_its_file_is_profiled_in_the_memory_of_a_column(folder: Path) -> None:
    assert bytes_per_row(PROFILE, folder) < MOST_BYTES_PER_ROW


@pytest.mark.slow
@pytest.mark.serial
def test_telling_rows_apart_at_once_would_take_more(folder: Path) -> None:
    assert bytes_per_row(AT_ONCE, folder) > 1.2 * MOST_BYTES_PER_ROW
