"""How failures leave a command: an exit code, a plain message on stderr, and one JSON object with ``--json``."""

from __future__ import annotations

import tempfile
import traceback
from typing import Any, Final

from narrative.core.errors import Canceled, InternalError, NarrativeError, Unavailable

OK: Final = 0
BUG: Final = 1
USAGE: Final = 2
INPUT: Final = 3
DEPENDENCY: Final = 4
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells expect of a program that was stopped before it had a result."""


class UsageFault(Exception):
    """An option or argument that cannot be; exit code 2."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def exit_code(error: NarrativeError) -> int:
    """The exit code of an expected failure: 4 a dependency, 130 interrupted, 1 a bug, 3 everything else."""
    if isinstance(error, Unavailable):
        return DEPENDENCY
    if isinstance(error, Canceled):
        return INTERRUPTED
    return BUG if isinstance(error, InternalError) else INPUT


def error_object(error: NarrativeError) -> dict[str, Any]:
    """The ``error`` object of ``--json``."""
    return {
        "code": error.code,
        "message": error.message,
        "row": error.row,
        "column": error.column,
        "fix": error.fix,
    }


def as_fault(error: BaseException) -> NarrativeError:
    """A bug as people see it: no internals, and where the details were kept for a report."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="narrative-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("".join(traceback.format_exception(error)))
        if isinstance(error, NarrativeError) and error.context:
            file.write(f"\n{error.context}\n")
    return InternalError(
        "internal",
        "This is a fault of ours, not of your data.",
        fix=f"Please report it with the details in {file.name}.",
    )
