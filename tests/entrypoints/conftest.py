"""A terminal for tests: run a command in this process and look at what it said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narrative.entrypoints.cli import main


@dataclass(frozen=True)
class Said:
    """Exit code and streams of a command."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything else fails the test, NaN included."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} in JSON")

        value = json.loads(self.out, parse_constant=refuse)
        assert isinstance(value, dict)
        return value

    def error(self) -> dict[str, Any]:
        """The error object, with all its fields."""
        error = self.json()["error"]
        assert set(error) == {"code", "message", "row", "column", "fix"}
        return dict(error)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Said]:
    """Run ``narrative …`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(list(arguments))
        streams = capsys.readouterr()
        assert "Traceback" not in streams.out + streams.err
        return Said(code, streams.out, streams.err)

    return command
