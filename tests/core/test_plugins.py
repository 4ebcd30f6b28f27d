import sys
from pathlib import Path

import pytest

from narrative.core.plugins import PluginError, discover


class Thing:
    """Base class of the plug-ins in these tests."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    name = f"plugged_{request.node.name}"
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "plugin_base", sys.modules[__name__])
    return package


def add(folder: Path, file: str, body: str) -> None:
    (folder / f"{file}.py").write_text("from plugin_base import Thing\n" + body)


def test_each_file_is_found_under_its_name(folder: Path) -> None:
    add(folder, "beta", "class Beta(Thing):\n    name = 'beta'\n")
    add(folder, "alpha", "class Alpha(Thing):\n    name = 'alpha'\n")
    add(folder, "_private", "raise RuntimeError('never imported')\n")
    assert list(discover(folder.name, Thing)) == ["alpha", "beta"]


def test_a_name_that_differs_from_its_file_stops_the_program(folder: Path) -> None:
    add(folder, "gamma", "class Gamma(Thing):\n    name = 'delta'\n")
    with pytest.raises(PluginError, match="name and file must agree"):
        discover(folder.name, Thing)


def test_an_empty_file_stops_the_program(folder: Path) -> None:
    add(folder, "empty", "")
    with pytest.raises(PluginError, match="exactly one"):
        discover(folder.name, Thing)


def test_two_in_one_file_stop_the_program(folder: Path) -> None:
    add(folder, "two", "class One(Thing):\n    name = 'two'\n\n\nclass Two(Thing):\n    name = 'two'\n")
    with pytest.raises(PluginError, match="it holds 2"):
        discover(folder.name, Thing)
