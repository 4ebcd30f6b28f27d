"""What a number was of late."""

from __future__ import annotations

from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec

NUMBERS: Final = 3
ROWS: Final = 7


class Rolling(IdeaKind):
    """The mean of the last rows in the order of time: past rows only."""

    name: ClassVar[str] = "rolling"
    title: ClassVar[str] = "what a number was of late"
    order: ClassVar[int] = 23
    needs: ClassVar[tuple[str, ...]] = ("rolling_window",)

    def propose(self, look: Look) -> list[Idea]:
        made = []
        for time in look.times()[:1]:
            for number in look.numbers(NUMBERS):
                name = look.free(f"mean of {number.name} over the last {ROWS} rows")
                step = StepSpec(
                    type="rolling_window",
                    params={
                        "column": number.name,
                        "order": time.name,
                        "statistic": "mean",
                        "rows": ROWS,
                        "name": name,
                    },
                )
                sentence = (
                    f"Average '{number.name}' over the {ROWS} rows before by '{time.name}': a level moves slowly."
                )
                made.append(self.idea(sentence, name, [number.name, time.name], step))
        return made
