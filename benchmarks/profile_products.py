"""The profile of 100,000 rows × 20 columns against products that make a report of the same table, CPU seconds.

Run: ``python -m benchmarks.profile_products PYTHON [PYTHON] [--rounds 3]``, each an interpreter that can import
skrub or ydata-profiling; they are no dependencies of ours, so they live in environments of their own. They take turns
with ours, and the fewest seconds are told. Imports are not counted, but what is loaded only at work is.

How alike the contents are: skrub draws a chart per column, counts the most frequent values, relates columns in pairs
on 3,000 rows (where pyarrow is installed); it gives HTML. Ours gives the data of the page as JSON, which the browser
draws: per column also moments, seven quantiles, outliers, patterns and stray spaces, for the table also duplicates, a
content hash, four kinds of relations (Pearson on all rows, the others on 20,000), keys, dependencies, personal data,
findings and a suggested target. So they draw more, we compute more.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a script, too
from benchmarks.tables import mixed_table

N_ROWS = 100_000
SKRUB = """
import polars as pl
from skrub import TableReport
frame = pl.read_parquet(path)
start = time.process_time()
html = TableReport(frame, verbose=0).html()
"""
YDATA = """
import pandas as pd
from ydata_profiling import ProfileReport
frame = pd.read_parquet(path)
start = time.process_time()
html = ProfileReport(frame, minimal={minimal}, progress_bar=False).to_html()
"""
OURS = """
import polars as pl
from narrative.engine.profile import profile_table
frame = pl.read_parquet(path)
start = time.process_time()
html = profile_table(frame).model_dump_json()
"""
TAIL = "\nprint(time.process_time() - start, len(html))\n"


def can_import(python: str, code: str) -> bool:
    """Whether this interpreter has what the code imports."""
    imports = "\n".join(line for line in code.splitlines() if line.startswith(("import ", "from ")))
    return subprocess.run([python, "-c", imports], capture_output=True, check=False).returncode == 0


def cpu_seconds(python: str, code: str, path: Path) -> tuple[float, int]:
    """CPU seconds and bytes of a report, made by a process of its own."""
    head = f"import time\npath = {str(path)!r}\n"
    run = subprocess.run([python, "-c", head + code + TAIL], stdout=subprocess.PIPE, text=True, check=True)
    seconds, size = run.stdout.split()[-2:]
    return float(seconds), int(size)


def main() -> None:
    """Every product in turns with ours; the fewest seconds of each are told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    products = {"skrub": SKRUB, "ydata-profiling, minimal": YDATA.format(minimal=True)}
    products["ydata-profiling"] = YDATA.format(minimal=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.parquet")
        mixed_table(N_ROWS).write_parquet(path)
        ours = (sys.executable, OURS)
        for name, code in products.items():
            able = [python for python in chosen.pythons if can_import(python, code)]
            if not able:
                print(f"{name}: none of these interpreters has it")
                continue
            rounds = [(cpu_seconds(*ours, path), cpu_seconds(able[0], code, path)) for _ in range(chosen.rounds)]
            own, theirs = min(turn[0] for turn in rounds), min(turn[1] for turn in rounds)
            print(f"{'Narrative':<28}{own[0]:8.2f} s CPU {own[1] / 1e6:8.2f} MB")
            print(f"{name:<28}{theirs[0]:8.2f} s CPU {theirs[1] / 1e6:8.2f} MB {own[0] / theirs[0]:8.3f} ×", flush=True)


if __name__ == "__main__":
    main()
