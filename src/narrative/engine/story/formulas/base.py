"""What a formula is: a named way to compute a value from sources, which the narrator and the verifier both call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from narrative.engine.story.sources import SourceName, Sources

Value: TypeAlias = float | int | str | bool | None
Compute = TypeVar("Compute", bound=Callable[..., Value])


@dataclass(frozen=True)
class Formula:
    """A registered formula.

    Attributes:
        name: ``group.name``, stable: stored facts refer to it.
        words: how the value is computed, for the fact card.
        source: what it reads.
        compute: ``compute(sources, **arguments)``; raises for arguments that make no sense.
        recorded: the value was measured once (a time, a permutation) and is read back, not computed again.
    """

    name: str
    words: str
    source: SourceName
    compute: Callable[..., Value]
    recorded: bool = False


REGISTRY: dict[str, Formula] = {}


def formula(name: str, words: str, source: SourceName, *, recorded: bool = False) -> Callable[[Compute], Compute]:
    """Register a function as the formula ``name``; two formulas of one name stop the program at import."""

    def register(compute: Compute) -> Compute:
        if name in REGISTRY:
            raise ValueError(f"Two formulas are called {name!r}.")
        REGISTRY[name] = Formula(name, words, source, compute, recorded)
        return compute

    return register


def compute_value(name: str, sources: Sources, arguments: dict[str, object]) -> Value:
    """The value of a formula now. Raises KeyError for an unknown name."""
    return REGISTRY[name].compute(sources, **arguments)
