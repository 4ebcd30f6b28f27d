"""``narrative version``."""

from __future__ import annotations

import platform

from narrative.core.version import program_version
from narrative.entrypoints.output import Output


def run_version(*, output: Output) -> None:
    """Print the version of the program; with ``--json`` also the interpreter it runs on."""
    version = program_version()
    output.result({"version": version, "python": platform.python_version()}, f"narrative {version}")
