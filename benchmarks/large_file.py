"""A CSV larger than memory, loaded and profiled: peak memory of all processes together, wall and CPU seconds.

Run: ``python -m benchmarks.large_file [MEGABYTES] [MEMORY_MEGABYTES]`` (default 500 and 1200: the file is read in
pieces, as three times its size is more than the memory allowed). 5,000 and 4,096 is the form the product promises;
it needs 15 GB of disk. The table is the mixed one of ``tables.py``, other numbers in every part.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a script, too
from benchmarks.tables import mixed_table

PART_ROWS = 500_000
INTERVAL = 0.1


def write_file(path: Path, megabytes: int) -> int:
    """A CSV of at least this size; the number of its rows."""
    n_rows = 0
    with path.open("wb") as file:
        while file.tell() < megabytes * 1e6:
            part = mixed_table(PART_ROWS, seed=n_rows)
            part.write_csv(file, include_header=not n_rows)
            n_rows += PART_ROWS
    return n_rows


def load_and_profile(path: str, folder: str, memory_bytes: int) -> None:
    """What the import job does; prints figures as JSON."""
    from narrative.engine.profile import profile_table
    from narrative.engine.story import tell_load, tell_profile
    from narrative.engine.tables import ReadLimits
    from narrative.engine.tables.store import is_large, store_large_table

    limits = ReadLimits(memory_bytes=memory_bytes, cpu_seconds=3_600, wall_seconds=3_600.0)
    assert is_large(Path(path), limits)
    start = time.perf_counter()
    imported = store_large_table(Path(path), Path(folder, "table.parquet"), limits=limits)
    loaded = time.perf_counter()
    profile = profile_table(imported.table)
    profiled = time.perf_counter()
    stories = [tell_load(imported.report, imported.table.as_frame()), tell_profile(profile, imported.table.as_frame())]
    print(
        json.dumps(
            {
                "rows": imported.table.height,
                "load seconds": round(loaded - start, 1),
                "profile seconds": round(profiled - loaded, 1),
                "stories seconds": round(time.perf_counter() - profiled, 1),
                "profile bytes": len(profile.model_dump_json()),
                "stories": len(stories),
                "table bytes": Path(folder, "table.parquet").stat().st_size,
            }
        )
    )


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Resident and proportional bytes of a process and all its children."""
    resident = proportional = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            resident += one.memory_info().rss
            proportional += one.memory_full_info().pss
        except psutil.Error:
            continue  # it ended in between
    return resident, proportional


def main(megabytes: int, memory_megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.csv")
        n_rows = write_file(path, megabytes)
        print(
            f"{path.stat().st_size / 1e9:.2f} GB of CSV, {n_rows:,} rows × 20 columns, {memory_megabytes:,} MB allowed"
        )
        command = [sys.executable, __file__, "--child", str(path), folder, str(memory_megabytes << 20)]
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process, peaks, cpu = psutil.Process(child.pid), [0, 0], 0.0
        while child.poll() is None:
            peaks = [max(pair) for pair in zip(peaks, memory_of(process), strict=True)]
            times = process.cpu_times() if process.is_running() else None
            cpu = sum(times[:4]) if times and sum(times[:4]) else cpu
            time.sleep(INTERVAL)
        wall = time.perf_counter() - start
        assert child.stdout is not None
        print(child.stdout.read().strip())
        print(f"wall {wall:.1f} s, CPU {cpu:.1f} s, peak of all processes {peaks[0] / 1e9:.2f} GB resident, ", end="")
        print(f"{peaks[1] / 1e9:.2f} GB with shared pages counted once")
        assert child.returncode == 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        load_and_profile(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        given = [int(number) for number in sys.argv[1:]]
        main(*[*given, *(500, 1_200)[len(given) :]])
