"""How often a value comes."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import MOST_SHARE, IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class Counts(IdeaKind):
    """Rows with the same value: rare and frequent categories differ, and so do owners of few and many rows."""

    name: ClassVar[str] = "counts"
    title: ClassVar[str] = "how often a value comes"
    order: ClassVar[int] = 31
    needs: ClassVar[tuple[str, ...]] = ("group_aggregate",)

    def propose(self, look: Look) -> list[Idea]:
        owners = [
            c for c in look.columns if c.kind in {"identifier", "text"} and c.distinct <= MOST_SHARE * max(c.count, 1)
        ]
        made = []
        for column in [*look.categories(), *owners[:2]]:
            name = look.free(f"rows with the same {column.name}")
            step = StepSpec(type="group_aggregate", params={"by": [column.name], "statistic": "count", "name": name})
            sentence = f"Count the rows with the same '{column.name}': rare values often behave differently."
            made.append(self.idea(sentence, f"number of rows by {column.name}", [column.name], step))
        return made
