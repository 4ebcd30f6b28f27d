"""Time that starts over."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class Cyclical(IdeaKind):
    """Weekdays, months and hours on a circle, where December meets January."""

    name: ClassVar[str] = "cyclical"
    title: ClassVar[str] = "time on a circle"
    order: ClassVar[int] = 21
    needs: ClassVar[tuple[str, ...]] = ("cyclical_encode",)

    def propose(self, look: Look) -> list[Idea]:
        made = []
        for column in look.times():
            cycles = ["weekday", "month", *(["hour"] if column.kind == "datetime" else [])]
            step = StepSpec(type="cyclical_encode", params={"columns": [column.name], "cycles": cycles})
            words = ", ".join(cycles)
            sentence = f"Put {words} of '{column.name}' on a circle: the end of a cycle is next to its start."
            made.append(self.idea(sentence, f"sine and cosine of {words} of {column.name}", [column.name], step))
        return made
