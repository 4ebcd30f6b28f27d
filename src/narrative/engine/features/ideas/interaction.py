"""Products and differences of two numbers."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class Interaction(IdeaKind):
    """Two numbers that act together, or whose distance acts."""

    name: ClassVar[str] = "interaction"
    title: ClassVar[str] = "numbers that act together"
    order: ClassVar[int] = 10
    needs: ClassVar[tuple[str, ...]] = ("interaction",)

    def propose(self, look: Look) -> list[Idea]:
        # In the order of the table: folds rank columns differently, and a pair has to be the same idea in all of them.
        order = {column.name: place for place, column in enumerate(look.columns)}
        names = sorted((column.name for column in look.numbers()), key=order.__getitem__)
        pairs = list(combinations(names, 2))
        return [idea for a, b in pairs for idea in (self._product(look, a, b), self._difference(look, a, b))]

    def _product(self, look: Look, a: str, b: str) -> Idea:
        name = look.free(f"{a} × {b}")
        step = StepSpec(type="interaction", params={"columns": [a, b], "operation": "product", "name": name})
        sentence = f"Multiply '{a}' by '{b}': the effect of one may depend on the other."
        return self.idea(sentence, f"{a} × {b}", [a, b], step)

    def _difference(self, look: Look, a: str, b: str) -> Idea:
        name = look.free(f"{a} - {b}")
        step = StepSpec(type="interaction", params={"columns": [a, b], "operation": "difference", "name": name})
        sentence = f"Subtract '{b}' from '{a}': the distance may say more than both."
        return self.idea(sentence, f"{a} \N{MINUS SIGN} {b}", [a, b], step)
