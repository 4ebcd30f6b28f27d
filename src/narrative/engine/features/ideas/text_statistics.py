"""How long a text is."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class TextStatistics(IdeaKind):
    """Characters, words and digits of a text."""

    name: ClassVar[str] = "text_statistics"
    title: ClassVar[str] = "measures of text"
    order: ClassVar[int] = 50
    needs: ClassVar[tuple[str, ...]] = ("text_statistics",)

    def propose(self, look: Look) -> list[Idea]:
        return [
            self.idea(
                f"Measure '{column.name}': long and short texts are often written on different occasions.",
                f"characters, words and digits of {column.name}",
                [column.name],
                StepSpec(type="text_statistics", params={"columns": [column.name]}),
                done=column.kind == "text",
            )
            for column in look.texts()
        ]
