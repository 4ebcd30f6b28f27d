"""Handlers are found by folder; a folder that breaks the rule stops the program at the start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrative.background.handlers import JobHandler, JobRegistry, Result
from narrative.core.plugins import PluginError

HEAD = "from narrative.background.handlers import Result, job\n"
GOOD = HEAD + "@job('{slice}.make', lane='long', max_attempts=5)\ndef make(context): return Result()\n"

Studio = Callable[[dict[str, str]], str]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Studio:
    """Makes a package of slices, each with the given ``jobs.py``."""

    def make(slices: dict[str, str]) -> str:
        name = f"studio_{abs(hash(request.node.nodeid))}"
        for slice_, code in slices.items():
            folder = tmp_path / name / slice_
            folder.mkdir(parents=True)
            (tmp_path / name / "__init__.py").touch()
            (folder / "__init__.py").touch()
            if code:
                (folder / "jobs.py").write_text(code)
        monkeypatch.syspath_prepend(str(tmp_path))
        return name

    return make


def test_the_handlers_of_every_slice_are_found(studio: Studio) -> None:
    registry = JobRegistry.discover(
        studio({"apples": GOOD.format(slice="apples"), "pears": GOOD.format(slice="pears"), "none": ""})
    )
    assert [handler.name for handler in registry] == ["apples.make", "pears.make"]
    assert registry.names("long") == ["apples.make", "pears.make"]
    assert registry.names("quick") == []
    handler = registry.get("pears.make")
    assert handler is not None
    assert handler.max_attempts == 5
    assert registry.get("pears.eat") is None


def test_a_handler_that_is_only_imported_belongs_to_its_own_slice(studio: Studio) -> None:
    package = studio({"apples": GOOD.format(slice="apples"), "pears": ""})
    registry = JobRegistry.discover(package)
    assert len(list(registry)) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (HEAD, "holds no job handler"),
        (GOOD.format(slice="pears"), "must begin with 'apples.'"),
        (GOOD.format(slice="apples").replace("long", "slow"), "names the lane 'slow'"),
        (GOOD.format(slice="apples") + "again = job('apples.make')(lambda context: Result())\n", "Two handlers"),
    ],
)
def test_a_slice_that_breaks_the_rule_stops_the_start(studio: Studio, code: str, reason: str) -> None:
    with pytest.raises(PluginError, match=reason):
        JobRegistry.discover(studio({"apples": code}))


def test_two_handlers_of_one_name_are_refused() -> None:
    def run(context: Any) -> Result:
        return Result()

    with pytest.raises(PluginError, match="Two handlers"):
        JobRegistry([JobHandler("a.b", run), JobHandler("a.b", run)])
