"""The streams of a command: results to stdout, notes to stderr, exactly one JSON object on stdout with ``--json``."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any, TextIO

from narrative.core.errors import InvalidInput, NarrativeError
from narrative.engine.files import usable_folder
from narrative.entrypoints.failures import error_object


class Output:
    """Where a command speaks. With ``as_json`` it says nothing but its one object."""

    def __init__(self, *, as_json: bool, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self.as_json = as_json
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr

    def note(self, text: str) -> None:
        """A note for the person at the terminal."""
        if not self.as_json:
            _write(self.stderr, text)

    def result(self, data: dict[str, Any], text: str) -> None:
        """The result: the object with ``--json``, else the text."""
        if self.as_json:
            _write(self.stdout, to_json(data, self.stdout))
        elif self.stdout.isatty() and _carries(self.stdout, text):
            from narrative.entrypoints.styled import print_styled

            print_styled(self.stdout, text)
        else:
            _write(self.stdout, text)

    def failure(self, error: NarrativeError) -> None:
        """A failure: what happened, where, and what would work."""
        if self.as_json:
            _write(self.stdout, to_json({"error": error_object(error)}, self.stdout))
            return
        place = [f"line {error.row:,}"] if error.row is not None else []
        place += [f"column '{error.column}'"] if error.column is not None else []
        where = f" ({', '.join(place)})" if place else ""
        _write(self.stderr, error.message + where + (f"\n{error.fix}" if error.fix else ""))

    @property
    def is_watched(self) -> bool:
        """Whether a person sees stderr on a terminal."""
        return not self.as_json and self.stderr.isatty()


def to_json(data: dict[str, Any], stream: TextIO | None = None) -> str:
    """One line of JSON without NaN or infinity: a number that is none becomes null.

    Letters that the stream cannot carry are written as escapes, which mean the same in JSON.
    """
    text = json.dumps(_finite(data), ensure_ascii=False, allow_nan=False)
    if stream is not None and not _carries(stream, text):
        return json.dumps(_finite(data), allow_nan=False)
    return text


def _write(stream: TextIO, text: str) -> None:
    """A line; letters that the stream cannot carry become question marks, never an error."""
    if not _carries(stream, text):
        encoding = stream.encoding or "ascii"
        text = text.encode(encoding, "replace").decode(encoding)
    print(text, file=stream, flush=True)


def _carries(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def check_writable(path: Path, *, folder: bool) -> None:
    """Make the folder that will hold a result and try it, before any long work.

    Raises:
        InvalidInput: ``out_not_writable``, naming the place and what would work.
    """
    if path.is_dir() != folder and path.exists():
        needed = "a folder" if folder else "a file name"
        found = "a file" if folder else "a folder"
        raise InvalidInput(
            "out_not_writable", f"'{path}' is {found}, and {needed} is needed.", fix="Choose another place with --out."
        )
    usable_folder(path if folder else path.parent)
