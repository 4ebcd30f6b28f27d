"""One number by another."""

from __future__ import annotations

from itertools import permutations
from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class Ratio(IdeaKind):
    """A number per unit of another one, as in cost per head."""

    name: ClassVar[str] = "ratio"
    title: ClassVar[str] = "one number per unit of another"
    order: ClassVar[int] = 11
    needs: ClassVar[tuple[str, ...]] = ("interaction",)

    def propose(self, look: Look) -> list[Idea]:
        made = []
        for above, below in permutations(look.numbers(), 2):
            if below.zeros or (isinstance(below.minimum, int | float) and below.minimum < 0):
                continue  # a denominator that passes through zero makes the ratio jump
            a, b = above.name, below.name
            name = look.free(f"{a} per {b}")
            step = StepSpec(type="interaction", params={"columns": [a, b], "operation": "ratio", "name": name})
            made.append(
                self.idea(f"Divide '{a}' by '{b}': shares often say more than amounts.", f"{a} / {b}", [a, b], step)
            )
        return made
