"""The profile of 100,000 rows × 20 columns against products that make a report of the same table, CPU seconds.

Run: ``python -m benchmarks.profile_products PYTHON [PYTHON]``, each an interpreter that can import skrub or
ydata-profiling; they are no dependencies of ours, so they live in environments of their own. Imports are not counted,
but what a product loads only when it begins to work is.

How alike the contents are: skrub draws a chart per column, counts the most frequent values, relates columns in pairs
on 3,000 rows (where pyarrow is installed); it gives HTML. Ours gives the data of the page as JSON, which the browser
draws: per column also moments, seven quantiles, outliers, patterns and stray spaces, for the table also duplicates, a
content hash, four kinds of relations (Pearson on all rows, the others on 20,000), keys, dependencies, personal data,
findings and a suggested target. So they draw more, we compute more.
"""

from __future__ import annotations

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


def cpu_seconds(python: str, code: str, path: Path) -> tuple[float, int] | None:
    """CPU seconds and bytes of a report, None where the product cannot be imported."""
    head = f"import time\npath = {str(path)!r}\n"
    run = subprocess.run([python, "-c", head + code + TAIL], capture_output=True, text=True, check=False)
    if run.returncode:
        print(run.stderr.strip().splitlines()[-1])
        return None
    seconds, size = run.stdout.split()[-2:]
    return float(seconds), int(size)


def main(pythons: list[str]) -> None:
    products = {"skrub": SKRUB, "ydata-profiling, minimal": YDATA.format(minimal=True)}
    products["ydata-profiling"] = YDATA.format(minimal=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.parquet")
        mixed_table(N_ROWS).write_parquet(path)
        own = cpu_seconds(sys.executable, OURS, path)
        assert own is not None
        print(f"{'Narrative':<28}{own[0]:8.2f} s CPU {own[1] / 1e6:8.2f} MB")
        for name, code in products.items():
            for python in pythons:
                found = cpu_seconds(python, code, path)
                if found is not None:
                    print(f"{name:<28}{found[0]:8.2f} s CPU {found[1] / 1e6:8.2f} MB {own[0] / found[0]:8.3f} ×")


if __name__ == "__main__":
    main(sys.argv[1:])
