"""What a repository that anyone may clone must not carry, and what its documents must not miss."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess

import pytest

from tests.architecture.source import ROOT, dotted, modules

ADDRESS = re.compile(r"https?://[^\s\"')]+")
FAMILIES = {
    "InvalidInput", "NotFound", "Conflict", "LimitExceeded", "Unauthenticated",
    "NotPermitted", "NotApplicable", "Unavailable", "Canceled", "InternalError",
}  # fmt: skip
PROBLEMS = ROOT / "docs" / "reference" / "problems.md"


def hosts_in_lock(text: str) -> list[str]:
    """Addresses in a Python or npm lock file."""
    return ADDRESS.findall(text) + re.findall(r'"resolved"', text)


def error_codes(tree: ast.Module) -> set[str]:
    """Codes of the error family that a module raises, where they are written out."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func).split(".")[-1] in FAMILIES
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_python_locks_carry_hashes_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "--hash=sha256:" in text
    assert hosts_in_lock(text) == []


def test_the_npm_lock_carries_hashes_and_no_host() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name and not entry.get("link")}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_a_host_in_a_lock_is_found() -> None:
    assert hosts_in_lock("--index-url https://packages.example/simple\nnumpy==2.0") != []
    assert hosts_in_lock('{"resolved": "x"}') != []


def test_every_error_code_is_in_the_catalog_of_problems() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9_]+)` \|", PROBLEMS.read_text(), re.MULTILINE))
    raised = {code for module in modules() for code in error_codes(module.tree)}
    assert sorted(raised - listed) == []
    assert sorted(listed - raised) == []


def test_links_inside_the_documents_lead_somewhere() -> None:
    git = shutil.which("git")
    assert git is not None
    listing = subprocess.run([git, "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    broken = [
        f"{name}: {target}"
        for name in listing.stdout.split()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / name).read_text(encoding="utf-8"))
        if not target.startswith(("http", "mailto:")) and not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []
