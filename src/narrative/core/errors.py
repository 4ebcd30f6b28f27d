"""One error family for the whole product.

Every failure a person can meet is an :class:`NarrativeError` with a stable ``code``, a title, a detail for this
case and a way on (``fix``).  Families say what happened, not how it is rendered: only ``http/problems.py`` knows
HTTP statuses and only ``entrypoints/cli.py`` knows exit codes.

>>> error = InvalidInput("target_unknown", "There is no column 'chrun'.", column="chrun", fix="Did you mean 'churn'?")
>>> error.to_dict()["code"]
'target_unknown'
"""

from __future__ import annotations

from typing import Any, ClassVar


class NarrativeError(Exception):
    """Base of all expected failures.

    Args:
        code: stable snake_case name, documented in ``docs/reference/problems.md``.
        message: one or two plain sentences for this case; never a traceback, a path of the server or SQL.
        row: 1-based line of the source file, when the failure has one.
        column: column name, when the failure has one.
        fix: what would work.
        context: further JSON-safe facts (limits, nearest names, counts).
    """

    family: ClassVar[str] = "error"
    title: ClassVar[str] = "Something failed"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        fix: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.row = row
        self.column = column
        self.fix = fix
        self.context = context

    def to_dict(self) -> dict[str, Any]:
        """JSON form used by ``--json``, job documents and child processes; :func:`error_from_dict` reads it back."""
        return {
            "family": self.family,
            "code": self.code,
            "message": self.message,
            "row": self.row,
            "column": self.column,
            "fix": self.fix,
            "context": self.context,
        }


class InvalidInput(NarrativeError):
    """What was given cannot be used; the user can fix it."""

    family = "invalid_input"
    title = "The input cannot be used"


class NotFound(NarrativeError):
    """The thing does not exist, or belongs to somebody else (both read the same)."""

    family = "not_found"
    title = "Not found"


class Conflict(NarrativeError):
    """The request clashes with the present state (somebody was faster, a name is taken)."""

    family = "conflict"
    title = "Conflict with the present state"


class LimitExceeded(NarrativeError):
    """A stated limit was passed; ``context`` holds ``limit`` and ``value``."""

    family = "limit_exceeded"
    title = "Limit exceeded"


class Unauthenticated(NarrativeError):
    """Nobody is signed in, or the credentials are not valid."""

    family = "unauthenticated"
    title = "Sign in first"


class NotPermitted(NarrativeError):
    """Signed in, but without the right."""

    family = "not_permitted"
    title = "Not permitted"


class NotApplicable(NarrativeError):
    """A step, candidate or metric does not suit this data: not a failure, shown with its reason."""

    family = "not_applicable"
    title = "Not applicable"


class Unavailable(NarrativeError):
    """A dependency is down, slow or missing; trying again later may work."""

    family = "unavailable"
    title = "Temporarily unavailable"


class Canceled(NarrativeError):
    """The user stopped the work."""

    family = "canceled"
    title = "Canceled"


class InternalError(NarrativeError):
    """A bug of ours, shown without internals."""

    family = "internal"
    title = "This is a fault of ours"


FAMILIES: dict[str, type[NarrativeError]] = {
    family.family: family
    for family in (
        InvalidInput,
        NotFound,
        Conflict,
        LimitExceeded,
        Unauthenticated,
        NotPermitted,
        NotApplicable,
        Unavailable,
        Canceled,
        InternalError,
    )
}


def error_from_dict(data: dict[str, Any]) -> NarrativeError:
    """The error that :meth:`NarrativeError.to_dict` wrote; unknown families become :class:`InternalError`."""
    family = FAMILIES.get(str(data.get("family")), InternalError)
    error = family(
        str(data.get("code", "internal")),
        str(data.get("message", "")),
        row=data.get("row"),
        column=data.get("column"),
        fix=data.get("fix"),
    )
    error.context = dict(data.get("context") or {})
    return error
