"""Log events with fields: one JSON object a line for machines, one short line for people.

>>> log = event_log("doc")
>>> with bound(request_id="req_1"):
...     log.info("datasets.imported", dataset_id="data_1", rows=7043)

Events are named in the past, ``<noun>.<what_happened>``.  Request and job ids are bound once and appear in every event
inside the block, in the same thread or task.  Cell values and secrets are never logged: fields with such names are
hidden, keys inside texts are cut out, and an unexpected failure shows its kind and place but not its message, which may
quote data (the level ``debug`` shows it).
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from narrative.core.errors import NarrativeError

Form = Literal["json", "console"]
Level = Literal["debug", "info", "warning", "error"]

ROOT: Final = "narrative"
_TEXT_CHARACTERS: Final = 500
_LIST_ITEMS: Final = 20
_FRAMES: Final = 12
_SECRET_NAME: Final = re.compile(r"secret|password|passphrase|token|authorization|cookie|credential|api_?key", re.I)
_SECRET_TEXT: Final = re.compile(r"sk_live_[A-Za-z0-9]+|(?<=://)[^/\s@]+:[^/\s@]+(?=@)|(?i:(?<=bearer )\S+)")
_HIDDEN: Final = "[hidden]"

_bound: ContextVar[Mapping[str, Any]] = ContextVar("narrative_log_fields", default={})  # noqa: B039  # never changed


class EventLog:
    """Writes events of one part of the program."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, /, **fields: Any) -> None:
        self._emit(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        self._emit(logging.INFO, event, fields)

    def warning(self, event: str, /, *, error: BaseException | None = None, **fields: Any) -> None:
        """Something that heals itself, or that a person should know."""
        self._emit(logging.WARNING, event, fields, error)

    def error(self, event: str, /, *, error: BaseException | None = None, **fields: Any) -> None:
        """Something failed and a person must look. ``error`` adds its code, or its kind and place."""
        self._emit(logging.ERROR, event, fields, error)

    def _emit(self, level: int, event: str, fields: dict[str, Any], error: BaseException | None = None) -> None:
        if not self._logger.isEnabledFor(level):
            return
        with_message = self._logger.isEnabledFor(logging.DEBUG)
        known = {**_bound.get(), **fields, **({} if error is None else _described(error, with_message=with_message))}
        self._logger.log(level, event, extra={"fields": {name: _safe(name, value) for name, value in known.items()}})


def event_log(part: str) -> EventLog:
    """The log of a part of the program, such as ``background.worker``."""
    return EventLog(logging.getLogger(f"{ROOT}.{part}"))


@contextlib.contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Add fields to every event inside the block."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def configure_logging(level: Level = "info", form: Form | None = None, stream: TextIO | None = None) -> EventHandler:
    """Send our events to a stream (default: stderr). ``form`` None: console on a terminal, JSON elsewhere.

    Only our own logger is touched; calling it again replaces what the last call set.
    """
    target = stream or sys.stderr
    logger = logging.getLogger(ROOT)
    for old in [handler for handler in logger.handlers if isinstance(handler, EventHandler)]:
        logger.removeHandler(old)
    handler = EventHandler(target)
    chosen = form or ("console" if target.isatty() else "json")
    handler.setFormatter(JSONLines() if chosen == "json" else ConsoleLines())
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    return handler


class EventHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream; a full or closed one costs lines, never the program. ``dropped`` counts them."""

    dropped = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        self.dropped += 1


class JSONLines(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``event``, ``part``, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "part": record.name.removeprefix(f"{ROOT}."),
        }
        return json.dumps({**line, **_fields(record), **line}, ensure_ascii=True, allow_nan=False)


class ConsoleLines(logging.Formatter):
    """Time, event and fields in one line; control characters are written as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={json.dumps(value)}" for name, value in _fields(record).items())
        mark = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()} "
        return f"{_time(record)[11:19]} {mark}{record.getMessage()} {fields}".rstrip()


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _safe(name: str, value: Any) -> Any:
    """A JSON-safe form of a field, short, without secrets."""
    if _SECRET_NAME.search(name):
        return _HIDDEN
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, list | tuple):
        return [_safe(name, item) for item in value[:_LIST_ITEMS]]
    return _SECRET_TEXT.sub(_HIDDEN, str(value)[:_TEXT_CHARACTERS])


def _described(error: BaseException, *, with_message: bool) -> dict[str, Any]:
    kind = type(error)
    known: dict[str, Any] = {
        "error": kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    }
    if isinstance(error, NarrativeError):
        known["error_code"] = error.code
        cause = error.__cause__
        return known if cause is None else known | {"error_cause": type(cause).__name__}
    if with_message:
        known["error_message"] = str(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return known | {"error_place": places}
