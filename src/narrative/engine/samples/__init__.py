"""Bundled samples, made from code: three tables to start with when you have none at hand."""

from __future__ import annotations

from functools import cache

from narrative.core.errors import NotFound
from narrative.core.plugins import discover
from narrative.engine.samples.base import Sample

__all__ = ["Sample", "sample_csv", "samples"]


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, in alphabetical order."""
    found = discover("narrative.engine.samples", Sample)
    return tuple(kind() for kind in found.values())


@cache
def sample_csv(name: str) -> bytes:
    """A sample as a CSV file (UTF-8, comma, header); the same bytes every time.

    Raises:
        NotFound: ``sample_unknown``.
    """
    for sample in samples():
        if sample.name == name:
            return sample.build().write_csv().encode("utf-8")
    names = ", ".join(sample.name for sample in samples())
    raise NotFound("sample_unknown", f"There is no sample named {name[:80]!r}.", fix=f"Choose one of: {names}.")
