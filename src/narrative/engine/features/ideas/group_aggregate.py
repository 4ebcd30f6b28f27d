"""What is usual among rows of the same kind."""

from __future__ import annotations

from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec

NUMBERS: Final = 3


class GroupAggregate(IdeaKind):
    """How far a number is from the mean of its group."""

    name: ClassVar[str] = "group_aggregate"
    title: ClassVar[str] = "distance from what is usual in a group"
    order: ClassVar[int] = 30
    needs: ClassVar[tuple[str, ...]] = ("group_aggregate", "interaction")

    def propose(self, look: Look) -> list[Idea]:
        made = []
        for group in look.categories():
            for number in look.numbers(NUMBERS):
                usual = look.free(f"mean of {number.name} by {group.name}")
                away = look.free(f"{number.name} beyond usual by {group.name}")
                mean = StepSpec(
                    type="group_aggregate",
                    params={"by": [group.name], "column": number.name, "statistic": "mean", "name": usual},
                )
                distance = StepSpec(
                    type="interaction",
                    params={"columns": [number.name, usual], "operation": "difference", "name": away},
                )
                sentence = f"Compare '{number.name}' with its mean among rows of the same '{group.name}'."
                formula = f"{number.name} \N{MINUS SIGN} mean of {number.name} by {group.name}"
                made.append(self.idea(sentence, formula, [number.name, group.name], mean, distance))
        return made
