"""``narrative up``: everything on one machine."""

from __future__ import annotations

from pathlib import Path


def run_up(*, host: str | None, port: int | None, data_dir: str | None, open_browser: bool) -> int:
    """Serve until told to stop; gives the exit code. What is None comes from the settings."""
    from narrative.entrypoints.up import run

    return run(host=host, port=port, data_dir=None if data_dir is None else Path(data_dir), open_browser=open_browser)
