"""The source tree as syntax trees, for tests about its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "narrative"


@dataclass(frozen=True)
class Module:
    """A module of ours: its dotted name, file and syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def n_lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())


@cache
def modules(package: Path = PACKAGE) -> tuple[Module, ...]:
    """Every module below a package folder, parsed once a process."""
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def imports(tree: ast.Module) -> set[str]:
    """Dotted names a module imports anywhere, ``from a import b`` counting as ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def calls(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted name and line of every call, such as ``("time.time", 12)``; calls on expressions are left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name:
                yield name, node.lineno


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for a chain of names, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""
