"""The import contracts hold, and a new top folder fails until it is placed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a copy of the source tree in ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "src" / "narrative", tmp_path / "src" / "narrative", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


def test_a_new_top_folder_fails_until_it_is_placed(copy: Path) -> None:
    (copy / "src" / "narrative" / "newcomer").mkdir()
    (copy / "src" / "narrative" / "newcomer" / "__init__.py").touch()
    result = lint(copy)
    assert result.returncode != 0
    assert "newcomer" in result.stdout


def test_an_engine_that_imports_a_port_fails(copy: Path) -> None:
    (copy / "src" / "narrative" / "engine" / "leak.py").write_text("from narrative.ports import metadata\n")
    assert lint(copy).returncode != 0
