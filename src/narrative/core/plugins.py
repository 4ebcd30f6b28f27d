"""Plug-ins by file name: a folder is scanned, each file holds exactly one plug-in named like the file.

There is no list to edit.  A file that breaks the rule stops the program at start with one clear sentence, so a
plug-in can never be silently missing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, cast

T = TypeVar("T")


class PluginError(RuntimeError):
    """A plug-in folder breaks the rule; raised at start, never in the middle of work."""


def discover(package: str, base: Callable[..., T]) -> Mapping[str, type[T]]:
    """All plug-in classes of a package, by name, in alphabetical order.

    Args:
        package: dotted name of the folder, e.g. ``narrative.engine.steps``.
        base: class every plug-in derives from; modules starting with ``_`` or named ``base`` are not plug-ins. Its type
            says callable, because a type checker takes no abstract class for a ``type[T]``.

    Raises:
        PluginError: a module holds no plug-in or several, or its ``name`` differs from the file name.
    """
    return cast("Mapping[str, type[T]]", _discover(package, cast("Hashable", base)))


@cache
def _discover(package: str, base: Any) -> Mapping[str, type[Any]]:
    folder = importlib.import_module(package)
    found: dict[str, type[Any]] = {}
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if info.name.startswith("_") or info.name == "base" or info.ispkg:
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        own = [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, base) and member.__module__ == module.__name__ and not inspect.isabstract(member)
        ]
        if len(own) != 1:
            raise PluginError(f"{package}.{info.name} must hold exactly one {base.__name__}, it holds {len(own)}.")
        name = getattr(own[0], "name", None)
        if name != info.name:
            raise PluginError(
                f"{package}.{info.name} holds a {base.__name__} named {name!r}: name and file must agree."
            )
        found[info.name] = own[0]
    return MappingProxyType(found)
