"""What holds for every test."""

from __future__ import annotations


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The name of the parameter for bytes: packed bytes hold the second they were packed in, so as the name of a test
    they would differ between the processes that share the work, which then refuse to begin."""
    return argname if isinstance(val, bytes) else None
