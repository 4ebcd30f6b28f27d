"""Reading request bodies: bounded, of the right type, strict JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NoReturn

from starlette.requests import Request

from narrative.core.errors import InvalidInput, LimitExceeded

JSON_LIMIT_BYTES: Final = 1024**2
FILE_TYPES: Final = frozenset(
    {
        "",
        "application/octet-stream",
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.apache.parquet",
        "application/x-parquet",
    }
)
"""Content types of a raw file. JSON and forms are refused: a file never comes out of a structured body."""


def media_type_of(request: Request) -> str:
    """The content type without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_bounded(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises:
        LimitExceeded: ``body_too_large`` as soon as the limit is passed, before the rest is read.
    """
    return b"".join([piece async for piece in _bounded(request, limit, _body_too_large)])


def pieces_of_file(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body of an upload as it arrives.

    Raises:
        LimitExceeded: ``upload_too_large``, by the declared length before the first byte, else as soon as it is passed.
    """
    return _bounded(request, limit, _upload_too_large)


Refuse = Callable[[int, int], LimitExceeded]


async def _bounded(request: Request, limit: int, refuse: Refuse) -> AsyncIterator[bytes]:
    declared = request.headers.get("content-length", "")[:20]
    if declared.isdecimal() and int(declared) > limit:
        raise refuse(limit, int(declared))
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise refuse(limit, size)
        if piece:
            yield piece


def _body_too_large(limit: int, size: int) -> LimitExceeded:
    message = f"The request is larger than {_size(limit)}, which is the limit here."
    return LimitExceeded("body_too_large", message, fix="Send less at once.", limit=limit, value=size, unit="bytes")


def _upload_too_large(limit: int, size: int) -> LimitExceeded:
    return LimitExceeded(
        "upload_too_large",
        f"The file is larger than {_size(limit)}, which is the limit here.",
        fix="Send a part of it, or save it as Parquet, which is smaller.",
        limit=limit,
        value=size,
        unit="bytes",
    )


def check_json_type(request: Request) -> None:
    """Raises ``InvalidInput('unsupported_media_type')`` unless the body says it is JSON."""
    media_type = media_type_of(request)
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise InvalidInput(
            "unsupported_media_type",
            f"This address takes JSON, not {media_type or 'a body without a content type'}.",
            fix="Send the header Content-Type: application/json.",
        )


def check_file_type(request: Request) -> None:
    """Raises ``InvalidInput('unsupported_media_type')`` when the body is not a raw file."""
    media_type = media_type_of(request)
    if media_type not in FILE_TYPES:
        raise InvalidInput(
            "unsupported_media_type",
            f"This address takes the bytes of a file, not {media_type}.",
            fix="Send the file itself with the header Content-Type: application/octet-stream.",
        )


def strict_json(body: bytes) -> Any:
    """Parse JSON as the standard says: UTF-8, no NaN or Infinity, no lone surrogates, bounded nesting.

    Raises:
        InvalidInput: ``invalid_json`` naming line and column, or ``too_deeply_nested``.

    >>> strict_json(b'{"a": [1, null]}')
    {'a': [1, None]}
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise InvalidInput("too_deeply_nested", "The JSON is nested too deeply.", fix="Flatten it.") from None
    except UnicodeDecodeError as error:
        raise InvalidInput("invalid_json", f"The body is not UTF-8 at byte {error.start}.", fix=_FIX) from None
    except UnicodeEncodeError:
        raise InvalidInput("invalid_json", "The JSON holds half of a character.", fix=_FIX) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput("invalid_json", f"The body is not JSON: {error.msg} at {where}.", fix=_FIX) from None
    except ValueError as error:  # a number too long for Python to read
        raise InvalidInput("invalid_json", f"The JSON holds a number that cannot be read: {error}.", fix=_FIX) from None
    return value


_FIX: Final = "Send standard JSON in UTF-8."


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput("invalid_json", f"{name} is not JSON.", fix="Send null for a missing number.")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidInput(
            "invalid_json", f"The number {text[:40]} is too large.", fix="Send null or a smaller number."
        )
    return number


def _size(n_bytes: int) -> str:
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if n_bytes >= size:
            return f"{n_bytes / size:g} {unit}"
    return f"{n_bytes} bytes"
