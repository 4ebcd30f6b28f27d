"""Narrative: from a table to a tested, explained model, with every number bound to a computed fact.

>>> import narrative
>>> table = narrative.load("customers.csv")  # doctest: +SKIP
>>> outcome = narrative.model(table, target="churn")  # doctest: +SKIP
>>> outcome.save("model.narrative")  # doctest: +SKIP

Importing this costs next to nothing: the engine is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.bundle import Bundle
    from narrative.engine.sdk import (
        ModelOutcome,
        Recipe,
        apply,
        content_hash,
        evaluate,
        forecast,
        groups,
        load,
        model,
        profile,
        unusual,
    )

__all__ = [
    "Bundle", "ModelOutcome", "Recipe", "apply", "content_hash", "evaluate", "forecast", "groups", "load", "model",
    "profile", "unusual",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from narrative.core.version import program_version

        return program_version()
    if name not in __all__:
        raise AttributeError(f"module 'narrative' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("narrative.engine.bundle" if name == "Bundle" else "narrative.engine.sdk"), name)
