"""What a date says apart from its place in time."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec


class DateParts(IdeaKind):
    """Quarter and day of the year, which the automatic preparation does not make."""

    name: ClassVar[str] = "date_parts"
    title: ClassVar[str] = "parts of dates"
    order: ClassVar[int] = 20
    needs: ClassVar[tuple[str, ...]] = ("date_parts",)

    def propose(self, look: Look) -> list[Idea]:
        return [
            self.idea(
                f"Take quarter and day of the year out of '{column.name}': seasons come back every year.",
                f"quarter and day of the year of {column.name}",
                [column.name],
                StepSpec(
                    type="date_parts",
                    params={"columns": [column.name], "parts": ["quarter", "day_of_year"], "keep_original": True},
                ),
            )
            for column in look.times()
        ]
