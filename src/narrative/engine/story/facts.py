"""Facts are built by calling their formula, so a value and its formula can never disagree."""

from __future__ import annotations

from typing import Any, Final

from polars.exceptions import PolarsError

from narrative.core.errors import NarrativeError
from narrative.engine.story.formulas import REGISTRY, compute_value
from narrative.engine.story.formulas.base import Value
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Fact, FactFormat

UNDEFINED: Final = (ArithmeticError, LookupError, TypeError, ValueError, NarrativeError, PolarsError)
"""What a formula raises when the data give it no value."""


class FactBook:
    """Facts of one story, by id. ``add`` computes; nothing can be put in by hand."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._facts: dict[str, Fact] = {}
        self._hashes: dict[str, str] = {}

    @property
    def facts(self) -> dict[str, Fact]:
        return dict(self._facts)

    def add(
        self,
        id: str,
        formula: str,
        name: str,
        form: FactFormat = "decimal",
        /,
        *,
        unit: str = "",
        rows: str = "all rows",
        **arguments: Any,
    ) -> Fact:
        """Compute a fact and keep it. The same id with the same formula and arguments gives the fact that is there.

        A formula that has no value for these data (a quantile of text, a metric without a second class) gives a fact
        without a value; the verifier then cuts every claim that speaks of it and says why.

        Raises:
            ValueError: the id is taken by another fact.
        """
        kept = self._facts.get(id)
        if kept is not None:
            if (kept.formula, kept.arguments) != (formula, arguments):
                raise ValueError(f"The fact id {id!r} is taken by {kept.formula}.")
            return kept
        source = REGISTRY[formula].source
        if source not in self._hashes:
            self._hashes[source] = self.sources.hash_of(source)
        fact = Fact(
            id=id,
            name=name,
            value=self._compute(formula, arguments),
            unit=unit,
            format=form,
            formula=formula,
            arguments=arguments,
            source=self._hashes[source],
            rows=rows,
        )
        self._facts[id] = fact
        return fact

    def _compute(self, formula: str, arguments: dict[str, Any]) -> Value:
        try:
            return compute_value(formula, self.sources, arguments)
        except UNDEFINED:
            return None

    def value(self, id: str) -> Value:
        """Value of a fact; KeyError when there is none."""
        return self._facts[id].value

    def number(self, id: str) -> float:
        """Value of a fact as a number; 0 for text or nothing."""
        value = self._facts[id].value
        return float(value) if isinstance(value, int | float) else 0.0
