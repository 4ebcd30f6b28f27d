"""The version of the program, from its own package metadata."""

from __future__ import annotations

from importlib.metadata import version


def program_version() -> str:
    """Version text such as ``0.1.0``."""
    return version("narrative")
